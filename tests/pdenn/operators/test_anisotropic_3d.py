"""Tensor diffusion in space: the energy of the cubes, its claims under attack, order, symmetries and derivatives."""

import re
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import AnisotropicDiffusion
from pdenn.operators.anisotropic import HeldAnisotropicDiffusion
from pdenn.operators.anisotropic_3d import HeldAnisotropicDiffusion3D
from pdenn.operators.linearised import derivative
from pdenn.operators.structure_tensor import structure_tensor
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

EPS = np.finfo(float).eps
UPPER = list(combinations_with_replacement(range(3), 2))
TENSORS = [
    EdgeEnhancing(pn.Charbonnier(0.5), 0.8),
    EdgeEnhancing(pn.PeronaMalik(0.5), 0.0),
    CoherenceEnhancing(0.01, 0.5, 0.5, 1.0),
    CoherenceEnhancing(0.2, 0.5, 0.0, 0.0),
]


def closed_grids(max_cells):
    return testing.grids(dims=(3,), max_cells=max_cells, boundaries=testing.CLOSED)


def matrix(B) -> np.ndarray:
    n, shape = B.grid.size, B.grid.shape
    return B.definition(0.0, np.eye(n).reshape(n, *shape)).reshape(n, n).T


def full(components) -> np.ndarray:
    """The 3x3 matrices of six components."""
    d = np.empty((*components[0].shape, 3, 3))
    for (i, j), c in zip(UPPER, components, strict=True):
        d[..., i, j] = d[..., j, i] = c
    return d


def upper(d) -> tuple:
    return tuple(d[..., i, j] for i, j in UPPER)


def random_tensors(grid, rng):
    """Any `D` with eigenvalues in `[0, 1]` at the corners, as periodic axes and reflecting walls allow."""
    shape = tuple(n + 1 for n in grid.shape)
    q = np.linalg.qr(rng.standard_normal((*shape, 3, 3)))[0]
    d = (q * rng.choice([0.0, 0.01, 0.5, 1.0], (*shape, 1, 3))) @ q.swapaxes(-1, -2)
    for axis in range(3):
        at = np.moveaxis(d, axis, 0)
        if grid.ghosts(axis) is None:
            at[-1] = at[0]
        else:
            for j in {0, 1, 2} - {axis}:
                at[[0, -1], ..., axis, j] = at[[0, -1], ..., j, axis] = 0.0
    return upper(d)


def norm_bound(grid, stencil) -> float:
    return 4 * max(1 / min(grid.h) ** 2, (1 - 2 * stencil) * sum(1 / h**2 for h in grid.h))


@given(grid=closed_grids(60), seed=st.integers(0, 999), stencil=st.floats(0, 0.5))
def test_every_tensor_gives_a_symmetric_matrix_between_minus_rho_and_zero(grid, seed, stencil):
    B = HeldAnisotropicDiffusion3D(random_tensors(grid, np.random.default_rng(seed)), stencil, grid, None)
    m, rho = matrix(B), norm_bound(grid, stencil)
    rounding = 100 * EPS * rho * grid.size
    assert abs(m - m.T).max() <= rounding
    assert abs(m.sum(1)).max() <= rounding
    spectrum = np.linalg.eigvalsh((m + m.T) / 2)
    assert -rho - rounding <= spectrum[0]
    assert spectrum[-1] <= rounding
    for tensor in TENSORS:
        A = pn.discretise(AnisotropicDiffusion(tensor, stencil), grid)
        assert A.bound.spectral.value == pytest.approx(rho, rel=1e-14)


def identity(grid):
    one = np.ones(tuple(n + 1 for n in grid.shape))
    return tuple(one if i == j else 0 * one for i, j in UPPER)


