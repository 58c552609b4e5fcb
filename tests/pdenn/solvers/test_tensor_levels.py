"""The levels for tensors on other devices equal the compiled kernels to rounding; here on the CPU, made directly."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.solvers import Multigrid
from pdenn.solvers.implicit import norm
from pdenn.solvers.problem import linear_problem
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel
from pdenn.solvers.tensor_levels import TensorLevel

RNG = np.random.default_rng(8)
SHAPES = [(130,), (131,), (24, 26), (25, 31), (11, 12, 13), (9, 10, 11)]


def rotating(t, x, y):
    return 0.1 * y, 1 - 0.1 * x


def problems():
    for shape in SHAPES:
        for walls in ("reflecting", "periodic", pn.Dirichlet(0.3)):
            yield pn.discretise(pn.Diffusion(), pn.Grid(shape, boundary=walls))
    yield pn.discretise(pn.Diffusion(), pn.Grid((30, 31), (1.0, 50.0)))
    yield pn.discretise(pn.Diffusion(conductivity=0.1) + pn.Convection(rotating), pn.Grid((33, 30)))


def both(A, batch=2):
    f = RNG.random((batch, *A.grid.shape))
    compiled = linear_problem(A, 0.0, f, 100.0)
    return f, compiled, TensorLevel(linear_problem(A, 0.0, f, 100.0), torch.from_numpy(f))


def assert_equal(tensor, array):
    np.testing.assert_allclose(tensor.numpy(), array, rtol=0, atol=1e-11 * abs(array).max())


@pytest.mark.parametrize("A", list(problems()), ids=lambda A: f"{A.grid.shape} {A.grid.boundary[0][0]}")
def test_all_levels_equal_the_kernels(A):
    _, level, other = both(A)
    while level is not None:
        v, f = RNG.random((2, *level.shape))
        tv, tf = torch.from_numpy(v), torch.from_numpy(f)
        assert_equal(other.residual(tv, tf), level.residual(v, f))
        for smoother in (Jacobi(), Jacobi(0.5), GaussSeidel(), GaussSeidel(0.9), Chebyshev(3), LineGaussSeidel()):
            assert_equal(other.smoothed(smoother, tv, tf), level.smoothed(smoother, v.copy(), f))
        if level.coarse is None:
            assert other.coarse is None
            assert_equal(other.solved(tv, tf), level.solved(v, f))
        else:
            e = RNG.random(level.coarse.shape)
            assert_equal(other.restricted(tf), level.restricted(f))
            assert_equal(other.prolonged(torch.from_numpy(e)), level.prolonged(e))
            assert_equal(other.corrected(tv, None, torch.from_numpy(e)), level.corrected(v, None, e))
            for found, exact in zip(other.coarse_problem(tv, tf), level.coarse_problem(v, f), strict=True):
                assert_equal(found, exact) if exact.any() else np.testing.assert_array_equal(found, exact)
        np.testing.assert_array_equal(tv, v)
        level, other = level.coarse, other.coarse


@pytest.mark.parametrize("cycle", ["V", "W", "F"])
@pytest.mark.parametrize("full", [False, True])
def test_cycles_equal_those_of_the_kernels(cycle, full):
    A = pn.discretise(pn.Diffusion() + pn.Fidelity(0.3, 0.5, 0.1), pn.Grid((37, 30), boundary=pn.Dirichlet(0.2)))
    f, level, other = both(A)
    solver, given = Multigrid(cycle=cycle, full=full), torch.from_numpy(f)
    right, tensor = level.right(f), other.right(given)
    assert_equal(tensor, right)
    v, w = (
        solver.first_guess(p, r) if full else p.lifted(u) for p, r, u in ((level, right, f), (other, tensor, given))
    )
    for _ in range(8):
        v, w = solver.improved(level, v, right), solver.improved(other, w, tensor)
    assert_equal(other.lowered(w, given), level.lowered(v, f))
    assert norm(other.residual(w, tensor)) < 1e-8 * norm(tensor)


def test_single_precision_stays_single():
    A = pn.discretise(pn.Diffusion(), pn.Grid((25, 24)))
    f = torch.from_numpy(RNG.random((25, 24)).astype(np.float32))
    other = TensorLevel(linear_problem(A, 0.0, f, 10.0), f)
    for smoother in (None, Chebyshev(), Jacobi(), LineGaussSeidel()):
        v = Multigrid(smoother=smoother).improved(other, other.lifted(f), other.right(f))
        assert v.dtype == torch.float32


def test_what_is_no_smoother_is_refused():
    _, _, other = both(pn.discretise(pn.Diffusion(), pn.Grid((25, 24))))
    with pytest.raises(TypeError, match="'jacobi' is no smoother"):
        other.smoothed("jacobi", other.zero(other.like), other.like)
