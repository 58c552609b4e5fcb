"""Implicit diffusion along one axis, `(I - γ A_l) v = u`: tridiagonal systems of many lines, by elimination.

Lines are solved `WIDTH` at a time, side by side in a buffer that stays in the cache: machine code works on many lines
at once, where a line alone would wait for its divisions. Rows are transposed on their way in and out. The matrices
are never stored: what is read are states and diffusivities.
"""

import math

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .layout import threads
from .memory import empty

WIDTH = 64  # lines in a block: enough that the start of a loop over them costs little
LANES = 8  # rows that are transposed together


def resolvent(u, g, grid, axis, gamma, weight=1.0, out=None):
    """`weight v` with `v - γ ∂_l (G ∂_l v) = u` along one axis `l`; added to `out` where it is given.

    Parameters
    ----------
    u : array (..., *grid.shape)
    g : array
        `G` in the cells (a face has the mean of its two) or, with `n + 1` entries along the axis, at the faces; it
        broadcasts to `u`.
    axis : int
        Counted from 0.
    gamma, weight : float
    out : array like `u`, optional
        Written in place.
    """
    n, inner, real = grid.shape[axis], math.prod(grid.shape[axis + 1 :]), u.dtype.type
    x, g, batch = np.ascontiguousarray(u), np.ascontiguousarray(g, u.dtype), u.shape[: u.ndim - grid.dim]
    at_faces = g.shape[axis - grid.dim] > n
    if g.shape[: -grid.dim] != batch:
        g = np.broadcast_to(g, (*batch, *g.shape[-grid.dim :])).copy()
    beyond, sweep = ((), _rows) if inner == 1 else ((inner,), _columns)
    x, g = x.reshape(-1, n, *beyond), g.reshape(-1, n + at_faces, *beyond)
    scale = real(gamma / grid.h[axis] ** 2 / (1 if at_faces else 2))
    ring, ghost = grid.ghosts(axis) is None, np.array(grid.ghosts(axis) or ((0, 1), (0, 1)), u.dtype)
    total = empty(u.shape, u.dtype) if out is None else out
    tasks = threads(u)
    sweep[tasks > 1](x, g, scale, ghost, ring, real(weight), out is not None, tasks, total.reshape(x.shape))
    return total


