"""Linear operators given by the coefficients of compact stencils: residuals and point smoothers of multigrid.

A state has the layout `(batch, n0, n1, n2)` of `layout`; axes that a grid lacks have one cell. The stencil `s` has
the layout `(entries, batch, n0, n1, n2)`, `offsets[m]` says which neighbour entry `m` multiplies, and entry 0 is the
diagonal. Every axis is read as if it were periodic: at a wall the coefficient of the missing neighbour is zero.

Rows are counted through all states, and arrays are read as vectors: a row begins at its number times its length.
"""

import numba
import numpy as np

from .compile import inlined, inner, serial_and_parallel
from .lanes import LANES, load_from, store_to

# Below this many cells a parallel region costs more than it saves.
SERIAL = 1 << 14
U = np.uint64


def chosen(kernels, cells):
    """The serial or the parallel compilation, by the number of cells."""
    return kernels[numba.get_num_threads() > 1 and cells > SERIAL]


def slabs(batch, planes, cells) -> int:
    """Into how many slabs of planes the threads share each of a batch."""
    threads = numba.get_num_threads() if cells > SERIAL else 1
    return max(1, min(-(-threads // batch), planes // 8))


@inner
def room(offsets):
    """Where `residual_row` keeps the neighbours of a row, and which rows they are right for: none yet."""
    return np.full(len(offsets) + 1, -1)


@inlined
def residual_row(s, offsets, v, f, shape, row, first, last, near, r, to):
    """`f - M v` in the cells from `first` to `last` of a row, to `r` from `to` on; all are vectors."""
    n2, width = shape[2], LANES
    at, to, k, end = row * n2, to - first, max(first, 1), min(last, n2 - 1)
    _neighbours(offsets, shape, row, near)
    if end - k < width:
        for c in range(first, first + (last - first + 1) // 2):
            _two_cells(s, offsets, v, f, n2, at, c, first + last - 1 - c, near, r, to)
        return
    if first == 0 or last == n2:
        _two_cells(s, offsets, v, f, n2, at, first, last - 1, near, r, to)
    while k < end:
        if k + 4 * width <= end:
            _four_lanes(s, v, f, at, k, near, width, r, to + k)
            k += 4 * width
        else:
            k = min(k, end - width)  # the last ones may come once more
            x = load_from(f, at + k)
            for m in range(len(offsets)):
                x = x - load_from(s, m * len(f) + at + k) * load_from(v, at + k + near[m])
            store_to(r, to + k, x)
            k += width


@inlined
def _neighbours(offsets, shape, row, near):
    """How far away the neighbours of a row are, along the last axis not wrapped; the same for all rows of a kind."""
    n0, n1, n2 = shape
    i, j = row // n1 % n0, row % n1
    kind = (i == 0) + 2 * (i == n0 - 1) + 4 * (j == 0) + 8 * (j == n1 - 1)
    if kind == near[len(offsets)]:
        return
    near[len(offsets)] = kind
    for m in range(len(offsets)):
        p, q = offsets[m, 0], offsets[m, 1]
        p += n0 if i + p < 0 else -n0 if i + p >= n0 else 0
        q += n1 if j + q < 0 else -n1 if j + q >= n1 else 0
        near[m] = (p * n1 + q) * n2 + offsets[m, 2]


@inlined
def _two_cells(s, offsets, v, f, n2, at, left, right, near, r, to):
    """The residual in two cells of a row, wrapped if the first or the last."""
    p, q = U(at + left), U(at + right)
    x, y, before, after = f[p], f[q], n2 * (left == 0), n2 * (right == n2 - 1)
    for m in range(len(offsets)):
        o = offsets[m, 2]
        x -= s[p + U(m * len(f))] * v[p + U(near[m] + (before if o < 0 else 0))]
        y -= s[q + U(m * len(f))] * v[q + U(near[m] - (after if o > 0 else 0))]
    r[U(to + left)], r[U(to + right)] = x, y


@inlined
def _four_lanes(s, v, f, at, k, near, width, r, to):
    """The residual in cells from the `k`-th of a row on: so many sums at once that none waits for its last term."""
    k += at
    a, b, c, d = load_from(f, k), load_from(f, k + width), load_from(f, k + 2 * width), load_from(f, k + 3 * width)
    for m in range(len(near) - 1):
        p, q = m * len(f) + k, near[m] + k
        a = a - load_from(s, p) * load_from(v, q)
        b = b - load_from(s, p + width) * load_from(v, q + width)
        c = c - load_from(s, p + 2 * width) * load_from(v, q + 2 * width)
        d = d - load_from(s, p + 3 * width) * load_from(v, q + 3 * width)
    store_to(r, to, a)
    store_to(r, to + width, b)
    store_to(r, to + 2 * width, c)
    store_to(r, to + 3 * width, d)


@serial_and_parallel
def residual(s, offsets, v, f, out):
    """`f - M v`."""
    rows, n2 = f.shape[0] * f.shape[1] * f.shape[2], f.shape[3]
    parts = min(64, rows, 1 + f.size // 4096)
    for part in numba.prange(parts):
        a, x, b, r = s.reshape(-1), v.reshape(-1), f.reshape(-1), out.reshape(-1)
        near = room(offsets)
        for row in range(part * rows // parts, (part + 1) * rows // parts):
            residual_row(a, offsets, x, b, f.shape[1:], row, 0, n2, near, r, row * n2)


@serial_and_parallel
def jacobi(s, offsets, v, f, omega, out):
    """`v + ω D⁻¹ (f - M v)`."""
    rows, n2 = f.shape[0] * f.shape[1] * f.shape[2], f.shape[3]
    parts = min(64, rows, 1 + f.size // 4096)
    for part in numba.prange(parts):
        a, x, b, r = s.reshape(-1), v.reshape(-1), f.reshape(-1), out.reshape(-1)
        near = room(offsets)
        for row in range(part * rows // parts, (part + 1) * rows // parts):
            residual_row(a, offsets, x, b, f.shape[1:], row, 0, n2, near, r, row * n2)
            for k in range(U(row * n2), U((row + 1) * n2)):
                r[k] = x[k] + omega * r[k] / a[k]


@inlined
def _relax_row(s, offsets, v, f, omega, shape, row, start, stop, near, r):
    """The cells `start, start + 2, ... < stop` of a row, in place."""
    residual_row(s, offsets, v, f, shape, row, 0, shape[2], near, r, 0)
    at, first, nothing = U(row * shape[2]), U(start), s.dtype.type(0)
    for k in range(first, U(stop)):
        change = omega * r[k] / s[at + k]
        v[at + k] += change if (k - first) % U(2) == U(0) else nothing


@serial_and_parallel
def gauss_seidel(s, offsets, v, f, omega, start, stop):
    """One colour of a sweep, in place: the cells `start[a], start[a] + 2, ... < stop[a]` of every axis."""
    n0, n1, n2 = f.shape[1:]
    planes = (stop[0] - start[0] + 1) // 2
    for plane in numba.prange(len(f) * planes):
        a, x, b = s.reshape(-1), v.reshape(-1), f.reshape(-1)
        near, r = room(offsets), np.empty(n2, f.dtype)
        first = (plane // planes * n0 + start[0] + 2 * (plane % planes)) * n1
        for row in range(first + start[1], first + stop[1], 2):
            _relax_row(a, offsets, x, b, omega, f.shape[1:], row, start[2], stop[2], near, r)


@inner
def _relax_planes(s, offsets, v, f, omega, shape, first, planes):
    """Two colours of every plane `(i, parity)` of a list: the cells with that parity of `i + j + k`, even rows first."""
    n1, n2 = shape[1:]
    near, r = room(offsets), np.empty(n2, f.dtype)
    for t in range(len(planes)):
        for half in range(2):
            for j in range(half, n1, 2):
                row, start = (first + planes[t, 0]) * n1 + j, (planes[t, 0] + j + planes[t, 1]) % 2
                _relax_row(s, offsets, v, f, omega, shape, row, start, n2, near, r)


@inner
def _front(start, stop, open_start, open_stop):
    """The order of one pass over the planes from `start` (even) to `stop`: each pair of colours a plane behind the one before.

    At an open end, what depends on planes beyond it is left out.
    """
    planes, count = np.empty((2 * (stop - start), 2), np.int64), 0
    for i in range(start, stop + 4, 2):
        for pair in range(4):
            if start + max(0, pair - 1) * open_start <= i - pair < stop - pair * open_stop:
                planes[count, 0], planes[count, 1] = i - pair, pair // 2
                count += 1
    return planes[:count]


@serial_and_parallel
def relax(s, offsets, v, f, omega, ring, slabs):
    """`gauss_seidel` for all colours in one sweep over memory, in place; no axis is a closed ring of odd length.

    Slabs of planes run side by side; the planes at their common ends follow. The result does not depend on the slabs.
    """
    n0 = f.shape[1]
    for task in numba.prange(len(f) * slabs):
        b, t = task // slabs, task % slabs
        start, stop = 2 * (t * (n0 // 2) // slabs), n0 if t == slabs - 1 else 2 * ((t + 1) * (n0 // 2) // slabs)
        planes = _front(start, stop, ring or t > 0, ring or t < slabs - 1)
        _relax_planes(s.reshape(-1), offsets, v.reshape(-1), f.reshape(-1), omega, f.shape[1:], b * n0, planes)
    seam = np.array([[-1, 0], [-2, 1], [0, 1], [-3, 1], [-1, 1], [1, 1]])
    for task in numba.prange(len(f) * slabs):
        b, t = task // slabs, task % slabs
        if t > 0 or ring:
            planes = seam.copy()
            for k in range(len(seam)):
                planes[k, 0] = (2 * (t * (n0 // 2) // slabs) + seam[k, 0]) % n0
            _relax_planes(s.reshape(-1), offsets, v.reshape(-1), f.reshape(-1), omega, f.shape[1:], b * n0, planes)
