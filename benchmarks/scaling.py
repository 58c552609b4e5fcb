"""How the time of a Charbonnier step grows with the grid, a cell, and what a second thread gains.

A step alone waits for memory on two threads; where arithmetic binds is in ten steps, which read and write it once.
"""

import numba
import numpy as np

import pdenn as pn

from .rounds import interleaved, row

WITHIN = 0.8  # 25 % more a cell than on the smallest grid
SECOND_THREAD = 1.7
STEPS, TAU = 10, 0.2
ALONE, TOGETHER = "pdenn, a step", "pdenn, ten steps"


def measure(settings):
    """Rows for both precisions; the peer is pdenn itself, on the smallest grid or with one thread."""
    sizes = settings.pick((512, 1024, 2048, 4096, 8192), (256, 512, 1024), (16, 32))
    for dtype in ("float32", "float64"):
        works = {}
        for n in sizes:
            A, u = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((n, n))), state(n, dtype)
            for threads in settings.threads:
                works |= {(n, threads, name): work for name, work in steps(A, u, threads).items()}
        for work in works.values():
            work()
        # Seconds of 2^20 cells and a step, so that the ratio of two sizes is that of a cell.
        seconds = {key: [s * 2**20 / key[0] ** 2 / (STEPS if key[2] == TOGETHER else 1) for s in found]
                   for key, found in interleaved(works, settings.seconds).items()}  # fmt: skip
        for n, threads, name in works:
            facts = {"dtype": dtype, "threads": threads}
            case, ours = f"{n} x {n}, time of 2^20 cells", (name, seconds[n, threads, name])
            if n != sizes[0]:
                peer = (f"{name}, {sizes[0]} x {sizes[0]}", seconds[sizes[0], threads, name])
                yield row(case, ours, peer, target=WITHIN, **facts)
            if threads > 1:
                target = SECOND_THREAD if name == TOGETHER else None
                yield row(case, ours, (f"{name}, one thread", seconds[n, 1, name]), target=target, **facts)


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
