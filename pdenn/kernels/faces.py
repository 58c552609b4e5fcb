"""Diffusivities at faces, and squared slopes of cells, on NumPy arrays: what held operators are made of."""

import math
from typing import NamedTuple

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .cpu import cell_diffusivity
from .law_code import diffusivity
from .layout import read_only, threads
from .memory import empty
from .planes import neighbour


class _Square(NamedTuple):
    """The law whose diffusivity is the squared slope itself."""

    def g(self, s2):
        return s2


def squared_slopes(u, grid):
    """`s_c`: half the sum of the squared slopes of the faces of each cell."""
    return cell_diffusivity(u, _Square(), grid)


def face_diffusivities(u, law, grid):
    """`g((∂_i u)²)` at the `n + 1` faces of each axis of a state `(..., *grid.shape)`, one array an axis."""
    return tuple(_of_axis(u, law, grid, axis) for axis in range(grid.dim))


def _of_axis(u, law, grid, axis):
    cells, real, walls = grid.shape[axis:], u.dtype.type, grid.ghosts(axis)
    x = read_only(u).reshape(-1, cells[0], math.prod(cells[1:]))
    shape = (*u.shape[: axis - grid.dim], cells[0] + 1, *cells[1:])
    out, ghost = empty(shape, u.dtype), np.array(walls or ((0.0, 1.0), (0.0, 1.0)), real)
    law, w, many = law._make(map(real, law)), real(1 / grid.h[axis]), threads(x) > 1
    if len(cells) > 1:
        _across[many](x, law, w, ghost, walls is None, out.reshape(len(x), cells[0] + 1, x.shape[2]))
    else:
        _along[many](x[..., 0], law, w, ghost, walls is None, out.reshape(len(x), cells[0] + 1))
    return out


@inner
def _at(law, w, below, above):
    """`g` of the squared slope between two cells."""
    slope = w * (above - below)
    return diffusivity(law, slope * slope)


@serial_and_parallel
def _across(u, law, w, ghost, periodic, out):
    """At the faces of the middle axis."""
    faces, n = out.shape[1], u.shape[1]
    for task in numba.prange(len(u) * faces):
        batch, i = task // faces, task % faces
        below, a, b = neighbour(i, -1, n, periodic, ghost)
        above, c, d = neighbour(i - 1, 1, n, periodic, ghost)
        for k in range(u.shape[2]):
            out[batch, i, k] = _at(law, w, a + b * u[batch, below, k], c + d * u[batch, above, k])


@serial_and_parallel
def _along(u, law, w, ghost, periodic, out):
    """At the faces of the last axis."""
    n = u.shape[1]
    for i in numba.prange(len(u)):
        for k in range(1, n):
            out[i, k] = _at(law, w, u[i, k - 1], u[i, k])
        first, last = u[i, 0], u[i, n - 1]
        out[i, 0] = _at(law, w, last if periodic else ghost[0, 0] + ghost[0, 1] * first, first)
        out[i, n] = _at(law, w, last, first if periodic else ghost[1, 0] + ghost[1, 1] * last)
