"""Linear operators given by the coefficients of compact stencils: residuals and smoothers of multigrid.

A state has the layout `(batch, n0, n1, n2)` of `layout`; axes that a grid lacks have one cell. The stencil `s` has
the layout `(entries, batch, n0, n1, n2)`, `offsets[m]` says which neighbour entry `m` multiplies, and entry 0 is the
diagonal. Every axis is read as if it were periodic: at a wall the coefficient of the missing neighbour is zero.
"""

import numba
import numpy as np

from .compile import njit, serial_and_parallel

# Below this many cells a parallel region costs more than it saves.
SERIAL = 1 << 14


def chosen(kernels, cells):
    """The serial or the parallel compilation, by the number of cells."""
    return kernels[numba.get_num_threads() > 1 and cells > SERIAL]


def slabs(batch, rows, cells) -> int:
    """Into how many slabs of rows the threads share each of a batch."""
    threads = numba.get_num_threads() if cells > SERIAL else 1
    return max(1, min(-(-threads // batch), rows // 8))


@njit()
def residual_row(s, offsets, v, f, b, i, j, r):
    """`r = f - M v` in the row `(b, i, j)`."""
    n0, n1, n2 = f.shape[1:]
    for k in range(n2):
        r[k] = f[b, i, j, k]
    for m in range(len(offsets)):
        c, x = s[m, b, i, j], v[b, (i + offsets[m, 0]) % n0, (j + offsets[m, 1]) % n1]
        if offsets[m, 2] == 0:
            for k in range(n2):
                r[k] -= c[k] * x[k]
        elif offsets[m, 2] == 1:
            for k in range(n2 - 1):
                r[k] -= c[k] * x[k + 1]
            r[n2 - 1] -= c[n2 - 1] * x[0]
        else:
            for k in range(1, n2):
                r[k] -= c[k] * x[k - 1]
            r[0] -= c[0] * x[n2 - 1]


@serial_and_parallel
def residual(s, offsets, v, f, out):
    """`f - M v`."""
    n0, n1 = f.shape[1:3]
    for row in numba.prange(len(f) * n0 * n1):
        b, i, j = row // (n0 * n1), row // n1 % n0, row % n1
        residual_row(s, offsets, v, f, b, i, j, out[b, i, j])


@serial_and_parallel
def jacobi(s, offsets, v, f, omega, out):
    """`v + ω D⁻¹ (f - M v)`."""
    n0, n1, n2 = f.shape[1:]
    for row in numba.prange(len(f) * n0 * n1):
        b, i, j = row // (n0 * n1), row // n1 % n0, row % n1
        r = out[b, i, j]
        residual_row(s, offsets, v, f, b, i, j, r)
        for k in range(n2):
            r[k] = v[b, i, j, k] + omega * r[k] / s[0, b, i, j, k]


@serial_and_parallel
def gauss_seidel(s, offsets, v, f, omega, start, stop):
    """One colour of a sweep, in place: the cells `start[a], start[a] + 2, ... < stop[a]` of every axis."""
    rows0, rows1 = (stop[0] - start[0] + 1) // 2, (stop[1] - start[1] + 1) // 2
    for row in numba.prange(len(f) * rows0 * rows1):
        b, i, j = row // (rows0 * rows1), start[0] + 2 * (row // rows1 % rows0), start[1] + 2 * (row % rows1)
        r = np.empty(f.shape[3], f.dtype)
        residual_row(s, offsets, v, f, b, i, j, r)
        for k in range(start[2], stop[2], 2):
            v[b, i, j, k] += omega * r[k] / s[0, b, i, j, k]


@njit()
def relax_row(s, offsets, v, f, omega, b, i, parity, r):
    """Every second cell of the row `(b, i, 0)`, in place."""
    n2 = f.shape[3]
    residual_row(s, offsets, v, f, b, i, 0, r)
    diagonal, x = s[0, b, i, 0], v[b, i, 0]
    for k in range(n2):
        r[k] = omega * r[k] / diagonal[k]
    for k in range(parity, n2, 2):
        x[k] += r[k]


@njit()
def relax_slab(s, offsets, v, f, omega, b, start, stop, open_start, open_stop, r):
    """All four colours in one pass over the rows from `start` (even) to `stop`, each two rows behind the one before.

    At an open end, what depends on rows beyond it is left undone.
    """
    for i in range(start, stop + 4, 2):
        if i < stop:
            relax_row(s, offsets, v, f, omega, b, i, 0, r)
        if start < i - 1 < stop - open_stop:
            relax_row(s, offsets, v, f, omega, b, i - 1, 1, r)
        if start + open_start <= i - 2 < stop - 2 * open_stop:
            relax_row(s, offsets, v, f, omega, b, i - 2, 1, r)
        if start + 2 * open_start < i - 3 < stop - 3 * open_stop:
            relax_row(s, offsets, v, f, omega, b, i - 3, 0, r)


@serial_and_parallel
def relax_planar(s, offsets, v, f, omega, ring, slabs):
    """`gauss_seidel` for two axes, all four colours in one sweep over memory, in place.

    Slabs of rows run side by side; the rows at their common ends follow. The result does not depend on the slabs.
    """
    n0, n2 = f.shape[1], f.shape[3]
    for task in numba.prange(len(f) * slabs):
        b, t = task // slabs, task % slabs
        start, stop = 2 * (t * (n0 // 2) // slabs), n0 if t == slabs - 1 else 2 * ((t + 1) * (n0 // 2) // slabs)
        open_start, open_stop = ring or t > 0, ring or t < slabs - 1
        relax_slab(s, offsets, v, f, omega, b, start, stop, open_start, open_stop, np.empty(n2, f.dtype))
    r = np.empty(n2, f.dtype)
    for task in range(len(f) * slabs):
        b, t = task // slabs, task % slabs
        if t > 0 or ring:
            end = 2 * (t * (n0 // 2) // slabs)
            for row, parity in ((-1, 1), (-2, 1), (0, 1), (-3, 0), (-1, 0), (1, 0)):
                relax_row(s, offsets, v, f, omega, b, (end + row) % n0, parity, r)


@serial_and_parallel
def rows(s, offsets, v, f, left, right, start, stop):
    """Lines along the last axis, in place: every second one of the axes before, solved at once (Thomas)."""
    n2 = f.shape[3]
    rows0, rows1 = (stop[0] - start[0] + 1) // 2, (stop[1] - start[1] + 1) // 2
    for row in numba.prange(len(f) * rows0 * rows1):
        b, i, j = row // (rows0 * rows1), start[0] + 2 * (row // rows1 % rows0), start[1] + 2 * (row % rows1)
        r, pivot = np.empty(n2, f.dtype), np.empty(n2, f.dtype)
        residual_row(s, offsets, v, f, b, i, j, r)
        low, high, diagonal = s[left, b, i, j], s[right, b, i, j], s[0, b, i, j]
        pivot[0] = diagonal[0]
        for k in range(1, n2):
            factor = low[k] / pivot[k - 1]
            pivot[k] = diagonal[k] - factor * high[k - 1]
            r[k] -= factor * r[k - 1]
        r[n2 - 1] /= pivot[n2 - 1]
        for k in range(n2 - 2, -1, -1):
            r[k] = (r[k] - high[k] * r[k + 1]) / pivot[k]
        for k in range(n2):
            v[b, i, j, k] += r[k]


@serial_and_parallel
def columns(s, offsets, v, f, axis, left, right, start, stop):
    """Lines along the axis 0 or 1, in place: every second one of the other axes; side by side along the last axis."""
    n, n2, other = f.shape[1 + axis], f.shape[3], 1 - axis
    planes = (stop[other] - start[other] + 1) // 2
    for plane in numba.prange(len(f) * planes):
        b, o = plane // planes, start[other] + 2 * (plane % planes)
        r, pivot = np.empty((n, n2), f.dtype), np.empty((n, n2), f.dtype)
        for line in range(n):
            i, j = (line, o) if axis == 0 else (o, line)
            residual_row(s, offsets, v, f, b, i, j, r[line])
            diagonal, low = s[0, b, i, j], s[left, b, i, j]
            if line == 0:
                pivot[0] = diagonal
                continue
            high = s[right, b, i - 1, j] if axis == 0 else s[right, b, i, j - 1]
            for k in range(n2):
                factor = low[k] / pivot[line - 1, k]
                pivot[line, k] = diagonal[k] - factor * high[k]
                r[line, k] -= factor * r[line - 1, k]
        for line in range(n - 1, -1, -1):
            i, j = (line, o) if axis == 0 else (o, line)
            high = s[right, b, i, j]
            if line < n - 1:
                for k in range(n2):
                    r[line, k] -= high[k] * r[line + 1, k]
            for k in range(n2):
                r[line, k] /= pivot[line, k]
            for k in range(start[2], stop[2], 2):
                v[b, i, j, k] += r[line, k]
