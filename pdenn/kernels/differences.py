"""Compiled second differences, and the arguments that kernels on three axes share.

Rests on the layout and the slabs of `cpu` and on the neighbours of `planes`: axes that a grid lacks have one cell and
the weight 0, and every neighbour of a row is read as `a + b row`.
"""

import math

import numba
import numpy as np

from .compile import njit
from .cpu import SERIAL, insert, layout
from .planes import neighbour


def arguments(u, grid, mix, v):
    """`(x, y, mix, w, ghost, periodic, slabs, out)` for a state `(..., *grid.shape)`, all in its dtype.

    `x` and `y` are `u` and `v` in the layout `(batch, n0, n1, n2)`, `w` the reciprocal mesh widths, `ghost[axis, side]`
    the ghost cells `(a, b)`; a state is cut into `slabs` of its first axis where a batch does not fill the threads.
    """
    x = np.ascontiguousarray(u).reshape(-1, *layout(grid))
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    real, missing, closed = x.dtype.type, 3 - grid.dim, ((0.0, 1.0), (0.0, 1.0))
    w = np.array(insert(missing, [1 / h for h in grid.h], 0.0), real)
    walls = insert(missing, [grid.ghosts(axis) for axis in range(grid.dim)], closed)
    periodic, ghost = np.array([pair is None for pair in walls]), np.array([pair or closed for pair in walls], real)
    slabs = min(x.shape[1], math.ceil(threads(x) / max(1, len(x))))
    return x, y, np.array(mix, real), w, ghost, periodic, slabs, np.empty_like(x)


def threads(x) -> int:
    """How many threads share the work on `x`: one below the size where a parallel region costs more than it saves."""
    return numba.get_num_threads() if x.size > SERIAL else 1


@njit()
def add_second(below, centre, above, weights, ghost, periodic, i, n0, out):
    """`out += Σ_axis weights[axis] (f_before - 2 f + f_after)` in the cells `(i, j, k)`, from three planes of `f`.

    Planes are indexed without taking rows out of them: the count of references to a row costs as much as a short row.
    """
    n1, n2 = centre.shape
    _, a, b = neighbour(i, -1, n0, periodic[0], ghost[0])
    _, d, e = neighbour(i, 1, n0, periodic[0], ghost[0])
    for j in range(n1):
        if weights[0] != 0:
            for k in range(n2):
                c = centre[j, k]
                out[j, k] += weights[0] * ((a + b * below[j, k] - c) + (d + e * above[j, k] - c))
        if weights[1] != 0:
            left, p, q = neighbour(j, -1, n1, periodic[1], ghost[1])
            right, r, s = neighbour(j, 1, n1, periodic[1], ghost[1])
            for k in range(n2):
                c = centre[j, k]
                out[j, k] += weights[1] * ((p + q * centre[left, k] - c) + (r + s * centre[right, k] - c))
        if weights[2] != 0:
            _add_within(centre, j, periodic[2], ghost[2], weights[2], out)


@njit()
def _add_within(f, j, periodic, ghost, weight, out):
    n = f.shape[1]
    for k in range(1, n - 1):
        out[j, k] += weight * ((f[j, k - 1] - f[j, k]) + (f[j, k + 1] - f[j, k]))
    for k in range(n) if n < 2 else range(0, n, n - 1):
        before, a, b = neighbour(k, -1, n, periodic, ghost)
        after, d, e = neighbour(k, 1, n, periodic, ghost)
        out[j, k] += weight * ((a + b * f[j, before] - f[j, k]) + (d + e * f[j, after] - f[j, k]))


@njit()
def combine(alpha, u, beta, v, out):
    """`out = α u + β v` in one plane."""
    for j in range(u.shape[0]):
        for k in range(u.shape[1]):
            out[j, k] = alpha * u[j, k] + beta * v[j, k]
