"""Modes of fourth order: residuals by differences of eighth order, conditions at walls, and the operator.

The error of such differences of width `d`, two of second derivatives in a row, is `2 (ω d)⁸/3150` of the derivative for
wave numbers `ω`; `ω d ≤ 0.5` here, 3e-6. Rounding is `ε/d⁴`, 4e-10 of values of order one.
"""

import math

import numpy as np
import pytest

import pdenn as pn
from pdenn.exact import FourthOrderMode, Mode
from pdenn.testing import assert_order

FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
WIDTH, T = 0.03, 2e-4
ZERO = pn.Dirichlet(0.0)
PAIRS = ["periodic", "reflecting", ZERO, ("reflecting", ZERO)]
SHAPES = [(10,), (10, 8), (10, 8, 9)]


def box(pair, dim):
    return pn.Grid(SHAPES[dim - 1], h=(0.13, 0.15, 0.11)[:dim], boundary=[pair, "reflecting", "periodic"][:dim])


def partial(f, axis, order=1, width=WIDTH):
    """The first or second derivative along an axis of a function of `x`."""
    weights = {1: FIRST, 2: SECOND}[order]

    def derivative(*x):
        shifted = ([y + (i == axis) * j * width for i, y in enumerate(x)] for j in range(-4, 5))
        return sum(w * f(*y) for w, y in zip(weights, shifted, strict=True) if w) / width**order

    return derivative


def laplacian(f, dim):
    second = [partial(f, axis, 2) for axis in range(dim)]
    return lambda *x: sum(p(*x) for p in second)


def places(grid):
    edges = np.multiply(grid.shape, grid.h)
    return tuple(np.random.default_rng(1).uniform(0.15, 0.85, (grid.dim, 5)) * edges[:, None])


@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_the_equation_holds(form, pair, dim, k):
    grid = box(pair, dim)
    solution, x = FourthOrderMode(grid, (k, 2, 1)[:dim], form), places(grid)

    def u(*y):
        return solution.u(T, *y)

    rate = partial(lambda t: solution.u(t, *x), 0, width=0.05 / max(solution.rate, 1e3))(T)
    if form == "isotropic":
        right = -laplacian(laplacian(u, dim), dim)(*x)
    else:
        right = -sum(partial(partial(u, axis, 2), axis, 2)(*x) for axis in range(dim))
    assert abs(rate - right).max() <= 5e-6 * abs(rate).max() + 1e-7


@pytest.mark.parametrize("pair", PAIRS[1:], ids=str)
def test_both_conditions_hold_at_the_walls(pair):
    grid = box(pair, 1)
    mode = FourthOrderMode(grid, 2)
    for x, wall in zip((0.0, 1.3), grid.boundary[0], strict=True):
        times = 0 if wall == ZERO else 1
        u = partial(lambda y: mode.u(T, y), 0, 1) if times else (lambda y: mode.u(T, y))
        assert abs(u(x)) <= 1e-6
        assert abs(partial(u, 0, 2)(x)) <= 1e-6 * mode.rate


def test_the_forms_differ_by_twice_the_mixed_term():
    grid = box("reflecting", 2)
    a, b = (w**2 for w, _ in Mode(grid, (2, 1)).waves)
    rates = [FourthOrderMode(grid, (2, 1), form).rate for form in ("isotropic", "separable")]
    assert rates[0] - rates[1] == pytest.approx(2 * a * b, rel=1e-13)
    assert FourthOrderMode(box(ZERO, 1), 1).rate == FourthOrderMode(box(ZERO, 1), 1, "separable").rate


def test_it_starts_from_the_mode_of_second_order():
    grid = box("periodic", 2)
    x = grid.coordinates()
    assert np.array_equal(FourthOrderMode(grid, (1, 2)).u(0.0, *x), Mode(grid, (1, 2)).u(0.0, *x))
    # Late, where e^(rate t) of the parts would overflow.
    assert FourthOrderMode(grid, (1, 2)).u(100.0, *x).max() == 0.0


@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("pair", ["periodic", "reflecting", ZERO], ids=str)
def test_the_operator_has_order_two(form, pair):
    """`λ² = ω⁴ (1 - ω² h²/6 + ...)` of the discrete Laplacian's `λ = ω² (1 - ω² h²/12 + ...)`."""
    errors, fineness = [], (16, 32, 64)
    for n in fineness:
        grid = pn.Grid((n, n), h=1 / n, boundary=pair)
        mode, x = FourthOrderMode(grid, (2, 1), form), grid.coordinates()
        u = mode.u(0.0, *x)
        errors.append(abs(pn.discretise(pn.Diffusion(order=2, form=form), grid)(0.0, u) + mode.rate * u).max())
    largest = max(w**2 for w, _ in Mode(grid, (2, 1)).waves)
    assert_order(errors, [1 / n for n in fineness], 2, ceiling=mode.rate * largest / fineness[-1] ** 2 / 6 * 1.05)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: FourthOrderMode((8,), 1), TypeError, "grid must be"),
        (lambda: FourthOrderMode(pn.Grid(8), -1), ValueError, "numbers must be"),
        (lambda: FourthOrderMode(pn.Grid(8), 1, "mixed"), ValueError, "form must be one of"),
        (lambda: FourthOrderMode(pn.Grid(8, boundary=pn.Robin(1.0, 1.0, 0.0)), 1), ValueError, "boundary must be"),
        (lambda: FourthOrderMode(pn.Grid(8, boundary=pn.Neumann(1.0)), 1), ValueError, "boundary must be"),
        (lambda: FourthOrderMode(pn.Grid(8), 1).u(math.nan, 0.5), ValueError, "t must be"),
        (lambda: FourthOrderMode(pn.Grid(8), 1).u(0.0, 0.5, 0.5), ValueError, "x must be one array per axis"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
