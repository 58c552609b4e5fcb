"""Tensor diffusion: the stencil, its claims under attack, order, symmetries, and what it does to pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import AnisotropicDiffusion
from pdenn.operators.anisotropic import HeldAnisotropicDiffusion
from pdenn.operators.linearised import derivative
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

EPS = np.finfo(float).eps
TENSORS = [
    EdgeEnhancing(pn.Charbonnier(0.5), 0.8),
    EdgeEnhancing(pn.PeronaMalik(0.5), 0.0),
    CoherenceEnhancing(0.01, 0.5, 0.5, 1.5),
    CoherenceEnhancing(0.2, 0.5, 0.0, 0.0),
]


def closed_grids(**on):
    return testing.grids(dims=(2,), boundaries=testing.CLOSED, **on)


def matrix(B) -> np.ndarray:
    n, shape = B.grid.size, B.grid.shape
    return B.definition(0.0, np.eye(n).reshape(n, *shape)).reshape(n, n).T


def random_tensors(grid, rng):
    """Any `D` with eigenvalues in `[0, 1]` at the corners, as periodic axes and reflecting walls allow."""
    shape = tuple(n + 1 for n in grid.shape)
    angle, first = rng.uniform(0, np.pi, shape), rng.choice([0.0, 0.01, 1.0], shape)
    second = rng.choice([0.0, 0.5, 1.0], shape)
    for axis in range(2):
        if grid.ghosts(axis) is None:
            for x in (angle, first, second):
                np.moveaxis(x, axis, 0)[-1] = np.moveaxis(x, axis, 0)[0]
        else:
            np.moveaxis(angle, axis, 0)[[0, -1]] = 0.0
    cos, sin = np.cos(angle), np.sin(angle)
    return first * cos**2 + second * sin**2, (first - second) * cos * sin, first * sin**2 + second * cos**2


def norm_bound(grid, stencil) -> float:
    (h, k) = grid.h
    return 4 * max(1 / min(h, k) ** 2, (1 - 2 * stencil) * (1 / h**2 + 1 / k**2))


@given(grid=closed_grids(max_cells=25), seed=st.integers(0, 999), stencil=st.floats(0, 0.5))
def test_every_tensor_gives_a_symmetric_matrix_between_minus_rho_and_zero(grid, seed, stencil):
    B = HeldAnisotropicDiffusion(random_tensors(grid, np.random.default_rng(seed)), stencil, grid, None)
    m, rho = matrix(B), norm_bound(grid, stencil)
    rounding = 100 * EPS * rho * grid.size
    assert abs(m - m.T).max() <= rounding
    assert abs(m.sum(1)).max() <= rounding
    assert abs(B.diagonal.ravel() + m.diagonal()).max() <= rounding
    spectrum = np.linalg.eigvalsh((m + m.T) / 2)
    assert -rho - rounding <= spectrum[0]
    assert spectrum[-1] <= rounding
    for tensor in TENSORS:
        A = pn.discretise(AnisotropicDiffusion(tensor, stencil), grid)
        assert A.bound.spectral.value == pytest.approx(rho, rel=1e-14)


@pytest.mark.parametrize(("stencil", "lowest"), [(0.0, -8.0), (0.25, -4.0), (0.5, -4.0)])
def test_rho_is_sharp(stencil, lowest):
    """For `D = I` on a periodic grid."""
    grid = pn.Grid((4, 6), 1.0, "periodic")
    one = np.ones((5, 7))
    m = matrix(HeldAnisotropicDiffusion((one, 0 * one, one), stencil, grid, None))
    assert np.linalg.eigvalsh(m)[0] == pytest.approx(lowest, rel=1e-12)


@pytest.mark.parametrize("stencil", [0.0, 0.2, 0.5])
def test_the_weights_are_those_of_weickert_welk_and_wickert(stencil):
    """The published weights, corner by corner, against the row of an interior cell."""
    grid = pn.Grid((3, 3))
    a, b, c = random_tensors(grid, np.random.default_rng(1))
    row = matrix(HeldAnisotropicDiffusion((a, b, c), stencil, grid, None))[4].reshape(3, 3)
    delta = stencil * (a + c) + (1 - 2 * stencil) * np.sign(b) * b
    near = {(i, j): (1 + (i > 0), 1 + (j > 0)) for i in (-1, 1) for j in (-1, 1)}
    expected = np.zeros((3, 3))
    for (i, j), corner in near.items():
        expected[1 + i, 1] += (a[corner] - delta[corner]) / 2
        expected[1, 1 + j] += (c[corner] - delta[corner]) / 2
        expected[1 + i, 1 + j] = (delta[corner] + i * j * b[corner]) / 2
    expected[1, 1] = -expected.sum()
    assert abs(row - expected).max() <= 20 * EPS


@given(
    grid=closed_grids(max_cells=30),
    data=st.data(),
    tensor=st.sampled_from(TENSORS),
    stencil=st.sampled_from([0.0, 0.3, 0.5]),
)
def test_definition_torch_hold_and_mix_agree(grid, data, tensor, stencil):
    """States with slopes about the contrast: `D` answers to rounding `ε` of a slope by `ε` times `slope/contrast`."""
    A = pn.discretise(AnisotropicDiffusion(tensor, stencil), grid)
    u = data.draw(testing.states(grid, batch=(2,)))
    u = u / max(abs(u).max(), 1.0)
    size, x, expected = 1e5 * norm_bound(grid, 0), torch.tensor(u), A.definition(0.0, u)
    for result in (A(0.0, u), A(0.0, x), A.hold(0.0, u)(0.0, u), A.hold(0.0, x)(0.0, x)):
        testing.assert_same(result, expected, size)
    testing.assert_same(A.mix(0.0, u, (0.5, -2.0, 3.0), u[::-1]), 0.5 * u - 2 * u[::-1] + 3 * expected, 10 * size)
    assert abs(A(0.0, u).mean((1, 2))).max() <= 100 * EPS * norm_bound(grid, 0)
    testing.assert_same(A(0.0, u)[0], A(0.0, u[0]), size)


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_single_precision_stays_single(tensor):
    A = pn.discretise(AnisotropicDiffusion(tensor), pn.Grid((7, 5)))
    u = np.random.default_rng(0).random((7, 5), np.float32)
    assert A(0.0, u).dtype == np.float32
    assert A(0.0, torch.tensor(u)).dtype == torch.float32
    assert abs(A(0.0, u) - A(0.0, u.astype(float))).max() <= 1e-3


@given(grid=closed_grids(max_cells=30), data=st.data())
def test_the_max_min_claim_of_well_conditioned_tensors(grid, data):
    """Ratio 5 of the eigenvalues: non-negative weights on square cells, for every state."""
    grid = pn.Grid(grid.shape, 0.5, grid.boundary)
    A = pn.discretise(AnisotropicDiffusion(CoherenceEnhancing(0.2, 0.3, 0.5, 0.7)), grid)
    m = matrix(A.hold(0.0, data.draw(testing.states(grid))))
    d = A.bound.diagonal.value
    assert d == pytest.approx(16.0)
    assert (m - np.diag(np.diag(m))).min() >= -1e-11
    assert np.diag(m).min() >= -d - 1e-11


@pytest.mark.parametrize(
    ("tensor", "stencil", "h", "words"),
    [
        (CoherenceEnhancing(0.17), 0.0, 1.0, "differ by more than the factor"),
        (EdgeEnhancing(), 0.0, 1.0, "differ by more than the factor"),
        (CoherenceEnhancing(0.2), 0.1, 1.0, "only stencil=0"),
        (CoherenceEnhancing(0.2), 0.0, (1.0, 2.0), "square cells"),
    ],
)
def test_other_tensors_have_no_max_min_claim(tensor, stencil, h, words):
    A = pn.discretise(AnisotropicDiffusion(tensor, stencil), pn.Grid((4, 4), h))
    with pytest.raises(pn.NoCertificate, match=words):
        pn.certificate(pn.ExplicitEuler(), A, "max-min")
    with pytest.raises(pn.NoCertificate, match="no gradient of an energy"):
        pn.certificate(pn.ExplicitEuler(), A, "contractive")


def test_a_ratio_beyond_the_limit_has_negative_weights():
    angle = np.pi / 8
    cos, sin = np.cos(angle), np.sin(angle)
    for least, nonnegative in ((0.1717, True), (0.1714, False)):
        one = np.ones((4, 4))
        tensor = (least * sin**2 + cos**2) * one, (1 - least) * cos * sin * one, (sin**2 + least * cos**2) * one
        m = matrix(HeldAnisotropicDiffusion(tensor, 0.0, pn.Grid((3, 3), 1.0, "periodic"), None))
        off = m - np.diag(np.diag(m))
        assert bool(off.min() >= 0) is nonnegative


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(6), pn.FED(5)], ids=str)
@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_the_bounded_claim(scheme, tensor):
    A = pn.discretise(AnisotropicDiffusion(tensor, 0.25), pn.Grid((8, 7), (0.5, 1.0)))
    rng = np.random.default_rng(0)
    tau = pn.certificate(scheme, A, "bounded").tau
    for amplitude in (0.1, 1.0, 30.0):
        u = amplitude * rng.standard_normal((20, 8, 7))
        before, after = (np.linalg.norm(x, axis=(1, 2)) for x in (u, scheme.step(A, 0.0, u, tau)))
        assert (after <= before * (1 + 1e-10)).all()


def _waves(grid):
    return [torch.tensor(c, requires_grad=True) for c in grid.coordinates()]


def _div(a, b, c, u, x, y):
    ux, uy = torch.autograd.grad(u.sum(), (x, y), create_graph=True)
    first = torch.autograd.grad((a * ux + b * uy).sum(), x, create_graph=True)[0]
    return (first + torch.autograd.grad((b * ux + c * uy).sum(), y, create_graph=True)[0]).detach().numpy()


def _given_tensor(x, y):
    """Positive definite, `b = 0` on the walls of the unit square."""
    b = 0.6 * torch.sin(np.pi * x) * torch.sin(np.pi * y)
    return 1.2 + 0.3 * torch.cos(np.pi * x), b, 1.0 + 0.2 * torch.cos(np.pi * x) * torch.cos(np.pi * y)


@pytest.mark.parametrize("stencil", [0.0, 0.3, 0.5])
def test_order_two_with_a_given_tensor(stencil):
    errors, sizes = [], (16, 32, 64)
    for n in sizes:
        grid = pn.Grid((n, 2 * n), (1 / n, 0.5 / n))
        x, y = _waves(grid)
        u = torch.cos(np.pi * x) * torch.cos(2 * np.pi * y)
        exact = _div(*_given_tensor(x, y), u, x, y)
        at = [torch.tensor(c) for c in np.meshgrid(np.arange(n + 1) / n, np.arange(2 * n + 1) * 0.5 / n, indexing="ij")]
        B = HeldAnisotropicDiffusion(tuple(z.numpy() for z in _given_tensor(*at)), stencil, grid, None)
        errors.append(np.sqrt(((B(0.0, u.detach().numpy()) - exact) ** 2).mean()) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=2e-3)


@pytest.mark.parametrize(
    "tensor",
    [EdgeEnhancing(pn.Charbonnier(2.0), 0.1), CoherenceEnhancing(0.1, 3.0, 0.05, 0.15)],
    ids=["edges", "coherence"],
)
def test_order_two_with_the_tensor_of_the_state(tensor):
    """`u = cos πx cos 2πy`: every wave in `∇u_σ ∇u_σᵀ` is damped by `exp(-k²ρ²/2)`.

    With `stencil=1/2`, for the others contain `|b|`, whose kinks cost half an order in the mean square.
    """
    errors, sizes = [], (32, 64, 128)
    for n in sizes:
        grid = pn.Grid((n, n), 1 / n)
        x, y = _waves(grid)
        u = torch.cos(np.pi * x) * torch.cos(2 * np.pi * y)
        exact = _div(*tensor.of(*_products(x, y, tensor)), u, x, y)
        A = pn.discretise(AnisotropicDiffusion(tensor, 0.5), grid)
        errors.append(np.sqrt(((A(0.0, u.detach().numpy()) - exact) ** 2).mean()) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=5e-3)


def _products(x, y, tensor):
    """`J_ρ(∇u_σ)` in closed form."""
    size = np.pi**2 / 4 * np.exp(-5 * np.pi**2 * tensor.sigma**2)
    one, two = (np.exp(-(k**2) * np.pi**2 * tensor.rho**2 / 2) for k in (2, 4))
    cos, sin = one * torch.cos(2 * np.pi * x), one * torch.sin(2 * np.pi * x)
    cosine, sine = two * torch.cos(4 * np.pi * y), two * torch.sin(4 * np.pi * y)
    j11 = size * (1 - cos + cosine - cos * cosine)
    return j11, 2 * size * sin * sine, 4 * size * (1 + cos - cosine - cos * cosine)


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
def test_reflections_and_exchange_of_axes_commute(tensor, boundary):
    A = pn.discretise(AnisotropicDiffusion(tensor, 0.1), pn.Grid((6, 6), 1.0, boundary))
    u = np.random.default_rng(0).standard_normal((6, 6))
    for move in (np.flipud, np.fliplr, np.transpose):
        assert abs(A(0.0, move(u)) - move(A(0.0, u))).max() <= 1e-12


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_gradients_of_tensors(tensor):
    A = pn.discretise(AnisotropicDiffusion(tensor), pn.Grid((4, 3), (1.0, 0.7), ("reflecting", "periodic")))
    u = np.random.default_rng(0).standard_normal((4, 3))
    x = torch.tensor(u, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: A(0.0, v), x)
    v = np.random.default_rng(1).standard_normal((4, 3))
    jacobian = torch.autograd.functional.jacobian(lambda w: A(0.0, w), x).numpy()
    assert abs(derivative(A, 0.0, u, v) - np.tensordot(jacobian, v, 2)).max() <= 1e-10
    flat = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    A(0.0, flat).sum().backward()
    assert torch.isfinite(flat.grad).all()


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: AnisotropicDiffusion(pn.Charbonnier()), TypeError, "tensor must be an instance"),
        (lambda: AnisotropicDiffusion(EdgeEnhancing), TypeError, "tensor must be an instance"),
        (lambda: AnisotropicDiffusion(EdgeEnhancing(pn.TotalVariation(0.1))), ValueError, "law must have 0 <= g"),
        (lambda: AnisotropicDiffusion(EdgeEnhancing(pn.ForwardBackward())), ValueError, "law must have 0 <= g"),
        (lambda: AnisotropicDiffusion(EdgeEnhancing(sigma=-1.0)), ValueError, "sigma must be a finite number >= 0"),
        (lambda: AnisotropicDiffusion(CoherenceEnhancing(rho=float("nan"))), ValueError, "rho must be a finite"),
        (lambda: AnisotropicDiffusion(CoherenceEnhancing(0.0)), ValueError, r"alpha must be in \(0, 1\), got 0.0"),
        (lambda: AnisotropicDiffusion(CoherenceEnhancing(contrast=0.0)), ValueError, "contrast must be > 0"),
        (lambda: AnisotropicDiffusion(EdgeEnhancing(), 0.6), ValueError, r"stencil must be in \[0, 0.5\], got 0.6"),
        (lambda: pn.discretise(AnisotropicDiffusion(EdgeEnhancing()), pn.Grid((4,))), ValueError, "2 or 3 axes"),
        (
            lambda: pn.discretise(AnisotropicDiffusion(EdgeEnhancing()), pn.Grid((4, 4), 1.0, pn.Dirichlet(0.0))),
            ValueError,
            "reflecting or periodic walls",
        ),
    ],
)
def test_bad_input(build, error, words):
    with pytest.raises(error, match=words):
        build()


def test_statements_print():
    assert str(AnisotropicDiffusion(EdgeEnhancing())).startswith("∂u/∂t = div(D(J_ρ(∇u_σ)) ∇u) [D = EdgeEnhancing(")
