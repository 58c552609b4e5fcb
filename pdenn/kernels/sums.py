"""Inner products over all entries. Blocks of them are summed in order and in double precision, whatever threads there are."""

import numba
import numpy as np

from .compile import serial_and_parallel
from .layout import read_only, threads

U = np.uint64  # numbers of entries: one with a sign may count from the end, which is asked at every use
BLOCK = 4096  # entries whose products are summed in their own precision


def dot(x, y):
    """`Σ x y`, a number of the dtype of the two arrays, float32 or float64, which have one shape."""
    x, y = (read_only(each).reshape(-1) for each in (x, y))
    sums = np.empty(-(-x.size // BLOCK))
    _dot[threads(x) > 1](x, y, sums)
    return x.dtype.type(sums.sum())


@serial_and_parallel
def _dot(x, y, sums):
    for b in numba.prange(len(sums)):
        total, begin = x.dtype.type(0), b * BLOCK
        for k in range(U(begin), U(min(begin + BLOCK, len(x)))):
            total += x[k] * y[k]
        sums[b] = total
