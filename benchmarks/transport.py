"""One explicit step of convection in a rotating flow, limited (MUSCL) and weighted (WENO5), against the same in C."""

import numba
import numpy as np

import pdenn as pn

from .c_code import function, library
from .rounds import interleaved, row

FLUXES = {"MUSCL": pn.MUSCL(), "WENO5": pn.WENO5()}
TARGET = 0.8
TAU = 0.1


def measure(settings):
    """Rows for both fluxes, both precisions, and all numbers of threads."""
    n = settings.pick(2048, 384, 16)
    if not settings.wants("C"):
        return
    for name in FLUXES:
        for dtype in ("float32", "float64"):
            for threads in settings.threads:
                numba.set_num_threads(threads)
                works = built(n, name, dtype, threads)
                ours, theirs = (work() for work in works.values())
                seconds = interleaved(works, settings.seconds)
                yield row(f"{name} {n} x {n}", (name, seconds["ours"]), ("C", seconds["C"]), target=TARGET, dtype=dtype,
                          threads=threads, difference=float(np.abs(ours - theirs).max()))  # fmt: skip


def built(n: int, name: str, dtype: str, threads: int) -> dict:
    """The two works, of the same result; periodic, mesh width 1, velocities of size one."""
    flow = pn.Convection(lambda t, x, y: (np.cos(2 * np.pi * y / n), np.sin(2 * np.pi * x / n)), FLUXES[name])
    u = np.random.default_rng(0).random((n, n)).astype(dtype)
    # The velocity is held, so that neither evaluates it.
    A = pn.discretise(flow, pn.Grid((n, n), boundary="periodic")).hold(0.0, u)
    velocities, out = [np.ascontiguousarray(v) for v in A.velocities(0.0, u)], np.empty_like(u)
    loaded = library("transport", dtype, *(["WENO"] if name == "WENO5" else []))
    step = function(loaded, "step", dtype, "aaaiira")

    def peer():
        loaded.omp_set_num_threads(threads)
        step(u, *velocities, n, n, TAU, out)
        return out

    return {"ours": lambda: A.mix(0.0, u, (1.0, 0.0, TAU), u), "C": peer}
