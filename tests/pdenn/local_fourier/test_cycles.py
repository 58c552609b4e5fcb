"""The predicted cycle against the cycle itself, as one dense matrix on a small periodic grid."""

from itertools import product

import numpy as np
import pytest

from pdenn.local_fourier import CELL_CENTRED, CELL_CENTRED_ADJOINT, VERTEX_CENTRED, galerkin, two_grid
from pdenn.solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

# Rounding: the blocks at the lowest frequency amplify it by the condition number of the Laplacian, below 1e4 here.
EXACT = 1e-10


def poisson(*weights):
    """`-Σ_a w_a ∂_aa` by the star stencil."""
    d = len(weights)
    found = {(0,) * d: 2.0 * sum(weights)}
    for axis, side in product(range(d), (-1, 1)):
        found[tuple(side * (a == axis) for a in range(d))] = -float(weights[axis])
    return found


def shifted(stencil, constant):
    """`constant + stencil`."""
    middle = (0,) * len(next(iter(stencil)))
    return stencil | {middle: stencil[middle] + constant}


COMPACT = np.array([[-1.0, -4.0, -1.0], [-4.0, 20.5, -4.0], [-1.0, -4.0, -1.0]])
SKEWED = {(0, 0): 3.2, (-1, 0): -2.0, (1, 0): -0.4, (0, -1): -0.5, (0, 1): -0.2}  # upwind: not symmetric
DIAGONAL = {(0, 0): 4.0, (-1, 0): -1.0, (1, 0): -1.0, (0, -1): -1.0, (0, 1): -1.0, (1, 1): -0.3, (-1, -1): 0.3}


def as_dict(stencil):
    if isinstance(stencil, dict):
        return stencil
    return {tuple(i - 1 for i in index): c for index, c in np.ndenumerate(stencil)}


def cells_of(shape):
    return list(product(*map(range, shape)))


def dense(stencil, shape):
    """The matrix of a stencil on a periodic grid."""
    M = np.zeros((np.prod(shape), np.prod(shape)))
    for x in cells_of(shape):
        for offset, c in as_dict(stencil).items():
            y = tuple((np.array(x) + offset) % shape)
            M[np.ravel_multi_index(x, shape), np.ravel_multi_index(y, shape)] += c
    return M


def transfers(transfer, coarsen, shape, coarse_shape):
    """`P` and `R` by products of the weights along the axes."""
    P, R = (np.zeros((np.prod(shape), np.prod(coarse_shape))) for _ in range(2))
    for matrix, weights in ((P, transfer.prolongation), (R, transfer.restriction)):
        lines = [weights if c else {0: 1.0} for c in coarsen]
        for X, offset in product(cells_of(coarse_shape), product(*lines)):
            x = tuple((2 * i if c else i) + k for i, k, c in zip(X, offset, coarsen, strict=True))
            row = np.ravel_multi_index(tuple(np.array(x) % shape), shape)
            weight = np.prod([line[k] for line, k in zip(lines, offset, strict=True)])
            matrix[row, np.ravel_multi_index(X, coarse_shape)] += weight
    return P, R.T


def relaxed(M, groups, omega=1.0):
    """Error propagation of solving the equations of each group of cells exactly, one group after the other."""
    S = np.eye(len(M))
    for group in groups:
        S[group] -= omega * np.linalg.solve(M[np.ix_(group, group)], M[group] @ S)
    return S


def groups_of(shape, axis=None):
    """Single cells in the order of their colours, or whole lines along an axis."""
    keys = {}
    for number, x in enumerate(cells_of(shape)):
        others = tuple(i for a, i in enumerate(x) if a != axis)
        parity = tuple(i % 2 for i in others)
        keys.setdefault((sum(parity) % 2, parity, others), []).append(number)
    return [keys[key] for key in sorted(keys)]


def dense_sweep(smoother, M, shape, reverse):
    if isinstance(smoother, tuple):
        parts = [dense_sweep(s, M, shape, reverse) for s in smoother]
        return np.linalg.multi_dot(parts if reverse else parts[::-1])
    order = -1 if reverse else 1
    if isinstance(smoother, GaussSeidel):
        return relaxed(M, groups_of(shape)[::order], smoother.omega)
    if isinstance(smoother, LineGaussSeidel):
        groups = [group for axis in smoother.axes for group in groups_of(shape, axis)]
        return relaxed(M, groups[::order])
    X, I = M / M[0, 0], np.eye(len(M))
    if isinstance(smoother, Jacobi):
        return I - smoother.omega * X
    b = abs(X[0]).sum()
    a, n = b / smoother.ratio, smoother.degree
    roots = (a + b) / 2 + (b - a) / 2 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return np.linalg.multi_dot([I, I, *[I - X / x for x in roots]])