@serial_and_parallel
def _columns(u, g, scale, ghost, ring, weight, more, tasks, out):
    """Lines along the middle axis; block by block, the same ones for any number of threads."""
    outer, n, inner = u.shape
    cuts = (inner + WIDTH - 1) // WIDTH
    for task in numba.prange(tasks):
        work = np.empty((3, (n + 2) * WIDTH), u.dtype)
        for block in range(task * outer * cuts // tasks, (task + 1) * outer * cuts // tasks):
            o, k = block // cuts, block % cuts * WIDTH
            f, b, w = _buffers(work, n, min(WIDTH, inner - k))
            _copy(u[o], k, f)
            _copy(g[o], k, b[g.shape[1] == n :])
            _solve(f, b, w, scale, ghost, ring, g.shape[1] == n)
            _add(weight, f, more, out[o], k)


@serial_and_parallel
def _rows(u, g, scale, ghost, ring, weight, more, tasks, out):
    """Lines along the last axis."""
    outer, n = u.shape
    cuts = (outer + WIDTH - 1) // WIDTH
    for task in numba.prange(tasks):
        work = np.empty((3, (n + 2) * WIDTH), u.dtype)
        for block in range(task * cuts // tasks, (task + 1) * cuts // tasks):
            k = block * WIDTH
            f, b, w = _buffers(work, n, min(WIDTH, outer - k))
            _transpose(u[k : k + WIDTH], f)
            _transpose(g[k : k + WIDTH], b[g.shape[1] == n :])
            _solve(f, b, w, scale, ghost, ring, g.shape[1] == n)
            _add_transposed(weight, f, more, out[k : k + WIDTH])


@inner
def _buffers(work, n, width):
    """For `width` lines of `n` cells: their states, their diffusivities with a ghost cell at each end, a fill-in."""
    f, w = work[0, : n * width], work[1, : n * width]
    return f.reshape((n, width)), work[2, : (n + 2) * width].reshape((n + 2, width)), w.reshape((n, width))


@inner
def _solve(f, b, w, scale, ghost, ring, cells):
    """Replace the right-hand sides `f` by the solutions; `b[1:-1]` in the cells or `b[:-1]` at the faces is used up.

    With the weights `b_i` of the faces, row `i` reads `(1 + b_i + b_(i+1)) v_i - b_i v_(i-1) - b_(i+1) v_(i+1) = f_i`.
    """
    last = len(b) - 1
    for k in range(b.shape[1] if cells else 0):  # what lies beyond the ends
        b[0, k], b[last, k] = (b[last - 1, k], b[1, k]) if ring else (b[1, k], b[last - 1, k])
    for i in range(last):
        for k in range(b.shape[1]):
            b[i, k] = scale * (b[i, k] + b[i + 1, k]) if cells else scale * b[i, k]
    if ring:
        _eliminate_ring(f, b[0], b[1:], w)
    else:
        _eliminate(f, b[0], b[1:], ghost)


@inner
def _eliminate(f, first, b, ghost):
    """Thomas between walls: `v_i = f_i + b_i v_(i+1)` with new `f` and `b`, `b_i` from the face above, then backwards.

    The pivots are `e + b` with `e` the sum of the row: nothing is subtracted, so that no digits are lost (Grassmann,
    Taksar, Heyman 1985). What a row takes from the one before it is carried apart, and the way back is read from an
    array: only then does the compiler see that the lines do not depend on each other.
    """
    n, width, one = len(f), f.shape[1], f.dtype.type(1)
    e, below, v = np.empty_like(first), first.copy(), np.full(width, ghost[0, 0])
    for k in range(width):
        e[k] = one + (one - ghost[0, 1]) * first[k]
    for i in range(n):
        closing = one - ghost[1, 1] if i == n - 1 else one
        for k in range(width):
            r = one / (e[k] + closing * b[i, k])
            v[k] = r * (f[i, k] + below[k] * v[k])
            below[k] = b[i, k]
            f[i, k], b[i, k] = v[k], r * below[k]
            e[k] = one + b[i, k] * e[k]
    v = np.full(width, ghost[1, 0])
    for i in np.arange(n - 1, -1, -1):
        for k in range(width):
            v[k] = f[i, k] + b[i, k] * v[k]
            f[i, k] = v[k]


@inner
def _eliminate_ring(f, first, b, w):
    """As `_eliminate` on a ring: `v_i = f_i + b_i v_(i+1) + w_i v_last`, since every row comes to see the last cell."""
    n, width, one = len(f), f.shape[1], f.dtype.type(1)
    e, below, v, t = np.full(width, one), first.copy(), np.zeros_like(first), first.copy()
    right, row = f[n - 1].copy(), np.zeros_like(first)  # of the last cell
    for i in range(n - 1):
        for k in range(width):
            r = one / (e[k] + b[i, k] + t[k])
            v[k] = r * (f[i, k] + below[k] * v[k])
            below[k] = b[i, k]
            f[i, k], b[i, k], w[i, k] = v[k], r * below[k], r * t[k]
            right[k] += t[k] * v[k]
            row[k] += w[i, k] * e[k]
            e[k] = one + b[i, k] * e[k]
            t[k] *= b[i, k]
    for k in range(width):
        right[k] = v[k] = f[n - 1, k] = (right[k] + below[k] * v[k]) / (e[k] + row[k])
    for i in np.arange(n - 2, -1, -1):
        for k in range(width):
            v[k] = f[i, k] + b[i, k] * v[k] + w[i, k] * right[k]
            f[i, k] = v[k]


@inner
def _copy(x, start, to):
    """The columns from `start` on."""
    for i in range(len(x)):
        row = x[i, start : start + to.shape[1]]
        for k in range(to.shape[1]):
            to[i, k] = row[k]


@inner
def _add(weight, x, more, to, start):
    """The columns from `start` on become `weight x`, plus what they were."""
    for i in range(len(x)):
        row = to[i, start : start + x.shape[1]]
        for k in range(x.shape[1]):
            row[k] = weight * x[i, k] + row[k] if more else weight * x[i, k]


@inner
def _transpose(x, to):
    for k in range(0, len(x), LANES):
        if k + LANES <= len(x):
            for i in range(x.shape[1]):
                for j in range(LANES):  # unrolled, which is why the end of the rows stands apart
                    to[i, k + j] = x[k + j, i]
        else:
            for j in range(k, len(x)):
                for i in range(x.shape[1]):
                    to[i, j] = x[j, i]


@inner
def _add_transposed(weight, x, more, to):
    for k in range(0, len(to), LANES):
        if k + LANES <= len(to):
            for i in range(to.shape[1]):
                for j in range(LANES):
                    to[k + j, i] = weight * x[i, k + j] + to[k + j, i] if more else weight * x[i, k + j]
        else:
            for j in range(k, len(to)):
                for i in range(to.shape[1]):
                    to[j, i] = weight * x[i, j] + to[j, i] if more else weight * x[i, j]
