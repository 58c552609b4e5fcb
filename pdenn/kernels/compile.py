"""Numba's compiler with a disk cache that cannot go stale.

Numba keys its cache by the file of a kernel alone: an edit of a callee in another file, or of the compile options,
would be served the old machine code. Here the cache lies in a folder named by the Numba version, the hash of the
sources and options that machine code is made of.
"""

import getpass
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.extending import register_jitable
from platformdirs import user_cache_path

# Division must follow IEEE to vectorise (error_model), and NaN and infinity must stay visible: no nnan, no ninf. Sums keep
# their order (no reassoc): differences of equal numbers are zero, and a kernel rounds alike wherever it is compiled into.
OPTIONS: Any = {"error_model": "numpy", "fastmath": {"contract", "nsz", "arcp"}}
PACKAGE = Path(__file__).parent.parent
COMPILED = ("kernels", "laws", "tensors", "fluxes")  # all code that machine code is made of


def serial(function):
    """A kernel, called from Python, for one thread."""
    return _entry(function, False)


def serial_and_parallel(function):
    """The pair of the serial and the parallel compilation of one kernel with `numba.prange`."""
    return _entry(function, False), _entry(function, True)


def inner(function):
    """Code that kernels of this package call: no entry from Python is made for it, and it is kept as a part of them."""
    return register_jitable(**OPTIONS)(function)


def inlined(function):
    """As `inner`, and a part of each that calls it, or a call would count the references to each of its arrays.

    That takes as long as a short row.
    """
    return register_jitable(**OPTIONS, forceinline=True)(function)


def _entry(function, parallel):
    """`numba.njit` with the options of this package, cached on disk where any folder can be written."""
    compiled = numba.njit(**OPTIONS, nogil=True, no_cfunc_wrapper=True, parallel=parallel)(function)
    folder = _cache_folder(parallel)
    if folder is None:
        return compiled
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        compiled.enable_caching()
    finally:
        numba.config.CACHE_DIR = before
    return compiled


@cache
def _cache_folder(parallel: bool) -> Path | None:
    """The first writable folder for this version of Numba, of the sources and of the options; None if there is none."""
    sources = b"".join(path.read_bytes() for folder in COMPILED for path in sorted((PACKAGE / folder).rglob("*.py")))
    options = repr(sorted((key, sorted(value) if isinstance(value, set) else value) for key, value in OPTIONS.items()))
    digest = hashlib.sha256(sources + options.encode()).hexdigest()[:16]
    name = f"numba-{numba.__version__}-{digest}-{'parallel' if parallel else 'serial'}"
    base = os.environ.get("NUMBA_CACHE_DIR")
    # Compiled code is loaded from here: a folder that another user could write to must not be taken.
    own = Path(tempfile.gettempdir()) / f"pdenn-{getpass.getuser()}"
    for parent in (Path(base) if base else user_cache_path("pdenn"), own):
        folder = parent / name
        try:
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True)
            if parent == own and (own.stat().st_mode & 0o077 or own.stat().st_uid != os.getuid()):
                continue
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None
