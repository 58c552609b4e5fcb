"""Hierarchies are built once for an operator and a step, die with the operator, and may be in single precision."""

import gc

import numpy as np
import pytest

import pdenn as pn
from pdenn.operators.transfer import coarsened
from pdenn.solvers.hierarchies import _KEPT

RNG = np.random.default_rng(5)
PHOTO = RNG.random((40, 33))
HELD = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((40, 33)))


def test_the_same_step_finds_its_hierarchy_and_another_one_does_not():
    A, solver = HELD.hold(0.0, PHOTO), pn.Multigrid()
    first = solver.problem(A, 0.0, PHOTO, 3.0)
    assert solver.problem(A, 0.0, PHOTO, 3.0) is first
    others = [
        (A, 0.0, PHOTO, 4.0),
        (A, 1.0, PHOTO, 3.0),
        (A, 0.0, PHOTO, 3.0, 0.0),
        (A, 0.0, PHOTO.astype(np.float32), 3.0),
        (HELD.hold(0.0, PHOTO**2), 0.0, PHOTO, 3.0),
    ]
    for other in others:
        assert solver.problem(*other) is not first


def test_it_dies_with_its_operator():
    A = HELD.hold(0.0, PHOTO)
    name = id(A)
    pn.Multigrid().problem(A, 0.0, PHOTO, 3.0)
    assert name in _KEPT
    del A
    gc.collect()
    assert name not in _KEPT


def test_an_operator_that_may_change_is_never_remembered():
    class Changing:
        def __init__(self, A):
            self.B, self.grid, self.bound = A, A.grid, A.bound

        def __call__(self, t, u):
            return self.B(t, u)

    A = Changing(HELD.hold(0.0, PHOTO))
    assert pn.Multigrid().problem(A, 0.0, PHOTO, 3.0) is not pn.Multigrid().problem(A, 0.0, PHOTO, 3.0)


@pytest.mark.parametrize("gamma", [1.0, 1e4])
def test_cycles_in_single_precision_reach_the_tolerance_of_the_state(gamma):
    """1e-10 is far below the rounding of single precision, 6e-8."""
    A = HELD.hold(0.0, PHOTO)
    for solver in (pn.Multigrid(1e-10, single=True), pn.ConjugateGradients(1e-10, 60, pn.Multigrid(single=True))):
        v = solver(A, 0.0, PHOTO, gamma)
        assert v.dtype == np.float64
        assert np.linalg.norm(v - gamma * A(0.0, v) - PHOTO) <= 1.1e-10 * np.linalg.norm(PHOTO)
    assert pn.Multigrid(single=True).problem(A, 0.0, PHOTO, gamma).s.dtype == np.float32


@pytest.mark.parametrize("m", [2.0, 3.0])
@pytest.mark.parametrize("gamma", [1e-3, 1.0])
def test_porous_media_converge_by_the_full_approximation_scheme(m, gamma):
    """From a bump with a free boundary, whatever the step; measured 0.03 to 0.13 a cycle."""
    x = (np.indices((64, 64)) + 0.5) / 32 - 1
    u = np.maximum(0.0, 0.5 - (x**2).sum(0))
    A, solver = pn.discretise(pn.PorousMedium(m), pn.Grid((64, 64), 1 / 32)), pn.Multigrid()
    problem, v, norms = solver.problem(A, 0.0, u, gamma), u, []
    for _ in range(6):
        norms.append(np.linalg.norm(problem.residual(v, u)))
        v = solver.improved(problem, v, u)
    assert (norms[-1] / norms[0]) ** (1 / 5) < 0.2


def test_data_and_mask_are_coarsened_together():
    """A coarse cell knows the mean of its known cells, and how many they are; unknown data never enter."""
    mask = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    data = np.array([3.0, 99.0, 99.0, 99.0, 2.0, 4.0])
    B = coarsened(pn.discretise(pn.Fidelity(data, mask, 5.0), pn.Grid((6,))))
    np.testing.assert_allclose(np.asarray(B.equation.mask), [0.5, 0.0, 1.0])
    np.testing.assert_allclose(np.asarray(B.equation.data), [3.0, 0.0, 3.0])
    assert B.equation.weight == 5.0 and B.grid.shape == (3,)
