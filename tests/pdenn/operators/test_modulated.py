"""Conductivity, presmoothing and coupled channels: definition, energy, bounds, orders, refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations.values import Values
from pdenn.operators.smoothing import smooth

EPS = np.finfo(float).eps
LAWS = testing.laws()
FORMS = ("isotropic", "separable")
VARIATIONAL = ("reflecting", "periodic", pn.Dirichlet(0.0), (pn.Dirichlet(2.0), "reflecting"))
COEFFICIENT = np.array([[0.5, 2.0, 0.0], [1.0, 3.0, 0.25]])


@st.composite
def problems(draw, laws=LAWS, **on):
    """An operator with any mixture of the three, and a state."""
    grid = draw(testing.grids(max_cells=20, **on))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    channels = draw(st.sampled_from([None, 1, 3]))
    equation = pn.Diffusion(
        draw(laws),
        form=draw(st.sampled_from(FORMS)),
        conductivity=draw(st.sampled_from([1.0, 0.3, 3 * rng.random(grid.shape)])),
        presmoothing=draw(st.sampled_from([0.0, 0.8])),
        channels=channels,
    )
    batch = (*draw(st.sampled_from([(), (2,)])), *(() if channels is None else (channels,)))
    return pn.discretise(equation, grid), draw(testing.states(grid, batch=batch))


def size_of(A, u) -> float:
    """`max c sup Φ' |K|² (max|u| + prescribed values)`, the magnitude of the terms that are added."""
    prescribed = max((abs(a) for axis in range(A.grid.dim) for a, _ in A.grid.ghosts(axis) or ()), default=0.0)
    law, c = A.equation.law, np.max(A.equation.conductivity)
    norm = sum(4 / h**2 for h in A.grid.h)
    # A slope of the smoothed state differs by its rounding, to which g answers with Φ' at most.
    return c * max(law.sup_slope, law.sup_g) * norm * (abs(u).max() + prescribed)


def matrix(B, shape) -> np.ndarray:
    n = int(np.prod(shape))
    units = np.eye(n).reshape(n, *shape)
    return (B.definition(0.0, units) - B.definition(0.0, np.zeros(shape))).reshape(n, n).T


@given(problem=problems(laws=st.just(pn.Charbonnier(2.0))), weights=st.tuples(*[st.floats(-2, 2)] * 3))
def test_kernel_definition_torch_hold_and_mix_agree(problem, weights):
    A, u = problem
    size, expected = 10 * size_of(A, u) * (1 + abs(u).max() / 2.0), A.definition(0.0, u)
    x = torch.tensor(u)
    for result in (A(0.0, u), A(0.0, x), A.hold(0.0, u)(0.0, u), A.hold(0.0, x)(0.0, x)):
        testing.assert_same(result, expected, size)
    a, b, c = weights
    v = u[..., ::-1]
    testing.assert_same(A.mix(0.0, u, weights, v), a * u + b * v + c * expected, 4 * (1 + size + abs(u).max()))


@pytest.mark.parametrize("form", FORMS)
def test_single_precision_stays_single(form):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(1.0), 1, form, COEFFICIENT, 0.7, 2), pn.Grid((2, 3)))
    u = np.random.default_rng(0).random((2, 2, 3), np.float32)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), 10 * size_of(A, u))
    testing.assert_same(A(0.0, u), A(0.0, torch.tensor(u)), 10 * size_of(A, u))


@pytest.mark.parametrize("form", FORMS)
def test_without_extras_it_is_plain_diffusion(form):
    """Conductivity 2 doubles; two channels of which one is zero are one."""
    grid = pn.Grid((5, 4), (0.5, 1.0), (pn.Dirichlet(0.0), "reflecting"))
    plain = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.7), form=form), grid)
    u = np.random.default_rng(0).standard_normal((5, 4))
    double = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.7), form=form, conductivity=2.0), grid)
    testing.assert_same(double(0.0, u), 2 * plain(0.0, u), size_of(double, u))
    pair = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.7), form=form, channels=2), grid)
    testing.assert_same(pair(0.0, np.stack([u, 0 * u])), np.stack([plain(0.0, u), 0 * u]), size_of(pair, u))


@pytest.mark.parametrize("form", FORMS)
def test_channels_may_be_turned(form):
    """The joint diffusivity sees the length of the vector of channels: a rotation of colours commutes with `A`."""
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.5), form=form, channels=2), pn.Grid((6, 5)))
    u = np.random.default_rng(0).standard_normal((2, 6, 5))
    turn = np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    testing.assert_same(A(0.0, np.tensordot(turn, u, 1)), np.tensordot(turn, A(0.0, u), 1), 2 * size_of(A, u))


@pytest.mark.parametrize("channels", [None, 2])
def test_isotropic_conductivity_keeps_the_energy(channels):
    """`A` is minus the gradient of `Σ_c c Ψ(Σ_k s)/2` (torch's derivative of it)."""
    from pdenn.operators.differences import difference
    from pdenn.operators.diffusion import squared_gradient

    grid, law = pn.Grid((2, 3), (0.5, 1.0), (pn.Dirichlet(1.0), "periodic")), pn.PeronaMalik(0.7)
    A = pn.discretise(pn.Diffusion(law, conductivity=COEFFICIENT, channels=channels), grid)
    shape = grid.shape if channels is None else (channels, *grid.shape)
    x = torch.tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)
    s = squared_gradient([difference(x, grid, axis) for axis in range(2)], grid)
    s = s if channels is None else s.sum(0)
    energy = (torch.tensor(COEFFICIENT) * law.potential(s)).sum() / 2
    gradient = torch.autograd.grad(energy, x)[0].numpy()
    testing.assert_same(A.definition(0.0, x.detach().numpy()), -gradient, 10 * size_of(A, x.detach().numpy()))


