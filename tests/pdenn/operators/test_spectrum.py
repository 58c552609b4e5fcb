"""Waves are eigenvectors of what has constant coefficients: on all walls, sizes, dtypes, arrays and tensors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.operators.combine import Multiple
from pdenn.operators.spectrum import Waves, divided, symbol

EPS = np.finfo(float).eps
ODD, EVEN = pn.Dirichlet(0.0), "reflecting"
WALLS = ("periodic", EVEN, ODD, (ODD, EVEN), (EVEN, ODD), pn.Neumann(0.5), pn.Dirichlet(2.0))
ANYWHERE = (
    pn.Diffusion(),
    pn.Diffusion(form="separable"),
    pn.Diffusion(conductivity=2.0),
    pn.Diffusion(order=2),
    pn.Diffusion(order=2, form="separable"),
    pn.Fidelity(0.7, 0.5, 2.0),
    pn.Diffusion() + pn.Fidelity(0.7),
)


def transports(dim):
    v = (1.0, -2.0, 0.5)[:dim]
    return (
        pn.Convection(v, pn.Central()),
        pn.Convection(v, pn.Upwind()),
        pn.ConvectionDiffusion(v, 0.3),
        pn.Convection(v, pn.Upwind()) + pn.Diffusion(),
    )


def acts(A, u):
    """The symbol against the operator; rounding grows with `ρ` and the logarithm of the size of a transform."""
    waves, rates = Waves(A.grid), symbol(A)
    expected = A(0.0, u) - A(0.0, 0.0 * u)
    found = waves.backward(rates * waves.forward(u)).astype(u.dtype)
    assert found.shape == u.shape and waves.forward(u).real.dtype == u.dtype
    accuracy = np.finfo(u.dtype).eps
    # A is rounded in its terms, which may cancel altogether: on one cell all symbols are zero.
    terms = sum(4 / h**2 + 4 / h for h in A.grid.h)
    scale = max(np.abs(rates).max(), terms) * max(np.abs(u).max(), 3.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=50 * accuracy * scale)


@given(data=st.data())
def test_waves_are_eigenvectors(data):
    grid = data.draw(testing.grids(max_cells=40, boundaries=WALLS))
    equation = data.draw(st.sampled_from(ANYWHERE))
    acts(pn.discretise(equation, grid), data.draw(testing.states(grid, batch=(2,))))


@given(data=st.data())
def test_waves_are_eigenvectors_of_transport_on_rings(data):
    grid = data.draw(testing.grids(max_cells=40, boundaries=("periodic",)))
    equation = data.draw(st.sampled_from(transports(grid.dim)))
    acts(pn.discretise(equation, grid), data.draw(testing.states(grid, batch=(2,))))


@given(data=st.data())
def test_transforms_are_orthonormal_and_tensors_have_the_same(data):
    grid = data.draw(testing.grids(max_cells=40, boundaries=WALLS))
    u = data.draw(testing.states(grid, batch=(2,)))
    waves, tolerance = Waves(grid), 50 * EPS * max(np.abs(u).max(), 1.0)
    c = waves.forward(u)
    np.testing.assert_allclose(waves.backward(c), u, rtol=0, atol=tolerance)
    cells = np.prod([grid.shape[i] for i in waves.rings])
    v = torch.tensor(u)
    np.testing.assert_allclose(waves.forward(v).numpy(), c, rtol=0, atol=tolerance * cells)
    np.testing.assert_allclose(waves.backward(waves.forward(v)).numpy(), u, rtol=0, atol=tolerance)
    if not waves.rings:
        assert np.sum(c * c) == pytest.approx(np.sum(u * u), rel=1e-12)


@given(data=st.data(), tau=st.floats(1e-4, 1e4))
def test_waves_that_do_not_outlive_a_factor_are_not_missed(data, tau):
    grid = data.draw(testing.grids(max_cells=60, boundaries=WALLS))
    u = data.draw(testing.states(grid, batch=(2,)))
    waves, factors = Waves(grid), np.exp(tau * symbol(pn.discretise(pn.Diffusion(), grid)))
    widths = waves.widths(factors)
    few = waves.forward(u, widths)
    assert all(w is None or n == w for n, w in zip(few.shape[1:], widths, strict=True))
    found = waves.backward(factors[tuple(map(slice, widths))] * few)
    expected = waves.backward(factors * waves.forward(u))
    # Each wave left out is smaller than rounding of the largest factor; orthonormal waves are at most 1.
    lost = EPS * np.sqrt(u[0].size) * np.abs(u).max() * np.sqrt(u[0].size) * factors.max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=lost + 50 * EPS * max(np.abs(u).max(), 1.0))


def test_only_waves_that_a_factor_leaves_are_kept():
    waves = Waves(pn.Grid((4, 6, 8), boundary=("reflecting", "periodic", "periodic")))
    factors = np.zeros((4, 6, 5))
    factors[1, 5, 2] = 1.0
    assert waves.widths(factors) == (2, None, 3)  # complex waves of both signs are kept
    assert waves.widths(np.ones((1, 1, 1))) == (None, None, None)
    factors[0, 0, 4] = np.inf
    assert waves.widths(factors) == (1, None, 5)  # infinity is never left out
    assert waves.widths(np.full((4, 6, 5), np.nan)) == (4, None, 5)


def test_single_precision_stays():
    grid = pn.Grid((12, 10), 0.5, [EVEN, "periodic"])
    acts(pn.discretise(pn.Diffusion(), grid), np.random.default_rng(0).random(grid.shape, np.float32))


def test_the_symbol_of_the_laplacian_is_the_textbook_one():
    """`-4/h² sin²(π k / 2n)` between reflecting walls."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((8,), h=0.25))
    np.testing.assert_allclose(symbol(A), -64 * np.sin(np.pi * np.arange(8) / 16) ** 2, rtol=1e-14)


