"""What is claimed of convection, attacked: dense matrices, every state at the limit, and limits that are sharp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Convection
from pdenn.fluxes import MUSCL, Central, Upwind
from pdenn.grids import Outflow

MUSCLS = [MUSCL(limiter) for limiter in ("van Leer", "minmod", "superbee")]
WALLS = ("periodic", pn.Dirichlet(0.0), (pn.Dirichlet(0.0), Outflow()), (Outflow(), pn.Dirichlet(0.0)))


def rotation(t, x, y):
    """About (1/2, 1/2); the velocities at the faces of a cell balance exactly."""
    return -(y - 0.5), x - 0.5


def matrix(A) -> np.ndarray:
    n, shape = A.grid.size, A.grid.shape
    return (A(0.0, np.eye(n).reshape(n, *shape)) - A(0.0, np.zeros(shape))).reshape(n, n).T


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


@st.composite
def shears(draw, walls=WALLS, max_cells=20):
    """A grid and balanced velocities of both signs: `v_i` is constant along axis `i`."""
    grid = draw(testing.grids(max_cells=max_cells, boundaries=walls))
    seed = draw(st.integers(0, 2**16))
    v = [noise(*grid.shape, seed=seed + i).take([0], i) + np.zeros(grid.shape) for i in range(grid.dim)]
    return grid, tuple(v)


@given(case=shears())
def test_upwind_is_a_diagonal_plus_nonnegative_entries_and_lies_in_a_disk(case):
    grid, velocity = case
    A = pn.discretise(Convection(velocity), grid)
    m, d, rho = matrix(A), A.bound.diagonal.value, A.bound.contraction.value
    scale = sum(1 / h for h in grid.h)
    rounding = 1e-13 * scale * grid.size
    assert d >= -m.diagonal().min() - rounding
    # A ring of one cell flows into itself, and an open wall may return what leaves.
    if all(n > 1 for n in grid.shape) and not any(isinstance(w, Outflow) for pair in grid.boundary for w in pair):
        assert d == pytest.approx(-m.diagonal().min(), abs=rounding)
    assert (m - np.diag(m.diagonal())).min() >= -rounding
    if rho is not None:
        assert rho == A.bound.spectral.value == pytest.approx(2 * d, rel=1e-13)
        assert np.linalg.norm(m + d * np.eye(grid.size), 2) <= d + rounding


def test_the_disk_is_sharp_for_a_constant_velocity_on_an_even_ring():
    """The highest frequency has the eigenvalue -2 |v| / h."""
    A = pn.discretise(Convection((-3.0,)), pn.Grid((8,), 0.5, "periodic"))
    assert np.linalg.eigvals(matrix(A)).real.min() == pytest.approx(-A.bound.spectral.value, rel=1e-12)


def test_inflow_through_an_open_wall_has_no_claim_on_norms():
    """One cell is filled by its own value: the matrix has a column that sums to `v/h`, and the norm grows."""
    A = pn.discretise(Convection((1.0,)), pn.Grid((5,), boundary=Outflow()))
    assert A.bound.contraction.value is None
    assert A.bound.diagonal.value == 1.0
    m = matrix(A)
    assert np.linalg.eigvalsh((m + m.T) / 2)[-1] > 0.1


def test_converging_velocities_have_no_claim():
    A = pn.discretise(Convection((1.0,)), pn.Grid((5,)))
    assert [constant.value for constant in A.bound[:3]] == [None] * 3
    assert A(0.0, np.ones(5))[-1] > 0
    with pytest.raises(pn.NoCertificate, match="do not balance"):
        pn.certificate(pn.ExplicitEuler(), A, "max-min")


def test_spreading_velocities_contract_but_do_not_keep_the_minimum():
    v = np.linspace(-1, 1, 7)
    A = pn.discretise(Convection((v,)), pn.Grid((7,), boundary=Outflow()))
    assert A.bound.diagonal.value is None
    m, rho = matrix(A), A.bound.contraction.value
    assert np.linalg.norm(m + rho / 2 * np.eye(7), 2) <= rho / 2 * (1 + 1e-14)


@given(case=shears(walls=("periodic",)))
def test_central_is_skew_and_claims_nothing(case):
    grid, velocity = case
    A = pn.discretise(Convection(velocity, Central()), grid)
    m = matrix(A)
    assert abs(m + m.T).max() <= 1e-13 * sum(1 / h for h in grid.h)
    assert [constant.value for constant in A.bound[:3]] == [None] * 3


@given(case=shears(walls=(*WALLS, pn.Dirichlet(2.0))), data=st.data(), flux=st.sampled_from([Upwind(), *MUSCLS]),
       scheme=st.sampled_from([pn.ExplicitEuler(), pn.SSPRK3()]))  # fmt: skip
def test_monotone_fluxes_keep_the_range_at_their_limit(case, data, flux, scheme):
    grid, velocity = case
    A = pn.discretise(Convection(velocity, flux), grid)
    testing.assert_max_min(scheme, A, data.draw(testing.states(grid)))


@pytest.mark.parametrize(
    ("boundary", "u", "d"),
    [("periodic", [0.0, 0.0, 1.0, 11.0, 11.0, 11.0], 2.0), ((pn.Dirichlet(0.0), Outflow()), [1.0, 11.0, 11.0], 3.0)],
    ids=["inside", "at a wall"],
)
def test_the_limit_of_limited_slopes_is_sharp(boundary, u, d):
    """Superbee: a steep side ahead doubles what flows out; to the value on a wall the slope runs over half a cell."""
    u = np.array(u)
    A = pn.discretise(Convection((1.0,), MUSCL("superbee")), pn.Grid((len(u),), boundary=(boundary,)))
    assert A.bound.diagonal.value == d
    assert (u + A(0.0, u) / d).min() >= 0
    assert (u + 1.02 * A(0.0, u) / d).min() < -0.01


def test_speed_bounds_a_velocity_that_is_a_function():
    grid = pn.Grid((8, 8), 1 / 8, pn.Dirichlet(0.0))
    A = pn.discretise(Convection(rotation, speed=(0.5, 0.5)), grid)
    m, d = matrix(A), A.bound.diagonal.value
    assert d == 8.0
    assert np.linalg.norm(m + d * np.eye(64), 2) <= d
    assert pn.discretise(Convection(rotation), grid).bound.diagonal.value is None
    open_ = pn.discretise(Convection(rotation, speed=(0.5, 0.5)), pn.Grid((8, 8), 1 / 8, "outflow"))
    assert open_.bound.contraction.value is None
    assert open_.bound.diagonal.value == 8.0


def test_speed_bounds_also_between_walls_that_let_nothing_pass():
    """A shear along reflecting walls."""
    grid = pn.Grid((6, 5), boundary=("periodic", "reflecting"))
    A = pn.discretise(Convection(lambda t, x, y: (np.sin(y), 0 * y), speed=(1.0, 0.0)), grid)
    assert A.bound.contraction.value == 2.0
    assert np.linalg.norm(matrix(A) + np.eye(30), 2) <= 1.0 + 1e-14


def test_convection_and_diffusion_add_up():
    grid = pn.Grid((16,), 1 / 16, "periodic")
    A = pn.discretise(pn.Diffusion() + Convection((1.0,)), grid)
    assert A.bound.spectral.value == pytest.approx(4 * 16**2 + 2 * 16)
    testing.assert_bounded(pn.ExplicitEuler(), A, noise(16))
    testing.assert_contractive(pn.ExplicitEuler(), A, noise(16), noise(16, seed=1))
