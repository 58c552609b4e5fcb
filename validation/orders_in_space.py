"""Every spatial operator reaches its order on a smooth solution, within 0.1 either way, and its error has a ceiling.

Two kinds of error, both relative. `rate`: that of `A(u)` against the derivative worked out by automatic
differentiation. `state`: where walls leave an error of low order in `A(u)` that solutions do not feel
(supraconvergence), a source keeps the exact solution steady, and the error is what the discrete solution drifts by.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

import pdenn as pn
from pdenn.equations import ConservationLaw, ConvectionDiffusion
from pdenn.fluxes import BuckleyLeverett, Burgers, Godunov, LaxFriedrichs

from .study import Claim, Study

PI = math.pi
CHARBONNIER = pn.Charbonnier(1.0)
ROBIN = 2 * 0.8603335890193797  # ω with cos(ω/2) = (ω/2) sin(ω/2): u + ∂u/∂n / 2 = 0 for cos(ω (x - 1/2)) on [0, 1]


class Case(NamedTuple):
    """One row: the errors on `n` cells an axis must fall like `n^-order` and stay below `ceiling n^-order`."""

    operator: str
    walls: str
    kind: str
    order: int
    ceiling: float
    sizes: tuple[int, ...]
    error: Callable


def run(size: str) -> Study:
    """Two grids each in the small size, four in that of the paper."""
    levels = {"small": 2, "paper": 4}[size]
    rows, claims = [], []
    for case in cases():
        finest = case.sizes[0] * 2 ** np.arange(levels)
        errors = [case.error(int(n)) for n in finest]
        found, limit = math.log2(errors[-2] / errors[-1]), case.ceiling * float(finest[-1]) ** -case.order
        rows.append((case.operator, case.walls, case.kind, case.order, found, errors[-1], limit))
        words = f"{case.operator}, {case.walls}"
        claims.append(Claim(f"{words}: order {case.order} ± 0.1", abs(found - case.order) < 0.1))
        claims.append(Claim(f"{words}: the error is below its ceiling", errors[-1] < limit))
    columns = ("operator", "walls", "error of the", "order", "observed", "finest error", "ceiling")
    return Study(f"Orders in space, {levels} grids", columns, rows, claims, lambda f: draw(f, rows))


def cases():
    """All rows of the table."""
    yield from diffusion()
    yield from other_diffusion()
    yield from transport()


def diffusion():
    """Both forms between walls of every kind."""
    for law in (pn.Linear(), CHARBONNIER):
        for form in ("isotropic", "separable")[: 1 if law == pn.Linear() else 2]:
            for walls, boundary, u in profiles():
                equation = pn.Diffusion(law, form=form)
                error = partial(state_error, equation, boundary, u, partial(diffused, law, form, 1.0))
                yield Case(f"{form} diffusion, {type(law).__name__}", walls, "state", 2, 9.0, (16,), error)


def profiles():
    """A name, walls, and a function on the unit square that meets them."""
    sin, cos = torch.sin, torch.cos
    yield "periodic", "periodic", lambda x, y: 0.3 * cos(2 * PI * x) * cos(2 * PI * y)
    yield "reflecting", "reflecting", lambda x, y: cos(PI * x) * cos(PI * y)
    yield "Dirichlet(0.5)", pn.Dirichlet(0.5), lambda x, y: 0.5 + sin(PI * x) * sin(PI * y)
    bowl = lambda x: (x - 0.5) ** 2 / 2 + 0.01 * cos(2 * PI * x)  # noqa: E731
    yield "Neumann(0.5)", pn.Neumann(0.5), lambda x, y: bowl(x) + bowl(y)
    arc = lambda x: cos(ROBIN * (x - 0.5))  # noqa: E731
    yield "Robin(1, 0.5, 0.5)", pn.Robin(1.0, 0.5, 0.5), lambda x, y: 0.5 + arc(x) * arc(y)


def other_diffusion():
    """Conductivity, presmoothing, fourth order, porous medium, tensors."""
    wave = lambda x, y: torch.cos(PI * x) * torch.cos(2 * PI * y)  # noqa: E731


def slope(f, z):
    """`∂f/∂z` in every cell."""
    return torch.autograd.grad(f.sum(), z, create_graph=True)[0]


def diffused(law, form, c, u, x, y):
    """`div(c g ∇u)`."""
    slopes = [slope(u, z) for z in (x, y)]
    squares = [s * s for s in slopes]
    squares = [sum(squares)] * 2 if form == "isotropic" else squares
    return sum(slope(c * law.g(q) * s, z) for q, s, z in zip(squares, slopes, (x, y), strict=True))


def sampled(n, boundary, function, derivative):
    """The grid, `u`, and what `A(u)` should be, as arrays."""
    grid = pn.Grid((n, n), 1 / n, boundary)
    x, y = (torch.tensor(z, requires_grad=True) for z in grid.coordinates())
    u = function(x, y)
    return grid, u.detach().numpy(), derivative(u, x, y).detach().numpy()


def state_error(equation, boundary, function, derivative, n) -> float:
    """What `u` has drifted by at `t = 0.1` under `∂v/∂t = A(v) - A_exact(u)`, whose exact solution is `u` at all times."""
    grid, u, exact = sampled(n, boundary, function, derivative)
    A, v, steps = pn.discretise(equation, grid), u, math.ceil(0.1 * 8 * n * n)
    for _ in range(steps):
        v = v + 0.1 / steps * (A(0.0, v) - exact)
    return float(abs(v - u).max() / abs(u).max())
