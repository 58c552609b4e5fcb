"""Convection: orders, walls, conservation, tensors, velocities of every kind."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Convection
from pdenn.fluxes import MUSCL, WENO5, Central, Upwind
from pdenn.grids import Outflow
from pdenn.operators.linearised import derivative

MUSCLS = [MUSCL(limiter) for limiter in ("van Leer", "minmod", "superbee")]
FLUXES = [Upwind(), Central(), *MUSCLS, WENO5()]
ORDER = {Upwind: 1, Central: 2, MUSCL: 2, WENO5: 5}
WALLS = ("periodic", pn.Dirichlet(0.0), (pn.Dirichlet(0.0), Outflow()), (Outflow(), pn.Dirichlet(0.0)))


def rotation(t, x, y):
    """About (1/2, 1/2); the velocities at the faces of a cell balance exactly."""
    return -(y - 0.5), x - 0.5


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


@st.composite
def shears(draw, walls=WALLS, max_cells=20):
    """A grid and balanced velocities of both signs: `v_i` is constant along axis `i`."""
    grid = draw(testing.grids(max_cells=max_cells, boundaries=walls))
    seed = draw(st.integers(0, 2**16))
    v = [noise(*grid.shape, seed=seed + i).take([0], i) + np.zeros(grid.shape) for i in range(grid.dim)]
    return grid, tuple(v)


@pytest.mark.parametrize("velocity", [1.3, -0.7])
@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_order_along_a_line(flux, velocity):
    """The truncation error in the mean norm: a limiter falls to order 1 in the few cells at extrema."""
    errors, sizes = [], (80, 160, 320)
    for n in sizes:
        grid = pn.Grid((n,), 1 / n, "periodic")
        k, (x,) = 2 * np.pi, grid.coordinates()
        A = pn.discretise(Convection((velocity,), flux), grid)
        errors.append(abs(A(0.0, np.sin(k * x) + 0.5) + velocity * k * np.cos(k * x)).mean())
    testing.assert_order(errors, [1 / n for n in sizes], ORDER[type(flux)])


@pytest.mark.parametrize("flux", [Upwind(), Central(), WENO5()], ids=repr)
def test_order_in_the_plane(flux):
    errors, sizes = [], (40, 80, 160)
    for n in sizes:
        grid = pn.Grid((n, n), (1 / n, 2 / n), "periodic")
        k, (x, y) = 2 * np.pi, grid.coordinates()
        A = pn.discretise(Convection((1.0, -0.5), flux), grid)
        u, slope = np.sin(k * x + k * y / 2), np.cos(k * x + k * y / 2)
        errors.append(abs(A(0.0, u) + (k - 0.5 * k / 2) * slope).max())
    testing.assert_order(errors, [1 / n for n in sizes], ORDER[type(flux)])


@pytest.mark.parametrize("limiter", ["van Leer", "superbee"])
def test_limited_slopes_are_of_second_order_at_every_cell_of_a_monotone_state(limiter):
    errors, sizes = [], (40, 80, 160)
    for n in sizes:
        grid = pn.Grid((n,), 1 / n, "outflow")
        (x,) = grid.coordinates()
        A = pn.discretise(Convection((1.0,), MUSCL(limiter)), grid)
        inside = (x > 0.2) & (x < 0.8)
        errors.append(abs(A(0.0, np.exp(x / 4)) + np.exp(x / 4) / 4)[inside].max())
    assert testing.observed_order(errors, 2.0)[-1] > (1.9 if limiter == "van Leer" else 0.9)


@given(case=shears(walls=("periodic",)), seed=st.integers(0, 99), flux=st.sampled_from(FLUXES))
def test_nothing_is_lost_on_a_torus(case, seed, flux):
    grid, velocity = case
    A = pn.discretise(Convection(velocity, flux), grid)
    u = noise(2, *grid.shape, seed=seed)
    total = A(0.0, u).sum(tuple(range(1, grid.dim + 1)))
    assert abs(total).max() <= 1e-12 * grid.size / min(grid.h)


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_nothing_passes_reflecting_and_neumann_walls(flux):
    grid = pn.Grid((7, 5), boundary=("reflecting", (pn.Neumann(0.5), "reflecting")))
    A = pn.discretise(Convection((1.0, -2.0), flux), grid)
    assert abs(A(0.0, noise(7, 5)).sum()) <= 1e-13


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_what_flows_in_is_the_value_of_the_wall_and_what_flows_out_leaves(flux):
    """Row by row: `h d/dt Σ u = v (wall - value at the outlet)`; at the outlet the slope of an outflow wall is zero."""
    grid = pn.Grid((9,), 0.5, ((pn.Dirichlet(3.0), Outflow()),))
    A = pn.discretise(Convection((2.0,), flux), grid)
    u = np.full(9, 3.0)
    assert abs(A(0.0, u)).max() <= 1e-13
    u[-3:] = 1.0
    assert 0.5 * A(0.0, u).sum() == pytest.approx(2.0 * (3.0 - 1.0), rel=1e-3 if flux == WENO5() else 1e-13)
    assert A(0.0, np.zeros(9))[0] == pytest.approx(2.0 * 3.0 / 0.5, rel=1e-14)


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_a_mirror_image_moves_as_a_mirror_image(flux):
    right = pn.discretise(Convection((1.0,), flux), pn.Grid((11,), boundary=((pn.Dirichlet(1.0), Outflow()),)))
    left = pn.discretise(Convection((-1.0,), flux), pn.Grid((11,), boundary=((Outflow(), pn.Dirichlet(1.0)),)))
    u = noise(11)
    testing.assert_same(right(0.0, u), left(0.0, u[::-1].copy())[::-1], 4.0)


@pytest.mark.parametrize("velocity", [(2.0, 0.0, 0.0), (0.0, -2.0, 0.0), (0.0, 0.0, 2.0)])
@pytest.mark.parametrize("flux", [Upwind(), MUSCL("minmod")], ids=repr)
def test_a_step_of_one_cell_moves_the_state_by_one_cell(flux, velocity):
    """Exact for upwind; a limited slope leaves a state of plateaus alone, which it moves by the mean of a step."""
    grid = pn.Grid((4, 5, 6), (0.5, 1.0, 0.25), "periodic")
    A = pn.discretise(Convection(velocity, flux), grid)
    axis = int(np.argmax(np.abs(velocity)))
    u = noise(4, 5, 6) if flux == Upwind() else np.indices(grid.shape)[axis] // (grid.shape[axis] // 2) * 1.0
    tau = grid.h[axis] / 2.0
    moved = np.roll(u, int(np.sign(velocity[axis])), axis)
    testing.assert_same(u + tau * A(0.0, u), moved, 1.0)


@given(case=shears(), seed=st.integers(0, 99), flux=st.sampled_from(FLUXES))
def test_tensors_give_what_arrays_give(case, seed, flux):
    grid, velocity = case
    A = pn.discretise(Convection(velocity, flux), grid)
    for dtype in (np.float64, np.float32):
        u = noise(3, *grid.shape, seed=seed).astype(dtype)
        result = A(0.0, u)
        assert result.dtype == dtype
        # WENO weights amplify the rounding of smoothness up to 1 / EPSILON in flat states; noise is not flat.
        testing.assert_same(A(0.0, torch.tensor(u)), result, sum(2 / h for h in grid.h), 1000)


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_derivatives_of_tensors(flux):
    A = pn.discretise(Convection(rotation, flux), pn.Grid((4, 5), (0.25, 0.2), pn.Dirichlet(0.5)))
    u = torch.tensor(noise(4, 5), requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: A(0.0, x), (u,))
    flat = torch.ones(4, 5, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(A(0.0, flat).sum(), flat)
    assert slope.isfinite().all()


def test_a_velocity_that_learns():
    """The function gets tensors with a tensor, and derivatives reach its parameters."""
    speed = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    A = pn.discretise(Convection(lambda t, x: (speed + 0 * x,)), pn.Grid((6,), boundary="periodic"))
    u = torch.tensor(noise(6))
    assert torch.autograd.gradcheck(lambda s: A(0.0, u) * s / s, (speed,))
    assert torch.autograd.grad(A(0.0, u).square().sum(), speed)[0] != 0


def test_numbers_arrays_and_functions_agree():
    grid, u = pn.Grid((4, 6), (0.5, 1.0), ("periodic", "outflow")), noise(4, 6)
    numbers = pn.discretise(Convection((0.5, -2.0)), grid)(0.0, u)
    arrays = pn.discretise(Convection((np.full((4, 6), 0.5), np.full((4, 6), -2.0))), grid)(0.0, u)
    function = pn.discretise(Convection(lambda t, x, y: (0.5, -2.0)), grid)(0.0, u)
    assert np.array_equal(numbers, arrays)
    assert np.array_equal(numbers, function)


def test_arrays_are_averaged_to_the_faces():
    A = pn.discretise(Convection((np.array([1.0, 2.0, 4.0, 8.0]),)), pn.Grid((4,), boundary="periodic"))
    assert A.velocities(0.0, np.zeros(4))[0].tolist() == [4.5, 1.5, 3.0, 6.0, 4.5]
    A = pn.discretise(
        Convection((np.array([1.0, 2.0, 4.0, 8.0]),)), pn.Grid((4,), boundary=(("outflow", "reflecting"),))
    )
    assert A.velocities(0.0, np.zeros(4))[0].tolist() == [1.0, 1.5, 3.0, 6.0, 0.0]


def test_a_ring_has_one_face_where_it_closes():
    A = pn.discretise(Convection(lambda t, x: (x,)), pn.Grid((5,), boundary="periodic"))
    assert A.velocities(0.0, np.zeros(5))[0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 0.0]
    assert abs(A(0.0, noise(5)).sum()) <= 1e-14


def test_functions_are_evaluated_at_the_faces():
    A = pn.discretise(Convection(lambda t, x, y: (x + t, y)), pn.Grid((2, 2), (1.0, 2.0), "outflow"))
    v, w = A.velocities(0.5, np.zeros((2, 2)))
    assert v.tolist() == [[0.5, 0.5], [1.5, 1.5], [2.5, 2.5]]
    assert w.tolist() == [[0.0, 2.0, 4.0]] * 2


@pytest.mark.parametrize("flux", [Upwind(), MUSCL()], ids=repr)
def test_holding_freezes_the_velocity_at_its_time(flux):
    A = pn.discretise(Convection(lambda t, x: (np.cos(t),), flux, speed=1.0), pn.Grid((5,), boundary="periodic"))
    u = noise(5)
    held = A.hold(1.0, u)
    assert np.array_equal(held(2.0, u), A(1.0, u))
    assert not np.array_equal(A(2.0, u), A(1.0, u))
    assert held.hold(3.0, u) is held
    assert held.bound.diagonal.value <= A.bound.diagonal.value == (2.0 if flux == MUSCL() else 1.0)
    steady = pn.discretise(Convection((1.0,), flux), pn.Grid((5,)))
    assert steady.hold(0.0, u) is steady


@pytest.mark.parametrize(
    ("velocity", "words"),
    [
        (lambda t, x: (1.0 + t,), r"speed 1 of axis 0 is exceeded by the velocity at t=0.5: 1.5"),
        (lambda t, x: (t * x,), "balance in every cell"),
        (lambda t, x: (np.inf,), "velocity must be finite"),
        (lambda t, x: (1.0, 1.0), r"one component per axis \(1\), got tuple of length 2"),
        (lambda t, x: 1.0, r"one component per axis \(1\), got float"),
    ],
)
def test_a_velocity_that_breaks_its_promises_is_refused(velocity, words):
    A = pn.discretise(Convection(velocity, speed=1.0), pn.Grid((4,), 0.25, "outflow"))
    with pytest.raises(ValueError, match=words):
        A(0.5, np.zeros(4))


@pytest.mark.parametrize(
    ("velocity", "shape", "words"),
    [
        ((1.0, 1.0), (4,), r"velocity must have one component per axis \(1\)"),
        ((np.ones(5),), (4,), r"arrays of shape \(4,\), got \(5,\)"),
    ],
)
def test_a_velocity_that_does_not_fit_the_grid_is_refused(velocity, shape, words):
    with pytest.raises(ValueError, match=words):
        pn.discretise(Convection(velocity), pn.Grid(shape))


def test_a_speed_that_does_not_fit_the_grid_is_refused():
    with pytest.raises(ValueError, match=r"speed must have one bound per axis \(2\), got \(1.0,\)"):
        pn.discretise(Convection(rotation, speed=1.0), pn.Grid((4, 4)))


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="u must have shape"):
        pn.discretise(Convection((1.0,)), pn.Grid((4,)))(0.0, np.zeros(5))


@pytest.mark.parametrize("boundary", ["periodic", "reflecting", pn.Dirichlet(1.0), "outflow"], ids=str)
@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_grids_smaller_than_the_stencil(flux, boundary):
    for n in (1, 2, 3):
        A = pn.discretise(Convection((1.0,), flux), pn.Grid((n,), boundary=boundary))
        change = A(0.0, np.ones(n))
        assert change.sum() == pytest.approx(0.0, abs=1e-14)
        if boundary != "reflecting":
            assert abs(change).max() <= 1e-14


def test_mixing():
    A = pn.discretise(Convection((1.0,), MUSCL()), pn.Grid((6,), boundary="periodic"))
    u, v = noise(6), noise(6, seed=1)
    testing.assert_same(A.mix(0.0, u, (0.5, 2.0, 3.0), v), 0.5 * u + 2.0 * v + 3.0 * A(0.0, u), 10.0)


@pytest.mark.parametrize("flux", FLUXES, ids=repr)
def test_the_definition_takes_a_complex_step(flux):
    """The exact derivative of the implicit schemes, against a difference of fourth order."""
    A = pn.discretise(Convection((1.0, -0.5), flux), pn.Grid((5, 4), 0.5, ("periodic", pn.Dirichlet(0.5))))
    u, v, d = noise(5, 4), noise(5, 4, seed=1), 1e-4
    ends = [A(0.0, u + k * d * v) for k in (-2, -1, 1, 2)]
    expected = (8 * (ends[2] - ends[1]) - (ends[3] - ends[0])) / (12 * d)
    assert abs(derivative(A, 0.0, u, v) - expected).max() < 1e-8


def test_an_outflow_wall_is_open_to_convection_and_reflecting_to_diffusion():
    grid, u = pn.Grid((4,), 0.5, "outflow"), noise(4)
    assert not grid.closed
    assert grid.boundary == ((Outflow(), Outflow()),)
    assert np.array_equal(
        pn.discretise(pn.Diffusion(), grid)(0.0, u), pn.discretise(pn.Diffusion(), pn.Grid((4,), 0.5))(0.0, u)
    )
    assert 0.5 * pn.discretise(Convection((1.0,)), grid)(0.0, u).sum() == pytest.approx(u[0] - u[-1], rel=1e-13)
