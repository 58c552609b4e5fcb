"""The peer: `loop.c`, compiled for this machine."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np

FLAGS = ("-O3", "-march=native", "-ffast-math", "-fopenmp")


def compiled(folder: str, dtype, threads: int):
    """The C loop as a function `(u, contrast, tau, out)` of arrays of `dtype`, on `threads` cores; needs gcc."""
    real, root = ("float", "sqrtf") if dtype == np.float32 else ("double", "sqrt")
    library = Path(folder) / f"loop_{real}.so"
    command = ["gcc", *FLAGS, f"-DREAL={real}", f"-DSQRT={root}", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([*command, str(Path(__file__).with_name("loop.c")), "-lm"], check=True)
    number = ctypes.c_float if real == "float" else ctypes.c_double
    array = np.ctypeslib.ndpointer(dtype, ndim=2, flags="C_CONTIGUOUS")
    loaded = ctypes.CDLL(str(library))
    loaded.omp_set_num_threads(threads)
    step = loaded.step
    step.argtypes, step.restype = [array, ctypes.c_int, ctypes.c_int, number, number, array], None

    def run(u, contrast, tau, out):
        step(u, *u.shape, contrast, tau, out)
        return out

    return run
