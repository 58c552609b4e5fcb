"""Growth and fronts: residuals by differences of eighth order, speeds, limits, and a solver that reaches them.

The error of such differences of width `d` is `(k d)⁸/630` of the derivative for rates `k` of decay; `k d ≤ 0.1` here.
Beside it stands rounding, `ε/d²`, 1e-11.
"""

import math

import numpy as np
import pytest

import pdenn as pn
from pdenn.exact import BistableFront, FisherFront, Logistic
from pdenn.testing import assert_order

FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
D = 0.01
X = np.linspace(-4.0, 5.0, 60)


def derivative(f, weights, order):
    """Of a function of one number, at zero."""
    return sum(w * f(k * D) for w, k in zip(weights, range(-4, 5), strict=True)) / D**order


def residual(front, f, t):
    """`∂u/∂t - D ∂²u/∂x² - r f(u)`."""
    rate = derivative(lambda s: front.u(t + s, X), FIRST, 1)
    return rate - front.diffusivity * derivative(lambda s: front.u(t, X + s), SECOND, 2) - front.rate * f(front.u(t, X))


@pytest.mark.parametrize("front", [FisherFront(), FisherFront(0.4, 0.6, 1.7)], ids=repr)
def test_the_front_of_fisher(front):
    assert abs(residual(front, lambda u: u * (1 - u), 0.8)).max() <= 1e-9
    assert front.u(0.0, front.centre) == 0.25
    assert front.u(2.0, np.array([-1e4, 1e4])).tolist() == [1.0, 0.0]


def test_the_speed_of_ablowitz_and_zeppetella():
    assert FisherFront().speed == pytest.approx(5 / math.sqrt(6), rel=1e-15)


@pytest.mark.parametrize("a", [-1.0, 0.0, 0.25, 0.5, 0.8])
@pytest.mark.parametrize(("diffusivity", "rate"), [(1.0, 1.0), (0.5, 1.8)])
def test_the_front_between_two_states(a, diffusivity, rate):
    front = BistableFront(a, 0.3, diffusivity, rate)
    assert abs(residual(front, lambda u: u * (1 - u) * (u - a), 0.8)).max() <= 1e-9
    assert front.u(0.0, 0.3) == 0.5
    assert front.u(2.0, np.array([-1e4, 1e4])).tolist() == [1.0, 0.0]


def test_the_equation_of_newell_and_whitehead():
    front = BistableFront(-1.0)
    assert abs(residual(front, lambda u: u - u**3, 0.8)).max() <= 1e-9
    assert front.speed == pytest.approx(3 / math.sqrt(2), rel=1e-15)


@pytest.mark.parametrize("front", [FisherFront(1.0), BistableFront(0.1, 1.0), BistableFront(0.9, 1.0)], ids=repr)
def test_fronts_travel_unchanged(front):
    np.testing.assert_allclose(front.u(3.0, X + 3 * front.speed), front.u(0.0, X), rtol=1e-13)


def test_a_front_between_equal_states_stands():
    assert np.array_equal(BistableFront(0.5).u(7.0, X), BistableFront(0.5).u(0.0, X))


@pytest.mark.parametrize("start", [0.0, 0.1, 0.7, 1.5])
def test_logistic_growth(start):
    growth = Logistic(start, 1.3, 0.7)
    u, rate = growth.u(0.4, X), derivative(lambda s: growth.u(0.4 + s, X), FIRST, 1)
    assert abs(rate - 1.3 * u * (1 - u / 0.7)).max() <= 1e-11
    assert growth.u(0.0, X) == pytest.approx(np.full(60, start), rel=1e-15)
    assert growth.u(1e4, 0.0) == pytest.approx(0.7 if start else 0.0, rel=1e-15)


def test_logistic_growth_has_the_shape_of_the_points():
    assert Logistic().u(1.0, *pn.Grid((3, 4)).coordinates()).shape == (3, 4)
    assert Logistic().u(1.0, np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)


@pytest.mark.parametrize(
    ("front", "f"),
    [(FisherFront(12.0), lambda u: u * (1 - u)), (BistableFront(0.2, 12.0), lambda u: u * (1 - u) * (u - 0.2))],
    ids=["Fisher", "Nagumo"],
)
def test_a_solver_follows_the_front_with_order_two(front, f):
    """On [0, 30] the front is 1 or 0 at the walls up to `e^(-12/sqrt(6)) = 8e-3`, and even: away from them it counts."""
    errors, fineness = [], (60, 120, 240)
    for n in fineness:
        grid = pn.Grid(n, h=30 / n)
        (x,) = grid.coordinates()
        A = pn.discretise(pn.Diffusion() + pn.Reaction(f), grid)
        u = pn.solve(A, front.u(0.0, x), pn.SSPRK3(), 1.0, tau=0.2 * grid.h[0] ** 2, certificate=None).u
        # Half a time unit's diffusion reaches 1.4 on average: 9 from a wall its influence is erfc(4.5) = 2e-10.
        inside = abs(x - 15) < 6
        errors.append(abs(u - front.u(1.0, x))[inside].max())
    assert_order(errors, [30 / n for n in fineness], 2, ceiling=0.02 * (30 / fineness[-1]) ** 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Logistic(-0.1), ValueError, "start must be >= 0"),
        (lambda: Logistic(rate=0.0), ValueError, "rate must be finite and > 0"),
        (lambda: Logistic(capacity=math.inf), ValueError, "capacity must be finite and > 0"),
        (lambda: FisherFront("0"), TypeError, "centre must be a real number"),
        (lambda: FisherFront(diffusivity=0.0), ValueError, "diffusivity must be finite and > 0"),
        (lambda: FisherFront(rate=-1.0), ValueError, "rate must be finite and > 0"),
        (lambda: BistableFront(math.nan), ValueError, "threshold must be finite"),
        (lambda: BistableFront().u(-1.0, 0.0), ValueError, "t must be >= 0"),
        (lambda: FisherFront().u(0.0, math.nan), ValueError, "x must be finite"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
