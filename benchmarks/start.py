"""From nothing to a solution: a fresh process that imports pdenn and solves on 512 x 512, its kernels cached on disk.

What stops it is a process that loads one empty kernel: the interpreter, Numba, and what Numba imports.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .rounds import interleaved, row

SECONDS = 1.5
EMPTY = "an empty kernel"
PROGRAM = """
import numpy as np
import pdenn as pn

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((512, 512)))
pn.solve(A, np.random.default_rng(0).random((512, 512)), pn.FSI(n=8), t_end=5.0)
"""
EMPTY_PROGRAM = """
import numba
import numpy as np

@numba.njit(cache=True)
def nothing(x):
    return x

nothing(np.zeros(1))
"""


def measure(settings):
    """Two rows: the peer is the time that it should take at most, and the one that an empty kernel takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.py"
        path.write_text(EMPTY_PROGRAM)
        works = {"pdenn": lambda: process("-c", PROGRAM), EMPTY: lambda: process(str(path))}
        for work in works.values():
            work()  # fills the caches
        seconds = interleaved(works, settings.pick(10.0, 4.0, 0.1))
    case, ours = "import and solve, 512 x 512", ("pdenn", seconds["pdenn"])
    yield row(case, ours, ("limit", [SECONDS]), target=1.0, dtype="float64")
    yield row(case, ours, (EMPTY, seconds[EMPTY]), dtype="float64")


def process(*arguments: str):
    """Run Python in a process which finds and leaves bytecode as an installation has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *arguments], check=True, env=environment)
