"""Full multigrid: the first guess of `Multigrid(full=True)` against the discretisation error of smooth solutions.

The right-hand side is that of the exact `u`, at the cell centres. `total` is `‖ũ - u‖/‖u_h - u‖` for the guess `ũ` and the
discrete solution `u_h`, `algebraic` is `‖ũ - u_h‖/‖u_h - u‖`: below one, the guess is as good as the discretisation, and
`more` is how many cycles it takes on the finest grid until that is so.

Work is counted in residuals on the finest grid, without the set-up. `work` is the count of textbooks: a residual and a
smoothing step cost as many units as their grid has cells relative to the finest, a transfer what it has weights relative to
the entries of a residual. `by entries` counts everything by its coefficients: coarse stencils have 9 or 27 instead of 5 or
7. The limit of ten units was set before the first measurement, for the first count; by the second V(2,1) exceeds it.
"""

from functools import reduce

import numpy as np

import pdenn as pn

from .study import Claim, Study

MESHES = {"small": {2: (32, 128), 3: (16, 32)}, "paper": {2: (64, 256, 1024), 3: (16, 32, 64)}}
STEPS = ((1, 1), (2, 1))


def run(size: str) -> Study:
    """Poisson's equation with Dirichlet walls, and an implicit step in a closed box."""
    rows = []
    for dim, meshes in MESHES[size].items():
        for problem in (poisson, implicit_step):
            for n in meshes:
                for pre, post in STEPS:
                    found = measured(*problem(n, dim), pn.Multigrid(1e-12, pre=pre, post=post, full=True))
                    words = problem.__name__.replace("_", " ")
                    rows.append((words, dim, n, f"V({pre},{post})", *found))
    columns = ("problem", "dimension", "cells an axis", "cycle", "discretisation error", "total", "algebraic", "more", "work",
               "by entries")  # fmt: skip
    return Study("Full multigrid, one cycle on each grid", columns, rows, claims(rows), lambda f: draw(f, rows))


def poisson(n, dim):
    """`-Δu = f` with `u = Π sin(π x)` times a growing exponential: `A`, `f`, `u`, step and mass."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((n,) * dim, 1 / n, pn.Dirichlet(0.0)))
    x = centres(n, dim)
    u = product(np.sin(np.pi * y) for y in x) * np.exp(x[0])
    # ∂₀² of sin(πx) eˣ is (1 - π²) sin(πx) eˣ + 2π cos(πx) eˣ.
    mixed = 2 * np.pi * np.cos(np.pi * x[0]) * np.exp(x[0]) * product(np.sin(np.pi * y) for y in x[1:])
    return A, (dim * np.pi**2 - 1) * u - mixed, u, 1.0, 0.0


def implicit_step(n, dim):
    """`u - τ Δu = f` with `τ = 1` on the unit box and `u = 1 + Π cos(π k x)`, `k` 1 or 2."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((n,) * dim, 1 / n))
    waves = [1, 2, 1][:dim]
    u = 1 + product(np.cos(np.pi * k * y) for k, y in zip(waves, centres(n, dim), strict=True))
    return A, u + sum((np.pi * k) ** 2 for k in waves) * (u - 1), u, 1.0, 1.0


def centres(n, dim):
    """The coordinates of the cell centres of the unit box, one array an axis."""
    return np.meshgrid(*[(np.arange(n) + 0.5) / n] * dim, indexing="ij")


def product(factors):
    return reduce(np.multiply, factors)


def measured(A, f, u, gamma, mass, solver):
    """The discretisation error, both relative errors of the first guess, the cycles that it needs more, and both counts of its work."""
    solution = solver(A, 0.0, f, gamma, mass)
    level = solver.problem(A, 0.0, f, gamma, mass)
    guess = level.lowered(solver.first_guess(level, level.right(f)), f)
    error = np.linalg.norm(solution - u)
    relative = [float(np.linalg.norm(guess - v) / error) for v in (u, solution)]
    more, v = 0, level.lifted(guess)
    while np.linalg.norm(level.lowered(v, f) - solution) >= error:
        more, v = more + 1, solver.improved(level, v, level.right(f))
    return (
        float(error / np.sqrt(u.size)),
        *relative,
        more,
        full_work(level, solver, False),
        full_work(level, solver, True),
    )


def full_work(level, solver, by_entries, unit=None) -> float:
    """Work units of the first guess on this grid: those on the coarser one, its interpolation, the right-hand side, a cycle."""
    unit = unit or (len(level.s), level.cells)
    if level.coarse is None:
        return 0.0
    below = full_work(level.coarse, solver, by_entries, unit)
    return below + 2 * transfer(level, unit) + cycle_work(level, solver, by_entries, unit)


def cycle_work(level, solver, by_entries, unit) -> float:
    """Of a V-cycle: its smoothing steps, a residual, both transfers, and the coarser grids; the coarsest costs nothing."""
    if level.coarse is None:
        return 0.0
    residual = level.cells / unit[1] * (len(level.s) / unit[0] if by_entries else 1.0)
    here = (solver.pre + solver.post + 1) * residual + 2 * transfer(level, unit)
    return here + cycle_work(level.coarse, solver, by_entries, unit)


def transfer(level, unit) -> float:
    """Weights of a transfer relative to the entries of the finest residual."""
    return level.weights.size / (unit[0] * unit[1])


def claims(rows):
    """What is claimed of accuracy and work."""
    return [
        Claim("the guess is nearer to the discrete solution than that is to the exact one", max(r[6] for r in rows) < 1),
        Claim("its error after V(2,1) cycles is at most 1.3 times that of the discretisation, after V(1,1) at most twice",
              max(r[5] / (1.3 if r[3] == "V(2,1)" else 2) for r in rows) <= 1),
        Claim("it costs at most 10 residuals on the finest grid (textbook count)", max(r[8] for r in rows) <= 10),
        Claim("after V(1,1) cycles also by entries", max(r[9] for r in rows if r[3] == "V(1,1)") <= 10),
    ]  # fmt: skip


def draw(figure, rows):
    """Relative errors against mesh."""
    panels = figure.subplots(1, 2, sharey=True)
    for axes, steps in zip(panels, STEPS, strict=True):
        cycle = f"V({steps[0]},{steps[1]})"
        for i, (problem, dim) in enumerate(sorted({r[:2] for r in rows})):
            line = [r for r in rows if r[:2] == (problem, dim) and r[3] == cycle]
            label = f"{problem}, {dim}-D"
            axes.loglog([r[2] for r in line], [r[6] for r in line], marker="o", color=f"C{i}", label=label)
        axes.axhline(1.0, color="k", linewidth=0.5)
        axes.set_title(f"{cycle} on each grid", fontsize=9)
        axes.set_xlabel("cells an axis")
    panels[0].set_ylabel("algebraic error / discretisation error")
    panels[0].legend(frameon=False, fontsize=7)
