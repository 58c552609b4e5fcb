"""Manufactured solutions: residuals by numerical differentiation, diffusivities against the laws, orders of operators.

The error of differences of eighth order of width `d`, two or four in a row, is at most `4 (ω d)⁸/630` of the derivative
for wave numbers `ω`; `ω d ≤ 0.2` for order 1 and 0.3 for order 2: 2e-8 and 4e-7, beside a rounding of `ε/d²` and `ε/d⁴`.
A nonlinear flux holds higher waves, about ten times the error.
"""

import math

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.exact import FisherFront, HeatKernel, Manufactured, manufactured
from pdenn.exact.diffusivities import diffusivity
from pdenn.fluxes import Central
from pdenn.testing import assert_order

T, X, Y, Z = sympy.symbols("t x y z")
WAVE = {
    1: sympy.exp(-T) * sympy.sin(2 * X + 1) + X / 2,
    2: sympy.exp(-T) * sympy.cos(2 * X + 1) * sympy.sin(Y) + X * Y / 2,
    3: sympy.exp(-T) * sympy.cos(2 * X + 1) * sympy.sin(Y) * sympy.cos(Z) + X + Y**2 / 2 - Z,
}
LAWS = [
    pn.Linear(),
    pn.Charbonnier(1.2),
    pn.TotalVariation(0.7),
    pn.PeronaMalik(1.3),
    pn.PeronaMalikExponential(1.5),
    pn.Weickert(1.5),
    pn.ForwardBackward(1.5, 1.8),
]
WEIGHTS = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
MOMENT = 0.3


def partial(f, axis, width):
    """`∂f/∂x_axis` of a function of `x`."""

    def derivative(*x):
        shifted = ([y + (i == axis) * j * width for i, y in enumerate(x)] for j in range(-4, 5))
        return sum(w * f(*y) for w, y in zip(WEIGHTS, shifted, strict=True) if w) / width

    return derivative


def places(dim):
    return tuple(np.random.default_rng(2).uniform(0.2, 0.9, (dim, 4)))


def rate(exact, x):
    return partial(lambda t: exact.u(t, *x), 0, 0.01)(MOMENT)


def gradient(exact, width=0.02):
    """The derivatives of `u` along the axes, as functions of `x`."""
    return [partial(lambda *y: exact.u(MOMENT, *y), axis, width) for axis in range(exact.dim)]


def divergence(fluxes, width=0.02):
    """Of functions of `x`, one per axis."""
    parts = [partial(flux, axis, width) for axis, flux in enumerate(fluxes)]
    return lambda *x: sum(p(*x) for p in parts)


def diffusion(exact, law, form):
    """`div(g ∇u)` with the law's own `g`."""
    slopes = gradient(exact)

    def flux(axis):
        seen = [slopes[axis]] if form == "separable" else slopes
        return lambda *x: law.g(sum(s(*x) ** 2 for s in seen)) * slopes[axis](*x)

    return divergence([flux(axis) for axis in range(exact.dim)])


def check(exact, right, x, tolerance=1e-6):
    """`∂u/∂t = A(u) + q`."""
    left, source = rate(exact, x), exact.source(MOMENT, *x)
    size = abs(left).max() + abs(right).max()
    assert abs(left - right - source).max() <= tolerance * size


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_nonlinear_diffusion(law, form, dim):
    exact = manufactured(pn.Diffusion(law, form=form, conductivity=0.8), WAVE[dim], dim)
    x = places(dim)
    check(exact, 0.8 * diffusion(exact, law, form)(*x), x)


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_diffusion_of_fourth_order(law, form):
    """Curvatures `k` by first differences twice; the flux by them again."""
    exact, width, x = manufactured(pn.Diffusion(law, order=2, form=form), WAVE[2] / 4, 2), 0.04, places(2)
    curvatures = [partial(slope, axis, width) for axis, slope in enumerate(gradient(exact, width))]

    def flux(axis):
        return lambda *y: law.flux(curvatures[axis](*y) if form == "separable" else sum(k(*y) for k in curvatures))

    twice = [partial(partial(flux(axis), axis, width), axis, width) for axis in range(2)]
    check(exact, -sum(p(*x) for p in twice), x, 1e-4)


def test_convection_by_numbers_and_by_a_function():
    x = places(2)
    for velocity in ((0.7, -1.2), lambda t, x, y: (t - x * y, x * x)):
        exact = manufactured(pn.Convection(velocity), WAVE[2], 2)

        def flux(axis, v=velocity, exact=exact):
            return lambda *y: (v(MOMENT, *y) if callable(v) else v)[axis] * exact.u(MOMENT, *y)

        check(exact, -divergence([flux(0), flux(1)])(*x), x)


def test_convection_with_diffusion():
    exact, x = manufactured(pn.ConvectionDiffusion((0.7, -1.2), 0.3), WAVE[2], 2), places(2)
    parts = gradient(exact)
    right = 0.3 * diffusion(exact, pn.Linear(), "isotropic")(*x) - 0.7 * parts[0](*x) + 1.2 * parts[1](*x)
    check(exact, right, x)


