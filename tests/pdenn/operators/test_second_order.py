"""Fourth-order filters: kernel, definition, energy, bounds and orders."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.operators.second_order import adjoint, second, without_values

LAWS, SMOOTH = testing.laws(), pn.Charbonnier(0.7)
FORMS = ("isotropic", "separable")
EPS = np.finfo(float).eps


def operator(grid, law=SMOOTH, form="isotropic"):
    return pn.discretise(pn.Diffusion(law, order=2, form=form), grid)


def matrix(B) -> np.ndarray:
    """The dense matrix of the linear part, column by column in one batch."""
    n, shape = B.grid.size, B.grid.shape
    units = np.eye(n).reshape(n, *shape)
    return (B.definition(0.0, units) - B.definition(0.0, np.zeros(shape))).reshape(n, n).T


def size_of(A, u) -> float:
    """`sup Φ' |K|² (max|u| + prescribed values)`, the magnitude of the terms that are added."""
    prescribed = max((abs(a) for axis in range(A.grid.dim) for a, _ in A.grid.ghosts(axis) or ()), default=0.0)
    law = A.equation.law
    return max(law.sup_slope, law.sup_g) * sum(4 / h**2 for h in A.grid.h) ** 2 * (abs(u).max() + prescribed)


@st.composite
def problems(draw, laws=LAWS, **on):
    A = operator(draw(testing.grids(**on)), draw(laws), draw(st.sampled_from(FORMS)))
    return A, draw(testing.states(A.grid, batch=draw(st.sampled_from([(), (2,), (2, 1)]))))


@given(problem=problems(laws=st.just(pn.Charbonnier(2.0))), weights=st.tuples(*[st.floats(-2, 2)] * 3))
def test_kernel_definition_torch_hold_and_mix_agree(problem, weights):
    A, u = problem
    size, expected = size_of(A, u), A.definition(0.0, u)
    testing.assert_same(A(0.0, u), expected, size)
    testing.assert_same(A(0.0, torch.tensor(u)), expected, size)
    testing.assert_same(A.hold(0.0, u)(0.0, u), expected, size)
    testing.assert_same(A.hold(0.0, torch.tensor(u))(0.0, torch.tensor(u)), expected, size)
    a, b, c = weights
    v = u[..., ::-1]
    for B in (A, A.hold(0.0, u)):
        testing.assert_same(B.mix(0.0, u, weights, v), a * u + b * v + c * expected, 4 * (1 + size))


@pytest.mark.parametrize("form", FORMS)
def test_single_precision_stays_single(form):
    A = operator(pn.Grid((7, 5)), form=form)
    u = np.random.default_rng(0).random((2, 7, 5), np.float32)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), size_of(A, u))
    assert A(0.0, torch.tensor(u)).dtype == torch.float32


@given(grid=testing.grids(max_cells=20, boundaries=testing.HOMOGENEOUS))
def test_second_differences_are_their_own_adjoint(grid):
    """Reflecting, periodic, Dirichlet and Robin walls alike."""
    units = np.eye(grid.size).reshape(grid.size, *grid.shape)
    for form in FORMS:
        for k in second(units, grid, form):
            m = k.reshape(grid.size, -1)
            assert np.array_equal(m, m.T)


@given(grid=testing.grids(max_cells=20), seed=st.integers(0, 99))
def test_the_adjoint_is_the_transpose_of_the_linear_part_at_all_walls(grid, seed):
    rng = np.random.default_rng(seed)
    for form in FORMS:
        u, zero = rng.standard_normal(grid.shape), np.zeros(grid.shape)
        linear = [a - b for a, b in zip(second(u, grid, form), second(zero, grid, form), strict=True)]
        fluxes = [rng.standard_normal(grid.shape) for _ in linear]
        left = sum((a * b).sum() for a, b in zip(linear, fluxes, strict=True))
        right = (u * adjoint(fluxes, without_values(grid))).sum()
        prescribed = max((abs(a) for axis in range(grid.dim) for a, _ in grid.ghosts(axis) or ()), default=0.0)
        assert abs(left - right) <= 100 * EPS * grid.size * sum(4 / h**2 for h in grid.h) * (5 + prescribed) * 5


@given(problem=problems(max_cells=12), scale=st.floats(0.1, 3.0))
def test_the_operator_is_minus_the_gradient_of_its_energy(problem, scale):
    """At all walls; by automatic differentiation of `E` in torch."""
    A, _ = problem
    u = scale * np.random.default_rng(1).standard_normal(A.grid.shape)
    x = torch.tensor(u, requires_grad=True)
    if isinstance(A.equation.law, pn.PeronaMalikExponential | pn.ForwardBackward | pn.Weickert):
        return_slope = 1e-5  # their potentials cancel where the curvature is small
    else:
        return_slope = 1e-9
    gradient = torch.autograd.grad(A.energy(x), x)[0]
    assert abs(gradient.numpy() + A.definition(0.0, u)).max() <= return_slope * (1e-12 + size_of(A, u))


@given(grid=testing.grids(max_cells=20), data=st.data(), law=testing.laws(), form=st.sampled_from(FORMS))
def test_held_operators_are_symmetric_and_lie_between_minus_rho_and_zero(grid, data, law, form):
    A = operator(grid, law, form)
    m = matrix(A.hold(0.0, data.draw(testing.states(grid))))
    norm = sum(4 / h**2 for h in grid.h) ** 2 if form == "isotropic" else sum(16 / h**4 for h in grid.h)
    rounding = 100 * EPS * law.sup_g * norm * grid.size
    assert abs(m - m.T).max() <= rounding
    spectrum = np.linalg.eigvalsh((m + m.T) / 2)
    assert -law.sup_g * norm - rounding <= spectrum[0]
    assert spectrum[-1] <= (rounding if law.nonnegative else law.sup_g * norm + rounding)
    if A.bound.spectral.value is not None:
        assert A.bound.spectral.value == pytest.approx(law.sup_g * norm, rel=1e-14)
    assert A.bound.diagonal.value is None


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("boundary", ["periodic", "reflecting", pn.Dirichlet(0.0)], ids=str)
@pytest.mark.parametrize("shape", [(12,), (6, 6), (4, 4, 4)], ids=str)
def test_rho_is_nearly_sharp(shape, boundary, form):
    """The largest eigenvalue of `-d²` on `n` cells is `4/h²`, times `cos²(π/(2n))` between reflecting walls."""
    A = operator(pn.Grid(shape, 0.5, boundary), pn.TotalVariation(0.5), form)
    factor = np.cos(np.pi / (2 * shape[0])) ** 4 if boundary == "reflecting" else 1.0
    lowest = np.linalg.eigvalsh(matrix(A.hold(0.0, np.zeros(shape))))[0]
    assert lowest == pytest.approx(-A.bound.spectral.value * factor, rel=1e-12)


@pytest.mark.parametrize("boundary", ["reflecting", "periodic", pn.Dirichlet(1.0), pn.Neumann(0.5)], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_the_contractive_claim_survives_an_attack(form, boundary):
    A = operator(pn.Grid((4, 3), (1.0, 0.7), boundary), pn.Charbonnier(20.0), form)
    proof = pn.certificate(pn.ExplicitEuler(), A, "contractive")
    found = testing.worst_expansion(pn.ExplicitEuler(), A, proof.tau, starts=6, climbs=30)
    assert 0.9 < found.ratio <= 1 + 1e-8
    assert testing.worst_expansion(pn.ExplicitEuler(), A, 2.5 * proof.tau, starts=6, climbs=1).ratio > 1


@pytest.mark.parametrize("wall", [pn.Dirichlet(1.0), pn.Neumann(0.5), pn.Robin(1.0, 1.0, 2.0)], ids=str)
def test_walls_that_prescribe_values_have_no_bounded_claim(wall):
    """The norm grows from zero."""
    A = operator(pn.Grid((6,), 1.0, wall))
    assert abs(A(0.0, np.zeros(6))).max() > 0
    with pytest.raises(pn.NoCertificate, match="the walls prescribe values or slopes"):
        pn.certificate(pn.ExplicitEuler(), A, "bounded")


def test_a_spike_leaves_its_hull_at_every_step_size():
    """Why there is no maximum-minimum claim: the cells two from a spike fall below its ground."""
    A = operator(pn.Grid((9,)), pn.Linear())
    u = np.zeros(9)
    u[4] = 1.0
    assert A(0.0, u).tolist() == [0, 0, -1, 4, -6, 4, -1, 0, 0]
    with pytest.raises(pn.NoCertificate, match="no maximum-minimum principle"):
        pn.certificate(pn.ExplicitEuler(), A, "max-min")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
def test_the_mean_stays_and_affine_functions_are_steady_inside(form, boundary):
    grid = pn.Grid((8, 9), (0.5, 0.25), boundary)
    A = operator(grid, form=form)
    u = np.random.default_rng(0).random(grid.shape)
    assert abs(A(0.0, u).mean()) <= 100 * EPS * size_of(A, u)
    x, y = grid.coordinates()
    assert abs(A(0.0, 3 * x - y)[2:-2, 2:-2]).max() <= 100 * EPS * size_of(A, 3 * x - y)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("boundary", ["reflecting", pn.Dirichlet(0.0), "periodic"], ids=str)
def test_order_two(form, boundary):
    """Waves that extend evenly (oddly) across the walls, with the right-hand side from automatic differentiation."""
    law, errors, sizes = pn.Charbonnier(50.0), [], (32, 64, 128)
    for n in sizes:
        grid = pn.Grid((n, n), (1 / n, 2 / n), boundary)
        x, y = (torch.tensor(c, requires_grad=True) for c in grid.coordinates())
        wave = torch.sin if isinstance(boundary, pn.Dirichlet) else torch.cos
        u = wave(2 * np.pi * x) * wave(np.pi * y)

        def twice(f, variable):
            first = torch.autograd.grad(f.sum(), variable, create_graph=True)[0]
            return torch.autograd.grad(first.sum(), variable, create_graph=True)[0]

        xx, yy = twice(u, x), twice(u, y)
        if form == "isotropic":
            flux = law.flux(xx + yy)
            exact = -twice(flux, x) - twice(flux, y)
        else:
            exact = -twice(law.flux(xx), x) - twice(law.flux(yy), y)
        exact = exact.detach().numpy()
        A = operator(grid, law, form)
        errors.append(abs(A(0.0, u.detach().numpy()) - exact).max() / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=0.05)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_tensors(form):
    A = operator(pn.Grid((4, 3), (1.0, 0.5), (pn.Dirichlet(1.0), "reflecting")), form=form)
    x = torch.tensor(np.random.default_rng(0).random((2, 4, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda u: A(0.0, u), x)
    assert torch.autograd.gradcheck(lambda u: A.hold(0.0, u)(0.0, u), x)


def test_bad_input():
    with pytest.raises(ValueError, match="order 2 takes neither"):
        pn.Diffusion(order=2, presmoothing=1.0)
    A = operator(pn.Grid((4, 3)))
    with pytest.raises(ValueError, match=r"u must have shape \(..., 4, 3\)"):
        A(0.0, np.zeros((3, 4)))
    assert "-Δ(g((Δu)²) Δu)" in str(A.equation)
    assert "∂_ii" in str(pn.Diffusion(order=2, form="separable"))
