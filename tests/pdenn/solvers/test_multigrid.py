"""Multigrid converges at a rate that does not depend on the mesh, for linear and nonlinear problems of any size.

Rates are geometric means over the cycles after the first two. Where local Fourier analysis applies, it sets the limits;
elsewhere the limits are those that the package promises: 0.1 in two dimensions, 0.15 in three, 0.2 for nonlinear steps,
0.3 for hard coefficients.
"""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.local_fourier import VERTEX_CENTRED, constant_stencil, two_grid
from pdenn.operators.combine import SumOperator
from pdenn.operators.diffusion import HeldDiffusion
from pdenn.solvers import ConjugateGradients, Multigrid, NewtonKrylov
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

RNG = np.random.default_rng(0)
LINEAR, CHARBONNIER = pn.Diffusion(), pn.Diffusion(pn.Charbonnier(0.1))
WALLS = ["reflecting", "periodic", "outflow", pn.Dirichlet(0.3), pn.Neumann(0.2), pn.Robin(1.0, 2.0, 0.5)]
SHAPES = [(201,), (256,), (64, 64), (61, 47), (5, 151), (16, 16, 16), (13, 11, 17)]


def rate(A, gamma, solver=None, mass=1.0, dtype=float, batch=(), cycles=9):
    """The factor of a cycle: errors of linear problems with a zero right-hand side, residuals of nonlinear ones."""
    solver, f = solver or Multigrid(), RNG.random((*batch, *A.grid.shape)).astype(dtype)
    problem = solver.problem(A, 0.0, f, gamma, mass)
    v, right = (problem.lifted(f), problem.zero(problem.lifted(f))) if A.bound.linear else (f, f)
    norms = []
    for _ in range(cycles + 1):
        norms.append(np.linalg.norm(problem.residual(v, right)))
        if norms[-1] < 1e3 * np.finfo(dtype).eps * norms[0]:
            break
        v = solver.improved(problem, v, right)
    start = min(2, len(norms) - 2)
    return (norms[-1] / norms[start]) ** (1 / (len(norms) - 1 - start))


def limit(shape):
    return 0.1 if len(shape) < 3 else 0.15


@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_linear_problems_of_any_shape(shape, walls):
    A = pn.discretise(LINEAR, pn.Grid(shape, boundary=walls))
    for gamma, mass in ((1.0, 1.0), (100.0, 1.0), (1e6, 1.0), (1.0, 0.0)):
        assert rate(A, gamma, mass=mass) < limit(shape), (gamma, mass)


def test_the_rate_does_not_grow_with_the_mesh():
    for sizes, dim in (((32, 64, 256), 2), ((12, 32), 3)):
        rates = [rate(pn.discretise(LINEAR, pn.Grid((n,) * dim)), 1e5) for n in sizes]
        assert rates[-1] < rates[0] + 0.02


