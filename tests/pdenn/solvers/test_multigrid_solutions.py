"""Multigrid as a solver: guesses, gradients, tensors, tolerances, and what it refuses."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.errors import NotConverged
from pdenn.solvers import Multigrid, NewtonKrylov
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

RNG = np.random.default_rng(0)
LINEAR, CHARBONNIER = pn.Diffusion(), pn.Diffusion(pn.Charbonnier(0.1))


def test_poisson_keeps_the_mean_of_the_guess():
    """Without a wall that prescribes a value the solution is fixed by the mean of the guess alone."""
    A, f = pn.discretise(LINEAR, pn.Grid((40, 33))), RNG.random((40, 33))
    f = f - f.mean()
    for mean in (0.0, 5.0):
        v = Multigrid(1e-11)(A, 0.0, f, 1.0, mass=0.0, start=np.full_like(f, mean))
        np.testing.assert_allclose(-A(0.0, v), f, rtol=0, atol=1e-9)
        v0 = Multigrid(1e-11)(A, 0.0, f, 1.0, mass=0.0, start=np.zeros_like(f))
        np.testing.assert_allclose(v - v.mean(), v0 - v0.mean(), rtol=0, atol=1e-7)


@pytest.mark.parametrize("equation", [LINEAR, CHARBONNIER])
def test_a_solution_as_the_guess_needs_no_cycle(equation):
    A, f = pn.discretise(equation, pn.Grid((30, 31))), RNG.random((30, 31))
    v = Multigrid(1e-10)(A, 0.0, f, 9.0, mass=2.0)
    np.testing.assert_allclose(2 * v - 9 * A(0.0, v), f, rtol=0, atol=1e-8)
    with pytest.raises(NotConverged) as error:
        Multigrid(1e-13, iterations=1)(A, 0.0, f, 9.0, mass=2.0, start=v)
    assert error.value.residuals[0] <= 1e-10 * np.linalg.norm(f)


def test_the_guess_and_the_right_hand_side_are_not_written_into():
    A, f, start = pn.discretise(LINEAR, pn.Grid((30, 31))), RNG.random((30, 31)), RNG.random((30, 31))
    f.flags.writeable = start.flags.writeable = False
    Multigrid()(A, 0.0, f, 9.0, start=start)
    g = torch.from_numpy(np.array(f))
    before = g.clone()
    Multigrid()(A, 0.0, g, 9.0)
    assert torch.equal(g, before)


def test_it_is_an_inner_solver_of_implicit_schemes():
    A = pn.discretise(CHARBONNIER, pn.Grid((32, 32)))
    u0 = RNG.random((32, 32))
    v = pn.solve(A, u0, pn.ImplicitEuler(Multigrid()), t_end=20.0, tau=10.0).u
    w = pn.solve(A, u0, pn.ImplicitEuler(NewtonKrylov()), t_end=20.0, tau=10.0).u
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-8)
    held = pn.solve(A, u0, pn.SemiImplicit(Multigrid()), t_end=2.0, tau=1.0).u
    np.testing.assert_allclose(held, pn.solve(A, u0, pn.SemiImplicit(), t_end=2.0, tau=1.0).u, rtol=0, atol=1e-8)


@pytest.mark.parametrize("equation", [LINEAR, pn.Diffusion(pn.Charbonnier(0.3))])
def test_gradients_come_from_the_implicit_function_theorem(equation):
    A = pn.discretise(equation, pn.Grid((4, 4)))
    u = torch.from_numpy(RNG.random((4, 4))).requires_grad_()
    scheme = pn.ImplicitEuler(Multigrid(1e-13))
    assert torch.autograd.gradcheck(lambda u: scheme.step(A, 0.0, u, 0.7), (u,), atol=1e-6)


@pytest.mark.parametrize("equation", [LINEAR, pn.Diffusion(pn.Charbonnier(0.3)), LINEAR + pn.Convection((0.3, -0.2))])
def test_gradients_of_long_steps_equal_dense_algebra(equation):
    """`dv/df = (I - γ A'(v))⁻¹` at `γρ = 10⁴`, transposed onto the incoming gradient."""
    A = pn.discretise(equation, pn.Grid((13, 9)))
    gamma = 1e4 / 8
    f = torch.from_numpy(RNG.random((13, 9))).requires_grad_()
    v = Multigrid(1e-10, iterations=100)(A, 0.0, f, gamma)
    g = torch.from_numpy(RNG.random((13, 9)))
    (found,) = torch.autograd.grad(v, f, g)
    J = torch.autograd.functional.jacobian(lambda w: A(0.0, w), v.detach()).reshape(117, 117)
    exact = torch.linalg.solve((torch.eye(117) - gamma * J).T, g.reshape(117)).reshape(13, 9)
    torch.testing.assert_close(found, exact, rtol=0, atol=1e-6 * float(exact.abs().max()))


def test_tensors_and_arrays_have_the_same_solution():
    for equation in (LINEAR, CHARBONNIER):
        A, f = pn.discretise(equation, pn.Grid((26, 31))), RNG.random((26, 31))
        v = Multigrid(1e-12)(A, 0.0, torch.from_numpy(f), 40.0)
        np.testing.assert_allclose(v, Multigrid(1e-12)(A, 0.0, f, 40.0), rtol=0, atol=1e-9)


def test_a_missed_tolerance_is_an_error_with_its_history():
    A = pn.discretise(LINEAR, pn.Grid((32, 32)))
    with pytest.raises(NotConverged, match="Multigrid.*missed its tolerance") as error:
        Multigrid(1e-12, iterations=2)(A, 0.0, RNG.random((32, 32)), 10.0)
    assert len(error.value.residuals) == 3
    assert error.value.residuals[2] < 0.1 * error.value.residuals[1] < 0.01 * error.value.residuals[0]


def test_nan_is_no_solution():
    A, f = pn.discretise(LINEAR, pn.Grid((32, 32))), RNG.random((32, 32))
    f[3, 4] = np.nan
    with pytest.raises(NotConverged):
        Multigrid()(A, 0.0, f, 10.0)


def test_other_operators_are_refused():
    B = pn.discretise(pn.Convection((1.0,)), pn.Grid((8,), boundary="periodic")).hold(0.0, RNG.random(8))
    assert B.bound.linear
    C = pn.discretise(pn.Diffusion(order=2), pn.Grid((12, 12)))
    with pytest.raises(TypeError, match="direct neighbours only"):
        Multigrid()(C, 0.0, RNG.random((12, 12)), 1.0)
    D = pn.discretise(pn.ConservationLaw(pn.Burgers()), pn.Grid((12,), boundary="periodic"))
    with pytest.raises(TypeError, match="Multigrid needs diffusion with a coarse grid"):
        Multigrid()(D, 0.0, RNG.random(12), 1.0)


@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(0.2)], ids=str)
def test_steps_on_the_coarsest_grid_in_the_place_of_a_solution(law):
    """Many of them are a solution, three are three."""
    small = pn.discretise(pn.Diffusion(law), pn.Grid((4, 4)))
    f = RNG.random((4, 4))
    v = Multigrid(bottom=400, smoother=pn.Jacobi(0.8), iterations=1)(small, 0.0, f, 0.5)
    assert np.linalg.norm(v - 0.5 * small(0.0, v) - f) <= 1e-10 * np.linalg.norm(f)
    A, f = pn.discretise(pn.Diffusion(law), pn.Grid((24, 24))), RNG.random((24, 24))
    v = Multigrid(bottom=3)(A, 0.0, f, 5.0)
    assert np.linalg.norm(v - 5.0 * A(0.0, v) - f) <= 1e-10 * np.linalg.norm(f)
    problem = Multigrid().problem(A, 0.0, f, 5.0)
    while problem.coarse is not None:
        problem = problem.coarse
    counted = []
    problem.smoothed = lambda smoother, v, f: counted.append(smoother) or v
    Multigrid(bottom=3, smoother=pn.Jacobi()).improved(problem, None, None)
    assert counted == [pn.Jacobi()] * 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cycle": "X"}, "cycle must be one of .*, got 'X'"),
        ({"pre": -1}, "pre must be an integer >= 0, got -1"),
        ({"post": 1.5}, "post must be an integer >= 0, got 1.5"),
        ({"pre": True}, "pre must be an integer >= 0, got True"),
        ({"pre": 0, "post": 0}, "pre and post must not both be zero"),
        ({"smoother": "jacobi"}, "smoother must be None or one of .*, got 'jacobi'"),
        ({"bottom": 0}, "bottom must be None or a positive integer, got 0"),
        ({"bottom": 2.0}, "bottom must be None or a positive integer, got 2.0"),
        ({"rtol": 2.0}, "rtol must lie between 0 and 1, got 2"),
        ({"iterations": 0}, "iterations must be a positive integer, got 0"),
    ],
)
def test_bad_arguments(given, words):
    with pytest.raises(ValueError, match=words):
        Multigrid(**given)


@pytest.mark.parametrize("kind", [Jacobi, GaussSeidel])
def test_bad_dampings(kind):
    for omega in (0.0, 2.0, -1.0, np.nan, True, "1"):
        with pytest.raises(ValueError, match="omega must lie between 0 and 2"):
            kind(omega)


def test_bad_smoothers():
    for degree in (0, 1.5, True):
        with pytest.raises(ValueError, match="degree must be a positive integer"):
            Chebyshev(degree)
    for ratio in (1.0, np.inf):
        with pytest.raises(ValueError, match="ratio must be a finite number > 1"):
            Chebyshev(2, ratio)
    for axes in ((), (-1,), (0.5,)):
        with pytest.raises(ValueError, match="axes must be None or a tuple"):
            LineGaussSeidel(axes)
    A = pn.discretise(LINEAR, pn.Grid((20, 20)))
    with pytest.raises(ValueError, match="axes of a grid in 2 dimensions must lie below 2"):
        Multigrid(smoother=LineGaussSeidel((2,)))(A, 0.0, RNG.random((20, 20)), 1.0)
