"""Krylov and Newton methods with a multigrid cycle: the same solutions with far fewer calls; masses and first guesses."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.errors import NotConverged
from pdenn.solvers import AlgebraicMultigrid, BiCGStab, ConjugateGradients, FixedPoint, Multigrid, NewtonKrylov
from pdenn.solvers.smoothers import Chebyshev

RNG = np.random.default_rng(9)
CHARBONNIER = pn.Diffusion(pn.Charbonnier(0.1))


class Counted:
    """An operator that counts how often it or its derivative is evaluated."""

    def __init__(self, A):
        self.A, self.grid, self.bound, self.calls = A, A.grid, A.bound, 0

    def __call__(self, t, u):
        self.calls += 1
        return self.A(t, u)

    def definition(self, t, u):
        self.calls += 1
        return self.A.definition(t, u)

    def hold(self, t, u):
        return self.A.hold(t, u)


def solved(solver, A, f, gamma, **given):
    counted = Counted(A)
    v = solver(counted, 0.0, f, gamma, **given)
    return v, counted.calls


@pytest.mark.parametrize("kind", [ConjugateGradients, BiCGStab])
@pytest.mark.parametrize("shape", [(64, 61), (20, 21, 19)], ids=str)
@pytest.mark.parametrize("smoother", [None, Chebyshev()])
def test_linear_solutions_with_fewer_calls(kind, shape, smoother):
    A = pn.discretise(CHARBONNIER, pn.Grid(shape, boundary=pn.Dirichlet(0.2))).hold(0.0, RNG.random(shape))
    f = RNG.random(shape)
    v, few = solved(kind(1e-10, preconditioner=Multigrid(smoother=smoother)), A, f, 1e4)
    w, many = solved(kind(1e-10), A, f, 1e4)
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-5)
    # The stencil takes up to 30 of the calls: an operator that is wrapped is probed.
    assert few < 30 + many / 5


def test_convection_and_diffusion_with_fewer_calls():
    h = 1 / 50
    A = pn.discretise(pn.Diffusion(conductivity=0.1 * h) + pn.Convection((1.0, 0.5)), pn.Grid((50, 47), h))
    f = RNG.random((50, 47))
    v, few = solved(BiCGStab(1e-10, preconditioner=Multigrid()), A, f, 10.0)
    w, many = solved(BiCGStab(1e-10), A, f, 10.0)
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-7 * abs(w).max())
    assert few < 15 + many / 3


def test_newton_with_fewer_calls():
    A, f = pn.discretise(CHARBONNIER, pn.Grid((50, 47))), RNG.random((50, 47))
    v, few = solved(NewtonKrylov(1e-10, preconditioner=Multigrid()), A, f, 100.0)
    w, many = solved(NewtonKrylov(1e-10), A, f, 100.0)
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-6)
    assert few < many / 2


@pytest.mark.parametrize("kind", [ConjugateGradients, BiCGStab, NewtonKrylov])
def test_preconditioners_on_tensors(kind):
    A, f = pn.discretise(pn.Diffusion(), pn.Grid((30, 31))), RNG.random((2, 30, 31))
    v = kind(1e-10, preconditioner=Multigrid())(A, 0.0, torch.from_numpy(f), 500.0)
    np.testing.assert_allclose(v, kind(1e-10)(A, 0.0, f, 500.0), rtol=0, atol=1e-7)


SOLVERS = [
    FixedPoint(1e-10, iterations=20000),
    ConjugateGradients(),
    BiCGStab(),
    NewtonKrylov(),
    Multigrid(),
    AlgebraicMultigrid(),
    ConjugateGradients(preconditioner=Multigrid()),
    NewtonKrylov(preconditioner=Multigrid()),
]


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_mass_and_start(solver, kind):
    """`m v - γ A(v) = f`: stationary, light and heavy, from a guess that decides nothing where there is one solution."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((12, 11), boundary=pn.Dirichlet(0.4)))
    f = kind(RNG.random((12, 11)))
    for mass in (0.0, 0.5, 1.5):
        for start in (None, kind(RNG.random((12, 11)))):
            v = solver(A, 0.0, f, 0.05, mass=mass, start=start)
            assert type(v) is type(f)
            assert abs(mass * v - 0.05 * A(0.0, v) - f).max() < 1e-8


@pytest.mark.parametrize("solver", SOLVERS, ids=str)
def test_the_solution_as_a_start_is_returned(solver):
    A, f = pn.discretise(pn.Diffusion(), pn.Grid((12, 11))), RNG.random((12, 11))
    v = NewtonKrylov(1e-14)(A, 0.0, f, 0.15)
    np.testing.assert_allclose(solver(A, 0.0, f, 0.15, start=v), v, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["smoothed-aggregation", "ruge-stuben"])
def test_algebraic_multigrid_of_singular_systems(method):
    """`-Δv = f` behind reflecting walls, of a mean that is zero."""
    for grid in (pn.Grid((30, 31)), pn.Graph.from_points(RNG.random((300, 2)), 8)):
        A, f = pn.discretise(pn.Diffusion(), grid), RNG.random(grid.shape)
        f = f - f.mean()
        v = AlgebraicMultigrid(1e-9, method=method)(A, 0.0, f, 1.0, mass=0.0)
        assert np.linalg.norm(A(0.0, v) + f) <= 1e-9 * np.linalg.norm(f)


def test_inconsistent_problems_do_not_converge():
    """A source without an outlet has no stationary state."""
    A, f = pn.discretise(pn.Diffusion(), pn.Grid((30, 31))), RNG.random((30, 31))
    for solver in (Multigrid(), ConjugateGradients(iterations=200), AlgebraicMultigrid(iterations=50)):
        with pytest.raises(NotConverged):
            solver(A, 0.0, f, 1.0, mass=0.0)


@pytest.mark.parametrize("solver", [ConjugateGradients(1e-11, preconditioner=Multigrid()), Multigrid(1e-11)], ids=str)
def test_the_adjoint_of_long_steps_is_preconditioned(solver):
    """`dv/df = (I - γ A)⁻¹` is symmetric: the gradient of `⟨g, v⟩` is the solution for `g`, at `γρ = 10⁴`, with few calls."""
    A = Counted(pn.discretise(pn.Diffusion(), pn.Grid((40, 41))))
    f, g = (torch.from_numpy(RNG.random((40, 41))) for _ in range(2))
    f.requires_grad_()
    v = solver(A, 0.0, f, 1250.0)
    before = A.calls
    (found,) = torch.autograd.grad(v, f, g)
    assert A.calls - before < 60
    exact = ConjugateGradients(1e-12)(A.A, 0.0, g, 1250.0)
    torch.testing.assert_close(found, exact, rtol=0, atol=1e-8)
