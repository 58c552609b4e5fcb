"""One explicit Charbonnier step: the fused kernel against the same loop in C, and against the memory of the machine."""

import os
import platform
import tempfile
import time

import numpy as np

import pdenn as pn

from .c_loop import FLAGS, compiled


def fastest(work, repeats: int) -> float:
    """Seconds of the fastest of `repeats` runs of `work()`."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def measure(dtype, threads: int, shape=(2048, 2048), repeats: int = 30) -> dict:
    """Times of one step by the kernel, by C, and of reading and writing the state once, on the same arrays."""
    import numba

    from pdenn.kernels import cpu

    numba.set_num_threads(threads)
    law, grid = pn.Charbonnier(0.1), pn.Grid(shape)
    u, tau = np.random.default_rng(0).random(shape).astype(dtype), 0.2
    with tempfile.TemporaryDirectory() as folder:
        c, out = compiled(folder, dtype, threads), np.empty_like(u)
        difference = float(np.abs(c(u, 0.1, tau, out) - cpu.isotropic(u, law, grid, (1.0, 0.0, tau))).max())
        # Pairs alternate, so that both see the same moments of a machine that others use too.
        ours, theirs, copy = [], [], []
        for _ in range(repeats):
            ours.append(fastest(lambda: cpu.isotropic(u, law, grid, (1.0, 0.0, tau)), 1))
            theirs.append(fastest(lambda: c(u, 0.1, tau, out), 1))
            copy.append(fastest(lambda: np.copyto(out, u), 1))
    return {
        "dtype": np.dtype(dtype).name,
        "threads": threads,
        "shape": list(shape),
        "kernel_ms": 1e3 * min(ours),
        "c_ms": 1e3 * min(theirs),
        "copy_ms": 1e3 * min(copy),
        "speed_ours_over_c": min(theirs) / min(ours),
        "difference": difference,
    }


def machine() -> dict:
    """What the figures were measured on."""
    import numba

    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "numba": numba.__version__,
        "gcc": " ".join(FLAGS),
        "date": time.strftime("%Y-%m-%d"),
    }
