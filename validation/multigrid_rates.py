"""Convergence factors of multigrid cycles against mesh width, dimension, step size and nonlinearity.

The limits that the factors are held against were set after a first measurement, with some room: they say that the
factors stay what they are, not that they are the best possible. That they do not grow with the mesh is the theory.
"""

import numpy as np

import pdenn as pn

from .study import Claim, Study

MESHES = {
    "small": {1: (32, 128), 2: (16, 64), 3: (8, 16)},
    "paper": {1: (64, 256, 1024), 2: (32, 128, 512), 3: (16, 32, 64)},
}
STEPS = (1.0, 100.0, 1e5)
LAWS = {"linear": pn.Linear(), "Charbonnier": pn.Charbonnier(0.1)}
LIMITS = {"linear": {1: 0.1, 2: 0.16, 3: 0.25}, "Charbonnier": {1: 0.15, 2: 0.3, 3: 0.45}}


def run(size: str) -> Study:
    """The mean factor of ten V-cycles with two Chebyshev steps before and after, on random data."""
    rows, claims = [], []
    for name, law in LAWS.items():
        for dim, meshes in MESHES[size].items():
            for gamma in STEPS:
                factors = [factor(law, (n,) * dim, gamma) for n in meshes]
                rows += [(name, dim, n, gamma, f) for n, f in zip(meshes, factors, strict=True)]
                words = f"{name}, {dim}-D, τ = {gamma:g}"
                limit = LIMITS[name][dim]
                claims.append(Claim(f"{words}: a cycle reduces the residual to {limit} or less", max(factors) <= limit))
                sentence = f"{words}: the factor grows by at most 0.03 from the coarsest to the finest mesh"
                claims.append(Claim(sentence, factors[-1] - factors[0] <= 0.03))
    title = "Multigrid, V-cycles, two Chebyshev steps before and after"
    columns = ("law", "dimension", "cells an axis", "τ/h²", "factor of a cycle")
    return Study(title, columns, rows, claims, lambda f: draw(f, rows))


def factor(law, shape, gamma, cycles=10) -> float:
    """The mean factor by which a cycle reduces the residual of `v - γ A(v) = f`, until rounding."""
    A = pn.discretise(pn.Diffusion(law), pn.Grid(shape))
    f = np.random.default_rng(0).random(shape)
    v, solver, norms = f, pn.Multigrid(), []
    for _ in range(cycles + 1):
        norms.append(np.linalg.norm(f - v + gamma * A(0.0, v)))
        if norms[-1] < 1e-9 * norms[0]:
            break
        v = solver.cycle(A, 0.0, f, gamma, v)
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def draw(figure, rows):
    """Factor against mesh, one line a law, dimension and step."""
    panels = figure.subplots(1, len(LAWS), sharey=True)
    for axes, name in zip(panels, LAWS, strict=True):
        for dim in (1, 2, 3):
            for gamma, style in zip(STEPS, ("-", "--", ":"), strict=True):
                points = [(r[2], r[4]) for r in rows if r[:2] == (name, dim) and r[3] == gamma]
                axes.semilogx(*zip(*points, strict=True), style, marker="o", markersize=3, color=f"C{dim}",
                              label=f"{dim}-D, τ = {gamma:g} h²")  # fmt: skip
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("cells an axis")
    panels[0].set_ylabel("factor of a cycle")
    panels[0].set_ylim(0, 0.5)
    panels[-1].legend(frameon=False, fontsize=6)
