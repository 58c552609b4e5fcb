// The controls and the pictures of the interactive page; what it computed is left in window.pdennState.
"use strict";
(() => {
  const { data, g, run, unit, certify, drawNetwork, draw } = window.pdenn;
  const $ = (id) => document.getElementById(id);
  const MEANING = { bounded: "‖u⁺‖ ≤ ‖u‖", contractive: "‖u⁺ − v⁺‖ ≤ ‖u − v‖", "max-min": "min u ≤ u⁺ ≤ max u" };
  const MEASURED = { bounded: "norm", contractive: "distance", "max-min": "range" };
  const MARKS = { holds: "✓ holds", exceeded: "✕ exceeded", unproved: "– not proved" };

  const digits = (x, n = 3) => (x >= 1e4 ? x.toExponential(1) : Number(x.toPrecision(n)).toString());

  function settings() {
    const chosen = Object.fromEntries(["law", "scheme", "boundary", "coefficients"].map((id) => [id, $(id).value]));
    const power = (id) => 10 ** Number($(id).value);
    return { ...chosen, contrast: power("contrast"), multiple: power("step"), blocks: Number($("blocks").value), n: Number($("n").value) };
  }

  function points(u, x, y) {
    return u.map((v, i) => `${x(i).toFixed(2)},${y(v).toFixed(2)}`).join(" ");
  }

  function axes(svg, ticks, y, width) {
    for (const tick of ticks) {
      draw(svg, "line", { x1: 34, x2: width, y1: y(tick), y2: y(tick), class: "rule" });
      draw(svg, "text", { x: 28, y: y(tick) + 4, class: "tick" }, String(tick).replace("-", "−"));
    }
  }

  function drawSignal(svg, first, last, other) {
    svg.replaceChildren();
    const x = (i) => 36 + (436 * (i + 0.5)) / first.length;
    const y = (v) => 270 - 240 * (Math.min(Math.max(v, -0.25), 1.25) + 0.1) / 1.2;
    axes(svg, [0, 0.5, 1], y, 476);
    draw(svg, "polyline", { points: points(first, x, y), class: "curve initial" });
    if (other) draw(svg, "polyline", { points: points(other, x, y), class: "curve other" });
    draw(svg, "polyline", { points: points(last, x, y), class: "curve current" });
    draw(svg, "text", { x: 254, y: 296, class: "tick middle" }, "cell");
  }

  // Values inside the initial range by the colour map; values outside in one colour, which the style sheet names.
  function drawEvolution(canvas, states, [low, high]) {
    const cells = states[0].length, outside = getComputedStyle(canvas).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    canvas.width = cells;
    canvas.height = states.length;
    const image = new ImageData(cells, states.length), slack = 1e-12;
    states.flat().forEach((v, i) => {
      const s = (v - low) / (high - low);
      const inside = s >= -slack && s <= 1 + slack;
      const shade = Math.round(Math.min(Math.max(s, 0), 1) * (data.colours.length - 1));
      image.data.set([...(inside ? data.colours[shade] : outside), 255], 4 * i);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function drawActivation(svg, chosen, u) {
    svg.replaceChildren();
    const law = g(chosen.law, chosen.contrast), span = Math.min(0.75, 6 * chosen.contrast), n = 160;
    const s = Array.from({ length: n + 1 }, (_, i) => span * ((2 * i) / n - 1)), flux = s.map((x) => law(x * x) * x);
    const top = Math.max(...flux), x = (v) => 150 + (140 * v) / span, y = (v) => 140 - (110 * v) / top;
    draw(svg, "line", { x1: 10, x2: 290, y1: 140, y2: 140, class: "rule" });
    draw(svg, "line", { x1: 150, x2: 150, y1: 20, y2: 260, class: "rule" });
    if (chosen.law !== "Linear") for (const sign of [-1, 1]) {
      const at = x(sign * chosen.contrast);
      draw(svg, "line", { x1: at, x2: at, y1: 24, y2: 256, class: "rule contrast" });
      draw(svg, "text", { x: at, y: 18, class: "tick middle" }, sign < 0 ? "−λ" : "λ");
    }
    draw(svg, "polyline", { points: s.map((v, i) => `${x(v).toFixed(2)},${y(flux[i]).toFixed(2)}`).join(" "), class: "curve current" });
    const slopes = u.slice(1).map((v, i) => v - u[i]).filter((v) => Math.abs(v) <= span);
    for (const v of slopes) draw(svg, "line", { x1: x(v), x2: x(v), y1: 264, y2: 280, class: "slope" });
    draw(svg, "text", { x: 150, y: 297, class: "tick middle" }, `slope, −${digits(span)} … ${digits(span)}`);
  }

  function card(claim, judged, tau) {
    const element = document.createElement("section");
    element.className = `pdenn-card ${judged.status}`;
    element.dataset.claim = claim;
    const limit = judged.limit === null ? "any step" : judged.limit === undefined ? "no limit is proved" : `τ ≤ ${digits(judged.limit, 4)}`;
    const share = judged.limit ? Math.min(tau / judged.limit, 2) / 2 : 0;
    const verdict = MARKS[judged.status] + (judged.broken ? (judged.status === "exceeded" ? " and broken" : ", broken") : "");
    const lines = [
      ["h3", `${claim}`, ""], ["p", verdict, "verdict"], ["p", MEANING[claim], "meaning"],
      ["p", `${limit}${judged.limit ? `; here τ = ${digits(tau, 4)}` : ""}`, "limit"], ["div", "", "gauge"],
      ["p", `${MEASURED[claim]}: in this run ${worded(claim, judged.run)}, under attack ${worded(claim, judged.attack)}`, "measured"],
      ["p", judged.why, "why"],
    ];
    for (const [tag, text, kind] of lines) {
      const part = element.appendChild(document.createElement(tag));
      part.className = kind;
      part.textContent = text;
      if (kind === "gauge") part.style.setProperty("--share", judged.limit ? share : 0), part.hidden = !judged.limit;
      if (kind === "why") part.hidden = text === "";
    }
    return element;
  }

  // A ratio as it is; the range as what it gained.
  function worded(claim, ratio) {
    if (!Number.isFinite(ratio)) return "∞";
    return claim === "max-min" ? `+${digits(100 * (ratio - 1))} %` : `× ${digits(ratio, 4)}`;
  }

  function read(chosen, tau, whose, states) {
    const calls = chosen.scheme.endsWith("mplicit") || chosen.scheme === "ImplicitEuler" ? "linear systems inside" :
      `${(states.length - 1) * (data.cycles[window.pdenn.name(chosen)].weights.length)} evaluations of Kᵀ Φ(K u)`;
    const ended = states.length <= chosen.blocks ? ` The run ended after ${states.length - 1} blocks: ${chosen.scheme === "ImplicitEuler" ? "no solution of the implicit equation was found" : "the values grow without bound"}.` : "";
    $("reading").textContent = `τ = ${digits(tau, 4)}, time ${digits(tau * (states.length - 1), 4)} after ${states.length - 1} blocks, ${calls}.${ended}`;
    const shown = { contrast: digits(chosen.contrast), step: `${digits(chosen.multiple)} × ${whose}`, blocks: chosen.blocks, n: chosen.n };
    for (const [id, text] of Object.entries(shown)) document.querySelector(`output[for=${id}]`).textContent = text;
  }

  function update() {
    const chosen = settings(), cyclic = ["FSI", "DuFortFrankel"].includes(chosen.scheme);
    $("n").disabled = $("coefficients").disabled = !cyclic;
    $("contrast").disabled = chosen.law === "Linear";
    const one = unit(chosen), tau = chosen.multiple * one.tau, [u0, v0] = data.signals;
    const states = run(chosen, tau, u0), others = run(chosen, tau, v0);
    const range = [Math.min(...u0), Math.max(...u0)], judged = certify(chosen, tau, states, others);
    drawSignal($("signal"), u0, states.at(-1), others.at(-1));
    drawEvolution($("evolution"), states, range);
    drawActivation($("activation"), chosen, states.at(-1));
    drawNetwork($("network"), $("network-title"), chosen, tau, states, range);
    $("certificates").replaceChildren(...Object.entries(judged).map(([claim, found]) => card(claim, found, tau)));
    read(chosen, tau, one.whose, states);
    window.pdennState = { settings: chosen, tau, u: states.at(-1), steps: states.length - 1, certificates: judged };
  }

  document.querySelector(".pdenn-controls").addEventListener("input", update);
  new MutationObserver(update).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  update();
})();