@pytest.mark.parametrize(("stencil", "lowest"), [(0.0, -12.0), (0.25, -6.0), (0.5, -4.0)])
def test_rho_is_sharp_and_only_constants_are_not_damped(stencil, lowest):
    """For `D = I` on a periodic grid; with `stencil=1/2` the mixed differences are not seen."""
    grid = pn.Grid((4, 2, 4), 1.0, "periodic")
    spectrum = np.linalg.eigvalsh(matrix(HeldAnisotropicDiffusion3D(identity(grid), stencil, grid, None)))
    assert spectrum[0] == pytest.approx(lowest, rel=1e-12)
    assert bool(spectrum[-2] < -0.1) is (stencil < 0.5)


@given(grid=closed_grids(30), data=st.data())
def test_without_structure_it_is_the_seven_point_stencil(grid, data):
    u = data.draw(testing.states(grid))
    B = HeldAnisotropicDiffusion3D(identity(grid), 0.0, grid, None)
    expected = pn.discretise(pn.Diffusion(), grid)(0.0, u)
    testing.assert_same(B(0.0, u), expected, norm_bound(grid, 0) * (1 + abs(u).max()))


@pytest.mark.parametrize("stencil", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_state_constant_along_an_axis_sees_the_stencil_of_the_plane(axis, stencil):
    rng, widths = np.random.default_rng(axis), (0.5, 1.0, 0.8)
    others = [i for i in range(3) if i != axis]
    plane = pn.Grid((5, 4), tuple(widths[i] for i in others), "periodic")
    grid = pn.Grid(tuple(np.insert((5, 4), axis, 3)), widths, "periodic")
    d = full(random_tensors(pn.Grid((5, 4, 1), 1.0, "periodic"), rng))[:, :, :1]
    B = HeldAnisotropicDiffusion3D(upper(np.moveaxis(np.repeat(d, 4, 2), 2, axis)), stencil, grid, None)
    tensor = tuple(d[:, :, 0, i, j] for i, j in combinations_with_replacement(others, 2))
    u = rng.standard_normal((5, 4))
    expected = HeldAnisotropicDiffusion(tensor, stencil, plane, None)(0.0, u)
    result = B(0.0, np.repeat(np.expand_dims(u, axis), 3, axis))
    assert abs(result - np.expand_dims(expected, axis)).max() <= 1000 * EPS


@settings(max_examples=40)
@given(
    grid=closed_grids(30),
    data=st.data(),
    tensor=st.sampled_from(TENSORS),
    stencil=st.sampled_from([0.0, 0.3, 0.5]),
)
def test_definition_torch_hold_and_mix_agree_and_the_mean_is_kept(grid, data, tensor, stencil):
    """States with slopes about the contrast: `D` answers to rounding `ε` of a slope by `ε` times `slope/contrast`."""
    A = pn.discretise(AnisotropicDiffusion(tensor, stencil), grid)
    u = data.draw(testing.states(grid, batch=(2,)))
    u = u / max(abs(u).max(), 1.0)
    size, x, expected = 1e5 * norm_bound(grid, 0), torch.tensor(u), A.definition(0.0, u)
    for result in (A(0.0, u), A(0.0, x), A.hold(0.0, u)(0.0, u), A.hold(0.0, x)(0.0, x)):
        testing.assert_same(result, expected, size)
    testing.assert_same(A.mix(0.0, u, (0.5, -2.0, 3.0), u[::-1]), 0.5 * u - 2 * u[::-1] + 3 * expected, 10 * size)
    assert abs(A(0.0, u).mean((1, 2, 3))).max() <= 100 * EPS * norm_bound(grid, 0)
    testing.assert_same(A(0.0, u)[0], A(0.0, u[0]), size)


@settings(max_examples=40)
@given(grid=closed_grids(30), data=st.data(), tensor=st.sampled_from(TENSORS))
def test_tensors_have_the_eigenvalues_that_they_state(grid, data, tensor):
    u = data.draw(testing.states(grid))
    d = full(tensor.of(*structure_tensor(u, tensor.sigma, tensor.rho, grid)))
    spectrum = np.linalg.eigvalsh(d)
    assert spectrum.min() >= tensor.least - 100 * EPS
    assert spectrum.max() <= tensor.largest + 100 * EPS
    for axis in range(3):
        if grid.ghosts(axis) is not None:
            walls = np.moveaxis(d, axis, 0)[[0, -1], ..., axis, :]
            assert abs(np.delete(walls, axis, -1)).max() <= 1e-12


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_single_precision_stays_single(tensor):
    A = pn.discretise(AnisotropicDiffusion(tensor), pn.Grid((5, 4, 3)))
    u = np.random.default_rng(0).random((5, 4, 3), np.float32)
    assert A(0.0, u).dtype == np.float32
    assert A(0.0, torch.tensor(u)).dtype == torch.float32
    assert abs(A(0.0, u) - A(0.0, u.astype(float))).max() <= 1e-3


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(6), pn.FED(5)], ids=str)
@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_the_bounded_claim(scheme, tensor):
    A = pn.discretise(AnisotropicDiffusion(tensor, 0.25), pn.Grid((4, 5, 3), (0.5, 1.0, 0.7)))
    rng = np.random.default_rng(0)
    tau = pn.certificate(scheme, A, "bounded").tau
    for amplitude in (0.1, 1.0, 30.0):
        u = amplitude * rng.standard_normal((20, 4, 5, 3))
        before, after = (np.linalg.norm(x.reshape(20, -1), axis=1) for x in (u, scheme.step(A, 0.0, u, tau)))
        assert (after <= before * (1 + 1e-10)).all()


