"""`pdenn doctor`: what the package runs on, and whether it computes the heat kernel as theory says.

The error of the self-test has a proof: explicit Euler within its maximum-minimum limit never enlarges the maximum norm,
so that it is at most the sum over the steps of `τ (τ/2 max |∂_tt u| + h²/12 max (|∂_xxxx u| + |∂_yyyy u|))` (Taylor's
remainders). For the heat kernel of the plane at the age `s` these maxima, at its centre, are `2 K/s²` and `3 K/(2 s²)` with
`K = 1/(4πs)`: a sum over `s^(-3)`, of which the first term and an integral are more. The images behind the walls add less
than a hundredth, which the bound grants.
"""

import os
import platform
import tempfile
import time
from importlib import metadata
from math import pi
from pathlib import Path

import numpy as np
import typer

import pdenn

from .faults import FAILED, tell, told
from .options import Json
from .tables import show, show_json, table

PACKAGES = ("pdenn", "numpy", "scipy", "numba", "torch", "torchdiffeq", "xarray", "zarr", "h5netcdf", "safetensors",
            "scikit-image", "typer", "rich", "pyamg", "hypothesis", "onnxruntime")  # fmt: skip
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@told
def doctor(as_json: Json = False):
    """Report versions, threads, BLAS, GPU and caches, and solve the heat equation against its exact solution.

    The exit code is 1 if the solution is further from the exact one than theory allows.
    """
    report: dict = {
        "versions": versions(),
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "threads": threads(),
        "blas": blas(),
        "gpu": gpu(),
        "folders": folders(),
        "self-test": self_test(),
    }
    if as_json:
        show_json(report)
    else:
        show(*(_table(title, part) for title, part in report.items()))
    if not report["self-test"]["passed"]:
        tell("failed: the self-test is further from the exact solution than its bound")
        raise typer.Exit(FAILED)


def versions() -> dict[str, str | None]:
    """Of Python and of the packages; None for one that is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str | None:
    if name == "pdenn":
        return pdenn.__version__
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def threads() -> dict:
    """What Numba and torch take, and what the environment says."""
    import numba

    torch = _torch()
    found = {"numba": numba.get_num_threads(), "torch": None if isinstance(torch, str) else torch.get_num_threads()}
    return found | {name: os.environ.get(name) for name in THREADS}


def blas() -> dict:
    """What NumPy was built with."""
    built = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return {key: str(built[key]) for key in ("name", "version", "openblas configuration") if key in built}


def gpu() -> dict:
    """What torch sees."""
    torch = _torch()
    if isinstance(torch, str):
        return {"torch": torch}
    if not torch.cuda.is_available():
        return {"cuda": False, "built for": torch.version.cuda}
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {"cuda": True, "built for": torch.version.cuda, "devices": names}


def _torch():
    """The module, or why it cannot be had."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library of its build is missing
        return f"cannot be imported: {error}"
    return torch


def folders() -> dict:
    """Where compiled kernels and data sets are kept, and whether that can be written."""
    from ..datasets import sources
    from ..kernels.compile import _cache_folder

    kernels, data = _cache_folder(False), os.environ.get("PDENN_DATA")
    return {
        "kernels": "none can be written: kernels are compiled in every process" if kernels is None else str(kernels),
        "kernels writable": kernels is not None and _writable(kernels),
        "data sets": str(sources.cache()),
        "data sets writable": _writable(sources.cache()),
        "PDENN_DATA": data,
        "PDENN_DATA is a folder": None if data is None else Path(data).is_dir(),
    }


def _writable(folder: Path) -> bool:
    """Whether a file can be written there, or in the first folder above it that exists."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def self_test(cells: int = 64, age: float = 0.01, t_end: float = 0.005) -> dict:
    """The heat kernel on the unit square with reflecting walls, by explicit Euler."""
    grid = pdenn.Grid((cells, cells), 1 / cells)
    kernel = pdenn.exact.HeatKernelOnBox(grid, (0.5, 0.5), age)
    x, A, began = grid.coordinates(), pdenn.discretise(pdenn.Diffusion(), grid), time.perf_counter()
    solution = pdenn.solve(A, kernel.u(0.0, *x), pdenn.ExplicitEuler(), t_end, certificate="max-min", progress=False)
    error = float(np.abs(solution.u - kernel.u(t_end, *x)).max())
    steps = solution.tau / age**3 + (age**-2 - (age + t_end) ** -2) / 2
    bound = 1.01 * steps * (solution.tau + grid.h[0] ** 2 / 8) / (4 * pi)
    return {"error": error, "bound": bound, "passed": error <= bound, "seconds": time.perf_counter() - began}


def _table(title, part):
    rows = table(title, "what", "found", show_header=False)
    for name, found in part.items():
        words = "-" if found is None else f"{found:.3g}" if isinstance(found, float) else str(found)
        rows.add_row(name, {"True": "yes", "False": "no"}.get(words, words))
    return rows
