"""Two-point transport: the kernel against the composed definition, on every kind of wall, in one to three dimensions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Convection, ConvectionDiffusion

WALLS = ("periodic", "reflecting", "outflow", pn.Dirichlet(2.0), (pn.Dirichlet(-1.0), "outflow"), pn.Neumann(0.5))


@given(grid=testing.grids(boundaries=WALLS), seed=st.integers(0, 999), fitted=st.booleans(),
       dtype=st.sampled_from([np.float64, np.float32]), batch=st.sampled_from([(), (2,), (2, 1)]))  # fmt: skip
def test_the_kernel_is_the_definition(grid, seed, fitted, dtype, batch):
    """Velocities vary along all axes, so that no two faces have the same weights."""
    random = np.random.default_rng(seed)
    velocity = tuple(random.uniform(-1, 1, grid.shape) for _ in grid.shape)
    A = pn.discretise(ConvectionDiffusion(velocity, 0.5) if fitted else Convection(velocity), grid)
    u, v = random.uniform(-1, 1, (2, *batch, *grid.shape)).astype(dtype)
    u.flags.writeable = False
    scale = sum(4 / h + 8 / h**2 for h in grid.h)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), scale)
    mixed = (2.0 * u - 0.5 * v + 3.0 * A.definition(0.0, u)).astype(dtype)
    testing.assert_same(A.mix(0.0, u, (2.0, -0.5, 3.0), v), mixed, 3 * scale + 3)


@pytest.mark.parametrize("shape", [(40000,), (200, 200), (40, 30, 40)])
def test_large_states_are_cut_into_slabs(shape):
    """Beyond the size where threads share the work."""
    A = pn.discretise(Convection((1.0, -0.5, 0.25)[: len(shape)]), pn.Grid(shape, boundary="periodic"))
    u = np.random.default_rng(0).uniform(-1, 1, shape)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 4.0)


def test_memory_layout_does_not_matter():
    A = pn.discretise(Convection((1.0, -0.5)), pn.Grid((6, 5), boundary="periodic"))
    wide = np.random.default_rng(0).uniform(-1, 1, (6, 10))
    u = np.ascontiguousarray(wide[:, ::2])
    assert np.array_equal(A(0.0, wide[:, ::2]), A(0.0, u))
    assert np.array_equal(A(0.0, np.asfortranarray(u)), A(0.0, u))
