"""Constant stencils `{offset: coefficient}`: given, read from an operator, carried to a coarse grid.

Rests on NumPy and on what an operator is.
"""

from functools import reduce
from itertools import product
from math import isfinite
from typing import NamedTuple

import numpy as np

from ..operators.stencil import stencil as stencil_of


class Transfer(NamedTuple):
    """Interpolation and restriction along one axis, seen from the fine cell `2X`; products of them in several.

    Attributes
    ----------
    prolongation : dict
        `{k: p_k}`: `(P w)(2X + k)` receives `p_k w(X)`.
    restriction : dict
        `{k: r_k}`: `(R v)(X) = Σ_k r_k v(2X + k)`.
    """

    prolongation: dict
    restriction: dict


_LINEAR = {-1: 0.25, 0: 0.75, 1: 0.75, 2: 0.25}
CELL_CENTRED = Transfer(_LINEAR, {0: 0.5, 1: 0.5})
CELL_CENTRED_ADJOINT = Transfer(_LINEAR, {k: p / 2 for k, p in _LINEAR.items()})
VERTEX_CENTRED = Transfer({-1: 0.5, 0: 1.0, 1: 0.5}, {-1: 0.25, 0: 0.5, 1: 0.25})


def as_stencil(stencil) -> dict:
    """`{offset: coefficient}` of a stencil in either form, with a diagonal that is not zero.

    Raises ValueError for other arrays, offsets of different lengths, and coefficients that are no finite real numbers.
    """
    if not isinstance(stencil, dict):
        array = np.asarray(stencil, dtype=float)
        if not 1 <= array.ndim <= 3 or set(array.shape) != {3}:
            raise ValueError(
                f"stencil must be a dict or an array of shape (3,) * d with d <= 3, got shape {array.shape}"
            )
        stencil = {tuple(i - 1 for i in index): float(c) for index, c in np.ndenumerate(array) if c != 0}
    lengths = {len(offset) for offset in stencil}
    if len(lengths) != 1 or not lengths <= {1, 2, 3}:
        raise ValueError(f"offsets of a stencil must be tuples of one length, 1 to 3, got {sorted(stencil)}")
    if not all(isfinite(c) for c in stencil.values()):
        raise ValueError(f"coefficients of a stencil must be finite, got {stencil}")
    if diagonal(stencil) == 0:
        raise ValueError(f"the coefficient at the middle of a stencil must not be zero, got {stencil}")
    return stencil


def dimension(stencil) -> int:
    """Number of axes."""
    return len(next(iter(stencil)))


def diagonal(stencil) -> float:
    """The coefficient at the offset zero."""
    return stencil.get((0,) * dimension(stencil), 0.0)


def singular(stencil) -> bool:
    """Whether constants are mapped to zero, to rounding."""
    return abs(sum(stencil.values())) <= 1e-14 * sum(map(abs, stencil.values()))


def tensor(weights: dict, coarsen) -> dict:
    """The stencil of a transfer: the weights of one axis along every axis that is coarsened."""
    factors = [weights if c else {0: 1.0} for c in coarsen]
    return {k: float(np.prod([f[i] for f, i in zip(factors, k, strict=True)])) for k in product(*factors)}


def galerkin(stencil, transfer: Transfer = CELL_CENTRED, coarsen=None) -> dict:
    """The stencil of `M_H = R M P`: `Σ r_k m_j p_l` over `k + j - l = 2K`.

    Parameters
    ----------
    stencil : dict or array of shape (3,) * d
    transfer : Transfer
    coarsen : tuple of bool, optional
        Which axes are coarsened; by default all.
    """
    stencil = as_stencil(stencil)
    coarsen = which_axes(coarsen, dimension(stencil))
    R, P = tensor(transfer.restriction, coarsen), tensor(transfer.prolongation, coarsen)
    negative = {tuple(-i for i in k): p for k, p in P.items()}
    fine = reduce(_convolved, (R, stencil, negative))
    steps = [2 if c else 1 for c in coarsen]
    kept = {k: c for k, c in fine.items() if all(i % s == 0 for i, s in zip(k, steps, strict=True))}
    return {tuple(i // s for i, s in zip(k, steps, strict=True)): c for k, c in kept.items()}


def _convolved(a: dict, b: dict) -> dict:
    found: dict = {}
    for (k, x), (j, y) in product(a.items(), b.items()):
        at = tuple(p + q for p, q in zip(k, j, strict=True))
        found[at] = found.get(at, 0.0) + x * y
    return found


def which_axes(coarsen, d: int) -> tuple[bool, ...]:
    """`coarsen` for every axis; ValueError unless it is a tuple of `d` truth values of which one is true."""
    if coarsen is None:
        return (True,) * d
    if len(coarsen) != d or not all(isinstance(c, bool | np.bool_) for c in coarsen) or not any(coarsen):
        raise ValueError(f"coarsen must be {d} truth values, one of them true, got {coarsen!r}")
    return tuple(coarsen)


def constant_stencil(A, gamma=None, cell=None) -> dict:
    """The stencil of `I - γ A` at one cell, or of `-A` by default, for an operator on a grid that is linear up to a constant.

    Where its coefficients vary they are frozen at the cell.

    Parameters
    ----------
    A : Operator
        It couples direct neighbours only (TypeError otherwise), on at least three cells along each axis.
    gamma : float, optional
    cell : tuple of int, optional
        Where; by default the middle of the grid.
    """
    shape = A.grid.shape
    cell = tuple(n // 2 for n in shape) if cell is None else cell
    if min(shape) < 3:
        raise ValueError(f"the grid of A must have at least three cells along each axis, got {shape}")
    if len(cell) != len(shape) or not all(0 <= x < n for x, n in zip(cell, shape, strict=True)):
        raise ValueError(f"cell must be a cell of the grid {shape}, got {cell!r}")
    mass, step = (0.0, 1.0) if gamma is None else (1.0, gamma)
    offsets, s = stencil_of(A, 0.0, np.zeros(shape), mass, step)
    return as_stencil({o: float(c[(0, *cell)]) for o, c in zip(offsets, s, strict=True) if c[(0, *cell)] != 0})
