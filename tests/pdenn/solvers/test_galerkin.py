"""The compiled hierarchy against dense matrices: residuals, transfer, Galerkin products, and smoothers written out."""

from itertools import product

import numpy as np
import pytest

import pdenn as pn
from pdenn.solvers.galerkin import Level
from pdenn.solvers.problem import linear_problem
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

RNG = np.random.default_rng(3)
SHAPES = [(1, 1, 120), (1, 1, 121), (12, 1, 11), (9, 1, 13), (6, 5, 7), (5, 6, 4), (3, 7, 8),
          (10, 4, 6), (9, 2, 21), (3, 1, 131)]  # fmt: skip
EPS = np.finfo(float).eps


def compact(shape, periodic, batch=2, symmetric=True):
    """A random level whose couplings reach all `3^d - 1` neighbours: attractive, with a diagonal that exceeds them."""
    reach = [(0, -1, 1) if n > 2 else (0,) for n in shape]
    offsets = list(product(*reach))
    s = -RNG.random((len(offsets), batch, *shape))
    order = {o: m for m, o in enumerate(offsets)}
    if not periodic:
        for axis, n in enumerate(shape):
            for o in (o for o in offsets if o[axis]):
                np.moveaxis(s[order[o]], 1 + axis, 0)[0 if o[axis] < 0 else n - 1] = 0
    for o in offsets if symmetric else ():
        back = order[tuple(-x for x in o)]
        if order[o] < back:
            s[back] = np.roll(s[order[o]], o, (1, 2, 3))
    s[0] = -s[1:].sum(0) + 0.1 * RNG.random(s[0].shape)
    return Level(offsets, s, 3 - sum(n > 1 for n in shape), symmetric)


def dense(level):
    """`M`, one matrix for each entry of the batch."""
    n = int(np.prod(level.shape[1:]))
    index, found = np.arange(n).reshape(level.shape[1:]), np.zeros((level.shape[0], n, n))
    for o, c in zip(level.offsets, level.s, strict=True):
        for place in np.ndindex(*level.shape[1:]):
            beside = tuple((x + y) % m for x, y, m in zip(place, o, level.shape[1:], strict=True))
            found[:, index[place], index[beside]] += c[(slice(None), *place)]
    return found


def columns(function, shape, out):
    """The matrix of a linear map of states, one for each entry of the batch."""
    n, found = int(np.prod(shape[1:])), []
    for e in np.eye(n).reshape(n, *shape[1:]):
        found.append(function(np.repeat(e[None], shape[0], 0)).reshape(shape[0], out))
    return np.stack(found, -1)


def times(M, v):
    return np.einsum("bij,bj->bi", M, v.reshape(len(v), -1)).reshape(v.shape)


def states(level, count=2):
    return [RNG.random(level.shape) for _ in range(count)]


@pytest.fixture(params=list(product(SHAPES, (False, True))), ids=str)
def level(request):
    return compact(*request.param)


def test_residuals(level):
    v, f = states(level)
    np.testing.assert_allclose(level.residual(v, f), f - times(dense(level), v), rtol=0, atol=1e-12)


def test_restriction_is_the_adjoint_of_interpolation(level):
    fine, few = int(np.prod(level.shape[1:])), int(np.prod(level.weights.shape[2:]))
    P = columns(level.prolonged, (level.shape[0], *level.weights.shape[2:]), fine)
    R = columns(level.restricted, level.shape, few)
    np.testing.assert_array_equal(R, P.swapaxes(1, 2))


def test_coarse_levels_are_galerkin_products(level):
    fine = int(np.prod(level.shape[1:]))
    P = columns(level.prolonged, level.coarse.shape, fine)
    exact = P.swapaxes(1, 2) @ dense(level) @ P
    np.testing.assert_allclose(dense(level.coarse), exact, rtol=0, atol=100 * EPS * abs(exact).max())
    v, f = states(level)
    zero, r = level.coarse_problem(v, f)
    np.testing.assert_array_equal(zero, 0)
    np.testing.assert_allclose(r, times2(P, level.residual(v, f), level.coarse.shape), rtol=0, atol=1e-11)
    (e,) = states(level.coarse, 1)
    moved = v.reshape(len(v), -1) + np.einsum("bij,bj->bi", P, e.reshape(len(e), -1))
    np.testing.assert_allclose(level.corrected(v, zero, e), moved.reshape(v.shape), rtol=0, atol=1e-12)


@pytest.mark.parametrize("merged", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (0, 0, 1), (1, 0, 0)], ids=str)
def test_galerkin_products_where_some_axes_are_not_merged(merged):
    for periodic in (False, True):
        level = compact((5, 6, 7), periodic)
        level.merged = np.array(merged, bool)
        P = columns(level.prolonged, level.coarse.shape, 210)
        exact = P.swapaxes(1, 2) @ dense(level) @ P
        np.testing.assert_allclose(dense(level.coarse), exact, rtol=0, atol=100 * EPS * abs(exact).max())


