"""Diffusion tensors of arrays: the compiled kernels against the composed definitions, in the plane and in space."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.operators.structure_tensor import diffusion_tensor, structure_tensor
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

TENSORS = [
    EdgeEnhancing(pn.Charbonnier(0.7), 0.6),
    EdgeEnhancing(pn.Weickert(1.0), 0.0),
    CoherenceEnhancing(0.1, 0.2, 0.5, 1.0),  # slopes of noise are above its contrast: it does see the tensor
    CoherenceEnhancing(0.01, 0.8, 0.0, 0.0),
]


def defined(tensor, u, grid):
    return tensor.of(*structure_tensor(u, tensor.sigma, tensor.rho, grid))


def assert_close(found, expected, grid):
    """A component changes by a few units where a slope changes by the contrast, and a slope is known to `ε |u|/h`."""
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert abs(a - b).max() <= 100 * np.finfo(a.dtype).eps * (1 + sum(1 / h for h in grid.h))


@given(grid=testing.grids(dims=(2, 3), max_cells=60, boundaries=testing.CLOSED), seed=st.integers(0, 999),
       tensor=st.sampled_from(TENSORS), dtype=st.sampled_from([np.float64, np.float32]),
       batch=st.sampled_from([(), (2,), (2, 1)]))  # fmt: skip
def test_the_kernels_are_the_definition(grid, seed, tensor, dtype, batch):
    u = np.random.default_rng(seed).uniform(-1, 1, (*batch, *grid.shape)).astype(dtype)
    before = u.copy()
    assert_close(diffusion_tensor(tensor, u, grid), defined(tensor, u, grid), grid)
    assert np.array_equal(u, before)


@pytest.mark.parametrize(
    "walls", ["reflecting", "periodic", ("reflecting", "periodic", "reflecting"), pn.Neumann(0.0)], ids=str
)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (33, 40), (1, 1, 1), (2, 1, 2), (3, 5, 35)])
@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_every_size(shape, walls, tensor):
    grid = pn.Grid(shape, (0.5, 0.7, 1.0)[: len(shape)], walls[: len(shape)] if isinstance(walls, tuple) else walls)
    u = np.random.default_rng(0).uniform(-1, 1, shape)
    assert_close(diffusion_tensor(tensor, u, grid), defined(tensor, u, grid), grid)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 4)])
def test_memory_layout_does_not_matter(shape):
    grid, wide = pn.Grid(shape), np.random.default_rng(0).uniform(-1, 1, (*shape[:-1], 2 * shape[-1]))
    u = np.ascontiguousarray(wide[..., ::2])
    for tensor in TENSORS:
        expected = diffusion_tensor(tensor, u, grid)
        for v in (wide[..., ::2], np.asfortranarray(u)):
            assert np.array_equal(diffusion_tensor(tensor, v, grid), expected)


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
@pytest.mark.parametrize("shape", [(9, 12), (9, 10, 12)])
def test_a_nan_is_never_lost(tensor, shape):
    u = np.random.default_rng(0).uniform(-1, 1, shape)
    u[(2,) * len(shape)] = np.nan
    slopes = structure_tensor(u, tensor.sigma, tensor.rho, pn.Grid(shape))
    seen = np.isnan(slopes).any(0)
    assert seen.any()
    assert not seen.all()
    assert np.isnan(diffusion_tensor(tensor, u, pn.Grid(shape))[0])[seen].all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1e-12, 1e-3, 1e3, 1e8])
@pytest.mark.parametrize("shape", [(8, 9), (5, 6, 7)])
def test_slopes_of_every_size(shape, size, dtype):
    """Without smoothing, slopes that vanish at walls and corners vanish to the last digit, whatever those beside them are."""
    u, grid = (size * np.random.default_rng(0).uniform(-1, 1, shape)).astype(dtype), pn.Grid(shape)
    for tensor in (EdgeEnhancing(pn.Charbonnier(0.7), 0.0), TENSORS[3]):
        for a, b in zip(diffusion_tensor(tensor, u, grid), defined(tensor, u, grid), strict=True):
            assert abs(a - b).max() <= 200 * np.finfo(dtype).eps
    wall = diffusion_tensor(TENSORS[0], u, grid)[1]
    assert abs(wall[[0, -1]]).max() == abs(wall[:, [0, -1]]).max() == 0


def test_a_constant_has_no_direction():
    for shape in ((5, 6), (4, 5, 6)):
        for value in (0.0, 0.3, 1e6, 1.3e-139):
            d = diffusion_tensor(TENSORS[2], np.full(shape, value), pn.Grid(shape))
            expected = [0.1 if i in ((0, 2) if len(shape) == 2 else (0, 3, 5)) else 0.0 for i in range(len(d))]
            assert all(abs(c - e).max() <= 1e-15 for c, e in zip(d, expected, strict=True))


THREADS = """
import numpy as np, numba, pdenn as pn
from pdenn.kernels.layout import SERIAL
from pdenn.operators.structure_tensor import diffusion_tensor
from test_structure import TENSORS, assert_close, defined
assert numba.get_num_threads() == 2
for grid in (pn.Grid((151, 130), 0.5, ("periodic", "reflecting")), pn.Grid((31, 20, 29), 0.5)):
    u = np.random.default_rng(0).uniform(-1, 1, (2, *grid.shape))
    assert u[0].size > SERIAL
    for tensor in TENSORS:
        found = diffusion_tensor(tensor, u, grid)
        assert_close(found, defined(tensor, u, grid), grid)
        numba.set_num_threads(1)
        assert np.array_equal(found, diffusion_tensor(tensor, u, grid))
        numba.set_num_threads(2)
"""


def test_two_threads_give_the_same():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, cwd=os.path.dirname(__file__)
    )
    assert done.returncode == 0, done.stderr
