"""The numbered rules of `pdenn.schemes.protocol`, the constants, and the three claims, for every public scheme.

The schemes are found in `pdenn.__all__`; a new one is tested without a line here, but for its published polynomial.
"""

from dataclasses import FrozenInstanceError, is_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev, legendre

import pdenn as pn
from pdenn import testing
from pdenn.schemes.constants import amplification
from pdenn.schemes.trace import trace

KINDS = [
    thing for thing in (getattr(pn, name) for name in pn.__all__) if is_dataclass(thing) and hasattr(thing, "step")
]
MEMBERS = [scheme for kind in KINDS for scheme in testing.members(kind)]
EXPLICIT = [scheme for scheme in MEMBERS if not hasattr(scheme, "solver")]
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


def wave(n=8):
    """Linear diffusion on a periodic grid of an even number of cells, and its fastest eigenvector, `A u = -ρ u`."""
    grid = pn.Grid((n,), 0.5, "periodic")
    return pn.discretise(pn.Diffusion(), grid), (-1.0) ** np.arange(n)


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


@pytest.mark.parametrize("scheme", MEMBERS, ids=repr)
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
    testing.assert_order(errors, [1 / 40, 1 / 80], order, ceiling=(1 / 80) ** order)


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


def public_schemes():
    """Each class as often as any other, whatever the number of its members."""
    return st.sampled_from(KINDS).flatmap(lambda kind: st.sampled_from(testing.members(kind)))


@st.composite
def problems(draw):
    """An operator, a scheme, and two states; single precision with one law."""
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float32]))
    law = draw(testing.laws()) if dtype == np.float64 else SINGLE
    grid = draw(testing.grids(max_cells=30))
    A = pn.discretise(pn.Diffusion(law, form=draw(st.sampled_from(["isotropic", "separable"]))), grid)
    u, v = (draw(testing.states(grid, dtype, (2,))) for _ in range(2))
    return draw(public_schemes()), A, u, v


@given(problem=problems(), share=st.floats(0.0, 1.0))
def test_the_claims_hold_up_to_their_limits(problem, share):
    scheme, A, u, v = problem
    limits = {c.claim: c.tau for c in pn.certify(scheme, A)}
    check = {
        "bounded": lambda tau: testing.assert_bounded(scheme, A, u, tau),
        "contractive": lambda tau: testing.assert_contractive(scheme, A, u, v, tau),
        "max-min": lambda tau: testing.assert_max_min(scheme, A, u, tau),
    }
    for claim in check:
        if claim in limits:
            check[claim](None)
            check[claim](share * min(limits[claim], 10.0) * (1 - testing.ACCURACY))
        else:
            with pytest.raises(pn.NoCertificate):
                check[claim](None)


@given(problem=problems(), near=st.floats(1e-3, 10.0), seed=st.integers(0, 99))
def test_the_contractive_claim_holds_for_neighbours(problem, near, seed):
    """Two states that differ little: what expands distances, expands small ones."""
    scheme, A, u, _ = problem
    if "contractive" not in {c.claim for c in pn.certify(scheme, A)}:
        scheme = pn.ExplicitEuler()
        A = pn.discretise(pn.Diffusion(SINGLE, form=A.equation.form), pn.Grid(A.grid.shape, A.grid.h))
    noise = np.random.default_rng(seed).standard_normal(u.shape)
    testing.assert_contractive(scheme, A, u, (u + near * noise).astype(u.dtype))


@given(scheme=public_schemes(), data=st.data(), law=testing.laws())
def test_the_mean_is_kept_where_nothing_passes_the_walls(scheme, data, law):
    grid = data.draw(testing.grids(max_cells=30, boundaries=testing.CLOSED))
    A = pn.discretise(pn.Diffusion(law), grid)
    u = data.draw(testing.states(grid))
    limits = [c.tau for c in pn.certify(scheme, A) if np.isfinite(c.tau)]
    testing.assert_mean_kept(scheme, A, u, min(limits, default=0.1 * min(grid.h) ** 2 / grid.dim))


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_the_bounded_limit_is_sharp(scheme):
    A, u = wave()
    limit = pn.certificate(scheme, A, "bounded").tau
    testing.assert_bounded(scheme, A, u)
    with pytest.raises(AssertionError, match="bounded"):
        testing.assert_bounded(scheme, A, u, 1.05 * limit)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.SSPRK2(), pn.FSI(1, "updated")], ids=repr)
