"""A polynomial of a problem file is the reaction that it says."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.files.polynomial import Polynomial


def test_it_is_the_polynomial():
    u = np.random.default_rng(0).normal(size=20)
    # Horner's rule with 4 coefficients: 2·3 roundings of at most the sum of the moduli (Higham 2002, 5.3).
    bound = 6 * np.finfo(float).eps * np.polyval([0.5, 3, 2, 1], np.abs(u))
    assert (np.abs(Polynomial((1.0, -2.0, 3.0, 0.5))(u) - (1 - 2 * u + 3 * u**2 + 0.5 * u**3)) <= bound).all()
    np.testing.assert_array_equal(Polynomial([0.25])(u), np.full(20, 0.25))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_coefficients_vary_over_the_cells_and_take_the_kind_of_the_state(dtype):
    source = np.arange(6.0).reshape(2, 3)
    f = Polynomial((source, -1.0))
    u = np.ones((4, 2, 3), dtype)
    assert f(u).dtype == dtype
    np.testing.assert_array_equal(f(u), source - u)
    np.testing.assert_array_equal(f(torch.from_numpy(u)).numpy(), source - u)


def test_it_is_a_reaction():
    grid = pn.Grid(5)
    A = pn.discretise(pn.Reaction(Polynomial((0.0, 1.0, -1.0))), grid)
    u = np.linspace(-1, 2, 5)
    np.testing.assert_allclose(A(0.0, u), u * (1 - u), rtol=1e-15, atol=4e-16)
    assert "Polynomial(coefficients=(0.0, 1.0, -1.0))" in str(A.equation)
    decay = pn.discretise(pn.Reaction(Polynomial((0.0, -2.0)), slope=(-2.0, -2.0)), grid)
    assert pn.certificate(pn.ExplicitEuler(), decay, "bounded").tau == 1.0
    with pytest.raises(pn.NoCertificate, match="may grow"):
        pn.certificate(
            pn.ExplicitEuler(), pn.discretise(pn.Reaction(Polynomial((1.0, -2.0)), (-2.0, -2.0)), grid), "bounded"
        )


@pytest.mark.parametrize("wrong", [(), 1.0, ("a",), (float("nan"),), (None,), "ab"])
def test_what_is_no_polynomial_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="coefficients"):
        Polynomial(wrong)
