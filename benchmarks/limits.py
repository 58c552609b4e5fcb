"""Limits of the machine, in C: memory traffic by copy and triad, and operations a second on registers; and the roofline.

A kernel that moves `B` bytes a cell and takes `D` reciprocals (of a number, or of a root) and `F` other operations a cell
does at most

    min(bandwidth / B, reciprocals a second / D, operations a second / F)

cells a second, all measured here in the same run: the bandwidth by a copy of as many bytes, the arithmetic in the
precision, with the compiler and the flags of the peer in C, operations as additions and multiply-adds in turns. A kernel
counts what it must move: it reads the state once and writes it once; and its operations as they are written, a product with
the sum that takes it as one. The fraction of the roofline exceeds 1 where several steps are made in one sweep over memory, or
where reciprocals are found by a faster iteration than the compiler's.
"""

from functools import cache
from math import log

import numpy as np

from .c_code import function, library
from .machine import present
from .rounds import timed

SIZES = {"L2": 1 << 18, "L3": 1 << 22, "2048 x 2048": 1 << 24, "memory": 1 << 28}  # bytes of one array
# Operations a number and sweep.
ARITHMETIC = {"division": 1, "root": 1, "reciprocal_root": 1, "multiply_add": 16, "add_and_multiply_add": 32}
NUMBERS = 256  # of the source
RUNS = 7


def measure(settings):
    """Rates of all kinds, as lines of their own: a limit has no peer."""
    if not present("C"):
        yield {"note": "the limits were not measured: there is no gcc"}
        return
    sizes = settings.pick(list(SIZES), list(SIZES)[:-1], list(SIZES)[:1])
    for dtype in ("float32", "float64"):
        for n in settings.threads:
            for size in sizes:
                for kind in ("copy", "triad"):
                    value = bandwidth(kind, dtype, n, SIZES[size]) / 1e9
                    yield {"limit": kind, "where": size, "dtype": dtype, "threads": n, "value": value, "unit": "GB/s"}
            for kind in ARITHMETIC:
                value = arithmetic(kind, dtype, n) / 1e9
                yield {"limit": kind.replace("_", " "), "where": "registers", "dtype": dtype, "threads": n,
                       "value": value, "unit": "10^9/s"}  # fmt: skip


@cache
def bandwidth(kind: str, dtype: str, threads: int, nbytes: int) -> float:
    """Bytes a second between arrays of `nbytes` each, the fastest of several runs."""
    loaded = library("limits", dtype)
    loaded.omp_set_num_threads(threads)
    arrays = [np.ones(nbytes // np.dtype(dtype).itemsize, dtype) for _ in range(2 if kind == "copy" else 3)]
    work = function(loaded, kind, dtype, "a" * len(arrays) + "ii")
    repeats = max(1, (1 << 27) // nbytes)
    seconds = min(timed(lambda: work(*arrays, arrays[0].size, repeats)) for _ in range(RUNS))
    return len(arrays) * nbytes * repeats / seconds


@cache
def arithmetic(kind: str, dtype: str, threads: int) -> float:
    """Operations a second of all threads together, the fastest of several runs."""
    loaded = library("limits", dtype)
    loaded.omp_set_num_threads(threads)
    work, state, repeats = function(loaded, kind, dtype, "ai"), np.full(NUMBERS, 1.5, dtype), 50_000
    seconds = min(timed(lambda: work(state, repeats)) for _ in range(RUNS))
    return ARITHMETIC[kind] * NUMBERS * repeats * threads / seconds


def ceiling(dtype: str, threads: int, nbytes: int, moved: int, operations: dict[str, int]) -> float:
    """Cells a second at most.

    Parameters
    ----------
    nbytes : int
        Of an array: the copy of the nearest size in `SIZES` is the limit.
    moved : int
        Numbers that are read or written for each cell.
    operations : dict
        How many of each kind in `ARITHMETIC` a cell takes.
    """
    nearest = min(SIZES.values(), key=lambda size: abs(log(size / nbytes)))
    memory = bandwidth("copy", dtype, threads, nearest) / (moved * np.dtype(dtype).itemsize)
    return min(memory, *(arithmetic(kind, dtype, threads) / count for kind, count in operations.items()))
