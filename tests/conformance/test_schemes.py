"""The numbered rules of `pdenn.schemes.protocol`, the constants, and the derived networks, for every public scheme.

The schemes are found in `pdenn.__all__`; a new one is tested without a line here, but for its published polynomial.
"""

from dataclasses import FrozenInstanceError, is_dataclass

import numpy as np
import pytest
from hypothesis import given
from numpy.polynomial import chebyshev, legendre

import pdenn as pn
from pdenn import testing
from pdenn.schemes.constants import amplification
from pdenn.schemes.trace import trace


def explicit(scheme) -> bool:
    """Whether a scheme is an explicit Butcher table; one that takes its operator apart has none."""
    try:
        return trace(scheme).explicit
    except ValueError:
        return False


KINDS = [
    thing for thing in (getattr(pn, name) for name in pn.__all__) if is_dataclass(thing) and hasattr(thing, "step")
]
MEMBERS = [scheme for kind in KINDS for scheme in testing.members(kind)]
EXPLICIT = [scheme for scheme in MEMBERS if explicit(scheme)]
SINGLE = pn.Charbonnier(contrast=2.0)
EPS = np.finfo(float).eps
ORDERS = {pn.ExplicitEuler: 1, pn.SSPRK2: 2, pn.SSPRK3: 3, pn.FED: 1, pn.FSI: 1, pn.RKL1: 1, pn.RKL2: 2}


def box(n, z):
    """The symbol `(1 + 2 Σ cos mφ)/(2n + 1)` of the box filter, `cos φ = 1 + 3z/(n² + n)` (Grewenig, Weickert, Bruhn 2010; Hafner et al. 2016)."""
    return chebyshev.chebval(1 + 3 * z / (n * (n + 1)), [1] + [2] * n) / (2 * n + 1)


def legendre_polynomial(n, x):
    return legendre.legval(x, [0] * n + [1])


def rkl2(n, z):
    b = (n * n + n - 2) / (2 * n * (n + 1))
    return 1 - b + b * legendre_polynomial(n, 1 + 4 * z / (n * n + n - 2))


POLYNOMIALS = {
    pn.ExplicitEuler: lambda s, z: 1 + z,
    pn.SSPRK2: lambda s, z: 1 + z + z**2 / 2,
    pn.SSPRK3: lambda s, z: 1 + z + z**2 / 2 + z**3 / 6,
    pn.FED: lambda s, z: box(s.n, z),
    pn.FSI: lambda s, z: box(s.n, z),
    pn.RKL1: lambda s, z: legendre_polynomial(s.n, 1 + 2 * z / (s.n**2 + s.n)),
    pn.RKL2: lambda s, z: rkl2(s.n, z),
}


class Equation:
    """`u' = f(t, u)`; holding its coefficients gives `u' = frozen(t, u)`."""

    def __init__(self, f, frozen=None):
        self.f, self.frozen = f, frozen

    def __call__(self, t, u):
        return self.f(t, u)

    def hold(self, t, u):
        return self if self.frozen is None else Equation(self.frozen(t, u))