def test_no_other_claim_is_made():
    A = pn.discretise(AnisotropicDiffusion(CoherenceEnhancing(0.2)), pn.Grid((4, 4, 4)))
    with pytest.raises(pn.NoCertificate, match="in space the stencil may have negative weights"):
        pn.certificate(pn.ExplicitEuler(), A, "max-min")
    with pytest.raises(pn.NoCertificate, match="no gradient of an energy"):
        pn.certificate(pn.ExplicitEuler(), A, "contractive")


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
def test_reflections_and_exchange_of_axes_commute(tensor, boundary):
    A = pn.discretise(AnisotropicDiffusion(tensor, 0.1), pn.Grid((4, 4, 4), 1.0, boundary))
    u = np.random.default_rng(0).standard_normal((4, 4, 4))
    moves = [lambda v, i=i: np.flip(v, i) for i in range(3)]
    moves += [lambda v, ij=ij: np.swapaxes(v, *ij) for ij in combinations(range(3), 2)]
    for move in moves:
        assert abs(A(0.0, move(u)) - move(A(0.0, u))).max() <= 1e-11


@pytest.mark.parametrize("tensor", TENSORS, ids=str)
def test_gradients_of_tensors(tensor):
    shape = (3, 2, 3)
    A = pn.discretise(
        AnisotropicDiffusion(tensor), pn.Grid(shape, (1.0, 0.7, 0.8), ("reflecting", "periodic", "reflecting"))
    )
    u, v = np.random.default_rng(0).standard_normal((2, *shape))
    x = torch.tensor(u, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: A(0.0, w), x)
    jacobian = torch.autograd.functional.jacobian(lambda w: A(0.0, w), x).numpy()
    expected = np.tensordot(jacobian, v, 3)
    assert abs(derivative(A, 0.0, u, v) - expected).max() <= 1e-9
    assert abs(derivative(A, 0.0, x.detach(), torch.tensor(v)).numpy() - expected).max() <= 1e-9
    flat = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    A(0.0, flat).sum().backward()
    assert torch.isfinite(flat.grad).all()


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (pn.Grid((4,)), "2 or 3 axes, got shape (4,): a line has one direction only, use Diffusion"),
        (pn.Grid((4, 4, 4), 1.0, pn.Dirichlet(0.0)), "reflecting or periodic walls"),
    ],
)
def test_bad_grids(grid, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        pn.discretise(AnisotropicDiffusion(EdgeEnhancing()), grid)
