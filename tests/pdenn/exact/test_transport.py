"""Exact solutions of transport: residuals by differences of eighth order, conditions at ends and fronts.

The error of such a difference of width `d` is `(ω d)⁸/630` of the derivative for wave numbers `ω`; `ω d ≤ 0.2` here,
4e-9 and less, beside a rounding of `ε/d` and `ε/d²`.
"""

import numpy as np
import pytest

from pdenn.exact.shocks import BuckleyLeverettRiemann, BurgersFront, BurgersRiemann
from pdenn.exact.transport import AdvectedGaussian, OgataBanks, RotatingGaussian, SteadyLayer

FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
STEPS = np.arange(-4, 5)
D = 0.01


def derivative(f, weights, order):
    """Of a function of one number, at zero."""
    return sum(w * f(k * D) for w, k in zip(weights, STEPS, strict=True)) / D**order


def residual(solution, velocity, eps, t, *x):
    """`∂u/∂t + v · ∇u - ε Δu`, for divergence-free `v`."""
    shifted = [lambda s, i=i: solution.u(t, *(y + s * (j == i) for j, y in enumerate(x))) for i in range(len(x))]
    rate = derivative(lambda s: solution.u(t + s, *x), FIRST, 1)
    transport = sum(v * derivative(f, FIRST, 1) for v, f in zip(velocity, shifted, strict=True))
    return rate + transport - eps * sum(derivative(f, SECOND, 2) for f in shifted)


PLACES = np.random.default_rng(0).uniform(0.1, 1.5, (3, 40))


@pytest.mark.parametrize("eps", [0.0, 0.3])
@pytest.mark.parametrize("velocity", [(1.5,), (1.0, -0.5), (0.3, 0.7, -1.0)])
def test_the_advected_gaussian(velocity, eps):
    dim = len(velocity)
    solution = AdvectedGaussian(velocity, (0.3, 0.8, 0.5)[:dim], 0.6, eps, 2.0)
    assert abs(residual(solution, velocity, eps, 0.4, *PLACES[:dim])).max() < 1e-7
    assert solution.u(0.0, *solution.centre) == 2.0


@pytest.mark.parametrize("eps", [0.0, 0.2])
def test_the_rotating_gaussian(eps):
    solution = RotatingGaussian(1.3, (0.5, 0.6), (1.0, 0.8), 0.5, eps)
    x, y = PLACES[:2]
    assert abs(residual(solution, solution.velocity(0.0, x, y), eps, 0.4, x, y)).max() < 1e-7
    half_turn = np.pi / 1.3
    assert solution.u(half_turn, 0.0, 0.4) == pytest.approx(0.25 / (0.25 + 2 * eps * half_turn), rel=1e-12)


@pytest.mark.parametrize(("velocity", "eps"), [(1.0, 0.5), (0.0, 0.4), (2.0, 0.3)])
def test_ogata_and_banks(velocity, eps):
    solution = OgataBanks(velocity, eps)
    assert abs(residual(solution, (velocity,), eps, 0.9, PLACES[0])).max() < 1e-7
    assert solution.u(0.7, 0.0) == pytest.approx(1.0, rel=1e-14)
    assert solution.u(0.7, 60.0) < 1e-300
    assert solution.u(0.0, np.array([0.0, 1e-9])).tolist() == [1.0, 0.0]


def test_ogata_and_banks_at_large_peclet_numbers():
    """`e^(vx/ε)` overflows; the front is an error function around `vt`."""
    u = OgataBanks(1.0, 1e-5).u(1.0, np.array([0.5, 1.0, 1.5]))
    assert u[[0, 2]].tolist() == [1.0, 0.0]
    assert u[1] == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize("velocity", [1.0, -2.0, 0.0, 1e-9])
def test_the_steady_layer(velocity):
    solution = SteadyLayer(velocity, 0.4, 1.7, 2.0, -1.0)
    assert abs(residual(solution, (velocity,), 0.4, 0.3, PLACES[0])).max() < 1e-7
    assert solution.u(0.0, 0.0) == 2.0
    assert solution.u(0.0, 1.7) == pytest.approx(-1.0, rel=1e-14)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_thin_layers_do_not_overflow(sign):
    u = SteadyLayer(sign, 1e-6).u(0.0, np.array([0.25, 0.75]))
    assert u.tolist() == ([0.0, 0.0] if sign > 0 else [1.0, 1.0])


