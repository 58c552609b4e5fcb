"""The kernel of steps on a graph, entry by entry: whether all of them together keep the extrema.

An accelerated scheme may leave `[min u, max u]` for a while and be back in the end (docs/decisions/011). For a linear
operator that keeps constants, `u(T) = K u(0)` keeps the extrema of every state if and only if `K ≥ 0`: the entries
decide, no theorem about a step is needed. They are computed in double precision: verified to rounding, not proved.
"""

import math
from functools import lru_cache

import numpy as np

from ..certificates import certificate
from ..errors import NoCertificate
from ..schemes.protocol import Scheme
from .matrices import Matrix, OnGraph, Stepped, matrix_of

NODES = 4096  # up to here the kernel is computed
TOGETHER = 256
SLACK = 1e-12  # of an entry, whose rounding is that of some hundred operations on numbers up to one


@lru_cache(maxsize=64)
def least_entry(A: OnGraph, scheme: Scheme, tau: float, steps: int) -> float:
    """The least entry of `K`, or the first one found below `-SLACK`.

    Raises ValueError where `A` has more than 4096 nodes, is not linear, or does not keep constants.
    """
    n = A.grid.size
    if n > NODES or not A.bound.linear or A.bound.diagonal.value is None:
        raise ValueError(f"the kernel is computed for linear operators that keep constants, on graphs of up to {NODES} nodes, "
                         f"got {A}")  # fmt: skip
    B: Stepped = Matrix(matrix_of(A), A)
    least = math.inf
    nodes = np.argsort(-A.grid.degrees, kind="stable")  # where the step is longest, a violation is found first
    for first in range(0, n, TOGETHER):
        some = nodes[first : first + TOGETHER]
        u = np.zeros((len(some), n))
        u[np.arange(len(some)), some] = 1.0
        for _ in range(steps):
            u = scheme.step(B, 0.0, u, tau)
        least = min(least, float(u.min()))
        if least < -SLACK:
            break
    return least


@lru_cache(maxsize=64)
def fewest_steps(A: OnGraph, scheme: Scheme, time: float) -> int:
    """The fewest steps over `time` whose kernel has no negative entry, each of them bounded where that can be proved.

    Raises NoCertificate where the scheme does not keep extrema at any step size.
    """
    last = steps_for(certificate(scheme, A, "max-min").tau, time)
    try:
        first = steps_for(certificate(scheme, A, "bounded").tau, time)
    except NoCertificate:
        first = 1
    # At the last one the theorem about a single step holds.
    return next((m for m in range(first, last) if least_entry(A, scheme, time / m, m) >= -SLACK), last)


def steps_for(limit: float, time: float) -> int:
    """The fewest equal steps not longer than `limit`."""
    return max(1, math.ceil(time / limit * (1 - 1e-12)))