class Arithmetic:
    """A state that can be added, subtracted, and multiplied and divided by numbers; nothing else."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Arithmetic(self.value + other.value)

    def __sub__(self, other):
        return Arithmetic(self.value - other.value)

    def __mul__(self, number):
        return Arithmetic(self.value * float(number))

    def __truediv__(self, number):
        return Arithmetic(self.value / float(number))

    __rmul__ = __mul__


def error(scheme, steps, held=False):
    """Of `u' = -cos(t) u²`, `u(0) = 1`, whose solution is `1 / (1 + sin t)`, at `t = 1`."""
    frozen = (lambda t, u: lambda s, v: -np.cos(s) * u * v) if held else None
    A, u, tau = Equation(lambda t, u: -np.cos(t) * u * u, frozen), np.float64(1.0), 1 / steps
    for k in range(steps):
        u = scheme.step(A, k * tau, u, tau)
    return abs(u - 1 / (1 + np.sin(1.0)))


def test_the_namespace_holds_schemes():
    assert set(KINDS) >= {pn.ExplicitEuler, pn.FSI, pn.RKL2}


@given(scheme=testing.schemes())
def test_the_strategy_draws_public_schemes(scheme):
    """The namespace of the package `schemes` may hold more than `pdenn` shows, never less."""
    assert is_dataclass(scheme)
    assert set(KINDS) <= {getattr(pn.schemes, name) for name in pn.schemes.__all__}


@pytest.mark.parametrize("kind", KINDS)
def test_rule_1_a_scheme_is_a_frozen_dataclass_that_needs_no_arguments(kind):
    scheme = kind()
    assert scheme == kind()
    assert hash(scheme) == hash(kind())
    with pytest.raises(FrozenInstanceError):
        scheme.n = 3


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_rule_2_the_step_ends_at_t_plus_tau(scheme):
    """`u' = p(t)` with a polynomial of degree below the order is integrated exactly, from any time on."""
    order, t, tau = pn.constants(scheme).order, 0.75, 0.5
    for degree in range(order):
        after = scheme.step(Equation(lambda s, u, p=degree: 0 * u + s**p), t, np.zeros(1), tau)[0]
        assert after == pytest.approx(((t + tau) ** (degree + 1) - t ** (degree + 1)) / (degree + 1), rel=1e-13)


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_rule_2_the_times_of_the_stages_are_those_of_their_weights(scheme):
    """A stage `u + τ Σ a_ij A_j` stands at the time `t + τ Σ a_ij`."""
    table = trace(scheme)
    assert np.abs(table.c - table.a.sum(1)).max() <= 100 * table.stages * EPS * (1 + np.abs(table.a).max())


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_rule_3_a_state_needs_arithmetic_only(scheme):
    A = Equation(lambda t, u: -2.0 * u)
    plain = scheme.step(A, 0.0, 1.5, 0.25)
    assert scheme.step(A, 0.0, Arithmetic(1.5), 0.25).value == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_rule_4_nothing_is_written_and_nothing_is_kept(scheme):
    """The state, all stages and all values of the operator are read-only."""

    def f(t, u):
        assert np.array_equal(start, [1.0, -2.0, 4.0])
        result = -u * u
        for x in (u, result):
            x.flags.writeable = False
        return result

    start = np.array([1.0, -2.0, 4.0])
    first = scheme.step(Equation(f), 0.0, start, 0.01)
    scheme.step(Equation(f), 0.5, first, 0.02)
    assert np.array_equal(scheme.step(Equation(f), 0.0, start, 0.01), first)


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_the_order_of_the_table_is_the_order_that_is_measured(scheme):
    order = pn.constants(scheme).order
    errors = [error(scheme, steps) for steps in (40, 80)]
    testing.assert_order(errors, [1 / 40, 1 / 80], order, ceiling=10 * (1 / 80) ** order)


@pytest.mark.parametrize("scheme", [s for s in EXPLICIT if getattr(s, "coefficients", "") == "held"], ids=repr)
def test_holding_coefficients_makes_any_scheme_of_first_order(scheme):
    testing.assert_order([error(scheme, steps, held=True) for steps in (80, 160)], [2, 1], 1, ceiling=1 / 160)


@pytest.mark.parametrize("kind", ORDERS)
def test_the_order_is_the_published_one(kind):
    assert pn.constants(kind()).order == ORDERS[kind]


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_a_step_of_the_test_equation_is_the_stability_polynomial(scheme):
    constant = pn.constants(scheme)
    for z in -constant.beta * np.linspace(0, 1.1, 23):
        after = scheme.step(Equation(lambda t, u, rate=z: rate * u), 0.0, 1.0, 1.0)
        expected = amplification(trace(scheme), np.array([z]))[0]
        assert abs(after - expected) <= 1e3 * constant.stages**3 * EPS * max(1, abs(expected))


@pytest.mark.parametrize("scheme", [s for s in MEMBERS if type(s) in POLYNOMIALS], ids=repr)
def test_the_stability_polynomial_is_the_published_closed_form(scheme):
    z = -pn.constants(scheme).beta * np.linspace(0, 1, 41)
    found = scheme.step(Equation(lambda t, u: z * u), 0.0, np.ones(41), 1.0)
    assert np.abs(found - POLYNOMIALS[type(scheme)](scheme, z)).max() <= 1e3 * pn.constants(scheme).stages ** 3 * EPS


@pytest.mark.parametrize("boundary", ["periodic", "reflecting", (pn.Dirichlet(1.0), pn.Dirichlet(-2.0))], ids=str)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("kind", sorted({type(scheme) for scheme in EXPLICIT}, key=lambda kind: kind.__name__))
def test_the_derived_network_is_the_solver(kind, form, boundary):
    grid = pn.Grid((5, 4), (0.5, 1.0), [boundary, "reflecting"])
    A = pn.discretise(pn.Diffusion(SINGLE, form=form), grid)
    scheme = kind()
    tau = pn.constants(scheme).beta / (4 / 0.25 + 4)
    u = np.random.default_rng(0).standard_normal((2, 5, 4)) * 3
    testing.assert_solver_equals_network(A, scheme, tau, 2, u)
