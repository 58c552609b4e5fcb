"""Compact stencils: a linear operator on a grid as the coefficients of `M = m I - γ A'`."""

import math
from functools import singledispatch
from itertools import product
from typing import NamedTuple

import numpy as np

from ..arrays import is_torch, namespace
from ..equations.values import like as values_like
from .combine import SumOperator
from .differences import after, before, pad_coefficient
from .diffusion import GridDiffusion, HeldDiffusion, HeldSeparable
from .linearised import affine_part
from .pointwise import GridFidelity


class Stencil(NamedTuple):
    """`(M v)_i = Σ_m s_m,i v_(i + o_m)`, every axis read as if it were periodic.

    Attributes
    ----------
    offsets : tuple of tuples
        `o_m`, each entry -1, 0 or 1; the first is the centre.
    s : array of shape (entries, batch, *grid.shape)
        Zero where a wall cuts the neighbour off.
    """

    offsets: tuple[tuple[int, ...], ...]
    s: np.ndarray


def stencil(A, t, like, mass=1.0, gamma=1.0) -> Stencil:
    """The stencil of `m I - γ A'`.

    Parameters
    ----------
    A : Operator
        Linear up to a constant.
    like : array or tensor (batch..., *A.grid.shape)
        Gives dtype, batch, and the kind of states that `A` is applied to. The stencil is a NumPy array.
    mass, gamma : float

    Raises
    ------
    TypeError
        `A` is not linear, or couples more than the direct neighbours.
    """
    if not A.bound.linear:
        raise TypeError(f"a stencil needs a linear operator, got {A!r}: hold its coefficients")
    found = entries(A, t, like)
    kept = [o for o in sorted(found, key=lambda o: sum(map(abs, o))) if not any(o) or found[o].any()]
    s = np.empty((len(kept), *_layout(like, A.grid)), dtype_of(like))
    for row, offset in zip(s, kept, strict=True):
        np.multiply(found[offset], -gamma, out=row)
    s[0] = s[0] + mass
    return Stencil(tuple(kept), s)


@singledispatch
def entries(A, t, like) -> dict:
    """`{offset: coefficients}` of `A'`, by applying `A` to states of single cells that are three apart.

    Raises TypeError where that does not give `A` back: it couples more than the direct neighbours.
    """
    shape, periodic = A.grid.shape, [A.grid.ghosts(axis) is None for axis in range(A.grid.dim)]
    constant = to_numpy(affine_part(A, t, like))
    colours = [_colours(n, p) for n, p in zip(shape, periodic, strict=True)]
    found = {o: np.zeros(_layout(like, A.grid), dtype_of(like)) for o in _offsets(shape)}
    for colour in product(*(range(max(c) + 1) for c in colours)):
        probe = np.zeros(like.shape, dtype_of(like))
        cells: tuple = np.ix_(*(np.flatnonzero(c == x) for c, x in zip(colours, colour, strict=True)))
        probe[(..., *cells)] = 1
        answer = (_applied_to(A, t, probe, like) - constant).reshape(-1, *shape)
        for offset, values in found.items():
            seen = (_seeing(c, x, o, p) for c, x, o, p in zip(colours, colour, offset, periodic, strict=True))
            where = (slice(None), *np.ix_(*seen))
            values[where] = answer[where]
    _check(A, t, like, constant, found)
    return found


@entries.register
def _(A: GridDiffusion, t, like):
    return entries(A.hold(t, np.zeros(like.shape, dtype_of(like))), t, like)


@entries.register
def _(A: HeldDiffusion, t, like):
    dim, g = A.grid.dim, np.broadcast_to(to_numpy(A.g).astype(dtype_of(like), copy=False), like.shape)
    padded = [pad_coefficient(g, A.grid, axis) for axis in range(dim)]
    faces = [(before(p, A.grid, axis) + after(p, A.grid, axis)) / 2 for axis, p in enumerate(padded)]
    return _of_faces(faces, A.grid, like)


@entries.register
def _(A: HeldSeparable, t, like):
    return _of_faces([to_numpy(face) for face in A.faces], A.grid, like)


@entries.register
def _(A: SumOperator, t, like):
    found: dict = {}
    for term in A.terms:
        for offset, values in entries(term, t, like).items():
            found[offset] = found[offset] + values if offset in found else values
    return found


