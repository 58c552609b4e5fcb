"""Every exact solution solves its differential equation and keeps its wall conditions.

Derivatives are central differences of eighth order: with a width `d` their error is `(ω d)⁸/630` of the derivative for
wave numbers, or rates of decay, up to `ω`. `ω d ≤ 0.3` here: 1e-7, while a wrong factor or sign anywhere is of order 1.
"""

import numpy as np
import pytest

import pdenn as pn
from pdenn import exact
from pdenn.exact import GaussianOnLine, HeatKernel, HeatKernelOnBox, Mode, SlopedWalls, SteadyRamp, TranslatingProfile

ZERO, ROBIN = pn.Dirichlet(0.0), pn.Robin(1.0, 0.3, 0.0)
PAIRS = [
    "periodic",
    "reflecting",
    ZERO,
    ("reflecting", ZERO),
    (ZERO, "reflecting"),
    ROBIN,
    (ROBIN, ZERO),
    ("reflecting", ROBIN),
    (pn.Robin(0.2, 2.0, 0.0), ROBIN),
]
WITH_IMAGES = PAIRS[:5]
RAMPS = [
    (pn.Dirichlet(1.0), pn.Dirichlet(-0.5)),
    (pn.Robin(1.0, 0.3, 2.0), pn.Robin(2.0, 1.0, -1.0)),
    (pn.Neumann(0.7), pn.Dirichlet(0.2)),
    (pn.Robin(1.0, 2.0, 0.5), "reflecting"),
]
SLOPES = [(pn.Neumann(0.4), pn.Neumann(1.1)), ("reflecting", pn.Neumann(-0.6)), (pn.Robin(0.0, 2.0, 1.0), "reflecting")]
LAWS = [
    pn.Linear(),
    pn.Charbonnier(0.8),
    pn.TotalVariation(0.5),
    pn.PeronaMalik(0.8),
    pn.PeronaMalikExponential(0.8),
]
WIDTH, TIME_WIDTH, T = 0.02, 0.002, 0.05
WEIGHTS = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])


def line(pair, length=1.3):
    return pn.Grid(10, h=length / 10, boundary=[pair])


def plane(pair):
    return pn.Grid((8, 5), h=(0.15, 0.2), boundary=[pair, "reflecting"])


def profile(law, dim, share=0.4):
    """Reaches slopes of the contrast's size in the unit box around its centre."""
    speed = share * dim * exact.nonlinear.branch(law).largest if law != pn.Linear() else 0.7
    return TranslatingProfile(law, speed, (0.5, 0.45, 0.55)[:dim])


BOXED = [
    *[Mode(line(pair), k) for pair in PAIRS for k in (0, 1, 4)],
    *[Mode(plane(pair), (2, 1)) for pair in PAIRS],
    Mode(pn.Grid((2, 3, 4), h=0.3, boundary=[ZERO, "periodic", ROBIN]), (0, 1, 2)),
    *[HeatKernelOnBox(line(pair), 0.4, 0.05) for pair in WITH_IMAGES],
    *[HeatKernelOnBox(plane(pair), (0.4, 0.7), 0.1) for pair in WITH_IMAGES],
    *[SteadyRamp(line(pair)) for pair in RAMPS],
    *[SlopedWalls(line(pair)) for pair in SLOPES],
]
FREE = [
    *[HeatKernel((0.5, 0.45, 0.55)[:dim], 0.1) for dim in (1, 2, 3)],
    GaussianOnLine(-1.5, 0.6, 0.3),
]
PROFILES = [profile(law, dim) for law in LAWS for dim in (1, 2, 3)] + [
    TranslatingProfile(pn.Charbonnier(0.8), -0.5, 0.5)
]
SOLUTIONS = [*BOXED, *FREE, *PROFILES]


def label(solution):
    return repr(solution).replace(" ", "")


def dimension(solution):
    return solution.grid.dim if hasattr(solution, "grid") else len(np.atleast_1d(solution.centre))


def places(solution):
    """Random points inside the unit box or the box of the grid."""
    edges = (
        np.multiply(solution.grid.shape, solution.grid.h) if hasattr(solution, "grid") else np.ones(dimension(solution))
    )
    points = np.random.default_rng(1).uniform(0.15, 0.85, (len(edges), 12)) * edges[:, None]
    return tuple(points)


def partial(f, axis, width=WIDTH):
    """`∂f/∂x_axis` of a function of `x`."""

    def derivative(*x):
        shifted = ([y + (i == axis) * j * width for i, y in enumerate(x)] for j in range(-4, 5))
        return sum(w * f(*y) for w, y in zip(WEIGHTS, shifted, strict=True) if w) / width

    return derivative


def right_hand_side(law, u, dim):
    """`div(g(|∇u|²) ∇u)` as a function of `x`."""
    gradient = [partial(u, axis) for axis in range(dim)]

    def flux(axis):
        return lambda *x: law.g(sum(p(*x) ** 2 for p in gradient)) * gradient[axis](*x)

    fluxes = [partial(flux(axis), axis) for axis in range(dim)]
    return lambda *x: sum(p(*x) for p in fluxes)


def tolerance(solution, *terms):
    """The error of the differences, and rounding divided by the width twice."""
    size = sum(np.abs(term).max() for term in terms)
    return 1e-6 * size + 1e-10


@pytest.mark.parametrize("solution", SOLUTIONS, ids=label)
def test_the_differential_equation_holds(solution):
    law, x, dim = getattr(solution, "law", pn.Linear()), places(solution), dimension(solution)
    rate = partial(lambda t: solution.u(t, *x), 0, TIME_WIDTH)(T)
    right = right_hand_side(law, lambda *y: solution.u(T, *y), dim)(*x)
    assert abs(rate - right).max() <= tolerance(solution, rate, right)


@pytest.mark.parametrize("solution", BOXED, ids=label)
def test_the_wall_conditions_hold(solution):
    inside = places(solution)
    for axis, pair in enumerate(solution.grid.boundary):
        edge = solution.grid.shape[axis] * solution.grid.h[axis]
        ends = [[edge * side if i == axis else y for i, y in enumerate(inside)] for side in (0, 1)]
        values = [solution.u(T, *x) for x in ends]
        slopes = [partial(lambda *y: solution.u(T, *y), axis)(*x) for x in ends]
        if pair == pn.Grid(1, boundary="periodic").boundary[0]:
            misfit = [values[1] - values[0], slopes[1] - slopes[0]]
        else:
            misfit = [residual(wall, u, s) for wall, u, s in zip(pair, values, (-slopes[0], slopes[1]), strict=True)]
        assert np.abs(misfit).max() <= tolerance(solution, values, slopes)


def residual(wall, u, outer_slope):
    """How far a wall is from its condition."""
    match wall:
        case pn.Dirichlet(value):
            return u - value
        case pn.Neumann(slope):
            return outer_slope - slope
        case pn.Robin(alpha, beta, gamma):
            return alpha * u + beta * outer_slope - gamma
    return outer_slope


def test_every_exact_solution_is_among_these():
    """Those of transport, shocks and porous media have files of their own, with equations of their own."""
    public = [getattr(exact, name) for name in exact.__all__]
    here = ("pdenn.exact.linear", "pdenn.exact.nonlinear")
    classes = {kind for kind in public if isinstance(kind, type) and kind.__module__ in here}
    assert classes == {type(solution) for solution in SOLUTIONS}
