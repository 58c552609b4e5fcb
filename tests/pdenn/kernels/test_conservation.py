"""Conservation laws: the kernel against the composed definition, on every kind of wall, in one to three dimensions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing

WALLS = ("periodic", "reflecting", "outflow", pn.Dirichlet(0.25), (pn.Dirichlet(1.0), "outflow"), pn.Neumann(0.5))
LAWS = (pn.Burgers(), pn.BuckleyLeverett(0.5), pn.BuckleyLeverett(3.0))
NUMERICAL = (pn.Godunov(), pn.LaxFriedrichs())


@given(grid=testing.grids(boundaries=WALLS), seed=st.integers(0, 999), law=st.sampled_from(LAWS),
       numerical=st.sampled_from(NUMERICAL), dtype=st.sampled_from([np.float64, np.float32]),
       batch=st.sampled_from([(), (2,), (2, 1)]))  # fmt: skip
def test_the_kernel_is_the_definition(grid, seed, law, numerical, dtype, batch):
    random = np.random.default_rng(seed)
    A = pn.discretise(pn.ConservationLaw(law, numerical, tuple(random.uniform(-1, 1, grid.dim))), grid)
    u, v = random.uniform(-1, 2, (2, *batch, *grid.shape)).astype(dtype)
    u.flags.writeable = False
    # f and f' of Buckley and Leverett reach 4 and 16 here, and so does the rounding of their denominators.
    scale = sum(100 / h for h in grid.h)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), scale)
    mixed = (2.0 * u - 0.5 * v + 3.0 * A.definition(0.0, u)).astype(dtype)
    testing.assert_same(A.mix(0.0, u, (2.0, -0.5, 3.0), v), mixed, 3 * scale + 3)


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("shape", [(40000,), (200, 200), (40, 30, 40)])
def test_large_states_are_cut_into_slabs(shape, numerical):
    """Beyond the size where threads share the work."""
    equation = pn.ConservationLaw(pn.Burgers(), numerical, (1.0, -0.5, 0.25)[: len(shape)])
    A = pn.discretise(equation, pn.Grid(shape, boundary="periodic"))
    u = np.random.default_rng(0).uniform(-1, 1, shape)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 8.0)


def test_a_value_that_is_no_number_stays_visible():
    A = pn.discretise(pn.ConservationLaw(pn.Burgers(), pn.Godunov(), (1.0,)), pn.Grid((6,), boundary="periodic"))
    u = np.array([0.0, 1.0, np.nan, 1.0, 0.0, 0.5])
    assert np.isnan(A.mix(0.0, u, (1.0, 0.0, 0.1), u)[2])
