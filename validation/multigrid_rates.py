"""Convergence factors of multigrid on problems with constant coefficients, beside what local Fourier analysis predicts.

A factor is by what one V(2,1) cycle, unless said otherwise, multiplies the residual of `M v = 0` from a random start:
`asymptotic` is the geometric mean of the last four of fifteen cycles (thirty on the small periodic grids), `mean` that of the cycles to a residual of 1e-10.
The limits 0.1 in two dimensions and 0.15 in three were set before the first measurement. That the factor grows by at most
0.02 from the smallest mesh to the largest holds for the mean factor, and for the asymptotic one on periodic grids and within
Dirichlet walls; within reflecting walls in two dimensions the latter grows by 0.022 before it levels off.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

import pdenn as pn
from pdenn.local_fourier import VERTEX_CENTRED, constant_stencil, two_grid
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

from .study import Claim, Study

MESHES = {
    "small": {2: (64, 128), 3: (16, 32)},
    "paper": {2: (64, 256, 1024, 2048), 3: (16, 32, 64, 128)},
}
FIXED = {"small": {2: 64, 3: 16}, "paper": {2: 256, 3: 32}}
PERIODIC = {2: 64, 3: 32}
LIMITS = {2: 0.1, 3: 0.15}
STEPS = (1.0, 160.0, 1e4, 1e6, None)  # τρ; None is Poisson's equation
WALLS = {"reflecting": "reflecting", "periodic": "periodic", "Dirichlet": pn.Dirichlet(0.0)}
SMOOTHERS = (Jacobi(), GaussSeidel(1.0), GaussSeidel(1.15), Chebyshev(2), LineGaussSeidel())
SPACINGS = {2: ((1.0, 1.0), (1.0, 1.2), (1.0, 10.0)), 3: ((1.0, 1.0, 1.0), (1.0, 1.2, 1.5), (1.0, 10.0, 1.0))}
CYCLES = {"prediction": 30}  # 15 elsewhere: slow smoothers reach their asymptotic factor late


class Case(NamedTuple):
    """What is solved, and how."""

    part: str
    cells: int
    h: tuple
    walls: str = "reflecting"
    step: float | None = 1e6
    cycle: str = "V"
    smoother: object = None

    @property
    def dim(self):
        return len(self.h)

    @property
    def poisson(self):
        return self.step is None

    @property
    def A(self):
        return pn.discretise(pn.Diffusion(), pn.Grid((self.cells,) * self.dim, self.h, WALLS[self.walls]))

    @property
    def gamma(self):
        """`τ`, where the largest eigenvalue is `ρ = Σ 4/h²`."""
        return 1.0 if self.poisson else self.step / sum(4 / h**2 for h in self.h)


def cases(size):
    """Meshes under every wall; then steps, cycles and smoothers on one mesh; then what can be predicted."""
    for dim, meshes in MESHES[size].items():
        h, n = (1.0,) * dim, FIXED[size][dim]
        problems = [*((walls, 1e6) for walls in WALLS), ("Dirichlet", None)]
        yield from (Case("meshes", m, h, walls, step) for walls, step in problems for m in meshes)
        yield from (Case("steps", n, h, walls, step) for walls in WALLS for step in STEPS)
        yield from (Case("cycles", n, h, cycle=cycle) for cycle in ("V", "W", "F"))
        yield from (Case("smoothers", n, h, smoother=s) for s in SMOOTHERS)
        spacings, steps = SPACINGS[dim], (160.0, 1e6, None)
        if size == "small":
            spacings, steps = spacings[:3:2] if dim == 2 else spacings[:1], (160.0, None) if dim == 2 else (None,)
        for h, step, cycle in product(spacings, steps, "VW"):
            yield from (Case("prediction", PERIODIC[dim], h, "periodic", step, cycle, s) for s in SMOOTHERS)


def run(size: str) -> Study:
    """All cases, each with its two factors and, on periodic grids, the predicted one."""
    rows = []
    for case in cases(size):
        asymptotic, mean = factors(case)
        predicted = prediction(case) if case.part == "prediction" else None
        smoother = "as recommended" if case.smoother is None else repr(case.smoother)
        step = "Poisson" if case.poisson else case.step
        rows.append((case.part, case.dim, case.cells, str(case.h), case.walls, step, case.cycle, smoother, asymptotic, mean,
                     predicted))  # fmt: skip
    columns = ("part", "dimension", "cells", "h", "walls", "τρ", "cycle", "smoother", "asymptotic", "mean", "predicted")
    title = "Factor of a multigrid cycle, constant coefficients; cells along an axis"
    return Study(title, columns, rows, claims(rows), lambda figure: draw(figure, rows))


def factors(case):
    """The asymptotic factor, and the mean one to a residual of 1e-10."""
    A, solver = case.A, pn.Multigrid(cycle=case.cycle, smoother=case.smoother)
    level = solver.problem(A, 0.0, np.zeros(A.grid.shape), case.gamma, 0.0 if case.poisson else 1.0)
    v = level.lifted(np.random.default_rng(0).standard_normal(A.grid.shape))
    zero, norms = level.zero(v), []
    cycles = CYCLES.get(case.part, 15)
    for _ in range(cycles + 1):
        if case.poisson and case.walls != "Dirichlet":  # constants solve the equation, and would end as rounding
            v = v - v.mean()
        norms.append(float(np.linalg.norm(level.residual(v, zero))))
        v = solver.improved(level, v, zero)
    norms = np.array(norms)
    count = max(1, int((norms > 1e-10 * norms[0]).sum()))
    last = min(count, cycles)
    return float((norms[-1] / norms[-5]) ** 0.25), float((norms[last] / norms[0]) ** (1 / last))


def prediction(case) -> float:
    """The two-grid factor of local Fourier analysis, with the axes coarsened that the solver coarsens."""
    stencil = constant_stencil(case.A, None if case.poisson else case.gamma)
    coarsen = tuple(min(case.h) / h >= 0.5 for h in case.h)
    found = two_grid(stencil, case.smoother, (2, 1), transfer=VERTEX_CENTRED, coarsen=coarsen, reverse=False,
                     cells=case.cells)  # fmt: skip
    return found.factor


def claims(rows):
    """What is claimed of the meshes and of the prediction."""
    found = []
    for dim, limit in LIMITS.items():
        meshes = [r for r in rows if r[0] == "meshes" and r[1] == dim]
        problems = sorted({(r[4], str(r[5])) for r in meshes})
        lines = [[r for r in meshes if (r[4], str(r[5])) == problem] for problem in problems]
        found += [
            Claim(f"{dim}-D: on every mesh a cycle multiplies the residual by at most {limit}, asymptotically too",
                  max(max(r[8], r[9]) for r in meshes) <= limit),
            Claim(f"{dim}-D: the mean factor grows by at most 0.02 from the smallest mesh to the largest",
                  max(line[-1][9] - line[0][9] for line in lines) <= 0.02),
            Claim(f"{dim}-D: periodic or Dirichlet: the asymptotic factor grows by at most 0.02 from the smallest to the largest",
                  max(line[-1][8] - line[0][8] for line in lines if line[0][4] != "reflecting") <= 0.02),
            Claim(f"{dim}-D: the factor is at most {limit} for steps τρ from 1 to 1e6 and for Poisson's equation",
                  max(max(r[8], r[9]) for r in rows if r[0] == "steps" and r[1] == dim) <= limit),
        ]  # fmt: skip
    predicted = [r for r in rows if r[0] == "prediction"]
    errors = {
        c: max(abs(r[8] - r[10]) for r in predicted if r[6] == c and (c == "W" or "10.0" not in r[3])) for c in "VW"
    }
    found += [
        Claim("W-cycles on periodic grids: the predicted factor differs from the measured one by at most 0.03",
              errors["W"] <= 0.03),
        Claim("V-cycles that coarsen all axes of a periodic grid: the predicted factor differs by at most 0.03",
              errors["V"] <= 0.03),
    ]  # fmt: skip
    return found


def draw(figure, rows):
    """Factor against mesh; measured against predicted."""
    axes, other = figure.subplots(1, 2)
    for dim in (2, 3):
        for walls, style in zip(WALLS, ("-", ":", "--"), strict=True):
            line = [r for r in rows if r[0] == "meshes" and (r[1], r[4], r[5]) == (dim, walls, 1e6)]
            axes.semilogx([r[2] for r in line], [r[8] for r in line], style, marker="o", markersize=3, color=f"C{dim}",
                          label=f"{dim}-D, {walls}")  # fmt: skip
            axes.semilogx([r[2] for r in line], [r[9] for r in line], style, color=f"C{dim}", alpha=0.4)
    axes.set_title("V(2,1), τρ = 10⁶; faint: mean to 10⁻¹⁰", fontsize=9)
    axes.set_xlabel("cells an axis")
    axes.set_ylabel("factor of a cycle")
    axes.set_ylim(0, 0.16)
    axes.legend(frameon=False, fontsize=7)
    for cycle, marker in (("V", "o"), ("W", "x")):
        points = [r for r in rows if r[0] == "prediction" and r[6] == cycle]
        other.plot([r[10] for r in points], [r[8] for r in points], marker, markersize=4, label=f"{cycle}-cycle")
    other.plot((0, 0.6), (0, 0.6), "k", linewidth=0.5)
    other.set_title("periodic grids", fontsize=9)
    other.set_xlabel("predicted by two grids")
    other.set_ylabel("measured")
    other.legend(frameon=False, fontsize=7)
