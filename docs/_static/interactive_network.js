// The network of a scheme as a drawing: all layers in a row above, one block in detail below.
"use strict";
Object.assign(window.pdenn, (() => {
  const { data, name, layers } = window.pdenn;
  const SVG = "http://www.w3.org/2000/svg";
  const TITLES = {
    ExplicitEuler: "Symmetric residual blocks: u⁺ = u − τ Kᵀ Φ(K u), one explicit step each",
    FSI: "Residual blocks with extrapolating skips: u⁺ = αₖ (u − θ Kᵀ Φ(K u)) + (1 − αₖ) uₖ₋₁",
    DuFortFrankel: "Residual blocks with two skips of fixed weights, from the last and the last but one layer",
    SemiImplicit: "Blocks with an inner loop, whose activation is a weight that the incoming signal sets: v = u − τ Kᵀ G(u) K v",
    ImplicitEuler: "Recurrent blocks: v is fed back until v = u − τ Kᵀ Φ(K v)",
  };

  function draw(parent, tag, attributes = {}, text = "") {
    const element = parent.appendChild(document.createElementNS(SVG, tag));
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  }

  const path = (svg, d, kind, arrow = true) => draw(svg, "path", { d, class: kind, ...(arrow ? { "marker-end": `url(#arrow-${kind})` } : {}) });
  const words = (svg, x, y, text, kind = "") => draw(svg, "text", { x, y, class: kind }, text);

  function arrows(svg) {
    const defs = draw(svg, "defs");
    for (const kind of ["flow", "skip", "extra", "loop"]) {
      const marker = draw(defs, "marker", { id: `arrow-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto", markerUnits: "userSpaceOnUse" });
      draw(marker, "path", { d: "M0 0L8 4L0 8Z", class: `head ${kind}` });
    }
  }

  // A signal as a thumbnail in a box; the label stands below it.
  function thumbnail(svg, x, y, width, height, u, label, [low, high]) {
    draw(svg, "rect", { x, y, width, height, rx: 6, class: "layer" });
    const clamp = (v) => Math.min(Math.max((v - low) / (high - low), 0), 1);
    const at = u.map((v, i) => `${(x + 4 + ((width - 8) * i) / (u.length - 1)).toFixed(1)},${(y + height - 4 - (height - 8) * clamp(v)).toFixed(1)}`);
    draw(svg, "polyline", { points: at.join(" "), class: "trace" });
    words(svg, x + width / 2, y + height + 17, label, "label");
  }

  // What the row shows: the signal after every block, shortened in the middle.
  function tilesOf(states) {
    const shown = 8, last = states.length - 1;
    const picked = last < shown ? states.map((_, k) => k) : [...Array(shown - 1).keys(), last];
    return picked.map((k) => ({ k, u: states[k] }));
  }

  function row(svg, settings, states, range) {
    const tiles = tilesOf(states), width = 72, gap = (944 - 8 * width) / 7, x = (i) => 8 + i * (width + gap), y = 52;
    const cyclic = settings.scheme === "FSI" || settings.scheme === "DuFortFrankel";
    const inner = settings.scheme.endsWith("mplicit") || settings.scheme === "ImplicitEuler";
    tiles.forEach(({ k, u }, i) => {
      thumbnail(svg, x(i), y, width, 40, u, k === 0 ? "signal" : `block ${k}`, range);
      if (i === 0) return;
      const jump = tiles[i - 1].k !== k - 1, from = x(i - 1) + width, to = x(i), middle = (from + to) / 2;
      if (jump) return words(svg, middle, y + 26, "⋯", "dots");
      path(svg, `M${from} ${y + 20}H${to}`, "flow");
      path(svg, `M${x(i - 1) + width / 2} ${y}C${x(i - 1) + width / 2} ${y - 26} ${to + width / 2} ${y - 26} ${to + width / 2} ${y}`, "skip");
      if (inner) path(svg, `M${middle + 7} ${y + 24}a10 10 0 1 1 -14 0`, "loop");
      if (cyclic) for (const rise of [30, 38, 46]) path(svg, `M${middle - 14} ${y - rise + 32}q14 -18 28 0`, "extra", false);
      if (cyclic) words(svg, middle, y + 38, `${settings.n} ×`, "label");
    });
  }

  function box(svg, x, y, label, below) {
    draw(svg, "rect", { x: x - 32, y: y - 24, width: 64, height: 48, rx: 8, class: "map" });
    words(svg, x, y + 7, label, "symbol");
    words(svg, x, y + 44, below, "label");
  }

  function plus(svg, x, y) {
    draw(svg, "circle", { cx: x, cy: y, r: 15, class: "sum" });
    words(svg, x, y + 7, "+", "symbol");
  }

  const format = (x) => Number(x.toPrecision(3)).toString().replace("-", "−");

  // One block: K, Φ, -Kᵀ between the layer that comes in and the one that goes out, and the skips of the scheme.
  function block(svg, settings, tau, states, range) {
    const y = 215, recurrent = settings.scheme === "ImplicitEuler", semi = settings.scheme === "SemiImplicit";
    const cycle = data.cycles[name(settings)], weights = cycle?.weights ?? [1], extrapolated = weights.length > 1;
    const held = semi || (extrapolated && settings.coefficients === "held");
    const loop = recurrent || semi;
    const inside = states.length > 1 ? layers(settings, tau, states.at(-2)) : [states[0], states[0]];
    thumbnail(svg, 120, y - 28, 86, 56, inside.at(-2), extrapolated ? "uₖ" : "u", range);
    thumbnail(svg, 850, y - 28, 86, 56, inside.at(-1), extrapolated ? "uₖ₊₁" : "u⁺", range);
    const at = { K: 320, F: 435, T: 550, plus: 655 };
    box(svg, at.K, y, "K", "differences");
    box(svg, at.F, y, held ? "G" : "Φ", held ? (semi ? "weights set by u" : "held in the cycle") : "activation");
    box(svg, at.T, y, "−Kᵀ", "adjoint");
    const theta = (cycle?.theta ?? 1) * tau;
    path(svg, `M${at.K + 32} ${y}H${at.F - 34}`, "flow");
    path(svg, `M${at.F + 32} ${y}H${at.T - 34}`, "flow");
    path(svg, `M${at.T + 32} ${y}H${at.plus - 17}`, "flow");
    words(svg, (at.T + at.plus) / 2 + 7, y - 12, `× ${format(theta)}`, "weight");
    plus(svg, at.plus, y);
    path(svg, `M${at.plus + 15} ${y}H848`, "flow");
    path(svg, `M163 ${y - 30}C163 ${y - 82} ${at.plus - 40} ${y - 92} ${at.plus - 4} ${y - 17}`, "skip");
    if (!loop) path(svg, `M206 ${y}H${at.K - 34}`, "flow");
    if (extrapolated) extrapolation(svg, weights, at, y, inside.at(-3) ?? inside[0], range);
    else words(svg, 430, y - 76, "skip × 1", "weight skip");
    if (loop) feedback(svg, at, y, semi);
  }

  function extrapolation(svg, weights, at, y, earlier, range) {
    const low = format(weights[0]), high = format(weights.at(-1)), fixed = low === high;
    thumbnail(svg, 8, y - 28, 86, 56, earlier, "uₖ₋₁", range);
    path(svg, `M51 ${y + 48}C51 ${y + 100} 730 ${y + 100} 788 ${y + 17}`, "extra");
    plus(svg, 795, y);
    words(svg, 385, y + 73, fixed ? `skip from uₖ₋₁ × ${format(1 - weights[0])}` : `skip from uₖ₋₁ × (1 − α), ${format(1 - weights[0])} … ${format(1 - weights.at(-1))}`, "weight extra");
    words(svg, 430, y - 76, "skip × 1", "weight skip");
    words(svg, 725, y - 10, fixed ? `× ${low}` : "× α", "weight");
    if (!fixed) words(svg, 725, y + 20, `${low} … ${high}`, "weight");
  }

  function feedback(svg, at, y, semi) {
    path(svg, `M745 ${y}C745 ${y + 108} 228 ${y + 108} 228 ${y}H${at.K - 34}`, "loop");
    words(svg, 490, y + 74, "v, fed back until it stays", "weight loop");
    if (semi) path(svg, `M206 ${y - 16}C280 ${y - 60} 380 ${y - 60} ${at.F} ${y - 26}`, "flow");
  }

  function drawNetwork(svg, title, settings, tau, states, range) {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 960 ${settings.scheme === "ExplicitEuler" ? 275 : 315}`);
    svg.setAttribute("aria-label", TITLES[settings.scheme]);
    title.textContent = TITLES[settings.scheme];
    arrows(svg);
    row(svg, settings, states, range);
    block(svg, settings, tau, states, range);
  }

  return { drawNetwork, draw };
})());
