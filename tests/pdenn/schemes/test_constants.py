"""The constants that are read off the schemes' own steps, against the closed forms of the literature."""

import math

import numpy as np
import pytest

import pdenn as pn
from pdenn.schemes import trace
from pdenn.schemes.constants import amplification, stability_polynomial

# Bisection ends at a relative accuracy of 1e-12; the crossing of |P| = 1 itself is rounded by the stages.
ACCURACY = 1e-9


@pytest.mark.parametrize(
    ("scheme", "order", "beta", "r", "C"),
    [
        (pn.ExplicitEuler(), 1, 2.0, 1.0, 1.0),
        (pn.SSPRK2(), 2, 2.0, 1.0, 1.0),
        (pn.SSPRK3(), 3, 2.5127453266183286, 1.0, 1.0),
        (pn.RKL1(1), 1, 2.0, 1.0, 1.0),
        (pn.RKL1(2), 1, 6.0, 1.5, 3 - math.sqrt(3)),
    ],
)
def test_textbook_constants(scheme, order, beta, r, C):
    found = pn.constants(scheme)
    assert found.order == order
    np.testing.assert_allclose([found.beta, found.r, found.C], [beta, r, C], rtol=ACCURACY)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 20, 50])
def test_accelerated_intervals_reach_their_theory(n):
    """β of FSI and FED is at least 2 n(n+1)/3, of RKL1 n² + n exactly, of RKL2 (n² + n - 2)/2 at least."""
    assert pn.constants(pn.FSI(n)).beta >= 2 * n * (n + 1) / 3 * (1 - ACCURACY)
    assert pn.constants(pn.FED(n)).beta >= 2 * n * (n + 1) / 3 * (1 - ACCURACY)
    np.testing.assert_allclose(pn.constants(pn.RKL1(n)).beta, n * n + n, rtol=ACCURACY)
    if n >= 3:
        assert pn.constants(pn.RKL2(n)).beta >= (n * n + n - 2) / 2 * (1 - ACCURACY)


@pytest.mark.parametrize("n", [1, 2, 4, 9])
def test_fsi_and_fed_share_the_box_filter(n):
    """Both cycles multiply the mode with cos θ = 1 - 3z/(n(n+1))... by the box filter sin((n+1/2)θ)/((2n+1) sin(θ/2))."""
    theta = np.linspace(0.1, 3.1, 50)
    z = -(1 - np.cos(theta)) * n * (n + 1) / 3
    box = np.sin((n + 0.5) * theta) / ((2 * n + 1) * np.sin(theta / 2))
    for scheme in (pn.FSI(n), pn.FED(n)):
        np.testing.assert_allclose(amplification(trace(scheme), z), box, atol=1e-13 * 4**n)


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_rkl1_is_a_legendre_polynomial(n):
    z = np.linspace(-n * n - n, 0, 40)
    legendre = np.polynomial.legendre.Legendre.basis(n)(1 + 2 * z / (n * n + n))
    np.testing.assert_allclose(amplification(trace(pn.RKL1(n)), z), legendre, atol=1e-13 * n**2)


def test_the_polynomial_is_what_the_stages_do():
    table = trace(pn.RKL2(5))
    z = np.linspace(-5, 0, 20)
    np.testing.assert_allclose(stability_polynomial(table)(z), amplification(table, z), atol=1e-13)
    np.testing.assert_allclose(stability_polynomial(table).coef[:3], [1, 1, 0.5], atol=1e-14)


@pytest.mark.parametrize("scheme", [pn.RKL1(6), pn.RKL2(6), pn.SSPRK2(), pn.SSPRK3(), pn.FSI(6), pn.FED(6)], ids=repr)
def test_stages_are_evaluated_at_their_times(scheme):
    """`c_i = Σ_j a_ij`, so that an operator that depends on time is met at consistent times."""
    table = trace(scheme)
    np.testing.assert_allclose(table.c, table.a.sum(1), atol=1e-13)


def test_measured_constants_of_the_literature_on_fsi():
    """FSI(8): the contractive radius saturates while β grows with n²."""
    found = pn.constants(pn.FSI(8))
    assert found.stages == 8 and found.order == 1
    np.testing.assert_allclose(2 * found.r, 4.4447, atol=1e-4)
    np.testing.assert_allclose(found.C, 1.62067, atol=1e-5)
    assert 2 * pn.constants(pn.FSI(50)).r < 4.7


def test_second_order_schemes_are_no_contractions():
    assert pn.constants(pn.RKL2(5)).r == 0.0
    assert pn.constants(pn.RKL2(5)).C == 0.0


@pytest.mark.parametrize("kind", [pn.FSI, pn.FED, pn.RKL1, pn.RKL2])
@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_bad_cycles_are_refused(kind, n):
    with pytest.raises(ValueError, match="n must be an integer >= "):
        kind(n=n)
    with pytest.raises(ValueError, match="coefficients must be one of"):
        kind(n=4, coefficients="old")


def test_an_inconsistent_scheme_is_refused():
    class Doubling:
        def step(self, A, t, u, tau):
            return 2 * u + tau * A(t, u)

    with pytest.raises(ValueError, match="not consistent"):
        trace(Doubling())
