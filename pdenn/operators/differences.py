"""Differences across the faces of a grid, and their adjoint: the maps `K` and `-K*` of the composed definitions.

Written for NumPy arrays and torch tensors alike. Along an axis of `n` cells there are `n + 1` faces; on a periodic
axis the first and the last are the same face.
"""

from ..arrays import concatenate


def pad(u, grid, axis: int):
    """`u` with one ghost cell at each end of `axis` (an axis of the grid, counted from 0)."""
    where = axis - grid.dim
    first, last = _cut(u, where, 0, 1), _last(u, where)
    if grid.ghosts(axis) is None:
        lower, upper = last, first
    else:
        (a, b), (c, d) = grid.ghosts(axis)
        lower, upper = a + b * first, c + d * last
    return concatenate([lower, u, upper], where)


def pad_coefficient(g, grid, axis: int):
    """`g` with one ghost cell at each end of `axis`: a wall sees the coefficient of its own cell."""
    where = axis - grid.dim
    first, last = _cut(g, where, 0, 1), _last(g, where)
    ends = (last, first) if grid.ghosts(axis) is None else (first, last)
    return concatenate([ends[0], g, ends[1]], where)


def face_mean(g, grid, axis: int):
    """The mean of a coefficient over the two cells of every face of `axis`; a number is its own."""
    if getattr(g, "ndim", 0) == 0:
        return g
    padded = pad_coefficient(g, grid, axis)
    return (before(padded, grid, axis) + after(padded, grid, axis)) / 2


def difference(u, grid, axis: int):
    """`K u`: the slopes `(u_(i+1) - u_i) / h` at the `n + 1` faces of `axis`."""
    padded = pad(u, grid, axis)
    return (after(padded, grid, axis) - before(padded, grid, axis)) / grid.h[axis]


def divergence(flux, grid, axis: int):
    """`-K* F`: the differences `(F_(i+1) - F_i) / h` of fluxes at the `n + 1` faces of `axis`."""
    return (after(flux, grid, axis) - before(flux, grid, axis)) / grid.h[axis]


def before(values, grid, axis: int):
    """All but the last entry along `axis`."""
    where = axis - grid.dim
    return _cut(values, where, 0, values.shape[where] - 1)


def after(values, grid, axis: int):
    """All but the first entry along `axis`."""
    where = axis - grid.dim
    return _cut(values, where, 1, values.shape[where])


def _last(u, where):
    return _cut(u, where, u.shape[where] - 1, u.shape[where])


def _cut(u, where, start, stop):
    return u[(..., slice(start, stop), *[slice(None)] * (-where - 1))]
