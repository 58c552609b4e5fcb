"""Fluxes: Sweby's region for the limiters, exact parabolas for WENO, the Bernoulli function to rounding."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdenn.fluxes import MUSCL, WENO5, Central, ScharfetterGummel, Upwind, bernoulli

LIMITERS = ("van Leer", "minmod", "superbee")
NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)


@given(a=NUMBERS, b=NUMBERS, limiter=st.sampled_from(LIMITERS))
def test_limited_increments_lie_in_the_region_of_sweby(a, b, limiter):
    lower, upper = MUSCL(limiter).edges(tuple(np.array([x]) for x in (-a, 0.0, b)))
    sigma = float((upper - lower)[0])
    if a * b <= 0:
        assert sigma == 0 or abs(a * b) < 1e-300
    else:
        assert 0 <= sigma / a <= 2 * (1 + 1e-15)
        assert 0 <= sigma / b <= 2 * (1 + 1e-15)


@pytest.mark.parametrize(
    ("limiter", "ratio", "phi"),
    [("van Leer", 3.0, 1.5), ("minmod", 3.0, 1.0), ("superbee", 3.0, 2.0), ("superbee", 1.5, 1.5),
     ("superbee", 0.25, 0.5), ("minmod", 0.25, 0.25), ("van Leer", 0.25, 0.4)],
)  # fmt: skip
def test_limiters_are_those_of_the_books(limiter, ratio, phi):
    """Sweby's `φ(r)` with `r = a / b`, `σ = φ(r) b`, and its symmetry `φ(1/r) = φ(r) / r`."""
    for a, b in ((ratio, 1.0), (1.0, ratio)):
        lower, upper = MUSCL(limiter).edges((np.array(-a), np.array(0.0), np.array(b)))
        assert upper - lower == pytest.approx(phi, rel=1e-15)


def test_edges_of_the_linear_fluxes():
    u = np.array([1.0, 2.0])
    assert all(np.array_equal(edge, u) for edge in Upwind().edges((u,)))
    lower, upper = Central().edges((u - 1, u, u + 3))
    assert np.array_equal(lower, u - 0.5)
    assert np.array_equal(upper, u + 1.5)


@given(c=st.tuples(*[st.floats(-3, 3)] * 3))
def test_weno_is_exact_for_cell_means_of_parabolas(c):
    """Every one of its three parabolas is, whatever the weights."""
    mean = [c[0] + c[1] * i + c[2] * (i * i + 1 / 12) for i in range(-2, 3)]
    lower, upper = WENO5().edges(tuple(np.array(m) for m in mean))
    scale = 1e-14 * (1 + 60 * max(map(abs, c)))
    assert upper == pytest.approx(c[0] + c[1] / 2 + c[2] / 4, abs=scale)
    assert lower == pytest.approx(c[0] - c[1] / 2 + c[2] / 4, abs=scale)


def test_the_optimal_weights_of_weno_are_of_fifth_order():
    """Small amplitudes drown in EPSILON and leave the linear weights: exact for means of quartics."""
    mean = [1e-9 * float(Fraction((i + i + 1) ** 5 - (i + i - 1) ** 5, 160)) for i in range(-2, 3)]
    _, upper = WENO5().edges(tuple(np.array(m) for m in mean))
    assert upper == pytest.approx(1e-9 / 16, rel=1e-6)


def test_weno_does_not_cross_a_jump():
    _, upper = WENO5().edges(tuple(np.array(x) for x in (0.0, 0.0, 0.0, 1.0, 1.0)))
    assert abs(upper) < 1e-10


@pytest.mark.parametrize("x", [1e-320, 1e-200, 1e-16, 1e-8, 1e-3, 0.5, 1.0, 30.0, 700.0])
def test_bernoulli_to_rounding(x):
    """Against the series of `x / (exp x - 1)` in rational numbers, and `B(-x) = B(x) + x`."""
    exact = Fraction(x)
    if x < 1:
        series = sum(exact**k / math.factorial(k + 1) for k in range(25)) if x > 1e-100 else Fraction(1)
        assert float(bernoulli(np.array(x))) == pytest.approx(float(1 / series), rel=4e-16)
    else:
        assert float(bernoulli(np.array(x))) == pytest.approx(x * math.exp(-x) / (1 - math.exp(-x)), rel=1e-13)
    assert float(bernoulli(np.array(-x))) == pytest.approx(float(bernoulli(np.array(x))) + x, rel=4e-16)


def test_bernoulli_of_tensors_has_finite_derivatives():
    x = torch.tensor([0.0, 1e-9, 3.0, -3.0, 1e4, -1e4], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(bernoulli(x).sum(), x)
    assert slope.isfinite().all()
    assert slope[3] == pytest.approx((4 * math.exp(-3) - 1) / math.expm1(-3) ** 2, rel=1e-12)
    assert np.array_equal(bernoulli(x.detach().numpy()), bernoulli(x).detach().numpy())


def test_bernoulli_has_its_limits():
    assert bernoulli(np.array([0.0, 1e4, 1e308])).tolist() == [1.0, 0.0, 0.0]
    assert bernoulli(np.array(-1e308)) == 1e308


@given(v=st.floats(-1e6, 1e6, allow_subnormal=False), eps=st.floats(1e-12, 1e6), h=st.floats(1e-3, 10))
def test_exponential_weights_are_monotone_and_consistent(v, eps, h):
    p, q = ScharfetterGummel().weights(np.array(v), eps, h)
    assert min(p, q) >= 0
    assert p - q == pytest.approx(v, rel=1e-12, abs=1e-14 * eps / h)


def test_exponential_weights_tend_to_upwind():
    p, q = ScharfetterGummel().weights(np.array([2.0, -3.0]), 1e-300, 0.1)
    assert (p.tolist(), q.tolist()) == ([2.0, 0.0], [0.0, 3.0])


def test_an_unknown_limiter_is_refused():
    with pytest.raises(ValueError, match="limiter must be one of .*got 'van Albada'"):
        MUSCL("van Albada")


@pytest.mark.parametrize("limiter", LIMITERS)
def test_limiters_have_finite_derivatives_on_plateaus(limiter):
    u = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    _, upper = MUSCL(limiter).edges((u, 1 * u, 2 * u))
    assert torch.autograd.grad(upper.sum(), u)[0].isfinite().all()
