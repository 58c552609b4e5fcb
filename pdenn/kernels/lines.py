"""Relaxation of whole lines of cells, by elimination (Thomas), on stencils given by their coefficients.

Layouts as in `stencil`, vectors throughout. Lines are solved side by side, so that what one line alone would wait for,
its reciprocals above all, is done for many at once.
"""

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .lanes import LANES, load, spread, store, transpose
from .stencil import U, residual_row, room

WIDTH = 128  # cells of the last axis whose lines along another one are solved together


@serial_and_parallel
def rows(s, offsets, v, f, left, right, start, stop):
    """Lines along the last axis, in place: every second one of the axes before."""
    width, n2 = LANES, f.shape[3]
    rows0, rows1 = (stop[0] - start[0] + 1) // 2, (stop[1] - start[1] + 1) // 2
    lines = len(f) * rows0 * rows1
    for group in numba.prange((lines + width - 1) // width):
        numbers = np.arange(group * width, min(lines, (group + 1) * width))
        i, j = start[0] + 2 * (numbers // rows1 % rows0), start[1] + 2 * (numbers % rows1)
        numbers = (numbers // (rows0 * rows1) * f.shape[1] + i) * f.shape[2] + j
        whole = (n2 + width - 1) // width * width
        # Right-hand sides, the coefficients before and after, and the diagonals, which are 1 where there is no cell.
        given, turned = np.zeros((4, width, whole), f.dtype), np.empty((4, whole, width), f.dtype)
        given[3] = 1
        _read_rows(
            s.reshape(-1),
            offsets,
            v.reshape(-1),
            f.reshape(-1),
            f.shape[1:],
            left,
            right,
            numbers,
            whole,
            given.reshape(-1),
        )
        lines_given, lines_turned = given.reshape(-1, whole), turned.reshape(-1, width)
        for m in range(4):
            for k in range(0, whole, width):
                transpose(lines_given, m * width, k, lines_turned, m * whole + k, 0)
        _eliminate(turned[0], turned[1], turned[2], turned[3])
        for k in range(0, whole, width):
            transpose(lines_turned, k, 0, lines_given, 0, k)
        x, change = v.reshape(-1), given.reshape(-1)
        for m in range(len(numbers)):
            at, to = U(numbers[m] * n2), U(m * whole)
            for k in range(U(n2)):
                x[at + k] += change[to + k]


@inner
def _read_rows(s, offsets, v, f, shape, left, right, numbers, whole, to):
    """The residuals of some rows, and their coefficients before, after, and of the cells themselves."""
    n2, near, part = shape[2], room(offsets), U(len(to) // 4)
    for m in range(len(numbers)):
        residual_row(s, offsets, v, f, shape, numbers[m], 0, n2, near, to, m * whole)
        at, first = U(numbers[m] * n2), U(m * whole) + part
        before, after = at + U(left * len(f)), at + U(right * len(f))
        for k in range(U(n2)):
            to[first + k], to[first + part + k], to[first + part + part + k] = s[before + k], s[after + k], s[at + k]


@inner
def _eliminate(r, low, high, pivot):
    """Replace right-hand sides by solutions, and pivots by their reciprocals: a line in each lane."""
    one, x = spread(r.dtype.type(1)), load(r, 0)
    inverse = one / load(pivot, 0)
    store(pivot, 0, inverse)
    for k in range(1, len(r)):
        factor = load(low, k) * inverse
        inverse = one / (load(pivot, k) - factor * load(high, k - 1))
        x = load(r, k) - factor * x
        store(pivot, k, inverse)
        store(r, k, x)
    x = x * inverse
    store(r, len(r) - 1, x)
    for k in range(len(r) - 2, -1, -1):
        x = (load(r, k) - load(high, k) * x) * load(pivot, k)
        store(r, k, x)


@serial_and_parallel
def columns(s, offsets, v, f, axis, left, right, start, stop):
    """Lines along the axis 0 or 1, in place: every second one of the other axes."""
    n, n1, n2, other = f.shape[1 + axis], f.shape[2], f.shape[3], 1 - axis
    planes, cuts = (stop[other] - start[other] + 1) // 2, (n2 + WIDTH - 1) // WIDTH
    for task in numba.prange(len(f) * planes * cuts):
        b, o = task // cuts // planes, start[other] + 2 * (task // cuts % planes)
        first, last = task % cuts * n2 // cuts, (task % cuts + 1) * n2 // cuts
        row, step = (b * n * n1 + o, n1) if axis == 0 else ((b * f.shape[1] + o) * n, 1)
        cells = first, last, max(first + (start[2] - first) % 2, start[2]), min(stop[2], last)
        _solve_columns(
            s.reshape(-1), offsets, v.reshape(-1), f.reshape(-1), f.shape[1:], left, right, row, step, n, cells
        )


@inner
def _solve_columns(s, offsets, v, f, shape, left, right, row, step, n, cells):
    """The lines of the cells `first` to `last` of a row and of `n - 1` more; every second one from `start` on is changed."""
    first, last, start, stop = cells
    width, near = last - first, room(offsets)
    r, inverse, one = np.empty(n * width, f.dtype), np.empty(n * width, f.dtype), s.dtype.type(1)
    low, high, before = U(left * len(f)), U(right * len(f) - step * shape[2]), U(width)
    for line in range(n):
        at, to = (row + line * step) * shape[2] + first, line * width
        residual_row(s, offsets, v, f, shape, row + line * step, first, last, near, r, to)
        p, q = U(at), U(to)
        if line == 0:
            for k in range(U(width)):
                inverse[k] = one / s[p + k]
            continue
        for k in range(U(width)):
            factor = s[low + p + k] * inverse[q - before + k]
            inverse[q + k] = one / (s[p + k] - factor * s[high + p + k])
            r[q + k] -= factor * r[q - before + k]
    for line in range(n - 1, -1, -1):
        p, q = U((row + line * step) * shape[2] + first), U(line * width)
        if line == n - 1:
            for k in range(U(width)):
                r[q + k] *= inverse[q + k]
        else:
            after = U(right * len(f))
            for k in range(U(width)):
                r[q + k] = (r[q + k] - s[after + p + k] * r[q + before + k]) * inverse[q + k]
        for k in range(start - first, stop - first, 2):
            v[p + U(k)] += r[q + U(k)]
