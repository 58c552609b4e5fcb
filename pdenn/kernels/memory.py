"""Memory for large results that is used again: what is fresh from the system is cleared page by page, which is slow.

A result is an array over a `_Block`, and so is every view of it: NumPy lets the block go when the last of them is gone,
and then its memory waits here for the next result of the same size. Rests on NumPy alone.
"""

import sys

import numpy as np

LARGE = 1 << 20  # bytes: what is smaller the allocator has at hand
MOST = 512 << 20  # bytes that may wait in all
LINE = 64  # bytes of a cache line, where results begin

_waiting: dict[int, list] = {}  # by bytes; threads share it, since each use of it is a single call


def empty_like(x):
    """`np.empty_like` of a contiguous array, in memory that was used before where there is some."""
    return empty(x.shape, x.dtype)


def empty(shape, dtype):
    """`np.empty`, in memory that was used before where there is some."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize * int(np.prod(shape, dtype=object))
    return np.asarray(_Block(shape, dtype, size)) if size >= LARGE else np.empty(shape, dtype)


class _Block:
    """What owns the memory of an array: it comes with the array, and goes with the last view of it."""

    def __init__(self, shape, dtype, size):
        found = _pop(size)
        self.memory = np.empty(size + LINE, np.uint8) if found is None else found
        address = self.memory.__array_interface__["data"][0]
        data = (address + -address % LINE, False)
        self.__array_interface__ = {"version": 3, "shape": tuple(shape), "typestr": dtype.str, "data": data}

    def __del__(self, finalizing=sys.is_finalizing):
        if not finalizing():
            _keep(self.memory)


def _keep(memory):
    """Let `memory` wait for its next use; if too much waits, the largest is let go."""
    _waiting.setdefault(memory.size - LINE, []).append(memory)
    while sum(each * len(free) for each, free in list(_waiting.items())) > MOST:
        _pop(max((each for each, free in list(_waiting.items()) if free), default=0))


def _pop(size):
    """Memory of a size that waits, None if there is none."""
    try:
        return _waiting[size].pop()
    except (KeyError, IndexError):
        return None