def test_the_contractive_limit_of_a_nonlinear_flux_is_sharp(scheme):
    """Near a flat state the flux is linear with `Φ' = sup Φ'`, and β = 2r = 2 for these schemes."""
    u = 1e-3 * wave()[1]
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(contrast=100.0)), wave()[0].grid)
    limit = pn.certificate(scheme, A, "contractive").tau
    testing.assert_contractive(scheme, A, u, -u)
    with pytest.raises(AssertionError, match="contractive"):
        testing.assert_contractive(scheme, A, u, -u, 1.05 * limit)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_max_min_limit_of_the_explicit_scheme_is_sharp(dim):
    grid = pn.Grid((4,) * dim)
    A = pn.discretise(pn.Diffusion(), grid)
    spike = np.zeros(grid.shape)
    spike[(1,) * dim] = 1.0
    limit = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    testing.assert_max_min(pn.ExplicitEuler(), A, spike)
    with pytest.raises(AssertionError, match="max-min"):
        testing.assert_max_min(pn.ExplicitEuler(), A, spike, 1.05 * limit)


@pytest.mark.parametrize("form", ["separable", "isotropic"])
@pytest.mark.parametrize(
    "scheme", [s for s in EXPLICIT if getattr(s, "coefficients", "updated") == "updated"], ids=repr
)
def test_the_contractive_claim_survives_the_attacker(scheme, form):
    """Up to the error of central differences, 1e-8."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(), form=form), pn.Grid((6,), boundary="periodic"))
    claims = {c.claim: c for c in pn.certify(scheme, A)}
    assert ("contractive" in claims) == (pn.constants(scheme).r > 0)
    tau = claims["contractive"].tau if "contractive" in claims else 0.0
    assert testing.worst_expansion(scheme, A, tau, starts=6, climbs=8).ratio <= 1 + 1e-8


def test_updated_coefficients_at_the_limit_of_the_linear_theory_expand_distances():
    """FSI(8) at `τρ = 48`, `θ = 2/ρ`: bounded is a theorem for held coefficients only, and contractive for none."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(), form="separable"), pn.Grid((8,), boundary="periodic"))
    scheme = pn.FSI(8, coefficients="updated")
    tau = 48 / A.bound.spectral.value
    assert tau <= pn.constants(scheme).beta / A.bound.spectral.value
    found = testing.worst_expansion(scheme, A, tau, climbs=30)
    assert found.ratio > 2
    with pytest.raises(AssertionError, match="contractive"):
        testing.assert_contractive(scheme, A, found.u, found.v, tau)
    testing.assert_contractive(scheme, A, found.u, found.v)


def test_bounded_is_not_contractive():
    """Perona-Malik: at slopes `√3 λ` everywhere, `Φ' = -2 e^(-3/2)`, and a step has the Jacobian norm `1 + 4 e^(-3/2)`."""
    scheme, (linear, checkerboard) = pn.ExplicitEuler(), wave()
    A = pn.discretise(pn.Diffusion(pn.PeronaMalikExponential(contrast=3.0), form="separable"), linear.grid)
    tau = pn.certificate(scheme, A, "bounded").tau * (1 - testing.ACCURACY)
    u = 3**0.5 / 2 * 3.0 * 0.5 * checkerboard
    v = u * (1 + 1e-6)
    ratio = np.linalg.norm(scheme.step(A, 0.0, u, tau) - scheme.step(A, 0.0, v, tau)) / np.linalg.norm(u - v)
    assert ratio == pytest.approx(1 + 4 * np.exp(-1.5), abs=1e-5)
    found = testing.worst_expansion(scheme, A, tau, amplitude=1.5)
    assert 1.8 < found.ratio <= 1 + 4 * np.exp(-1.5) + 1e-8
    for state in (u, found.u, found.v):
        testing.assert_bounded(scheme, A, state, tau)
        testing.assert_max_min(scheme, A, state, tau)
    with pytest.raises(pn.NoCertificate, match="not monotone"):
        testing.assert_contractive(scheme, A, found.u, found.v)


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
