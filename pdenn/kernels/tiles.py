"""Tiles of a grid that are small enough to stay in the cache, and the planes that are carried in and out of them.

A tile is a little grid of its own: it reads `halo` cells beyond what it writes, where it is cut it has reflecting walls,
and what these spoil is never written. Rests on the layout of three axes; used by `sweeps`.
"""

import math

import numpy as np

from .compile import njit


def tiles(shape, halo, room, threads, batch) -> np.ndarray:
    """Into how many tiles each axis is cut, so that a plane of a tile has at most `room` cells and all threads work.

    The last axis is cut last: long rows are fast. A tile is never narrower than twice its halo.
    """
    (_, n1, n2), widest = shape, [max(1, n // (4 * halo)) for n in shape]
    cut1 = min(widest[1], math.ceil(n1 / max(1, room // n2 - 2 * halo)))
    width = math.ceil(n1 / cut1) + (2 * halo if cut1 > 1 else 0)
    cut2 = min(widest[2], math.ceil(n2 / max(1, room // width - 2 * halo)))
    return np.array([min(widest[0], math.ceil(threads / (batch * cut1 * cut2))), cut1, cut2])


@njit()
def _extent(t, cuts, n, halo, periodic):
    start, stop = t * n // cuts, (t + 1) * n // cuts
    if periodic:
        return start - halo, stop + halo, start, stop
    return max(start - halo, 0), min(stop + halo, n), start, stop


@njit()
def extents(task, cuts, shape, halo, periodic):
    """Per axis `(first, last, start, stop)` of a tile: it reads the cells `[first, last)` and writes `[start, stop)`.

    A ring that is not cut stays a ring, but for the first axis, along which tiles are swept.
    """
    t2, t1, t0 = task % cuts[2], task // cuts[2] % cuts[1], task // cuts[2] // cuts[1]
    return (
        _extent(t0, cuts[0], shape[0], halo, periodic[0]),
        _extent(t1, cuts[1], shape[1], halo, periodic[1] and cuts[1] > 1),
        _extent(t2, cuts[2], shape[2], halo, periodic[2] and cuts[2] > 1),
    )


@njit()
def sides(extent):
    """The lengths of a tile, with its halo."""
    (a, b, _, _), (c, d, _, _), (e, f, _, _) = extent
    return b - a, d - c, f - e


@njit()
def walls(extent, shape, ghost, periodic):
    """`(ghost, periodic)` of a tile: those of the grid at its ends, reflecting walls where the tile is cut."""
    own, ring = ghost.copy(), np.zeros(3, np.bool_)
    for axis in range(3):
        first, last = extent[axis][0], extent[axis][1]
        ring[axis] = periodic[axis] and axis > 0 and first == 0 and last == shape[axis]
        for side in range(2):
            if periodic[axis] or (first > 0 if side == 0 else last < shape[axis]):
                own[axis, side, 0], own[axis, side, 1] = 0, 1
    return own, ring


@njit()
def _copy(row, to):
    for k in range(len(to)):
        to[k] = row[k]


@njit()
def _add(factor, row, to):
    for k in range(len(to)):
        to[k] += factor * row[k]


@njit()
def load_plane(x, extent, i, plane):
    """`plane` becomes plane `i` of the tile in the array `x`, read as if every axis were a ring."""
    n0, n1, n2 = x.shape
    i = (extent[0][0] + i) % n0
    for row in range(plane.shape[0]):
        j, done, k = (extent[1][0] + row) % n1, 0, extent[2][0] % n2
        while done < plane.shape[1]:
            count = min(plane.shape[1] - done, n2 - k)
            _copy(x[i, j, k : k + count], plane[row, done : done + count])
            done, k = done + count, 0


@njit()
def add_plane(factor, x, extent, i, plane):
    """`plane` plus `factor` times plane `i` of the tile in the array `x`."""
    n0, n1, n2 = x.shape
    i = (extent[0][0] + i) % n0
    for row in range(plane.shape[0]):
        j, done, k = (extent[1][0] + row) % n1, 0, extent[2][0] % n2
        while done < plane.shape[1]:
            count = min(plane.shape[1] - done, n2 - k)
            _add(factor, x[i, j, k : k + count], plane[row, done : done + count])
            done, k = done + count, 0


@njit()
def store_plane(plane, extent, i, x):
    """What the tile writes of its plane `i`, into the array `x`."""
    (first0, _, start0, stop0), (first1, _, start1, stop1), (first2, _, start2, stop2) = extent
    if start0 <= first0 + i < stop0:
        for j in range(start1, stop1):
            _copy(plane[j - first1, start2 - first2 : stop2 - first2], x[first0 + i, j, start2:stop2])
