"""Extrapolation with any weights in [1, 2] is bounded under the explicit limit; known weights give known polynomials."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev

import pdenn as pn
from pdenn.schemes.constants import amplification, constants
from pdenn.schemes.trace import trace

X = np.linspace(-1, 1, 2001)
WEIGHTS = st.lists(st.floats(1, 2), max_size=12).map(tuple)


def polynomial(scheme, x):
    """`Q_n(x)`, `x = 1 + θλ`, by the trace of the scheme."""
    return amplification(trace(scheme), (x - 1) * scheme.times()[-1])


@given(WEIGHTS)
def test_every_weight_between_one_and_two_is_bounded(weights):
    """The theorem of the docstring; the rounding of a recursion of `n` steps grows like `n²` at most (all weights 2)."""
    scheme = pn.Extrapolation(weights)
    n = len(weights) + 1
    assert np.abs(polynomial(scheme, X)).max() <= 1 + 8 * n**2 * np.finfo(float).eps
    assert constants(scheme).beta >= 2 * scheme.times()[-1] * (1 - 1e-11)
    assert constants(scheme).order >= 1 and scheme.times()[-1] >= n


def test_beyond_two_it_grows():
    """`α x² + 1 - α` is `1 - α` without slope: the bound on the weights is sharp."""
    scheme = pn.Extrapolation((2.0,))
    object.__setattr__(scheme, "weights", (2.1,))
    assert np.abs(polynomial(scheme, X)).max() > 1.09


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_weights_two_are_chebyshev_and_one_is_explicit(n):
    assert np.abs(polynomial(pn.Extrapolation((2.0,) * (n - 1)), X) - chebyshev.chebval(X, [0] * n + [1])).max() < 1e-12
    assert np.abs(polynomial(pn.Extrapolation((1.0,) * (n - 1)), X) - X**n).max() < 1e-13
    assert pn.Extrapolation((2.0,) * (n - 1)).times()[-1] == n**2  # T_n'(1): the longest cycle of n steps


def test_by_default_it_is_a_cycle_of_fsi_but_for_its_first_step():
    """`Q_(k+1) = α_k x Q_k + (1 - α_k) Q_(k-1)` with `α_k` of Hafner et al. and `Q_1 = x`."""
    scheme, before, q = pn.Extrapolation(), np.ones_like(X), X
    for k in range(1, 8):
        alpha = (4 * k + 2) / (2 * k + 3)
        before, q = q, alpha * X * q + (1 - alpha) * before
    assert np.abs(polynomial(scheme, X) - q).max() < 1e-13
    assert 0.5 * pn.constants(pn.FSI(8)).beta < pn.constants(scheme).beta < 2 * pn.constants(pn.FSI(8)).beta


@pytest.mark.parametrize("weights", [(2.5,), (1.0, 0.9), (float("nan"),)])
def test_bad_weights_are_refused(weights):
    with pytest.raises(ValueError, match=r"weights must lie in \[1, 2\]"):
        pn.Extrapolation(weights)
    with pytest.raises(ValueError, match="coefficients must be one of"):
        pn.Extrapolation((), "frozen")