@given(problem=problems())
def test_held_operators_keep_the_bounds(problem):
    """Symmetric, between `-ρ` and 0, non-negative beside the diagonal, with zero row sums at closed walls."""
    A, u = problem
    shape = getattr(A, "shape", A.grid.shape)
    entry = u.reshape(-1, *shape)[0]
    m, bound, law = matrix(A.hold(0.0, entry), shape), A.bound, A.equation.law
    rho = np.max(A.equation.conductivity) * law.sup_g * sum(4 / h**2 for h in A.grid.h)
    rounding = 100 * EPS * rho * A.grid.size
    assert abs(m - m.T).max() <= rounding
    spectrum = np.linalg.eigvalsh((m + m.T) / 2)
    assert -rho - rounding <= spectrum[0]
    assert spectrum[-1] <= (rounding if law.nonnegative else rho + rounding)
    if bound.spectral.value is not None:
        assert bound.spectral.value == pytest.approx(rho, rel=1e-13)
    if bound.diagonal.value is not None:
        assert (m + bound.diagonal.value * np.eye(len(m))).min() >= -rounding
    if A.grid.closed:
        assert abs(m.sum(1)).max() <= rounding * A.grid.size


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channels", [None, 2])
@pytest.mark.parametrize("boundary", ["reflecting", pn.Dirichlet(1.0)], ids=str)
def test_the_contractive_claim_survives_an_attack(form, channels, boundary):
    """Charbonnier's energy stays convex under conductivity, and as a function of several channels."""
    A = pn.discretise(
        pn.Diffusion(pn.Charbonnier(0.7), 1, form, COEFFICIENT, channels=channels), pn.Grid((2, 3), 1.0, boundary)
    )
    proof = pn.certificate(pn.ExplicitEuler(), A, "contractive")
    assert _worst_jacobian(A, proof.tau) <= 1 + 1e-7