def dense_cycle(M, shape, smoother, nu, transfer, coarsen, levels, coarse=None, visits=1, reverse=True):
    """Error propagation of the cycle, by Galerkin coarsening unless `coarse` is given for the one coarse grid."""
    if levels == 1:
        return np.zeros_like(M)
    coarse_shape = tuple(n // 2 if c else n for n, c in zip(shape, coarsen, strict=True))
    P, R = transfers(transfer, coarsen, shape, coarse_shape)
    M_H = R @ M @ P if coarse is None else dense(coarse, coarse_shape)
    E_H = dense_cycle(M_H, coarse_shape, smoother, nu, transfer, coarsen, levels - 1, None, visits, reverse)
    power, I = np.linalg.matrix_power, np.eye(len(M))
    solved = (np.eye(len(M_H)) - power(E_H, visits)) @ np.linalg.pinv(M_H, rcond=1e-12)
    before, after = (dense_sweep(smoother, M, shape, backwards) for backwards in (False, reverse))
    return power(after, nu[1]) @ (I - P @ solved @ R @ M) @ power(before, nu[0])


def measured(stencil, smoother, nu=(2, 1), *, n, transfer=CELL_CENTRED, coarsen=None, levels=2, **how):
    """Spectral radius and norm of the cycle on the periodic grid; constants deducted where `M` does not see them."""
    d = len(next(iter(as_dict(stencil))))
    M = dense(stencil, (n,) * d)
    E = dense_cycle(M, (n,) * d, smoother, nu, transfer, coarsen or (True,) * d, levels, **how)
    if abs(M.sum(1)).max() < 1e-12:
        E = E - E.mean(0)
    return abs(np.linalg.eigvals(E)).max(), np.linalg.norm(E, 2)


CASES = {
    "1-D": (poisson(1), GaussSeidel(1.0), {"n": 16}),
    "1-D, implicit": (shifted(poisson(7), 1.0), Jacobi(0.6), {"n": 16, "transfer": CELL_CENTRED_ADJOINT}),
    "1-D, three grids": (shifted(poisson(3), 1.0), GaussSeidel(0.9), {"n": 16, "levels": 3}),
    "1-D, four grids, W": (shifted(poisson(3), 1.0), Jacobi(0.7), {"n": 16, "levels": 4, "visits": 2}),
    "2-D": (poisson(1, 1), GaussSeidel(1.0), {"n": 8}),
    "2-D, full weighting": (poisson(1, 1), GaussSeidel(1.1), {"n": 8, "transfer": VERTEX_CENTRED, "nu": (1, 2)}),
    "2-D, the same order after": (poisson(1, 1), GaussSeidel(1.0), {"n": 8, "reverse": False}),
    "2-D, rediscretised": (poisson(1, 1), Jacobi(0.8), {"n": 8, "coarse": poisson(0.25, 0.25)}),
    "2-D, adjoint, rediscretised": (
        shifted(poisson(1, 1), 0.5),
        GaussSeidel(1.0),
        {"n": 8, "transfer": CELL_CENTRED_ADJOINT, "coarse": shifted(poisson(0.25, 0.25), 0.5)},
    ),
    "2-D, singular to rounding": (poisson(0.1, 0.7), GaussSeidel(1.0), {"n": 8}),
    "2-D, four colours": (COMPACT, GaussSeidel(1.2), {"n": 8}),
    "2-D, not symmetric": (SKEWED, GaussSeidel(1.0), {"n": 8, "transfer": CELL_CENTRED_ADJOINT}),
    "2-D, oblique": (DIAGONAL, Chebyshev(3, 5.0), {"n": 8, "nu": (1, 0)}),
    "2-D, Chebyshev": (poisson(1, 1), Chebyshev(2, 4.0), {"n": 8, "nu": (1, 1)}),
    "2-D, lines": (poisson(1, 100), LineGaussSeidel((1,)), {"n": 8, "nu": (1, 1)}),
    "2-D, lines and nine points": (COMPACT, LineGaussSeidel((0,)), {"n": 8, "nu": (0, 1)}),
    "2-D, alternating": (SKEWED, LineGaussSeidel((0, 1)), {"n": 8, "nu": (1, 1)}),
    "2-D, two smoothers": (DIAGONAL, (Jacobi(0.7), GaussSeidel(1.0)), {"n": 8, "nu": (1, 1)}),
    "2-D, semicoarsened": (poisson(1, 50), GaussSeidel(1.0), {"n": 8, "coarsen": (False, True)}),
    "2-D, semicoarsened lines": (poisson(9, 1), LineGaussSeidel((1,)), {"n": 8, "coarsen": (True, False)}),
    "2-D, three grids": (poisson(1, 1), GaussSeidel(1.0), {"n": 8, "levels": 3}),
    "2-D, three grids, semicoarsened": (
        shifted(poisson(1, 30), 0.1),
        GaussSeidel(1.0),
        {"n": 8, "levels": 3, "coarsen": (False, True), "visits": 2},
    ),
    "3-D": (poisson(1, 1, 1), GaussSeidel(1.15), {"n": 4}),
    "3-D, eight cells": (shifted(poisson(2, 2, 2), 1.0), GaussSeidel(1.0), {"n": 8, "nu": (1, 1)}),
    "3-D, lines": (poisson(1, 1, 30), LineGaussSeidel((2,)), {"n": 4, "coarsen": (True, True, False)}),
}


@pytest.mark.parametrize("name", CASES)
def test_on_a_periodic_grid_the_analysis_is_exact(name):
    stencil, smoother, how = CASES[name]
    options = {key: value for key, value in how.items() if key != "n"}
    prediction = two_grid(stencil, smoother, cells=how["n"], **{"nu": (2, 1), **options})
    np.testing.assert_allclose(prediction[:2], measured(stencil, smoother, **how), rtol=0, atol=EXACT)


@pytest.mark.parametrize("transfer", [CELL_CENTRED, CELL_CENTRED_ADJOINT, VERTEX_CENTRED])
@pytest.mark.parametrize("coarsen", [(True, True), (True, False)])
def test_the_galerkin_stencil_is_that_of_the_product(transfer, coarsen):
    coarse_shape = tuple(8 if c else 16 for c in coarsen)
    P, R = transfers(transfer, coarsen, (16, 16), coarse_shape)
    product_of_three = R @ dense(DIAGONAL, (16, 16)) @ P
    np.testing.assert_allclose(dense(galerkin(DIAGONAL, transfer, coarsen), coarse_shape), product_of_three, atol=1e-14)