def times2(P, r, shape):
    return np.einsum("bij,bi->bj", P, r.reshape(len(r), -1)).reshape(shape)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_interpolation_keeps_constants_where_rows_add_up_to_zero(shape, periodic):
    level = compact(shape, periodic)
    level.s[0] = -level.s[1:].sum(0)
    ones = np.ones((level.shape[0], *level.weights.shape[2:]))
    np.testing.assert_allclose(level.prolonged(ones), 1, rtol=0, atol=100 * EPS)


def test_interpolation_is_linear_for_the_laplacian():
    """Inside, cells between two coarse ones take half of each."""
    P = linear_problem(pn.discretise(pn.Diffusion(), pn.Grid((17, 12, 9))), 0.0, np.zeros((17, 12, 9)), 1.0, 0.0)
    x = sum(np.meshgrid(*(2.0 * np.arange(n) for n in P.weights.shape[2:]), indexing="ij"))[None]
    exact = sum(np.indices(P.shape[1:]))[None]
    np.testing.assert_allclose(P.prolonged(x)[:, :, :11], exact[:, :, :11], rtol=0, atol=1e-12)


def test_strong_bonds_across_are_followed():
    """A cell held with 10⁶ along one axis and with 1 along the other keeps constants there, although it has a mass.

    Of the excess `e = 1`, `10 · 2 / (2 · 10⁶)` is left beside the couplings 2: a constant loses half of that.
    """
    shape = (12, 1, 12)
    offsets = [(0, 0, 0), (-1, 0, 0), (1, 0, 0), (0, 0, -1), (0, 0, 1)]
    s = -np.ones((5, 1, *shape))
    s[1:3, ..., 1::2] = -1e6
    s[0] = 1.0 - s[1:].sum(0)
    level = Level(offsets, s, 1, True)
    level.merged = np.array([True, False, True])
    inner = level.prolonged(np.ones((1, 6, 1, 6)))[:, ::2, :, 1:-1:2]
    np.testing.assert_allclose(inner, 1, rtol=0, atol=5.1e-6)


def test_upwinded_levels_have_attractive_couplings_and_the_same_row_sums():
    level = compact((12, 1, 11), True, symmetric=False)
    level.s[1:] += 0.5
    row_sums = level.s.sum(0)
    after = level.upwinded()
    assert after.s[1:].max() <= 1e-15
    np.testing.assert_allclose(after.s.sum(0), row_sums, rtol=0, atol=1e-13)
    # What is added is symmetric: diffusion.
    added = dense(after) - dense(level)
    np.testing.assert_allclose(added, added.swapaxes(1, 2), rtol=0, atol=1e-14)
    np.testing.assert_allclose(dense(after.upwinded()), dense(after), rtol=0, atol=1e-14)


def test_coarse_levels_of_convection_are_m_matrices():
    A = pn.discretise(pn.Diffusion(conductivity=0.01) + pn.Convection((1.0, -0.4)), pn.Grid((40, 37)))
    level = linear_problem(A, 0.0, np.zeros((40, 37)), 10.0)
    assert not level.symmetric
    while level.coarse is not None:
        level = level.coarse
        assert level.s[1:].max() <= 1e-14 * level.s[0].max()
        assert (level.s[0] > 0).all()


def parities(level, lines=()):
    """The colours of all cells in their order: even sums of parities first; the last cells of odd rings apart."""
    ring = [n % 2 == 1 and n > 2 and closed for n, closed in zip(level.shape[1:], level.rings, strict=True)]
    kinds = np.zeros((3, *level.shape[1:]), int)
    for axis, places in enumerate(np.indices(level.shape[1:])):
        if axis not in lines:
            kinds[axis] = np.where(ring[axis] & (places == level.shape[1 + axis] - 1), 2, places % 2)
    found = {tuple(k) for k in kinds.reshape(3, -1).T.tolist()}
    ordered = sorted(found, key=lambda k: (sum((0, 1, level.shape[1 + a] - 1)[x] for a, x in enumerate(k)) % 2, k))
    return [np.flatnonzero((kinds.reshape(3, -1).T == k).all(1)) for k in ordered]


def swept(level, parts, inverted, v, f):
    """`v ← v + E_c B⁻¹ (f - M v)` over the parts."""
    M, v, f = dense(level), v.reshape(len(v), -1).copy(), f.reshape(len(f), -1)
    for cells in parts:
        r = f - np.einsum("bij,bj->bi", M, v)
        change = np.stack(
            [np.linalg.solve(B[np.ix_(cells, cells)], x[cells]) for B, x in zip(inverted(M), r, strict=True)]
        )
        v[:, cells] += change
    return v.reshape(level.shape)


def diagonal(M):
    return M * np.eye(M.shape[1])


