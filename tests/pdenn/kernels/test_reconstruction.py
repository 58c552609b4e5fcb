"""Transport with reconstructed values: the kernels against the composed definition, on every wall, in 1-D to 3-D."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Convection
from pdenn.fluxes import MUSCL, WENO5, Central
from pdenn.kernels import reconstruction

FLUXES = (Central(), MUSCL("van Leer"), MUSCL("minmod"), MUSCL("superbee"), WENO5())
WALLS = ("periodic", "reflecting", "outflow", pn.Dirichlet(2.0), (pn.Dirichlet(-1.0), "outflow"), pn.Neumann(0.5),
         (pn.Robin(1.0, 0.5, 2.0), pn.Dirichlet(1.0)), (pn.Dirichlet(1.0), pn.Robin(1.0, 0.5, 2.0)))  # fmt: skip


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


@given(grid=testing.grids(boundaries=WALLS), seed=st.integers(0, 999), flux=st.sampled_from(FLUXES),
       dtype=st.sampled_from([np.float64, np.float32]), batch=st.sampled_from([(), (2,), (2, 1), (0,)]))  # fmt: skip
def test_the_kernel_is_the_definition(grid, seed, flux, dtype, batch):
    """Velocities of both signs vary along all axes, so that no two faces are alike."""
    velocity = tuple(noise(*grid.shape, seed=seed + axis) for axis in range(grid.dim))
    A = pn.discretise(Convection(velocity, flux), grid)
    u, v = noise(2, *batch, *grid.shape, seed=seed + 3).astype(dtype)
    u.flags.writeable = v.flags.writeable = False
    scale = sum(8 / h for h in grid.h)
    # WENO weights amplify the rounding of smoothness where the state is nearly flat; noise is not.
    result = A(0.0, u)
    assert result.dtype == dtype
    testing.assert_same(result, A.definition(0.0, u), scale, 1000)
    mixed = (2.0 * u - 0.5 * v + 3.0 * A.definition(0.0, u)).astype(dtype)
    result = A.mix(0.0, u, (2.0, np.float64(-0.5), 3.0), v)
    assert result.dtype == dtype
    testing.assert_same(result, mixed, 3 * scale + 3, 1000)


@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_lines_that_are_shorter_than_the_reach(n, flux, walls):
    """Where the mirror images of the walls overlap; along both kinds of axis."""
    grid = pn.Grid((n, n), (0.5, 1.0), walls if walls == "periodic" else (walls, walls))
    A = pn.discretise(Convection((noise(n, n), noise(n, n, seed=1)), flux), grid)
    u = noise(3, n, n, seed=2)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 30.0, 100)


@pytest.mark.parametrize("walls", ["periodic", "outflow", pn.Dirichlet(1.0)], ids=str)
@pytest.mark.parametrize("shape", [(29,), (17, 5), (5, 17), (13, 11), (9, 8, 11)])
@pytest.mark.parametrize("flux", [MUSCL(), WENO5()], ids=repr)
def test_tiles_join(flux, shape, walls, monkeypatch):
    """More cells than one tile has, along every axis."""
    for name, value in {"PLANES": 4, "CELLS": 12, "WIDTH": 4}.items():
        monkeypatch.setattr(reconstruction, name, value)
    grid = pn.Grid(shape, boundary=walls)
    A = pn.discretise(Convection(tuple(noise(*shape, seed=axis) for axis in range(grid.dim)), flux), grid)
    u = noise(2, *shape, seed=5)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 8.0 * grid.dim, 100)


@pytest.mark.parametrize("shape", [(8200,), (9, 8200), (270, 250), (260, 3, 5)])
def test_states_of_more_than_one_tile(shape):
    grid = pn.Grid(shape, boundary="outflow")
    A = pn.discretise(Convection(tuple(noise(*shape, seed=axis) for axis in range(grid.dim)), MUSCL()), grid)
    u = noise(*shape, seed=5)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 8.0 * grid.dim, 100)


@pytest.mark.parametrize("batch", [1, 3, 4, 64])
@pytest.mark.parametrize("shape", [(1, 1, 20001), (1, 2048, 2048), (1, 3, 20000), (128, 128, 128), (500, 4, 4)])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_all_threads_get_the_same_number_of_tiles(threads, shape, batch):
    """And no tile is larger than its arrays are meant to be, nor empty."""
    counts = reconstruction.pieces(batch, shape, threads)
    assert math.prod(counts) % threads == 0
    planes, rows, width = (math.ceil(n / count) for n, count in zip(shape, counts[1:], strict=True))
    assert all(1 <= count <= n for n, count in zip(shape, counts[1:], strict=True))
    assert planes <= reconstruction.PLANES
    assert width <= reconstruction.WIDTH
    assert rows * width < reconstruction.CELLS + width


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_memory_layout_does_not_matter(flux):
    A = pn.discretise(Convection((1.0, -0.5), flux), pn.Grid((6, 5), boundary="periodic"))
    wide = noise(6, 10)
    u = np.ascontiguousarray(wide[:, ::2])
    assert np.array_equal(A(0.0, wide[:, ::2]), A(0.0, u))
    assert np.array_equal(A(0.0, np.asfortranarray(u)), A(0.0, u))


@pytest.mark.parametrize("flux", FLUXES[:4], ids=repr)
@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e-200), (np.float32, 1e-25)])
@pytest.mark.parametrize("n", [6, 70])
def test_slopes_of_tiny_states_do_not_vanish(n, dtype, size, flux):
    """The product of two differences would be zero; in vector code (70 cells) as in the rest of a loop."""
    A = pn.discretise(Convection((1.0,), flux), pn.Grid((n,), boundary="periodic"))
    u = noise(n).astype(dtype) * dtype(size)
    testing.assert_same(A(0.0, u) / dtype(size), A.definition(0.0, u) / dtype(size), 4.0)


@pytest.mark.parametrize("flux", FLUXES[1:4], ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_flat_states_have_no_slope(dtype, flux):
    """Differences of zero have no ratio: in flat parts, and where they border on others."""
    A = pn.discretise(Convection((-0.5,), flux), pn.Grid((100,), boundary="periodic"))
    u = np.repeat(noise(10), 10).astype(dtype)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 4.0)
    assert not A(0.0, np.full(100, 3.0, dtype)).any()


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_a_nan_is_seen(flux):
    u = noise(6)
    u[2] = np.nan
    assert np.isnan(pn.discretise(Convection((1.0,), flux), pn.Grid((6,), boundary="periodic"))(0.0, u)[2:4]).all()


TWO_THREADS = """
import numpy as np, numba, pdenn as pn
from pdenn.equations import Convection
from pdenn.fluxes import MUSCL, WENO5
from pdenn.kernels import layout
assert numba.get_num_threads() == 2
rng = np.random.default_rng(0)
for shape in ((40001,), (150, 131), (4, 5000), (30, 28, 25)):
    grid = pn.Grid(shape, 0.5, "outflow")
    for flux in (MUSCL(), WENO5()):
        A = pn.discretise(Convection(tuple(rng.uniform(-1, 1, shape) for _ in shape), flux), grid)
        for batch in ((), (3,)):
            u = rng.uniform(-1, 1, (*batch, *shape))
            assert u.size > layout.SERIAL
            assert np.abs(A(0.0, u) - A.definition(0.0, u)).max() < 1e-12
"""


def test_two_threads_give_the_definition():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", TWO_THREADS], env=environment, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
