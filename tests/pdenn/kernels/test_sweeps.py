"""Several steps in one sweep equal single steps, to rounding: whatever the form, the walls, the tiles and the threads."""

import os
import subprocess
import sys

import numpy as np
import pytest

import pdenn as pn
from pdenn.kernels import cpu, sweeps

RNG = np.random.default_rng(0)
LAW = pn.Charbonnier(0.3)
SHAPES = [(1,), (90,), (1, 1), (3, 2), (2, 70), (70, 2), (40, 33), (1, 6, 2), (24, 14, 18)]
WALLS = ["reflecting", "periodic", pn.Dirichlet(0.3)]
GIVEN = {
    "isotropic": lambda u, grid: LAW,
    "separable": lambda u, grid: LAW,
    "weighted": lambda u, grid: 1 / (1 + u),
    "face_weighted": lambda u, grid: face_values(grid, u),
}


def face_values(grid, u):
    """Random diffusivities of faces: those of the first axis for each state, the others for all; the ends of a ring are one face."""
    batch, faces = u.shape[: u.ndim - grid.dim], []
    for axis in range(grid.dim):
        shape = [n + (i == axis) for i, n in enumerate(grid.shape)]
        faces.append(RNG.random((*(batch if axis == 0 else ()), *shape)).astype(u.dtype))
        if grid.ghosts(axis) is None:
            ends = np.moveaxis(faces[axis], axis - grid.dim, 0)
            ends[-1] = ends[0]
    return faces


def recurrence(steps, dim):
    """Rows with all five factors; their sums stay bounded, so that rounding errors do."""
    rows = np.tile([1.2, -0.2, 0.07 / dim, 0.0, 0.0], (steps, 1))
    rows[1::3, 3], rows[1::3, 0] = 0.1, 1.1
    rows[::2, 4] = 0.01
    return rows


def one_by_one(kernel, u, coefficient, grid, rows, before, a, b):
    for alpha, beta, gamma, delta, epsilon in rows:
        after = kernel(u, coefficient, grid, (alpha, beta, gamma), before)
        before, u = u, after + u.dtype.type(delta) * a + u.dtype.type(epsilon) * b
    return u


@pytest.fixture(params=[640 << 10, 3000], ids=["one tile", "many tiles"])
def cache(request, monkeypatch):
    """Small tiles write their results past the cache, as those of large states do."""
    monkeypatch.setattr(sweeps, "CACHE", dict.fromkeys((1, 2, 3), request.param))
    monkeypatch.setattr(sweeps, "STAYS", sweeps.STAYS if request.param > 3000 else 0)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("form", GIVEN)
@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sweeps_equal_single_steps(form, walls, shape):
    grid = pn.Grid(shape, 0.9, walls)
    for steps, batch, real in ((1, (), np.float64), (2, (2,), np.float32), (5, (), np.float32), (19, (), np.float64)):
        u, before, a, b = RNG.random((4, *batch, *shape)).astype(real)
        rows, kept = recurrence(steps, len(shape)), u.copy()
        given = GIVEN[form](u, grid)
        expected = one_by_one(getattr(cpu, form), u, given, grid, rows, before, a, b)
        found = getattr(sweeps, form)(u, given, grid, rows, before, a, b)
        assert found.dtype == real
        # A step of states of size one makes some ten roundings, and the factors of all steps stay below 2.
        assert np.abs(found - expected).max() <= 20 * steps * np.finfo(real).eps
        np.testing.assert_array_equal(u, kept)


def test_a_ring_of_three_planes_is_read_more_than_once_around():
    grid, u = pn.Grid((3, 5), 1.0, "periodic"), RNG.random((3, 5))
    rows = np.tile([1.0, 0.0, 0.1, 0.0, 0.0], (12, 1))
    expected = one_by_one(cpu.isotropic, u, LAW, grid, rows, u, 0.0, 0.0)
    np.testing.assert_allclose(sweeps.isotropic(u, LAW, grid, rows), expected, rtol=0, atol=1e-14)


def test_a_given_state_that_is_missing_is_named():
    with pytest.raises(ValueError, match="b must be a state where its factors are not 0, got None"):
        sweeps.separable(np.ones(5), LAW, pn.Grid((5,)), [[1.0, 0.0, 0.1, 0.0, 0.5]])


THREADS = """
import numpy as np, numba, pdenn as pn
from pdenn.kernels import sweeps
numba.set_num_threads(int(COUNT))
u = np.random.default_rng(1).random((150, 700))
rows = np.tile([1.2, -0.2, 0.05, 0.0, 0.0], (11, 1))
for walls in ("reflecting", "periodic"):
    out = sweeps.isotropic(u, pn.Charbonnier(0.1), pn.Grid(u.shape, 1.0, walls), rows)
    print(*(f"{x:.13f}" for x in out.ravel()[::97]))
"""


def test_the_number_of_threads_does_not_matter():
    def printed(count):
        environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
        code = f"COUNT = {count}\n{THREADS}"
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr
        return np.array(done.stdout.split(), float)

    np.testing.assert_allclose(printed(2), printed(1), rtol=0, atol=1e-12)