def test_jacobi(level):
    v, f = states(level)
    everything = [np.arange(v[0].size)]
    exact = v + 0.7 * (swept(level, everything, diagonal, v, f) - v)
    np.testing.assert_allclose(level.smoothed(Jacobi(0.7), v.copy(), f), exact, rtol=0, atol=1e-12)
    d = sum(n > 1 for n in level.shape[1:])
    usual = level.smoothed(Jacobi(2 * d / (2 * d + 1)), v.copy(), f)
    np.testing.assert_array_equal(level.smoothed(Jacobi(), v.copy(), f), usual)


def test_gauss_seidel(level):
    v, f = states(level)
    exact = swept(level, parities(level), lambda M: diagonal(M) / 1.3, v, f)
    np.testing.assert_allclose(level.smoothed(GaussSeidel(1.3), v.copy(), f), exact, rtol=0, atol=1e-12)
    usual = 1.0 if sum(n > 1 for n in level.shape[1:]) == 1 else 1.15
    again = level.smoothed(GaussSeidel(usual), v.copy(), f)
    np.testing.assert_array_equal(level.smoothed(GaussSeidel(), v.copy(), f), again)


def test_red_black_of_star_stencils():
    """Red-black where no coupling is diagonal: the two colours of one parity sum do not see each other."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((10, 9), boundary=pn.Dirichlet()))
    level = linear_problem(A, 0.0, np.zeros((10, 9)), 3.0)
    v, f = states(level)
    red = np.flatnonzero(np.indices(level.shape[1:]).sum(0).ravel() % 2 == 0)
    black = np.setdiff1d(np.arange(90), red)
    exact = swept(level, [red, black], lambda M: diagonal(M) / 1.15, v, f)
    np.testing.assert_allclose(level.smoothed(GaussSeidel(), v.copy(), f), exact, rtol=0, atol=1e-13)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("shape", "periodic"), product(SHAPES, (False, True)), ids=str)
def test_lines(shape, periodic, symmetric):
    """The tridiagonal part of every line; where lines are rings, what closes them is left to the residual."""
    level = compact(shape, periodic, symmetric=symmetric)
    v, f = states(level)
    exact = v
    for axis in (a for a in range(3) if level.shape[1 + a] > 1):
        index = np.indices(level.shape[1:]).reshape(3, -1)
        apart = abs(index[:, :, None] - index[:, None, :])
        line = (apart[axis] <= 1) & (apart.sum(0) == apart[axis])
        exact = swept(level, parities(level, (axis,)), lambda M, line=line: M * line, exact, f)
    np.testing.assert_allclose(level.smoothed(LineGaussSeidel(), v.copy(), f), exact, rtol=0, atol=1e-11)


def test_chebyshev(level):
    """The error is `T_n((b + a - 2x)/(b - a)) / T_n((b + a)/(b - a))` of `x = D⁻¹ M`."""
    v, f = states(level)
    M = dense(level)
    exact = np.linalg.solve(M, f.reshape(len(f), -1, 1))[..., 0]
    high = max(float((abs(m).sum(1) / np.diag(m)).max()) for m in M)
    for degree, ratio in ((1, 3.0), (2, 4.0), (5, 8.0)):
        low, polynomial = high / ratio, np.polynomial.chebyshev.Chebyshev.basis(degree)
        roots = ((high + low) - (high - low) * polynomial.roots()) / 2
        e = v.reshape(len(v), -1) - exact
        for root in roots:  # all real, between `low` and `high`
            e = e - np.einsum("bij,bj->bi", M, e) / np.einsum("bii->bi", M) / root
        found = level.smoothed(Chebyshev(degree, ratio), v.copy(), f).reshape(len(v), -1)
        np.testing.assert_allclose(found, exact + e, rtol=0, atol=1e-9)


def test_the_coarsest_level_is_solved_at_once():
    level = compact((9, 1, 9), True)
    v, f = states(level)
    assert level.coarse is None
    np.testing.assert_allclose(times(dense(level), level.solved(v, f)), f, rtol=0, atol=1e-10)
    level.s[0] = -level.s[1:].sum(0)
    again = Level(level.offsets, level.s, level.lacking, True)
    f = f - f.mean((1, 2, 3), keepdims=True)
    w = again.solved(v, f)
    np.testing.assert_allclose(times(dense(again), w), f, rtol=0, atol=1e-10)
    # The smallest correction does not touch constants.
    np.testing.assert_allclose(w.mean((1, 2, 3)), v.mean((1, 2, 3)), rtol=0, atol=1e-10)


def test_only_strong_axes_are_merged():
    for ratio, merged in ((1.0, [True, True]), (0.4, [True, True]), (0.3, [False, True]), (0.0, [False, True])):
        grid = pn.Grid((40, 40), (1 / np.sqrt(ratio) if ratio else 1e6, 1.0))
        level = linear_problem(pn.discretise(pn.Diffusion(), grid), 0.0, np.zeros((40, 40)), 1.0)
        assert level.merged[[0, 2]].tolist() == merged
