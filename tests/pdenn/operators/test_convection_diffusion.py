"""The exponentially fitted flux: exact steady states, order, monotone at every Péclet number, limits, walls."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Convection, ConvectionDiffusion
from pdenn.grids import Outflow

WALLS = ("periodic", pn.Dirichlet(0.0), "reflecting", (pn.Dirichlet(0.0), Outflow()))
PECLET = [1e-9, 1e-3, 1.0, 30.0, 1e4]


def matrix(A) -> np.ndarray:
    n, shape = A.grid.size, A.grid.shape
    return (A(0.0, np.eye(n).reshape(n, *shape)) - A(0.0, np.zeros(shape))).reshape(n, n).T


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("peclet", PECLET)
def test_steady_states_are_exact_at_the_cells(peclet, sign):
    """`u = 2 + 3 (e^(v x/ε) - 1)/(e^(v L/ε) - 1)` between Dirichlet walls, and monotone where the layer is thin."""
    n, h = 12, 0.5
    grid, eps = pn.Grid((n,), h, ((pn.Dirichlet(2.0), pn.Dirichlet(5.0)),)), 0.7
    v = sign * peclet * eps / h
    A = pn.discretise(ConvectionDiffusion((v,), eps), grid)
    u = np.linalg.solve(matrix(A), -A(0.0, np.zeros(n)))
    (x,), length = grid.coordinates(), n * h
    if sign > 0:  # divided by the larger exponential, which would overflow
        share = np.exp(v * (x - length) / eps) * np.expm1(-v * x / eps) / np.expm1(-v * length / eps)
    else:
        share = np.expm1(v * x / eps) / np.expm1(v * length / eps)
    assert np.allclose(u, 2.0 + 3.0 * share, rtol=1e-11, atol=0)


@pytest.mark.parametrize("velocity", [(1.0, -0.5), (-3.0, 2.0)])
def test_order_two_for_fixed_diffusivity(velocity):
    errors, sizes, k, eps = [], (40, 80, 160), 2 * np.pi, 0.3
    for n in sizes:
        grid = pn.Grid((n, n), (1 / n, 2 / n), "periodic")
        x, y = grid.coordinates()
        A = pn.discretise(ConvectionDiffusion(velocity, eps), grid)
        phase, rate = k * x + k * y / 2, velocity[0] * k + velocity[1] * k / 2
        exact = -rate * np.cos(phase) - eps * (k**2 + k**2 / 4) * np.sin(phase)
        errors.append(abs(A(0.0, np.sin(phase)) - exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2)


@st.composite
def problems(draw, walls=WALLS):
    """Balanced velocities: `v_i` is constant along axis `i`, and zero between walls that stop it."""
    grid = draw(testing.grids(max_cells=20, boundaries=walls))
    seed, scale = draw(st.integers(0, 2**16)), draw(st.sampled_from([1e-6, 1.0, 1e3]))
    v = [scale * noise(*grid.shape, seed=seed + i).take([0], i) + np.zeros(grid.shape) for i in range(grid.dim)]
    v = [0.0 * w if grid.boundary[i][0] == pn.Grid((1,)).boundary[0][0] else w for i, w in enumerate(v)]
    return pn.discretise(ConvectionDiffusion(tuple(v), draw(st.sampled_from([0.1, 1.0]))), grid)


@given(A=problems())
def test_the_diagonal_is_exact_and_the_matrix_lies_in_a_disk(A):
    m, d, rho = matrix(A), A.bound.diagonal.value, A.bound.contraction.value
    rounding = 1e-12 * abs(m).max() * A.grid.size + 1e-300
    assert d >= -m.diagonal().min() - rounding
    flows_in = any(isinstance(w, Outflow) for pair in A.grid.boundary for w in pair)
    if all(n > 1 for n in A.grid.shape) and not flows_in:
        assert d == pytest.approx(-m.diagonal().min(), abs=rounding)
    assert (m - np.diag(m.diagonal())).min() >= -rounding
    if rho is not None:
        assert rho == A.bound.spectral.value == pytest.approx(2 * d, rel=1e-13)
        assert np.linalg.norm(m + d * np.eye(A.grid.size), 2) <= d + rounding
    assert flows_in or rho is not None


@given(A=problems((*WALLS, pn.Dirichlet(2.0))), data=st.data())
def test_the_range_is_kept_at_the_limit_at_every_peclet_number(A, data):
    testing.assert_max_min(pn.ExplicitEuler(), A, data.draw(testing.states(A.grid)))


def test_without_velocity_it_is_diffusion():
    """At Dirichlet walls too: the slope over the half cell is the slope to the ghost cell."""
    grid = pn.Grid((5, 4), (0.5, 1.0), (pn.Dirichlet(2.0), "reflecting"))
    A, u = pn.discretise(ConvectionDiffusion((0.0, 0.0), 1.0), grid), noise(5, 4)
    B = pn.discretise(pn.Diffusion(), grid)
    testing.assert_same(A(0.0, u), B(0.0, u), 100.0)
    assert A.bound.diagonal.value == B.bound.diagonal.value


def test_without_diffusion_it_is_upwind():
    grid = pn.Grid((6, 5), 0.5, ((pn.Dirichlet(2.0), Outflow()), "periodic"))
    u, v = noise(6, 5), (2.0, -1.0)
    tiny = pn.discretise(ConvectionDiffusion(v, 1e-200), grid)
    testing.assert_same(tiny(0.0, u), pn.discretise(Convection(v), grid)(0.0, u), 20.0)


def test_walls_let_through_what_they_should():
    """`h d/dt Σ u`: nothing at reflecting walls, `ε slope` at a Neumann wall, `-v u` at an outflow wall."""
    u, eps = noise(7), 0.25
    closed = pn.discretise(ConvectionDiffusion((3.0,), eps), pn.Grid((7,), 0.5))
    assert abs(closed(0.0, u).sum()) <= 1e-13
    slopes = pn.discretise(ConvectionDiffusion((3.0,), eps), pn.Grid((7,), 0.5, ((pn.Neumann(1.0), pn.Neumann(0.5)),)))
    assert 0.5 * slopes(0.0, u).sum() == pytest.approx(eps * 1.5, rel=1e-12)
    open_ = pn.discretise(ConvectionDiffusion((3.0,), eps), pn.Grid((7,), 0.5, (("reflecting", Outflow()),)))
    assert 0.5 * open_(0.0, u).sum() == pytest.approx(-3.0 * u[-1], rel=1e-12)
    assert slopes.bound.diagonal.value is None


@given(A=problems(), seed=st.integers(0, 99))
def test_tensors_give_what_arrays_give(A, seed):
    for dtype in (np.float64, np.float32):
        u = noise(2, *A.grid.shape, seed=seed).astype(dtype)
        result = A(0.0, u)
        assert result.dtype == dtype
        testing.assert_same(A(0.0, torch.tensor(u)), result, 6 * abs(matrix(A)).max() + sum(8 / h**2 for h in A.grid.h))


def test_derivatives_of_tensors_and_of_a_velocity_that_learns():
    speed = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    grid = pn.Grid((5,), 0.3, ((pn.Dirichlet(1.0), "outflow"),))
    A = pn.discretise(ConvectionDiffusion(lambda t, x: (speed * x + 0.1,), 0.2), grid)
    u = torch.tensor(noise(5), requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, s: A(0.0, x) * (s / s), (u, speed))
    assert torch.autograd.grad(A(0.0, u).square().sum(), speed)[0].isfinite()


def test_holding_and_speed():
    grid = pn.Grid((6,), 0.5, pn.Dirichlet(0.0))
    A = pn.discretise(ConvectionDiffusion(lambda t, x: (np.cos(t),), 0.1, speed=1.0), grid)
    u, held = noise(6), None
    held = A.hold(1.0, u)
    assert np.array_equal(held(2.0, u), A(1.0, u))
    assert held.hold(2.0, u) is held
    assert held.bound.diagonal.value <= A.bound.diagonal.value
    m, d = matrix(A), A.bound.diagonal.value
    assert -m.diagonal().min() <= d
    assert np.linalg.norm(m + d * np.eye(6), 2) <= d
    unknown = pn.discretise(ConvectionDiffusion(lambda t, x: (np.cos(t),), 0.1), grid)
    assert unknown.bound.diagonal.value is None
    testing.assert_same(A.mix(0.5, u, (1.0, 2.0, 3.0), u), 3.0 * u + 3.0 * A(0.5, u), 30.0)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"diffusivity": 0.0}, ValueError, "diffusivity must be finite and > 0, got 0.0"),
        ({"diffusivity": float("nan")}, ValueError, "diffusivity must be finite"),
        ({"diffusivity": "small"}, TypeError, "diffusivity must be a real number"),
        ({"flux": "upwind"}, TypeError, "flux must be ScharfetterGummel"),
        ({"speed": 1.0}, ValueError, "speed is for velocities that are functions"),
    ],
)
def test_bad_statements_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        ConvectionDiffusion(**arguments)


def test_robin_walls_and_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="not fitted to Robin walls"):
        pn.discretise(ConvectionDiffusion((1.0,)), pn.Grid((4,), boundary=pn.Robin()))
    with pytest.raises(ValueError, match="one component per axis"):
        pn.discretise(ConvectionDiffusion((1.0,)), pn.Grid((4, 4)))
    with pytest.raises(ValueError, match="u must have shape"):
        pn.discretise(ConvectionDiffusion((1.0,)), pn.Grid((4,)))(0.0, np.zeros(3))


def test_it_prints_as_mathematics():
    text = "∂u/∂t = -div(v u - ε ∇u) [v = (1), ε = 0.5, ScharfetterGummel()]"
    assert str(ConvectionDiffusion((1.0,), 0.5)) == text
