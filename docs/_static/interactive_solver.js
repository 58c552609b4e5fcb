// Diffusion of a signal, u' = -Kᵀ Φ(K u), by the schemes of the page, and attacks on what is claimed of them.
// Formulas only: every constant comes from pdenn, in the element #pdenn-data.
"use strict";
window.pdenn = (() => {
  const data = JSON.parse(document.getElementById("pdenn-data").textContent);

  // Diffusivities g(s²) with contrast 1.
  const diffusivities = {
    Linear: () => 1,
    Charbonnier: (s2) => 1 / Math.sqrt(1 + s2),
    PeronaMalik: (s2) => 1 / (1 + s2),
    PeronaMalikExponential: (s2) => Math.exp(-s2 / 2),
    Weickert: (s2) => 1 - Math.exp(-data.C / Math.max(s2, 0.05) ** 4),
    ForwardBackward: (s2) => {
      const k2 = data.kappa ** 2, q = (Math.LN2 / (k2 - 1)) * s2;
      return 2 * Math.exp(-k2 * q) - Math.exp(-q);
    },
  };

  const g = (law, contrast) => (s2) => diffusivities[law](s2 / (contrast * contrast));
  const combine = (a, u, b, v) => u.map((x, i) => a * x + b * v[i]);
  const norm = (u) => Math.sqrt(u.reduce((sum, x) => sum + x * x, 0));
  const distance = (u, v) => norm(combine(1, u, -1, v));

  // K u: slopes at the n + 1 faces; a wall reads the ghost cell a + b u.
  function difference(u, ghosts) {
    const n = u.length;
    const [[a, b], [c, d]] = ghosts ?? [[u[n - 1], 0], [u[0], 0]];
    const padded = [a + b * u[0], ...u, c + d * u[n - 1]];
    return Array.from({ length: n + 1 }, (_, i) => padded[i + 1] - padded[i]);
  }

  // -Kᵀ F of fluxes at the faces.
  const divergence = (flux) => flux.slice(1).map((f, i) => f - flux[i]);

  // The operator, and the linear one with the diffusivities of its faces held at a state.
  function operator({ law, contrast, boundary }) {
    const law_g = g(law, contrast), ghosts = data.ghosts[boundary];
    const weighted = (u, G) => divergence(difference(u, ghosts).map((s, i) => G(s, i) * s));
    const A = (u) => weighted(u, (s) => law_g(s * s));
    A.hold = (u) => {
      const faces = difference(u, ghosts).map((s) => law_g(s * s));
      const held = (v) => weighted(v, (_, i) => faces[i]);
      held.slopes = () => faces;
      return held;
    };
    // Φ'(s) at the faces, by central differences: the entries of the Jacobian.
    A.slopes = (u) => difference(u, ghosts).map((s) => {
      const e = 1e-6 * contrast, flux = (x) => law_g(x * x) * x;
      return (flux(s + e) - flux(s - e)) / (2 * e);
    });
    A.ghosts = ghosts;
    return A;
  }

  // (I + τ Kᵀ D K)⁻¹ f by elimination with pivots.
  function resolvent(D, ghosts, tau, f) {
    const n = f.length, M = f.map((x, i) => Object.assign(new Float64Array(n + 1), { [i]: 1, [n]: x }));
    for (let face = 0; face <= n; face++) {
      const wall = face === 0 || face === n, w = tau * D[face], i = face - 1, j = face;
      if (wall && ghosts) {
        const cell = face === 0 ? 0 : n - 1, [, b] = ghosts[face === 0 ? 0 : 1];
        M[cell][cell] += w * (1 - b);
      } else if (face < n) {
        const before = (i + n) % n;
        M[before][before] += w; M[j][j] += w; M[before][j] -= w; M[j][before] -= w;
      }
    }
    return eliminate(M);
  }

  function eliminate(M) {
    const n = M.length;
    for (let k = 0; k < n; k++) {
      let pivot = k;
      for (let i = k + 1; i < n; i++) if (Math.abs(M[i][k]) > Math.abs(M[pivot][k])) pivot = i;
      [M[k], M[pivot]] = [M[pivot], M[k]];
      for (let i = k + 1; i < n; i++) {
        const factor = M[i][k] / M[k][k];
        if (factor !== 0) for (let j = k; j <= n; j++) M[i][j] -= factor * M[k][j];
      }
    }
    const x = new Array(n);
    for (let i = n - 1; i >= 0; i--) {
      let sum = M[i][n];
      for (let j = i + 1; j < n; j++) sum -= M[i][j] * x[j];
      x[i] = sum / M[i][i];
    }
    return x;
  }

  // Newton's method for v - τ A(v) = u, halving the step while the residual does not decrease; null if it gets stuck.
  function implicit(A, u, tau) {
    const residual = (v) => A(v).map((a, i) => u[i] + tau * a - v[i]);
    const allowed = 1e-14 * (1 + 4 * tau) * (norm(u) + 1e-300);
    let v = u, r = residual(v);
    for (let k = 0; k < 50 && norm(r) > allowed; k++) {
      let change = resolvent(A.slopes(v), A.ghosts, tau, r), trial, after;
      for (let halvings = 0; halvings < 30; halvings++) {
        trial = combine(1, v, 1, change);
        after = residual(trial);
        if (norm(after) < norm(r)) break;
        change = change.map((x) => x / 2);
      }
      if (!(norm(after) < norm(r))) break;
      [v, r] = [trial, after];
    }
    return norm(r) <= 1e4 * allowed ? v : null;
  }

  // The name of a scheme with its parameters, as in the data.
  const name = ({ scheme, n, coefficients }) => (scheme in { FSI: 0, DuFortFrankel: 0 } ? `${scheme} ${n} ${coefficients}` : scheme);

  // The layers of one block, u included: for all explicit schemes w (u + θ A(u)) + (1 - w) u_before, w = 1 for Euler.
  function layers(settings, tau, start) {
    const A = operator(settings), cycle = data.cycles[name(settings)];
    if (settings.scheme === "ImplicitEuler") return [start, implicit(A, start, tau)];
    if (settings.scheme === "SemiImplicit") return [start, resolvent(A.hold(start).slopes(), A.ghosts, tau, start)];
    const B = settings.coefficients === "held" ? A.hold(start) : A;
    return cycle.weights.reduce((found, w) => {
      const u = found.at(-1), before = found.at(-2) ?? u;
      return [...found, combine(w, combine(1, u, cycle.theta * tau, B(u)), 1 - w, before)];
    }, [start]);
  }

  // u -> u⁺, one block of the network; null where there is no solution.
  const step = (settings, tau) => (u) => layers(settings, tau, u).at(-1);

  const limits = ({ law, boundary, ...rest }) => data.limits[law][boundary][name(rest)];

  // The step size 1 of the slider and whose limit it is: of the scheme, of one with g ≥ 0, or of explicit Euler.
  function unit(settings) {
    const candidates = [
      ["limit", settings],
      ["limit, g ≥ 0", { ...settings, law: "PeronaMalik" }],
      ["Euler’s", { ...settings, law: "Linear", scheme: "ExplicitEuler" }],
    ];
    return candidates.map(([whose, s]) => ({ whose, tau: limits(s).bounded })).find(({ tau }) => typeof tau === "number");
  }

  // All states of a run; it ends early where a step has no result or leaves the numbers.
  function run(settings, tau, start) {
    const states = [start], next = step(settings, tau);
    while (states.length <= settings.blocks) {
      const u = next(states.at(-1));
      if (u === null || !u.every((x) => Math.abs(x) < 1e12)) break;
      states.push(u);
    }
    return states;
  }

  return { data, diffusivities, g, combine, norm, distance, operator, layers, step, limits, unit, run, name };
})();
