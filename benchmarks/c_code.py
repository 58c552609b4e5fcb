"""Peers in C: a source of the folder `c`, compiled for this machine when it is asked for; needs gcc."""

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

FLAGS = ("-O3", "-march=native", "-ffast-math", "-fopenmp")
SOURCES = Path(__file__).parent / "c"


@cache
def _folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="pdenn-benchmarks-")


@cache
def library(source: str, dtype: str, *definitions: str) -> ctypes.CDLL:
    """`c/SOURCE.c` with `REAL` and `SQRT` for `dtype` and further definitions such as `DIVISOR=SQRT`."""
    real, root = ("float", "sqrtf") if dtype == "float32" else ("double", "sqrt")
    name = "-".join([source, real, *(word.replace("=", "") for word in definitions)])
    path = Path(_folder().name, f"{name}.so")
    defined = [f"-D{word}" for word in (f"REAL={real}", f"SQRT={root}", *definitions)]
    compiled = path.with_suffix(".o")
    subprocess.run(
        ["gcc", *FLAGS, *defined, "-fPIC", "-c", "-o", str(compiled), str(SOURCES / f"{source}.c")], check=True
    )
    # Linked with -ffast-math, the library would switch off subnormal numbers in the whole process.
    subprocess.run(["gcc", "-fopenmp", "-shared", "-o", str(path), str(compiled), "-lm"], check=True)
    return ctypes.CDLL(str(path))


def function(loaded: ctypes.CDLL, name: str, dtype: str, signature: str):
    """A function of a library: `signature` has a letter for each argument, `a`rray, `n`umbers (int32), `i`nteger, `r`eal."""
    number = ctypes.c_float if dtype == "float32" else ctypes.c_double
    array, numbers = (np.ctypeslib.ndpointer(kind, flags="C_CONTIGUOUS") for kind in (dtype, np.int32))
    found = getattr(loaded, name)
    kinds = {"a": array, "n": numbers, "i": ctypes.c_long, "r": number}
    found.argtypes, found.restype = [kinds[c] for c in signature], None
    return found
