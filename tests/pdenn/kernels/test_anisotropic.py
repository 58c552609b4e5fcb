"""Diffusion with a tensor: the kernels against the composed definitions, in the plane and in space."""

import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.kernels.anisotropic import anisotropic
from pdenn.operators.anisotropic import HeldAnisotropicDiffusion
from pdenn.operators.anisotropic_3d import HeldAnisotropicDiffusion3D


def held(grid, rng, stencil=0.1, dtype=np.float64, batch=()):
    """Components that no two corners share; neither the kernels nor the definitions need `D ≥ 0`."""
    shape = (*batch, *(n + 1 for n in grid.shape))
    tensor = tuple(rng.uniform(-1, 1, shape).astype(dtype) for _ in range(3 if grid.dim == 2 else 6))
    kind = HeldAnisotropicDiffusion if grid.dim == 2 else HeldAnisotropicDiffusion3D
    return kind(tensor, stencil, grid, None)


@given(grid=testing.grids(dims=(2, 3), max_cells=60, boundaries=testing.CLOSED), seed=st.integers(0, 999),
       stencil=st.floats(0, 0.5), dtype=st.sampled_from([np.float64, np.float32]), batch=st.sampled_from([(), (2,), (2, 1)]),
       of_each=st.booleans())  # fmt: skip
def test_the_kernel_is_the_definition(grid, seed, stencil, dtype, batch, of_each):
    """With one tensor for all states of a batch, and with one for each."""
    rng = np.random.default_rng(seed)
    B = held(grid, rng, stencil, dtype, batch if of_each else ())
    u, v = rng.uniform(-1, 1, (2, *batch, *grid.shape)).astype(dtype)
    u.flags.writeable = v.flags.writeable = False
    scale, exact = 100 * sum(1 / h**2 for h in grid.h), B.definition(0.0, u)
    testing.assert_same(B(0.0, u), exact, scale)
    mixed = (2.0 * u - 0.5 * v + 3.0 * exact).astype(dtype)
    testing.assert_same(B.mix(0.0, u, (2.0, -0.5, 3.0), v), mixed, 3 * scale + 3)


SHAPES = [(1, 1), (1, 2), (2, 1), (5, 4), (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 2), (5, 4, 3)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("walls", [*product(["reflecting", "periodic"], repeat=3), (pn.Neumann(0.0),) * 3], ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_pair_of_walls(shape, walls, dtype):
    rng, dim = np.random.default_rng(0), len(shape)
    grid = pn.Grid(shape, (0.5, 0.7, 1.0)[:dim], walls[:dim])
    B, u = held(grid, rng, 0.1, dtype), rng.uniform(-1, 1, shape).astype(dtype)
    testing.assert_same(B(0.0, u), B.definition(0.0, u), 100.0)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 4)])
def test_memory_layout_does_not_matter(shape):
    rng = np.random.default_rng(0)
    B, wide = held(pn.Grid(shape), rng), rng.uniform(-1, 1, (*shape[:-1], 2 * shape[-1]))
    u = np.ascontiguousarray(wide[..., ::2])
    fortran = type(B)(tuple(map(np.asfortranarray, B.tensor)), B.stencil, B.grid, None)
    for result in (B(0.0, wide[..., ::2]), B(0.0, np.asfortranarray(u)), fortran(0.0, u)):
        assert np.array_equal(result, B(0.0, u))


@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 5)])
def test_a_nan_is_seen_by_its_neighbours_only(shape):
    B, u = held(pn.Grid(shape), np.random.default_rng(0)), np.zeros(shape)
    u[(0,) * len(shape)] = np.nan
    assert np.array_equal(np.isnan(B(0.0, u)), np.isnan(B.definition(0.0, u)))


def test_bad_input():
    rng = np.random.default_rng(0)
    B = held(pn.Grid((4, 3)), rng)
    with pytest.raises(ValueError, match="reflecting or periodic walls"):
        anisotropic(np.zeros((4, 3)), B.tensor, 0.0, pn.Grid((4, 3), 1.0, pn.Dirichlet(0.0)))
    with pytest.raises(ValueError, match="broadcast"):
        anisotropic(np.zeros((4, 3)), held(pn.Grid((3, 3)), rng).tensor, 0.0, B.grid)


THREADS = """
import numpy as np, numba, pdenn as pn
from pdenn.kernels.layout import SERIAL
from test_anisotropic import held
assert numba.get_num_threads() == 2
rng = np.random.default_rng(0)
for grid in (pn.Grid((151, 130), 0.5, ("periodic", "reflecting")), pn.Grid((31, 20, 29), 0.5, "periodic")):
    B, u = held(grid, rng), rng.uniform(-1, 1, (3, *grid.shape))
    assert u[0].size > SERIAL
    pn.testing.assert_same(B(0.0, u), B.definition(0.0, u), 400.0)
    pn.testing.assert_same(B(0.0, u[0]), B.definition(0.0, u[0]), 400.0)
    mixed = 0.5 * u + 0.2 * u[::-1] + 0.1 * B.definition(0.0, u)
    pn.testing.assert_same(B.mix(0.0, u, (0.5, 0.2, 0.1), u[::-1]), mixed, 400.0)
"""


def test_two_threads_give_the_definition():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, cwd=os.path.dirname(__file__)
    )
    assert done.returncode == 0, done.stderr
