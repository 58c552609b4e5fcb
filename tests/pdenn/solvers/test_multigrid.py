"""Multigrid converges at a rate that does not depend on the mesh, for linear and nonlinear steps of any size."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.errors import NotConverged
from pdenn.operators.transfer import coarsened, prolongated, restricted
from pdenn.solvers import Multigrid, NewtonKrylov

RNG = np.random.default_rng(0)


def factor(A, gamma, f, cycles=8):
    """The mean factor by which a cycle reduces the residual."""
    v, solver = f, Multigrid()
    norms = [np.linalg.norm(f - v + gamma * A(0.0, v))]
    for _ in range(cycles):
        v = solver.cycle(A, 0.0, f, gamma, v)
        norms.append(np.linalg.norm(f - v + gamma * A(0.0, v)))
    return (norms[-1] / norms[0]) ** (1 / cycles)


@pytest.mark.parametrize("gamma", [1.0, 100.0, 1e5])
@pytest.mark.parametrize("walls", ["reflecting", "periodic", pn.Dirichlet(0.3)], ids=str)
def test_the_rate_does_not_depend_on_the_mesh(gamma, walls):
    """Two Chebyshev steps before and after leave `1/T_2(5/3)² = 0.048` of the upper spectrum; the correction adds to it.

    The limit 0.16 is what was measured (0.14), with little room: an error in a transfer or in the smoother exceeds it.
    """
    rates = [
        factor(pn.discretise(pn.Diffusion(), pn.Grid((n, n), boundary=walls)), gamma, RNG.random((n, n)))
        for n in (16, 64, 128)
    ]
    assert max(rates) < 0.16
    assert rates[-1] < rates[0] + 0.05


@pytest.mark.parametrize(("shape", "limit"), [((128,), 0.1), ((64, 64), 0.3), ((16, 16, 16), 0.45)])
@pytest.mark.parametrize("gamma", [1.0, 1e4])
def test_nonlinear_steps_converge_by_the_full_approximation_scheme(shape, limit, gamma):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid(shape))
    assert factor(A, gamma, RNG.random(shape)) < limit


@pytest.mark.parametrize("shape", [(24, 20), (7, 9), (13,), (6, 5, 4), (2, 2), (1, 3)])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_any_shape_is_solved_to_tolerance(shape, kind):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid(shape, 0.5, pn.Dirichlet(0.2)))
    f = kind(RNG.random((2, *shape)))
    v = Multigrid(1e-9)(A, 0.0, f, 3.0)
    w = NewtonKrylov(1e-11)(A, 0.0, f, 3.0)
    assert abs(v - w).max() < 1e-7


def test_it_is_an_inner_solver_of_implicit_schemes():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((32, 32)))
    u0 = RNG.random((32, 32))
    v = pn.solve(A, u0, pn.ImplicitEuler(Multigrid()), t_end=20.0, tau=10.0).u
    w = pn.solve(A, u0, pn.ImplicitEuler(NewtonKrylov()), t_end=20.0, tau=10.0).u
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-8)
    held = pn.solve(A, u0, pn.SemiImplicit(Multigrid(iterations=200)), t_end=2.0, tau=1.0).u
    np.testing.assert_allclose(held, pn.solve(A, u0, pn.SemiImplicit(), t_end=2.0, tau=1.0).u, rtol=0, atol=1e-8)


def test_gradients_come_from_the_implicit_function_theorem():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid((4, 4)))
    u = torch.from_numpy(RNG.random((4, 4))).requires_grad_()
    scheme = pn.ImplicitEuler(Multigrid(1e-13))
    assert torch.autograd.gradcheck(lambda u: scheme.step(A, 0.0, u, 0.7), (u,), atol=1e-6)


@pytest.mark.parametrize("shape", [(8,), (4, 6), (2, 4, 6), (3, 4)])
def test_transfer_keeps_constants_and_linear_functions(shape):
    """`R` is a mean; `P` reproduces what is linear between the outermost coarse centres."""
    fine = pn.Grid(shape, 0.5)
    coarse = fine.coarsen()
    ones = np.ones(coarse.shape)
    np.testing.assert_allclose(prolongated(ones, coarse, fine), np.ones(shape), rtol=1e-15)
    np.testing.assert_allclose(restricted(np.ones(shape), fine), ones, rtol=1e-15)
    line = sum(fine.coordinates())
    np.testing.assert_allclose(restricted(line, fine), sum(coarse.coordinates()), rtol=1e-14)
    inner = tuple(slice(1, -1) if n % 2 == 0 and n > 2 else slice(None) for n in shape)
    if all(n > 2 for n in shape):
        np.testing.assert_allclose(prolongated(sum(coarse.coordinates()), coarse, fine)[inner], line[inner], rtol=1e-14)


def test_a_missed_tolerance_is_an_error():
    A = pn.discretise(pn.Diffusion(), pn.Grid((32, 32)))
    with pytest.raises(NotConverged, match="Multigrid.*missed its tolerance") as error:
        Multigrid(1e-12, iterations=2)(A, 0.0, RNG.random((32, 32)), 10.0)
    assert len(error.value.residuals) == 3


def test_other_operators_are_refused():
    A = pn.discretise(pn.Convection((1.0,)), pn.Grid((8,), boundary="periodic"))
    with pytest.raises(TypeError, match="Multigrid needs diffusion with a coarse grid"):
        coarsened(A)
    B = pn.discretise(pn.Diffusion(pn.ForwardBackward(0.1)), pn.Grid((8,)))
    with pytest.raises(ValueError, match="Multigrid needs an operator with a spectral bound"):
        Multigrid()(B, 0.0, RNG.random(8), 1.0)
    with pytest.raises(ValueError, match="visits must be a positive integer, got 0"):
        Multigrid(visits=0)
