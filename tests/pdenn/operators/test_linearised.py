"""What stands for the derivative of an operator in a preconditioner: the derivative itself where its stencil is compact."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.counted import Counted
from pdenn.operators.combine import Multiple
from pdenn.operators.linearised import derivative, jacobian, near_derivative

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


def agrees(A, u, w):
    """The Jacobian against the complex step through the definition, whose only error is rounding, too."""
    found, expected = jacobian(A, 0.0, u)(w), derivative(A, 0.0, u, w)
    assert found.shape == u.shape and found.dtype == u.dtype
    # Slopes near zero are squared and multiplied by g', which is large where the contrast is small.
    size = abs(derivative(A, 0.0, u, abs(w))).max() + abs(w).max() * sum(4 / h**2 for h in A.grid.h)
    np.testing.assert_allclose(found, expected, rtol=0, atol=200 * np.finfo(u.dtype).eps * size)


@given(data=st.data())
def test_jacobians_of_diffusion(data):
    grid = data.draw(testing.grids(max_cells=60))
    law = data.draw(st.sampled_from((pn.Charbonnier(0.5), pn.PeronaMalik(0.7), pn.Weickert(1.0), pn.Linear())))
    equation = pn.Diffusion(law, form=data.draw(st.sampled_from(("isotropic", "separable"))))
    u, w = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal((2, 2, *grid.shape))
    agrees(pn.discretise(equation, grid), u, w)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "equation",
    [
        POROUS,
        REACTION,
        pn.Diffusion(pn.Charbonnier(0.5)) + REACTION + pn.Fidelity(0.5, 0.3),
        pn.Diffusion(pn.Charbonnier(0.5), presmoothing=1.0),
        pn.Convection((1.0, -0.5), pn.Upwind()) + pn.Diffusion(pn.PeronaMalik(0.5), form="separable"),
        pn.ConservationLaw(pn.Burgers(), pn.LaxFriedrichs(), direction=(1.0, 0.5)),
    ],
    ids=str,
)
def test_jacobians_of_other_operators(equation, dtype):
    A = pn.discretise(equation, GRID)
    u, w = RNG.random((2, 3, 9, 7)).astype(dtype)
    agrees(A, u, w)
    agrees(Multiple(2.5, A), u, w)


def test_jacobians_of_tensors():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.5)), GRID)
    u, w = RNG.random((2, 9, 7))
    found = jacobian(A, 0.0, torch.from_numpy(u))(torch.from_numpy(w))
    np.testing.assert_allclose(found.numpy(), jacobian(A, 0.0, u)(w), rtol=0, atol=1e-12)


def test_every_direction_is_counted():
    for equation in (
        pn.Diffusion(),
        pn.Diffusion(pn.Charbonnier(0.5)),
        pn.Diffusion(pn.Charbonnier(0.5), presmoothing=1.0),
    ):
        A, u = Counted(pn.discretise(equation, GRID)), RNG.random((9, 7))
        apply = jacobian(A, 0.0, u)
        before = A.calls
        apply(u)
        apply(u)
        assert A.calls == before + 2