def test_a_multiple_has_a_multiple_of_the_symbol():
    A = pn.discretise(pn.Diffusion(), pn.Grid((5,)))
    np.testing.assert_array_equal(symbol(Multiple(3.0, A)), 3.0 * symbol(A))
    rate = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    symbol(Multiple(rate, A)).sum().backward()
    assert rate.grad.item() == pytest.approx(symbol(A).sum())


@pytest.mark.parametrize(
    "A",
    [
        pn.discretise(pn.Diffusion(pn.Charbonnier()), pn.Grid((5,))),
        pn.discretise(pn.Diffusion(conductivity=np.arange(1.0, 6.0)), pn.Grid((5,))),
        pn.discretise(pn.Diffusion(), pn.Grid((5,), boundary=pn.Robin(1.0, 1.0, 0.0))),
        pn.discretise(pn.Convection((1.0,), pn.Central()), pn.Grid((5,), boundary="outflow")),
        pn.discretise(pn.Convection((1.0,), pn.MUSCL()), pn.Grid((5,), boundary="periodic")),
        pn.discretise(pn.Convection((np.arange(5.0),)), pn.Grid((5,), boundary="periodic")),
        pn.discretise(pn.Convection(lambda t, x: (x,)), pn.Grid((5,), boundary="periodic")),
        pn.discretise(pn.Fidelity(0.0, np.arange(5.0) / 5), pn.Grid((5,))),
        pn.discretise(pn.Reaction(lambda u: -u), pn.Grid((5,))),
        pn.discretise(pn.Diffusion(), pn.Graph.from_edges(np.array([[0, 1]]))),
    ],
    ids=lambda A: type(A).__name__,
)
def test_others_have_no_symbol(A):
    assert symbol(A) is None
    with pytest.raises(TypeError, match="need a linear term with constant coefficients"):
        divided(A)


def test_a_sum_is_divided():
    terms = pn.Diffusion() + pn.Reaction(lambda u: u - u**3) + pn.Fidelity(0.0)
    L, N = divided(pn.discretise(terms, pn.Grid((6,))))
    u = np.random.default_rng(0).random(6)
    np.testing.assert_allclose(N(0.0, u), u - u**3, rtol=0, atol=1e-15)
    assert len(L.terms) == 2


def test_waves_refuse_other_walls():
    with pytest.raises(TypeError, match="waves need periodic, reflecting, Neumann or Dirichlet walls"):
        Waves(pn.Grid((4,), boundary=pn.Robin(1.0, 1.0, 0.0)))