@pytest.mark.parametrize("walls", ["reflecting", "periodic", pn.Dirichlet(0.3), pn.Robin(1.0, 2.0, 0.5)], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_nonlinear_steps_by_the_full_approximation_scheme(shape, walls):
    A = pn.discretise(CHARBONNIER, pn.Grid(shape, boundary=walls))
    for gamma in (1.0, 1e4):
        assert rate(A, gamma, cycles=6) < (0.2 if len(shape) > 1 else 0.3)


@pytest.mark.parametrize("smoother", [Jacobi(), GaussSeidel(1.15), Chebyshev(), Chebyshev(3, 6.0), LineGaussSeidel()])
@pytest.mark.parametrize(("gamma", "mass"), [(1.0, 0.0), (100.0, 1.0)])
@pytest.mark.parametrize("n", [64, 16])
def test_local_fourier_analysis_predicts_the_rate(smoother, gamma, mass, n):
    """Its transfer is linear interpolation, which that of the operator becomes as `γ` grows."""
    d = 2 if n == 64 else 3
    A = pn.discretise(LINEAR, pn.Grid((n,) * d, boundary="periodic"))
    stencil = constant_stencil(A, None if mass == 0 else gamma)
    predicted = two_grid(stencil, smoother, (2, 1), transfer=VERTEX_CENTRED, reverse=False, cells=n).factor
    measured = rate(A, gamma, Multigrid(smoother=smoother), mass, cycles=24)
    # In three dimensions, slow factors are reached late: the sixteen cells hold a few of the worst waves only.
    assert abs(measured - predicted) < (0.03 if predicted < 0.3 else 0.05)


@pytest.mark.parametrize("smoother", [Jacobi(), GaussSeidel(), Chebyshev(), LineGaussSeidel(), LineGaussSeidel((1,))])
@pytest.mark.parametrize("shape", [(131,), (37, 20), (9, 10, 11)], ids=str)
def test_every_smoother_and_cycle(smoother, shape):
    if smoother == LineGaussSeidel((1,)) and len(shape) == 1:
        smoother = LineGaussSeidel((0,))
    A, f = pn.discretise(LINEAR, pn.Grid(shape, boundary=pn.Dirichlet(0.3))), RNG.random(shape)
    exact = ConjugateGradients(1e-13)(A, 0.0, f, 50.0)
    for cycle in "VWF":
        for full in (False, True):
            v = Multigrid(1e-11, smoother=smoother, cycle=cycle, full=full)(A, 0.0, f, 50.0)
            np.testing.assert_allclose(v, exact, rtol=0, atol=1e-8)


def test_more_work_in_a_cycle_makes_it_faster():
    A = pn.discretise(LINEAR, pn.Grid((128, 128), boundary=pn.Dirichlet()))
    few, many = (rate(A, 1e5, Multigrid(pre=k, post=k, smoother=Jacobi()), cycles=15) for k in (1, 3))
    assert many < 0.5 * few
    chequered = pn.discretise(
        pn.Diffusion(conductivity=np.where((np.indices((64, 64)) // 8).sum(0) % 2, 1e6, 1.0)), pn.Grid((64, 64))
    )
    v, w, f = (rate(chequered, 1.0, Multigrid(cycle=c), cycles=15) for c in "VWF")
    assert w < 0.8 * v
    assert f < 0.8 * v
    # Two coarse cycles solve the coarse problem almost exactly: what is left is the prediction for two grids.
    w = rate(A, 1e5, Multigrid(cycle="W", smoother=Chebyshev(1, 2.5)), cycles=15)
    stencil = constant_stencil(A, 1e5)
    two = two_grid(stencil, Chebyshev(1, 2.5), (2, 1), transfer=VERTEX_CENTRED, reverse=False).factor
    assert abs(w - two) < 0.03


@pytest.mark.parametrize("walls", ["reflecting", pn.Dirichlet()], ids=str)
@pytest.mark.parametrize("shape", [(64, 64), (128, 128), (65, 90), (16, 16, 16), (32, 32, 32)], ids=str)
def test_full_multigrid_starts_at_the_discretisation_error(shape, walls):
    """`-Δu = f` with a product of (co)sines: one V(2,1) cycle on each grid leaves less than the discretisation does.

    An interpolation of first order at the walls, or a coarse grid that is inconsistent there, leaves more.
    """
    wave = np.cos if walls == "reflecting" else np.sin
    grid = pn.Grid(shape, tuple(1 / n for n in shape), walls)
    exact = np.prod([wave(np.pi * x) for x in grid.coordinates()], axis=0)
    A, solver, f = pn.discretise(LINEAR, grid), Multigrid(1e-11, full=True), len(shape) * np.pi**2 * exact
    problem = solver.problem(A, 0.0, f, 1.0, 0.0)
    start = problem.lowered(solver.first_guess(problem, problem.right(f)), f)
    discrete = Multigrid(1e-11)(A, 0.0, f, 1.0, 0.0, np.zeros(shape))
    if walls == "reflecting":
        start, discrete = start - start.mean(), discrete - discrete.mean()
    assert np.linalg.norm(start - discrete) < np.linalg.norm(discrete - exact)


@pytest.mark.parametrize("h", [(1.0, 100.0), (100.0, 1.0), (1.0, 1.0, 100.0), (1.0, 100.0, 100.0)])
def test_strong_anisotropy_is_coarsened_along_strong_axes(h):
    """A ratio of 10⁴ between the couplings."""
    shape = (64, 64) if len(h) == 2 else (16, 16, 16)
    A = pn.discretise(LINEAR, pn.Grid(shape, h))
    level = Multigrid().problem(A, 0.0, np.zeros(shape), 1e4)
    strong = [x == 1.0 for x in h]
    assert level.merged[[0, 2] if len(h) == 2 else slice(None)].tolist() == strong
    for gamma, mass in ((1e2, 1.0), (1e6, 1.0), (1.0, 0.0)):
        assert rate(A, gamma, mass=mass) < limit(shape)


def boxes(shape):
    return np.where(sum(np.indices(shape) // 5) % 2, 1e6, 1.0)


def inclusion(shape):
    far = [abs(i - n / 2) < n / 4 for i, n in zip(np.indices(shape), shape, strict=True)]
    return np.where(np.all(far, 0), 1e6, 1.0)


@pytest.mark.parametrize("material", [boxes, inclusion])
@pytest.mark.parametrize("shape", [(300,), (65, 64), (66, 67)], ids=str)
def test_jumping_coefficients(shape, material):
    """Six orders of magnitude, between boxes of five cells and at an inclusion."""
    A = pn.discretise(pn.Diffusion(conductivity=material(shape)), pn.Grid(shape))
    for gamma, mass in ((1.0, 1.0), (1.0, 0.0)):
        assert rate(A, gamma, mass=mass, cycles=12) < 0.3


@pytest.mark.parametrize("material", [boxes, inclusion])
@pytest.mark.parametrize("shape", [(65, 64), (17, 16, 15)], ids=str)
def test_preconditioned_conjugate_gradients_where_an_inclusion_keeps_a_mode(shape, material):
    """A factor of 0.3 for an iteration, and as many again for the modes that cycles alone leave."""
    A, f = pn.discretise(pn.Diffusion(conductivity=material(shape)), pn.Grid(shape)), RNG.random(shape)
    iterations = int(np.ceil(np.log(1e-8) / np.log(0.3)))
    v = ConjugateGradients(1e-8, iterations=2 * iterations, preconditioner=Multigrid())(A, 0.0, f, 1.0)
    assert np.linalg.norm(v - A(0.0, v) - f) <= 2e-8 * np.linalg.norm(f)


def held_batch(shape, count=3):
    grid = pn.Grid(shape, boundary=pn.Dirichlet(0.4))
    return [pn.discretise(CHARBONNIER, grid).hold(0.0, s * RNG.random(shape)) for s in 10.0 ** np.arange(count)]


def test_entries_of_a_batch_have_coefficients_of_their_own():
    held = held_batch((21, 22))
    together = HeldDiffusion(np.stack([A.g for A in held]), held[0].grid, held[0].bound_of_law)
    f = RNG.random((3, 21, 22))
    v = Multigrid(1e-12)(together, 0.0, f, 200.0)
    apart = np.stack([Multigrid(1e-12)(A, 0.0, x, 200.0) for A, x in zip(held, f, strict=True)])
    np.testing.assert_allclose(v, apart, rtol=0, atol=1e-9)
    assert rate(together, 1e4, batch=(3,)) < 0.1


def test_a_batch_of_nonlinear_steps_equals_its_entries():
    A, f = pn.discretise(CHARBONNIER, pn.Grid((20, 17))), RNG.random((2, 2, 20, 17))
    v = Multigrid(1e-12)(A, 0.0, f, 30.0)
    np.testing.assert_allclose(v[1, 0], Multigrid(1e-12)(A, 0.0, f[1, 0], 30.0), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "shape", [(24, 20), (7, 9), (13,), (6, 5, 4), (2, 2), (1, 3), (1,), (1, 40, 40), (2, 150)], ids=str
)
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("equation", [LINEAR, pn.Diffusion(pn.Charbonnier(0.2))])
def test_any_shape_is_solved_to_tolerance(shape, kind, equation):
    A = pn.discretise(equation, pn.Grid(shape, 0.5, pn.Dirichlet(0.2)))
    f = kind(RNG.random((2, *shape)))
    v = Multigrid(1e-9)(A, 0.0, f, 3.0)
    w = NewtonKrylov(1e-11)(A, 0.0, f, 3.0)
    assert abs(v - w).max() < 1e-7


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("equation", [LINEAR, CHARBONNIER])
def test_single_precision(equation, kind):
    A = pn.discretise(equation, pn.Grid((50, 41)))
    f = kind(RNG.random((50, 41)).astype(np.float32))
    v = Multigrid(1e-6)(A, 0.0, f, 20.0)
    assert v.dtype == f.dtype
    residual = np.linalg.norm(v - 20.0 * A(0.0, v) - f)
    assert residual <= 8 * np.finfo(np.float32).eps * (1 + 20.0 * 8) * np.linalg.norm(f)
    if equation is LINEAR:
        assert rate(A, 1e3, dtype=np.float32) < 0.1


def rotating(t, x, y):
    """A recirculating flow in the unit square that no wall cuts."""
    return np.sin(np.pi * x) * np.cos(np.pi * y), -np.cos(np.pi * x) * np.sin(np.pi * y)


@pytest.mark.parametrize("peclet", [1e-2, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("shape", [(64, 64), (49, 70)], ids=str)
def test_convection_and_diffusion(shape, peclet):
    """Upwind convection over cells of the Péclet number; the step is a thousand cells long.

    Where convection rules, coarse grids solve it with twice its numerical diffusion: the smoothest errors that follow
    closed streamlines are halved, not removed (Brandt and Yavneh 1992).
    """
    h = 1 / shape[0]
    grid = pn.Grid(shape, (h, 1 / shape[1]))
    A = pn.discretise(pn.Diffusion(conductivity=h / peclet) + pn.Convection(rotating), grid)
    f = RNG.random(shape)
    v = Multigrid(1e-8)(A, 0.0, f, 1000 * h)
    assert np.linalg.norm(v - 1000 * h * A(0.0, v) - f) <= 1e-8 * np.linalg.norm(f)
    assert rate(A, 1000 * h, cycles=12) < (0.3 if peclet <= 1 else 0.55)


def test_sums_with_fidelity_where_few_data_are_given():
    """Inpainting from 2 % of the pixels, a stationary problem: `0 = Δv + 10⁶ 1_K (data - v)`."""
    shape = (64, 61)
    mask = (RNG.random(shape) < 0.02).astype(float)
    A = pn.discretise(LINEAR + pn.Fidelity(RNG.random(shape), mask, 1e6), pn.Grid(shape))
    assert isinstance(A, SumOperator)
    assert rate(A, 1.0, mass=0.0, cycles=15) < 0.3
    v = Multigrid(1e-10)(A, 0.0, np.zeros(shape), 1.0, mass=0.0)
    # The rounding of a residual with such weights is `4ε 10⁶`.
    assert np.linalg.norm(A(0.0, v)) <= 2e-9 * np.linalg.norm(A(0.0, np.zeros(shape)))