@pytest.mark.parametrize("m", [1.5, 2.0, 2.5, 3.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_porous_media(m, sign):
    exact, x = manufactured(pn.PorousMedium(m), sign * (WAVE[2] + 3), 2), places(2)

    def slope(axis):
        return partial(lambda *y: abs(exact.u(MOMENT, *y)) ** (m - 1) * exact.u(MOMENT, *y), axis, 0.02)

    check(exact, divergence([slope(0), slope(1)])(*x), x)


def test_the_porous_medium_of_a_square_has_no_source_at_a_zero_that_it_should_not_have():
    """`Δ(|x| x) = 2 sign x` and 0 between, with `m = 2`."""
    exact = manufactured(pn.PorousMedium(2.0), X, 1)
    assert exact.source(0.0, np.array([-0.5, 0.0, 0.5])).tolist() == [2.0, 0.0, -2.0]


def test_sums_with_reactions():
    equation = pn.Diffusion(pn.PeronaMalik(1.3)) + pn.Convection((0.4,)) + pn.Reaction(lambda t, u: t * u * (1 - u))
    exact, x = manufactured(equation, WAVE[1], 1), places(1)
    u = exact.u(MOMENT, *x)
    right = diffusion(exact, pn.PeronaMalik(1.3), "isotropic")(*x) - 0.4 * gradient(exact)[0](*x)
    check(exact, right + MOMENT * u * (1 - u), x)


def laws():
    return st.sampled_from([type(law) for law in LAWS]).flatmap(
        lambda law: st.builds(law, *[st.floats(1.1, 10.0)] * len(law._fields))
    )


@given(laws(), st.lists(st.floats(0.0, 30.0), min_size=4, max_size=12))
def test_the_diffusivities_are_those_of_the_laws(law, slopes):
    """To rounding; that of an exponent up to 700, below which nothing is left, and of `κ² - 1` for `κ ≥ 1.1`."""
    s, s2 = sympy.Symbol("s", real=True), np.square(slopes)
    g = sympy.lambdify(s, diffusivity(law, s) + 0 * s, "numpy")(s2) * np.ones_like(s2)
    np.testing.assert_allclose(g, law.g(s2), rtol=64 * np.finfo(float).eps, atol=1e-13)


def test_every_law_has_its_diffusivity():
    assert {type(law) for law in LAWS} == {getattr(pn, name) for name in dir(pn) if hasattr(getattr(pn, name), "sup_g")}


def test_known_solutions_need_no_source():
    x = np.linspace(-1.0, 2.0, 9)
    kernel = sympy.exp(-(X**2) / (4 * (T + 1))) / sympy.sqrt(4 * sympy.pi * (T + 1))
    heat = manufactured(pn.Diffusion(), kernel, 1)
    np.testing.assert_allclose(heat.u(0.4, x), HeatKernel().u(0.4, x), rtol=1e-14)
    assert abs(heat.source(0.4, x)).max() <= 1e-15
    front = (1 + sympy.exp((X - 5 * T / sympy.sqrt(6)) / sympy.sqrt(6))) ** -2
    fisher = manufactured(pn.Diffusion() + pn.Reaction(lambda u: u * (1 - u)), front, 1)
    np.testing.assert_allclose(fisher.u(0.4, x), FisherFront().u(0.4, x), rtol=1e-14)
    assert abs(fisher.source(0.4, x)).max() <= 1e-15


def test_weickert_diffusion_where_the_slope_is_zero():
    """`g(0) = 1`: the source of `cos x` at 0 is 1."""
    exact = manufactured(pn.Diffusion(pn.Weickert(1.5)), sympy.cos(X), 1)
    assert exact.source(0.0, np.zeros(1)).tolist() == [1.0]


def test_shapes_and_values():
    grid = pn.Grid((3, 4, 2), h=0.3)
    exact = manufactured(pn.Diffusion(), X + T, 3)
    assert isinstance(exact, Manufactured)
    x = grid.coordinates()
    np.testing.assert_array_equal(exact.u(0.5, *x), x[0] + 0.5)
    np.testing.assert_array_equal(exact.source(0.5, *x), np.ones((3, 4, 2)))
    assert manufactured(pn.Diffusion(), sympy.Integer(2), 3).u(0.0, *x).tolist() == np.full((3, 4, 2), 2.0).tolist()
    assert manufactured(pn.Diffusion(), X, 2).u(0.0, np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)
    assert exact == manufactured(pn.Diffusion(), X + T, 3)


def with_source(equation, exact, grid):
    """The operator of an equation with the source of its solution as a reaction."""
    x = grid.coordinates()
    return pn.discretise(equation + pn.Reaction(lambda t, u: exact.source(t, *x)), grid)


EVEN = 1 + sympy.exp(-T) * sympy.cos(sympy.pi * X) * sympy.cos(sympy.pi * Y) / 2 + sympy.cos(sympy.pi * Y) / 5
ROUND = 2 + sympy.exp(-T) * sympy.sin(2 * sympy.pi * X + 1) * sympy.cos(2 * sympy.pi * Y) / 5
EQUATIONS = [
    *[pn.Diffusion(law, form=form) for law in LAWS for form in ("isotropic", "separable")],
    *[pn.Diffusion(pn.Charbonnier(8.0), order=2, form=form) for form in ("isotropic", "separable")],
    pn.PorousMedium(2.5),
    pn.Convection((1.0, -0.5), Central()) + pn.Diffusion(pn.Charbonnier(1.2)),
]


def consistency(equation, expression, boundary):
    """`max|A(u) + q - ∂u/∂t|` on three grids, their widths, and `max|∂u/∂t| + max|q|`."""
    exact, errors, fineness = manufactured(equation, expression, 2), [], (32, 64, 128)
    for n in fineness:
        grid = pn.Grid((n, n), h=1 / n, boundary=boundary)
        x = grid.coordinates()
        left = partial(lambda t, x=x: exact.u(t, *x), 0, 0.01)(MOMENT)
        errors.append(abs(with_source(equation, exact, grid)(MOMENT, exact.u(MOMENT, *x)) - left).max())
    return errors, [1 / n for n in fineness], abs(left).max() + abs(exact.source(MOMENT, *x)).max()


@pytest.mark.parametrize("equation", EQUATIONS, ids=str)
def test_operators_have_order_two_on_periodic_grids(equation):
    """A relative ceiling: `(ω h)²` of waves up to ten times those of `u`."""
    errors, widths, size = consistency(equation, ROUND, "periodic")
    assert_order(errors, widths, 2, ceiling=(20 * math.pi * widths[-1]) ** 2 * size)


@pytest.mark.parametrize("equation", EQUATIONS[:-1], ids=str)
def test_operators_have_order_two_between_reflecting_walls(equation):
    errors, widths, size = consistency(equation, EVEN, "reflecting")
    assert_order(errors, widths, 2, ceiling=(10 * math.pi * widths[-1]) ** 2 * size)


def test_a_solver_reaches_the_solution_with_order_two():
    """Nonlinear diffusion over time, driven by its source."""
    equation, errors, fineness = pn.Diffusion(pn.Charbonnier(1.2)), [], (8, 16, 32)
    exact = manufactured(equation, EVEN, 2)
    for n in fineness:
        grid = pn.Grid((n, n), h=1 / n)
        A, x = with_source(equation, exact, grid), grid.coordinates()
        u = pn.solve(A, exact.u(0.0, *x), pn.SSPRK3(), 0.1, tau=0.2 / n**2, certificate=None).u
        errors.append(abs(u - exact.u(0.1, *x)).max())
    assert_order(errors, [1 / n for n in fineness], 2, ceiling=(math.pi / fineness[-1]) ** 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: manufactured("heat", X, 1), TypeError, "equation must be a statement"),
        (lambda: manufactured(pn.Diffusion(), "x", 1), TypeError, "expression must be a SymPy expression"),
        (lambda: manufactured(pn.Diffusion(), X, 4), ValueError, "dim must be 1, 2 or 3"),
        (lambda: manufactured(pn.Diffusion(), X, True), ValueError, "dim must be 1, 2 or 3"),
        (
            lambda: manufactured(pn.Diffusion(), X * Y, 1),
            ValueError,
            "expression must be in t, x alone for dim = 1, got y",
        ),
        (lambda: manufactured(pn.Diffusion(presmoothing=1.0), X, 1), ValueError, "no presmoothing"),
        (lambda: manufactured(pn.Diffusion(channels=3), X, 1), ValueError, "no channels"),
        (lambda: manufactured(pn.Diffusion(conductivity=np.ones(4)), X, 1), ValueError, "number for its conductivity"),
        (
            lambda: manufactured(pn.Convection((1.0, 2.0)), X, 1),
            ValueError,
            "velocity must have one component per axis",
        ),
        (lambda: manufactured(pn.Convection(lambda t, x: x), X, 1), ValueError, "velocity must have one component"),
        (lambda: manufactured(pn.Convection((np.ones(4),)), X, 1), ValueError, "velocity must consist of numbers"),
        (lambda: manufactured(pn.Reaction(np.sin), X, 1), TypeError, "f must"),
        (lambda: manufactured(pn.Reaction(lambda u: np.sin(u)), X, 1), TypeError, "f must be arithmetic that SymPy"),
        (lambda: manufactured(pn.ConservationLaw(), X, 1), TypeError, "equation must consist of Diffusion"),
        (lambda: diffusivity("linear", X), TypeError, "law must be one of pdenn.laws"),
        (lambda: manufactured(pn.Diffusion(), 1 / X, 1).u(0.0, np.zeros(2)), ValueError, "x must be where"),
        (lambda: manufactured(pn.Diffusion(), X, 1).u(-1.0, np.zeros(2)), ValueError, "t must be >= 0"),
        (lambda: manufactured(pn.Diffusion(), X, 1).source(0.0, np.zeros(2), 0.0), ValueError, "x must be one array"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
