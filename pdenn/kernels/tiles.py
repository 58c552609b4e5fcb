"""Tiles of a grid that are small enough to stay in the cache, and the planes that are carried in and out of them.

A tile is a little grid of its own: it reads `halo` cells beyond what it writes, where it is cut it has reflecting walls,
and what these spoil is never written. Rests on the layout of three axes; used by `sweeps`.
"""

import math
from functools import lru_cache
from itertools import product

import numpy as np

from .compile import inner
from .lanes import LANES, load_from, stream_to
from .layout import read_only
from .planes import U


@lru_cache(maxsize=64)
def tiles(shape, halo, room, threads, batch) -> np.ndarray:
    """Into how many tiles each axis is cut, so that a plane of a tile has at most `room` cells and threads end together.

    The last axis is cut last: long rows are fast. A tile is never narrower than its halo.
    """
    (n0, n1, n2), widest = shape, [max(1, n // (2 * halo)) for n in shape]
    least = min(widest[1], math.ceil(n1 / max(1, room // n2 - 2 * halo)))
    width = math.ceil(n1 / least) + (2 * halo if least > 1 else 0)
    cut2 = min(widest[2], math.ceil(n2 / max(1, room // width - 2 * halo)))

    def time(cuts):
        """Tiles of one thread times the planes and lines of each, a half of whose halo is computed on the average."""
        cut0, cut1, _ = cuts
        lengths = (math.ceil(n / cut) + halo * (cut > 1) for n, cut in zip((n0, n1), (cut0, cut1), strict=True))
        return math.ceil(batch * cut0 * cut1 * cut2 / threads) * math.prod(lengths)

    most = min(widest[0], threads), min(widest[1], least + threads - 1)
    cuts = product(range(1, most[0] + 1), range(least, most[1] + 1), (cut2,))
    return read_only(np.array(min(cuts, key=time)))


@inner
def _extent(t, cuts, n, halo, periodic):
    start, stop = t * n // cuts, (t + 1) * n // cuts
    if periodic:
        return start - halo, stop + halo, start, stop
    return max(start - halo, 0), min(stop + halo, n), start, stop


@inner
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


@inner
def _walls(extent, n, ghost, periodic, swept):
    first, last = extent[0], extent[1]
    ring = periodic and not swept and first == 0 and last == n
    low, high = not ring and (periodic or first > 0), not ring and (periodic or last < n)
    zero, one = ghost.dtype.type(0), ghost.dtype.type(1)
    below = (zero, one) if ring or low else (ghost[0, 0], ghost[0, 1])
    above = (zero, one) if ring or high else (ghost[1, 0], ghost[1, 1])
    return (below, above), ring, (int(low), int(high))


@inner
def walls(extent, shape, ghost, periodic):
    """`(ghost, ring, cut)` of a tile, for each axis: its own ghost cells, whether it is a ring, and at which sides it is cut.

    At the ends of the grid it has the walls of the grid, reflecting ones where it is cut.
    """
    a, r, c = _walls(extent[0], shape[0], ghost[0], periodic[0], True)
    b, s, d = _walls(extent[1], shape[1], ghost[1], periodic[1], False)
    e, t, f = _walls(extent[2], shape[2], ghost[2], periodic[2], False)
    return (a, b, e), (r, s, t), (c, d, f)


@inner
def plane_form(extent, w, lanes):
    """`(m1, m2, lines, row, lanes)`: the cells of a plane, ghost rows on each side, and the length of a row.

    Rows are so long that each begins `lanes` numbers, a cache line, or some of them after the one before.
    """
    (_, _, _, _), (a, b, _, _), (c, d, _, _) = extent
    return b - a, d - c, int(w[1] > 0), (d - c + 1 + lanes) // lanes * lanes, lanes


@inner
def useful(form, cut, depth):
    """The first cell of a plane that is computed and the one after the last, where `depth` cells at each cut are spoiled."""
    m1, m2, lines, row, lanes = form
    first = (lines + cut[1][0] * depth) * row + 1 + cut[2][0] * depth // lanes * lanes
    last = (lines + m1 - 1 - cut[1][1] * depth) * row + 1 + m2 - cut[2][1] * depth
    return U(first), U(last)


@inner
def faces_of(axis, tile, periodic):
    """`(tile, stored)` for `load_plane` of what stands at the faces of an axis, each in the place of the cell behind it.

    There is one more than cells. In a ring it is the first once more, which is stored and not read.
    """
    (n0, n1, n2), extent, (m1, m2, lines, row, lanes) = tile
    a, b, c = int(axis == 0), int(axis == 1), int(axis == 2)
    shape = n0 + a * (not periodic[0]), n1 + b * (not periodic[1]), n2 + c * (not periodic[2])
    return (shape, extent, (m1 + b, m2 + c, lines, row, lanes)), (n1 + b, n2 + c)


@inner
def load_plane(x, tile, stored, i, plane, at):
    """What the tile reads of plane `i` of the state `x`, as if every axis were a ring.

    `stored` holds the lengths of the last two axes in memory.
    """
    (n0, n1, n2), extent, (m1, m2, lines, row, _) = tile
    start = (extent[0][0] + i) % n0 * stored[0]
    for line in range(m1):
        j, done, k = (extent[1][0] + line) % n1, 0, extent[2][0] % n2
        while done < m2:
            count = min(m2 - done, n2 - k)
            source, to = U((start + j) * stored[1] + k), at + U((line + lines) * row + 1 + done)
            for cell in range(U(count)):
                plane[to + cell] = x[source + cell]
            done, k = done + count, 0


@inner
def add_planes(factors, x, y, z, tile, i, plane, at):
    """`plane` plus what `load_plane` would read of three states, times their factors; a state whose factor is 0 is not read."""
    ((n0, n1, n2), extent, (m1, m2, lines, row, _)), (a, b, c) = tile, factors
    begin = (extent[0][0] + i) % n0 * n1
    for line in range(m1):
        j, done, k = (extent[1][0] + line) % n1, 0, extent[2][0] % n2
        while done < m2:
            count = U(min(m2 - done, n2 - k))
            start, to = U((begin + j) * n2 + k), at + U((line + lines) * row + 1 + done)
            if a != 0:
                for cell in range(count):
                    plane[to + cell] += a * x[start + cell]
            if b != 0:
                for cell in range(count):
                    plane[to + cell] += b * y[start + cell]
            if c != 0:
                for cell in range(count):
                    plane[to + cell] += c * z[start + cell]
            done, k = done + int(count), 0


@inner
def store_plane(plane, at, tile, i, x, past):
    """What the tile writes of its plane `i`, into the state `x`; whole cache lines of it past the caches, if asked.

    To write a line otherwise is to read it first, and to lose another.
    """
    (_, n1, n2), extent, (_, _, lines, row, _) = tile
    (first0, _, start0, stop0), (first1, _, start1, stop1), (first2, _, start2, stop2) = extent
    before, lanes = U(-(x.ctypes.data // x.itemsize) % LANES), U(LANES)  # numbers before a line begins
    if start0 <= first0 + i < stop0:
        for j in range(start1, stop1):
            source = at + U((j - first1 + lines) * row + 1 + start2 - first2)
            to, count = U(((first0 + i) * n1 + j) * n2 + start2), U(stop2 - start2)
            head = min((before - to) % lanes, count) if past else count
            full = head + (count - head) // lanes * lanes
            for cell in range(head):
                x[to + cell] = plane[source + cell]
            for cell in range(head, full, lanes):
                stream_to(x, to + cell, load_from(plane, source + cell))
            for cell in range(full, count):
                x[to + cell] = plane[source + cell]


@inner
def place(tile, i):
    """Of a plane `i` that is one row: where it starts in a state, its first cell being 1, and which cells are written."""
    (_, _, n2), ((first0, _, start0, stop0), _, (first, _, start, stop)), _ = tile
    inside = start0 <= first0 + i < stop0
    return U((first0 + i) * n2 + first - 1), (U(1 + start - first), U(1 + stop - first) if inside else U(0))
