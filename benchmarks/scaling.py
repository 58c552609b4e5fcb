"""How the time of a Charbonnier step grows with the grid, a cell, and what a second thread gains.

A step alone waits for memory on two threads; where arithmetic binds is in ten steps, which read and write it once. What a
second thread gains on this machine at all is seen in the same rounds: the diffusivities of rows in the first-level cache,
which share nothing, by one thread and by all side by side.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numba
import numpy as np

import pdenn as pn

from .loops import in_first_cache, loops
from .rounds import interleaved, row

WITHIN = 0.8  # 25 % more a cell than on the smallest grid
SECOND_THREAD = 1.7
STEPS, TAU = 10, 0.2
ALONE, TOGETHER = "pdenn, a step", "pdenn, ten steps"
AS_ARITHMETIC = "one thread, as much faster as arithmetic alone"
LAW = pn.Charbonnier(0.1)


def measure(settings):
    """Rows for both precisions; the peer is pdenn itself, on the smallest grid or with one thread."""
    sizes = settings.pick((512, 1024, 2048, 4096, 8192), (256, 512, 1024), (16, 32))
    cells = settings.pick(1 << 25, 1 << 22, 1 << 10)
    for dtype in ("float32", "float64"):
        works = {(0, n, AS_ARITHMETIC): arithmetic(sizes[0], cells, dtype, n) for n in settings.threads}
        for n in sizes:
            A, u = pn.discretise(pn.Diffusion(LAW), pn.Grid((n, n))), state(n, dtype)
            for threads in settings.threads:
                works |= {(n, threads, name): work for name, work in steps(A, u, threads).items()}
        for work in works.values():
            work()
        # Seconds of 2^20 cells and a step, so that the ratio of two sizes is that of a cell.
        found = interleaved(works, settings.seconds)
        one, *others = (float(np.median(found.pop((0, n, AS_ARITHMETIC)))) for n in settings.threads)
        seconds = {key: [s * 2**20 / key[0] ** 2 / (STEPS if key[2] == TOGETHER else 1) for s in times]
                   for key, times in found.items()}  # fmt: skip
        for n, threads, name in seconds:
            facts = {"dtype": dtype, "threads": threads}
            case, ours = f"{n} x {n}, time of 2^20 cells", (name, seconds[n, threads, name])
            if n != sizes[0]:
                peer = (f"{name}, {sizes[0]} x {sizes[0]}", seconds[sizes[0], threads, name])
                yield row(case, ours, peer, target=WITHIN, **facts)
            if threads > 1:
                target = SECOND_THREAD if name == TOGETHER else None
                yield row(case, ours, (f"{name}, one thread", seconds[n, 1, name]), target=target, **facts)
            if threads > 1 and name == TOGETHER:
                gain = threads * one / others[0]
                peer = (AS_ARITHMETIC, [s / gain for s in seconds[n, 1, name]])
                yield row(case, ours, peer, differs=f"{threads} threads: arithmetic {gain:.2f} times as fast", **facts)


def arithmetic(n: int, cells: int, dtype: str, threads: int) -> partial:
    """Every thread computes the diffusivities of so many cells, on rows of `n` cells in its own cache."""
    planes = in_first_cache((n, n), dtype)
    works = [loops(LAW, 2, dtype, planes, cells)[0]["diffusivities"] for _ in range(threads)]
    return partial(side_by_side, ThreadPoolExecutor(threads), works)


def side_by_side(pool, works):
    """Runs every work in a thread of its own and waits for all."""
    for done in [pool.submit(work) for work in works]:
        done.result()


def steps(A, u, threads) -> dict:
    """A step alone, and ten, with a number of threads."""

    def alone():
        numba.set_num_threads(threads)
        return A.mix(0.0, u, (1.0, 0.0, TAU), u)

    def together():
        numba.set_num_threads(threads)
        return pn.solve(A, u, pn.ExplicitEuler(), STEPS * TAU, tau=TAU, progress=False).u

    return {ALONE: alone, TOGETHER: together}


def state(n: int, dtype: str):
    return np.random.default_rng(0).random((n, n), np.dtype(dtype).type)
