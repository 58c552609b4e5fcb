// The three claims of a step: its limit, whether the step keeps it, and the worst ratio that a run and an attacker find.
"use strict";
Object.assign(window.pdenn, (() => {
  const { combine, norm, distance, limits, step } = window.pdenn;
  const NAMES = ["bounded", "contractive", "max-min"];
  const pairs = (states) => states.slice(1).map((after, k) => [states[k], after]);
  const worst = (ratios) => ratios.reduce((a, b) => (b > a ? b : a), 0);

  // ‖u⁺‖/‖u‖, ‖u⁺ - v⁺‖/‖u - v‖, and how much of the range is left: 1 if none.
  const grown = (u, after) => norm(after) / norm(u);
  const parted = (u, v, uu, vv) => distance(uu, vv) / distance(u, v);
  function widened(u, after, walls) {
    const low = Math.min(...u, ...walls), high = Math.max(...u, ...walls);
    const over = Math.max(Math.max(...after) - high, low - Math.min(...after), 0);
    return 1 + (over > 1e-12 * Math.max(Math.abs(low), Math.abs(high)) ? over / (high - low) : 0);
  }

  // Power iteration on a step near the state u: the small change that grows most.
  function directions(next, u, size) {
    let w = u.map((_, i) => (i % 2 ? -size : size) / Math.sqrt(u.length));
    const at = next(u), found = [];
    for (let k = 0; at && k < 10; k++) {
      const after = next(combine(1, u, 1, w));
      if (after === null) break;
      const image = combine(1, after, -1, at), length = norm(image);
      found.push(length / norm(w));
      if (!(length > 0 && length < 1e9)) break;
      w = image.map((x) => (x * size) / length);
    }
    return found;
  }

  // Small states, at which every diffusivity is nearly 1: the zigzag that diffuses fastest, and single spikes.
  function attack(settings, tau, states) {
    const next = step(settings, tau), size = 1e-3 * settings.contrast, zero = states[0].map(() => 0);
    const walls = settings.boundary === "Dirichlet" ? [0] : [];
    const spikes = [0, zero.length >> 1].map((at) => zero.map((_, i) => (i === at ? size : 0)));
    const zigzag = directions(next, zero, size);
    const places = [states[0], states[states.length >> 1]];
    return {
      bounded: worst(zigzag),
      contractive: worst([...zigzag, ...places.flatMap((u) => directions(next, u, size))]),
      "max-min": worst(spikes.map((u) => [u, next(u)]).map(([u, after]) => (after ? widened(u, after, walls) : 0))),
    };
  }

  function measure(settings, states, others) {
    const walls = settings.boundary === "Dirichlet" ? [0] : [];
    const both = Math.min(states.length, others.length);
    return {
      bounded: worst(pairs(states).map(([u, after]) => grown(u, after))),
      contractive: worst(
        pairs(states).slice(0, both - 1).map(([u, after], k) => parted(u, others[k], after, others[k + 1])),
      ),
      "max-min": worst(pairs(states).map(([u, after]) => widened(u, after, walls))),
    };
  }

  // `{claim: {limit, status, why, run, attack, broken}}`: status "holds", "exceeded" or "unproved".
  function certify(settings, tau, states, others) {
    const run = measure(settings, states, others), found = attack(settings, tau, states), bounds = limits(settings);
    const judged = NAMES.map((claim) => {
      const limit = bounds[claim], proved = typeof limit !== "string";
      const kept = proved && (limit === null || tau <= limit * (1 + 1e-12));
      return [claim, {
        limit: proved ? limit : undefined,
        why: proved ? "" : limit,
        status: kept ? "holds" : proved ? "exceeded" : "unproved",
        run: run[claim],
        attack: found[claim],
        broken: Math.max(run[claim], found[claim]) > 1 + 1e-7, // beyond the rounding of small differences
      }];
    });
    return Object.fromEntries(judged);
  }

  return { certify };
})());
