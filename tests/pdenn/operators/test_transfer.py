"""Transfer between a grid and its coarsened one: what it keeps, and what it reproduces."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.operators.transfer import coarsened, coarsens, prolongated, restricted

RNG = np.random.default_rng(6)
SHAPES = [(8,), (9,), (5,), (13,), (6, 9), (5, 3), (7, 1), (2, 6, 5), (1, 1, 7)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_restriction_keeps_means(shape):
    """Coarse cells are of equal size, and each takes what lies in it: the integral does not change."""
    fine = pn.Grid(shape, 0.5)
    coarse, u = fine.coarsen(), RNG.random((2, *shape))
    v = restricted(u, fine)
    assert v.shape == (2, *coarse.shape)
    axes = tuple(range(1, u.ndim))
    np.testing.assert_allclose(v.sum(axes) * np.prod(coarse.h), u.sum(axes) * np.prod(fine.h), rtol=1e-14)
    np.testing.assert_allclose(restricted(np.ones(shape), fine), np.ones(coarse.shape), rtol=1e-15)


@pytest.mark.parametrize("n", [6, 8, 5, 9, 13, 2, 3])
def test_restriction_takes_the_mean_over_each_coarse_cell(n):
    """Shares of fine cells by the lengths that they have in common with a coarse one."""
    fine = pn.Grid((n, 9))
    m, u = (n + 1) // 2, RNG.random((n, 9))
    edges, found = np.arange(m + 1) * n / m, restricted(u, fine)
    shares = (
        np.array([[max(0, min(edges[i + 1], j + 1) - max(edges[i], j)) for j in range(n)] for i in range(m)]) * m / n
    )
    columns = restricted(u[:, :], pn.Grid((n, 9)))
    np.testing.assert_allclose(found, columns)
    whole = np.ones((n, 9)) * u[:, :1]
    np.testing.assert_allclose(restricted(whole, fine)[:, 0], shares @ u[:, 0], rtol=1e-13)


@pytest.mark.parametrize("shape", [s for s in SHAPES if min(s) > 2], ids=str)
def test_interpolation_is_exact_for_linear_functions_inside(shape):
    fine = pn.Grid(shape, tuple(0.5 + np.arange(len(shape))))
    coarse = fine.coarsen()
    (x, y) = (sum(g.coordinates()) for g in (fine, coarse))
    inside = np.all(
        [(a > c.min()) & (a < c.max()) for a, c in zip(fine.coordinates(), coarse.coordinates(), strict=True)], 0
    )
    assert inside.any()
    np.testing.assert_allclose(prolongated(y, coarse, fine)[inside], x[inside], rtol=1e-13)


@pytest.mark.parametrize("wall", ["reflecting", "periodic", "outflow", pn.Neumann(3.0)], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_interpolation_keeps_constants(shape, wall):
    """Corrections know homogeneous walls only: a prescribed slope does not change."""
    fine = pn.Grid(shape, boundary=wall)
    ones = np.ones((3, *fine.coarsen().shape))
    np.testing.assert_allclose(prolongated(ones, fine.coarsen(), fine), np.ones((3, *shape)), rtol=1e-15)


@pytest.mark.parametrize("n", [8, 9])
def test_corrections_vanish_where_values_are_prescribed(n):
    """Linear to the wall: of `e = x` behind a wall at 0, the first cell has exactly its own. Robin walls in proportion."""
    for wall, offset in ((pn.Dirichlet(7.0), 0.0), (pn.Robin(1.0, 2.0, 5.0), 2.0)):
        fine = pn.Grid((n,), 0.5, [(wall, "reflecting")])
        coarse = fine.coarsen()
        (x,), (y,) = fine.coordinates(), coarse.coordinates()
        e = prolongated(y + offset, coarse, fine)  # `e - β/α ∂e/∂x = 0` at the wall
        np.testing.assert_allclose(e[: n // 2], (x + offset)[: n // 2], rtol=1e-13)


def test_tensors_and_arrays():
    fine = pn.Grid((7, 6), boundary=pn.Dirichlet(1.0))
    coarse = fine.coarsen()
    u, e = RNG.random((2, 7, 6)), RNG.random((2, 4, 3))
    np.testing.assert_allclose(restricted(torch.from_numpy(u), fine), restricted(u, fine), rtol=1e-14)
    moved = prolongated(torch.from_numpy(e), coarse, fine)
    np.testing.assert_allclose(moved, prolongated(e, coarse, fine), rtol=1e-14)
    assert restricted(u.astype(np.float32), fine).dtype == np.float32


def test_the_same_equation_on_the_coarse_grid():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid((9, 8), boundary=pn.Dirichlet(0.3)))
    B = coarsened(A)
    assert B.grid == A.grid.coarsen()
    assert B.equation == A.equation
    assert coarsened(pn.discretise(pn.Diffusion(), pn.Grid((4, 3)))) is None
    both = pn.discretise(pn.Diffusion() + pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid((9, 8)))
    assert [term.grid.shape for term in coarsened(both).terms] == [(5, 4), (5, 4)]


def test_a_tensor_has_coarse_grids_but_multigrid_alone_is_not_recommended():
    A = pn.discretise(pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.2))), pn.Grid((9, 8)))
    assert coarsened(A).grid == A.grid.coarsen() and coarsened(A).equation == A.equation
    assert coarsened(coarsened(coarsened(A))) is None
    both, plain = A.equation + pn.Fidelity(0.0), pn.Diffusion(pn.Charbonnier(0.2))
    assert [coarsens(pn.discretise(e, A.grid)) for e in (A.equation, both, plain)] == [False, False, True]


def test_operators_without_a_coarse_grid_are_refused():
    A = pn.discretise(pn.Convection((1.0,)), pn.Grid((8,), boundary="periodic"))
    with pytest.raises(TypeError, match="Multigrid needs diffusion with a coarse grid"):
        coarsened(A)
