"""Machine code for sparse matrices times blocks of 64 columns, which stay in the cache. Rests on the package's Numba.

A row of a sparse matrix has entries by fours, filled up with zeros: four rows of the other factor are added at once.
"""

from typing import NamedTuple

import numpy as np

from pdenn.kernels.compile import serial

BLOCK = 64
ZERO = np.float32(0)


class Fours(NamedTuple):
    """Rows of a sparse matrix: where they start, and columns and values, in multiples of four."""

    starts: np.ndarray
    places: np.ndarray
    values: np.ndarray


def fours(matrix) -> Fours:
    """A SciPy matrix, float32."""
    matrix = matrix.tocsr()
    counts = np.diff(matrix.indptr)
    starts = np.concatenate(([0], np.cumsum(np.maximum(-(-counts // 4), 1) * 4)))
    at = np.repeat(starts[:-1] - matrix.indptr[:-1], counts) + np.arange(matrix.nnz)
    places, values = np.zeros(starts[-1], np.uint32), np.zeros(starts[-1], np.float32)
    places[at], values[at] = matrix.indices, matrix.data
    return Fours(starts.astype(np.uint32), places, values)


@serial
def product(S: Fours, u, out):
    """`out = S u`."""
    for i in range(out.shape[0]):
        for k in range(S.starts[i], S.starts[i + 1], 4):
            a, b, c, d = S.values[k], S.values[k + 1], S.values[k + 2], S.values[k + 3]
            p, q, r, s = S.places[k], S.places[k + 1], S.places[k + 2], S.places[k + 3]
            if k == S.starts[i]:
                for j in range(BLOCK):
                    out[i, j] = a * u[p, j] + b * u[q, j] + c * u[r, j] + d * u[s, j]
            else:
                for j in range(BLOCK):
                    out[i, j] += a * u[p, j] + b * u[q, j] + c * u[r, j] + d * u[s, j]


@serial
def residual(X: Fours, W, b, x, y):
    """`y = x + relu(X W + b)`."""
    product(X, W, y)
    for i in range(y.shape[0]):
        for j in range(BLOCK):
            y[i, j] = x[i, j] + max(y[i, j] + b[j], ZERO)


@serial
def where_above(y, x, g):
    """`g ← g` where `y > x`, else zero: the derivative of relu."""
    for i in range(g.shape[0]):
        for j in range(BLOCK):
            g[i, j] = g[i, j] if y[i, j] > x[i, j] else ZERO


@serial
def drop(u, seeds, least, out):
    """`out = u / (1 - p)` with probability `1 - p`, else zero; `p = least / 65536`. Lanes of xorshift (Marsaglia 2003)."""
    scale, lanes = np.float32(65536 / (65536 - least)), seeds.copy()
    for i in range(u.shape[0]):
        for j in range(BLOCK):
            s = lanes[j]
            s = np.uint32(s ^ s << 13)  # Numba computes with 64 bits
            s = np.uint32(s ^ s >> 17)
            s = np.uint32(s ^ s << 5)
            lanes[j] = s
            out[i, j] = scale * u[i, j] if s >> 16 >= least else ZERO


@serial
def thinned(S: Fours, seeds, least, u, room):
    """`u ← S drop(u)`, once for each row of seeds."""
    for t in range(len(seeds)):
        drop(u, seeds[t], least, room)
        product(S, room, u)


@serial
def thinned_adjoint(S: Fours, seeds, least, g, room):
    """The adjoint of `thinned`, for a symmetric `S`."""
    for t in range(len(seeds) - 1, -1, -1):
        product(S, g, room)
        drop(room, seeds[t], least, g)


@serial
def adam(w, first, second, g, decay, rate, count):
    """Step number `count` of Adam with weight decay (Kingma and Ba 2015; β = 0.9, 0.999), in place."""
    step, scale = np.float32(rate / (1 - 0.9**count)), np.float32((1 - 0.999**count) ** -0.5)
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            slope = g[i, j] + decay * w[i, j]
            first[i, j] += np.float32(0.1) * (slope - first[i, j])
            second[i, j] += np.float32(0.001) * (slope * slope - second[i, j])
            w[i, j] -= step * first[i, j] / (scale * np.sqrt(second[i, j]) + np.float32(1e-8))