def test_the_front_of_burgers():
    solution = BurgersFront(1.2, -0.4, 0.3, 0.5)
    x = PLACES[0]
    assert abs(residual(solution, (solution.u(0.4, x),), 0.3, 0.4, x)).max() < 1e-7
    assert solution.u(2.0, 0.5 + 0.4 * 2.0) == pytest.approx(0.4, rel=1e-14)
    assert solution.u(0.0, np.array([-50.0, 50.0])) == pytest.approx([1.2, -0.4])


def balance(solution, f, t, a, b, n=20_000):
    """`d/dt ∫ u dx` over `[a, b]` less the flux through its ends, in the mean over `[0, t]`: the integral form."""
    x = a + (np.arange(n) + 0.5) * (b - a) / n
    gained = (solution.u(t, x) - solution.u(0.0, x)).mean() * (b - a)
    times = (np.arange(1000) + 0.5) * t / 1000
    through = np.mean([f(solution.u(s, a)) - f(solution.u(s, b)) for s in times]) * t
    return gained - through


@pytest.mark.parametrize(("left", "right"), [(1.0, -0.2), (2.0, 0.5), (-0.5, 1.0), (0.2, 0.9), (0.4, 0.4)])
def test_jumps_of_burgers_balance_over_any_interval(left, right):
    solution = BurgersRiemann(left, right, 0.3)
    for a, b in ((-2.0, 2.0), (-0.1, 0.5), (0.35, 0.6)):
        assert abs(balance(solution, lambda u: u * u / 2, 0.5, a, b)) < 2e-3
    assert solution.u(0.0, np.array([0.2, 0.4])).tolist() == [left, right]


def test_the_fan_of_burgers_is_smooth_where_it_is_one():
    """A shock from below would be a weak solution too."""
    u = BurgersRiemann(-1.0, 1.0).u(2.0, np.linspace(-3, 3, 61))
    assert np.diff(u).max() <= 0.051
    assert u[30] == 0.0


@pytest.mark.parametrize("ratio", [0.1, 0.5, 3.0])
def test_the_waterfront(ratio):
    """Balance, the equation in the fan, and the tangent at the shock."""
    solution = BuckleyLeverettRiemann(ratio, 0.2)

    def f(u):
        return u**2 / (u**2 + ratio * (1 - u) ** 2)

    for a, b in ((-1.0, 4.0), (0.3, 0.5), (0.0, 0.4)):
        assert abs(balance(solution, f, 0.8, a, b)) < 2e-3
    star, d = solution.front, 1e-5
    slope = f(star) / star
    assert (f(star + d) - f(star - d)) / (2 * d) == pytest.approx(slope, rel=1e-6)
    ends = solution.u(0.8, 0.2 + 0.8 * slope * np.array([1 - 1e-9, 1 + 1e-9]))
    assert ends == pytest.approx([star, 0.0], abs=1e-4)
    fan = np.linspace(0.1, 0.9, 9) * slope
    u = solution.u(0.8, 0.2 + 0.8 * fan)
    assert (f(u + d) - f(u - d)) / (2 * d) == pytest.approx(fan, rel=1e-5)
    assert solution.u(0.0, np.array([0.1, 0.3])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: AdvectedGaussian(diffusivity=-1.0), ValueError, "diffusivity must be >= 0, got -1.0"),
        (lambda: AdvectedGaussian((1.0, 1.0), 0.0), ValueError, "centre must have 2 entries"),
        (lambda: RotatingGaussian(sigma=0.0), ValueError, "sigma must be finite and > 0"),
        (lambda: OgataBanks(velocity=-1.0), ValueError, "velocity must be >= 0"),
        (lambda: OgataBanks().u(1.0, np.array([-1.0])), ValueError, "x must be >= 0"),
        (lambda: SteadyLayer(diffusivity="small"), TypeError, "diffusivity must be a real number"),
        (lambda: BurgersFront(0.0, 1.0), ValueError, "left must be > right"),
        (lambda: BurgersRiemann(float("nan")), ValueError, "left must be finite"),
        (lambda: BuckleyLeverettRiemann(0.0), ValueError, "ratio must be finite and > 0"),
        (lambda: BurgersFront().u(-1.0, 0.0), ValueError, "t must be >= 0"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
