"""How the time of a Charbonnier step grows with the grid, a cell, and what a second thread gains."""

import numba
import numpy as np

import pdenn as pn

from .rounds import interleaved, row

WITHIN = 0.8  # 25 % more a cell than on the smallest grid
SECOND_THREAD = 1.7


def measure(settings):
    """Rows for both precisions; the peer is pdenn itself, on the smallest grid or with one thread."""
    sizes = settings.pick((512, 1024, 2048, 4096, 8192), (256, 512, 1024), (16, 32))
    for dtype in ("float32", "float64"):
        works = {}
        for n in sizes:
            A, u = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((n, n))), state(n, dtype)
            for threads in settings.threads:
                works[n, threads] = step(A, u, threads)
        for work in works.values():
            work()
        # Seconds of 2^20 cells, so that the ratio of two sizes is that of a cell.
        seconds = {key: [s * 2**20 / key[0] ** 2 for s in found]
                   for key, found in interleaved(works, settings.seconds).items()}  # fmt: skip
        for n, threads in works:
            facts = {"dtype": dtype, "threads": threads}
            ours = ("pdenn", seconds[n, threads])
            if n != sizes[0]:
                peer = (f"pdenn, {sizes[0]} x {sizes[0]}", seconds[sizes[0], threads])
                yield row(f"{n} x {n}, time of 2^20 cells", ours, peer, target=WITHIN, **facts)
            if threads > 1:
                yield row(f"{n} x {n}, time of 2^20 cells", ours, ("pdenn, one thread", seconds[n, 1]),
                          target=SECOND_THREAD, **facts)  # fmt: skip


def state(n: int, dtype: str):
    return np.random.default_rng(0).random((n, n), np.dtype(dtype).type)


def step(A, u, threads):
    """One step with a number of threads."""

    def run():
        numba.set_num_threads(threads)
        return A.mix(0.0, u, (1.0, 0.0, 0.2), u)

    return run