@entries.register
def _(A: GridFidelity, t, like):
    rate = A.equation.weight * values_like(A.equation.mask, np.empty(0, dtype_of(like)))
    return {(0,) * A.grid.dim: -np.broadcast_to(rate, like.shape).reshape(-1, *A.grid.shape)}


def _of_faces(faces, grid, like) -> dict:
    """`Σ_i ∂_i (G_i ∂_i u)` with `G_i` at the faces: a wall face, whose ghost is `a + b u`, adds `(b - 1) G` to the centre."""
    shape = _layout(like, grid)
    found: dict = {}
    centre = np.zeros(shape, dtype_of(like))
    for axis, face in enumerate(faces):
        n, where, walls = grid.shape[axis], axis - grid.dim, grid.ghosts(axis)
        given = np.broadcast_to(face, (*like.shape[: -grid.dim], *face.shape[face.ndim - grid.dim :]))
        face = given.reshape(shape[0], *given.shape[-grid.dim :]) * (1 / grid.h[axis] ** 2)
        for side, part in ((-1, before(face, grid, axis)), (1, after(face, grid, axis))):
            coupling = np.array(part, dtype_of(like))
            end = (Ellipsis, 0 if side < 0 else -1, *[slice(None)] * (-where - 1))
            if n == 1 and walls is None:
                continue
            wall = 0.0
            if walls is not None:
                wall = (1 - walls[0 if side < 0 else 1][1]) * coupling[end]
            centre = centre - coupling
            if walls is not None:
                centre[end] = centre[end] + coupling[end] - wall
                coupling[end] = 0
            offset = tuple(side * (a == axis) for a in range(grid.dim))
            if n == 2:  # both neighbours are the same cell
                offset = tuple(abs(o) for o in offset)
            if n > 1:
                found[offset] = found[offset] + coupling if offset in found else coupling
    return {(0,) * grid.dim: centre, **found}


def applied(stencil: Stencil, v):
    """`M v` of arrays or tensors `(batch, *shape)`."""
    roll = namespace(v).roll
    axes = tuple(range(1, v.ndim))
    return sum(c * roll(v, tuple(-x for x in o), axes) for o, c in zip(stencil.offsets, stencil.s, strict=True))


def to_numpy(x):
    """An array or tensor as an array."""
    return x.detach().cpu().numpy() if is_torch(x) else np.asarray(x)


def dtype_of(like):
    """NumPy's dtype of an array or tensor."""
    return np.dtype(str(like.dtype).removeprefix("torch."))


def _applied_to(A, t, v, like):
    """`A(t, v)` for an array `v`, taken as a state of the kind and device of `like`."""
    return to_numpy(A(t, namespace(like).as_tensor(v, device=like.device) if is_torch(like) else v))


def _layout(like, grid):
    return math.prod(like.shape) // math.prod(grid.shape), *grid.shape


def _offsets(shape):
    """The centre first; an axis of one cell has no neighbours, one of two cells only one."""
    choices = [(0, *((-1, 1) if n > 2 else (1,) if n == 2 else ())) for n in shape]
    return sorted(product(*choices), key=lambda o: sum(map(abs, o)))


def _colours(n: int, periodic: bool):
    """A colour for every cell, so that cells of one colour are at least three apart."""
    colours = np.arange(n) % 3
    if periodic:
        tail = n % 3 if n > 5 else n
        colours[n - tail :] = np.arange(tail) + (3 if n > 5 else 0)
    return colours


def _seeing(colours, colour, offset, periodic):
    """The cells whose neighbour at an offset along an axis has the colour."""
    n = len(colours)
    beside = np.arange(n) + offset
    inside = np.ones(n, bool) if periodic or n == 2 else (beside >= 0) & (beside < n)
    return np.flatnonzero(inside & (colours[beside % n] == colour))


def _check(A, t, like, constant, found):
    v = np.random.default_rng(0).random(like.shape).astype(dtype_of(like))
    expected = (_applied_to(A, t, v, like) - constant).reshape(-1, *A.grid.shape)
    s = np.stack(list(found.values()))
    # What the walls contribute is subtracted, and leaves its rounding.
    size = max(float(np.abs(s).sum(0).max() + np.abs(constant).max()), float(np.finfo(v.dtype).tiny))
    difference = np.abs(applied(Stencil(tuple(found), s), v.reshape(expected.shape)) - expected).max()
    if not difference <= 1e3 * np.finfo(v.dtype).eps * size:
        raise TypeError(f"a compact stencil couples a cell with its direct neighbours only; {A!r} does more")
