"""What stands for the derivative of an operator in a preconditioner: the derivative itself where its stencil is compact."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.operators.linearised import derivative, near_derivative

RNG = np.random.default_rng(7)
GRID = pn.Grid((9, 7), boundary=pn.Dirichlet(0.4))
POROUS = pn.PorousMedium(3.0)
REACTION = pn.Reaction(lambda u: u - u**3)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("equation", [POROUS, REACTION, POROUS + REACTION], ids=str)
def test_it_is_the_derivative(equation, kind):
    A, u, w = pn.discretise(equation, GRID), kind(RNG.random((2, 9, 7))), kind(RNG.random((2, 9, 7)))
    B = near_derivative(A, 0.0, u)
    assert B.bound.linear and B.grid.shape == GRID.shape
    expected = derivative(A, 0.0, u, w)
    np.testing.assert_allclose(np.asarray(B(0.0, w)), np.asarray(expected), rtol=1e-12, atol=1e-12)


def test_it_is_the_operator_itself_where_that_is_linear():
    A = pn.discretise(pn.Diffusion(), GRID)
    assert near_derivative(A, 0.0, RNG.random((9, 7))) is A


def test_it_holds_coefficients_where_the_derivative_couples_more_than_neighbours():
    A, u = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), GRID), RNG.random((9, 7))
    B = near_derivative(A, 0.0, u)
    assert B.bound.linear
    np.testing.assert_allclose(B(0.0, u), A(0.0, u), rtol=0, atol=1e-12)


def test_newton_needs_few_cycles_for_a_reaction():
    """Allen-Cahn, an implicit step: with a cycle for the derivative, two iterations inside each of a few Newton steps."""
    A, u = pn.discretise(pn.Diffusion() + REACTION, pn.Grid((48, 48))), RNG.standard_normal((48, 48))
    plain, cycles = (pn.NewtonKrylov(1e-10, preconditioner=p) for p in (None, pn.Multigrid()))
    v, w = (solver(A, 0.0, u, 0.5) for solver in (plain, cycles))
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-8)
    assert np.linalg.norm(w - 0.5 * A(0.0, w) - u) <= 1.1e-10 * np.linalg.norm(u)
