"""From nothing to a solution: a fresh process that imports pdenn and solves on 512 x 512, its kernels cached on disk."""

import os
import subprocess
import sys

from .rounds import row, timed

SECONDS = 1.5
PROGRAM = """
import numpy as np
import pdenn as pn

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((512, 512)))
pn.solve(A, np.random.default_rng(0).random((512, 512)), pn.FSI(n=8), t_end=5.0)
"""


def measure(settings):
    """One row: the peer is the time that it should take at most."""
    process()  # fills the cache
    seconds = [timed(process) for _ in range(settings.pick(7, 3, 1))]
    yield row("import and solve, 512 x 512", ("pdenn", seconds), ("limit", [SECONDS]), target=1.0, dtype="float64")


def process():
    """Run the program, which finds and leaves bytecode as an installation has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, env=environment)