def test_presmoothing_withdraws_the_contractive_claim_for_a_reason():
    """Two states whose distance grows at once: `A'` has a positive direction, so that no step size helps."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1), presmoothing=1.5), pn.Grid((8,)))
    with pytest.raises(pn.NoCertificate, match="two solutions may part"):
        pn.certificate(pn.ExplicitEuler(), A, "contractive")
    limit = pn.certificate(pn.ExplicitEuler(), A, "bounded").tau
    assert _worst_jacobian(A, 0.05 * limit) > 1.0001
    linear = pn.discretise(pn.Diffusion(presmoothing=1.0), pn.Grid((8,)))
    assert pn.certificate(pn.ExplicitEuler(), linear, "contractive").tau == pytest.approx(0.5)


def _worst_jacobian(A, tau) -> float:
    """The largest norm of the Jacobian of an Euler step over random states of several amplitudes."""
    rng, worst = np.random.default_rng(0), 0.0
    n = int(np.prod(A.shape))
    for amplitude in (1e-3, 0.1, 1.0, 10.0):
        for _ in range(10):
            x = torch.tensor(amplitude * rng.standard_normal(A.shape))
            j = torch.autograd.functional.jacobian(lambda u: u + tau * A(0.0, u), x).numpy().reshape(n, n)
            worst = max(worst, np.linalg.norm(j, 2))
    return worst


@given(grid=testing.grids(max_cells=30, boundaries=testing.CLOSED), sigma=st.floats(0.1, 3.0))
def test_smoothing_is_an_average(grid, sigma):
    """Positive weights that sum to one, symmetric, none but damped waves."""
    units = np.eye(grid.size).reshape(grid.size, *grid.shape)
    m = smooth(units, sigma, grid).reshape(grid.size, grid.size)
    assert m.min() >= -EPS
    assert abs(m.sum(0) - 1).max() <= 1e-11
    assert abs(m - m.T).max() <= 1e-13
    assert np.linalg.eigvalsh(m)[0] >= -1e-12


def test_smoothing_has_the_variance_asked_for():
    grid = pn.Grid((101,), 0.5)
    x = grid.coordinates()[0]
    spike = np.where(np.arange(101) == 50, 2.0, 0.0)
    blurred = smooth(spike, 2.0, grid) * 0.5
    assert (blurred * (x - x[50]) ** 2).sum() == pytest.approx(4.0, rel=1e-9)
    assert smooth(spike, 0.0, grid) is spike


@pytest.mark.parametrize("boundary", ["reflecting", pn.Dirichlet(0.0), "periodic"], ids=str)
def test_smoothing_is_of_second_order_at_all_walls(boundary):
    """A wave is damped by `exp(-k²σ²/2)`."""
    errors, sizes, sigma = [], (20, 40, 80), 0.1
    for n in sizes:
        grid = pn.Grid((n, n), 1 / n, boundary)
        x, y = grid.coordinates()
        wave = np.sin if isinstance(boundary, pn.Dirichlet) else np.cos
        u = wave(2 * np.pi * x) * wave(4 * np.pi * y)
        errors.append(abs(smooth(u, sigma, grid) - np.exp(-20 * np.pi**2 * sigma**2 / 2) * u).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=5e-3)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sigma", [0.0, 0.1])
@pytest.mark.parametrize("channels", [None, 2])
def test_order_two(form, sigma, channels):
    """Manufactured: waves, a smooth conductivity, and the right-hand side from automatic differentiation."""
    law, errors, sizes = pn.PeronaMalik(2.0), [], (16, 32, 64, 128)
    for n in sizes:
        grid = pn.Grid((n, n), 1 / n)
        x, y = (torch.tensor(c, requires_grad=True) for c in grid.coordinates())
        waves = [(1.0, 2.0), (2.0, 0.0)][: channels or 1]
        us = [torch.cos(np.pi * a * x) * torch.cos(np.pi * b * y) for a, b in waves]
        seen = [np.exp(-(np.pi**2) * (a * a + b * b) * sigma**2 / 2) * u for (a, b), u in zip(waves, us, strict=True)]
        c = 1.5 + torch.cos(np.pi * x) * torch.cos(np.pi * y)

        def slope(f, variable):
            return torch.autograd.grad(f.sum(), variable, create_graph=True)[0]

        squares = [sum(slope(f, z) ** 2 for f in seen) for z in (x, y)]
        squares = [sum(squares)] * 2 if form == "isotropic" else squares
        exact = [
            sum(slope(c * law.g(s) * slope(f, z), z) for s, z in zip(squares, (x, y), strict=True)).detach() for f in us
        ]
        exact = torch.stack(exact).numpy() if channels else exact[0].numpy()
        u = torch.stack(us).detach().numpy() if channels else us[0].detach().numpy()
        A = pn.discretise(pn.Diffusion(law, 1, form, c.detach(), sigma, channels), grid)
        errors.append(np.sqrt(((A(0.0, u) - exact) ** 2).mean()) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=2e-3)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_tensors(form):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.7), 1, form, COEFFICIENT, 0.8, 2), pn.Grid((2, 3)))
    x = torch.tensor(np.random.default_rng(0).random((2, 2, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda u: A(0.0, u), x)


def test_statements_with_arrays_compare_hash_and_print():
    one, same, other = (pn.Diffusion(conductivity=c) for c in (COEFFICIENT, COEFFICIENT.copy(), COEFFICIENT + 1))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != pn.Diffusion()
    assert repr(one) == repr(same) != repr(other)
    assert len(repr(Values(np.zeros((99, 99))))) < 40
    assert pn.Diffusion(conductivity=2) == pn.Diffusion(conductivity=2.0) != pn.Diffusion(conductivity=np.full(3, 2.0))
    mutable = COEFFICIENT.copy()
    frozen = pn.Diffusion(conductivity=mutable)
    mutable[0, 0] = 9.0
    assert frozen == one
    text = str(pn.Diffusion(conductivity=COEFFICIENT, presmoothing=0.5, channels=3))
    assert "div(c g(Σ_k |∇u_k_σ|²) ∇u)" in text
    assert "σ = 0.5" in text


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"conductivity": -1.0}, ValueError, "conductivity must be finite and in"),
        ({"conductivity": np.array([1.0, np.nan])}, ValueError, "conductivity must be finite"),
        ({"conductivity": "high"}, TypeError, "conductivity must be a real number or array"),
        ({"presmoothing": -0.1}, ValueError, "presmoothing must be a finite number >= 0, got -0.1"),
        ({"presmoothing": float("nan")}, ValueError, "presmoothing"),
        ({"channels": 0}, ValueError, "channels must be None or a positive integer, got 0"),
        ({"channels": True}, ValueError, "channels"),
        ({"channels": 2.5}, ValueError, "channels"),
    ],
)
def test_bad_parameters(arguments, error, words):
    with pytest.raises(error, match=words):
        pn.Diffusion(**arguments)


def test_bad_shapes():
    with pytest.raises(ValueError, match=r"conductivity must be a number or have shape \(3, 2\), got \(2, 3\)"):
        pn.discretise(pn.Diffusion(conductivity=COEFFICIENT), pn.Grid((3, 2)))
    A = pn.discretise(pn.Diffusion(channels=3), pn.Grid((4, 4)))
    with pytest.raises(ValueError, match=r"u must have shape \(..., 3, 4, 4\)"):
        A(0.0, np.zeros((2, 4, 4)))
