"""Inner products over all entries. Blocks of them are summed in order and in double precision, whatever threads there are."""

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .lanes import LANES, load_from, spread, store_to
from .layout import read_only, threads

U = np.uint64  # numbers of entries: one with a sign may count from the end, which is asked at every use
BLOCK = 4096  # entries whose products are summed in their own precision
FOUR = U(4 * LANES)


def dot(x, y):
    """`Σ x y`, a number of the dtype of the two arrays, float32 or float64, which have one shape."""
    x, y = (read_only(each).reshape(-1) for each in (x, y))
    sums = np.empty(-(-x.size // BLOCK))
    _dot[threads(x) > 1](x, y, sums)
    return x.dtype.type(sums.sum())


@serial_and_parallel
def _dot(x, y, sums):
    for b in numba.prange(len(sums)):
        sums[b] = _block(x, y, U(b * BLOCK), U(min((b + 1) * BLOCK, len(x))))


@inner
def _block(x, y, begin, end):
    """Four sums of vectors side by side, since one alone would wait for its last term; then the entries that are left."""
    zero, n, full = x.dtype.type(0), U(LANES), begin + (end - begin) // FOUR * FOUR
    a = b = c = d = spread(zero)
    for k in range(begin, full, FOUR):
        l, m, o = k + n, k + n + n, k + n + n + n
        a, b = a + load_from(x, k) * load_from(y, k), b + load_from(x, l) * load_from(y, l)
        c, d = c + load_from(x, m) * load_from(y, m), d + load_from(x, o) * load_from(y, o)
    parts, total = np.empty(LANES, x.dtype), zero
    store_to(parts, 0, (a + b) + (c + d))
    for k in range(n):
        total += parts[k]
    for k in range(full, end):
        total += x[k] * y[k]
    return total
