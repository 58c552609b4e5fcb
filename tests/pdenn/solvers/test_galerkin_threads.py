"""The compiled hierarchy on two threads."""

import os
import subprocess
import sys

CODE = """
import numpy as np, numba, pdenn as pn
from pdenn.kernels import stencil as kernels
from pdenn.solvers.galerkin import Level
from pdenn.solvers.problem import linear_problem
from pdenn.solvers.smoothers import *
assert numba.get_num_threads() == 2
rng = np.random.default_rng(0)
for shape, boundary in (((151, 153), "periodic"), ((160, 131), "reflecting"), ((27, 29, 31), "periodic"),
                        ((26, 28, 31), "reflecting"), ((26, 28, 30), "periodic")):
    A = pn.discretise(pn.Diffusion(conductivity=rng.uniform(0.5, 2, shape)), pn.Grid(shape, boundary=boundary))
    found = []
    for parallel in (False, True):
        Level.run = lambda self, pair: pair[parallel]
        random = np.random.default_rng(1)
        level = linear_problem(A, 0.0, np.zeros((2, *shape)), 10.0)
        while level is not None:
            v, f = random.random(level.shape), random.random(level.shape)
            found.append([level.s, level.residual(v, f)])
            for smoother in (Jacobi(), GaussSeidel(), Chebyshev(), LineGaussSeidel()):
                found[-1].append(level.smoothed(smoother, v.copy(), f))
            if level.coarse is not None:
                found[-1] += [level.restricted(f), level.prolonged(random.random(level.coarse.shape))]
            level = level.coarse
    half = len(found) // 2
    assert half >= 3
    for one, two in zip(found[:half], found[half:], strict=True):
        for x, y in zip(one, two, strict=True):
            assert np.abs(x - y).max() <= 1e-12 * np.abs(x).max()
"""


def test_results_do_not_depend_on_the_number_of_threads():
    """Cells of one colour do not see each other, at the seams of odd rings neither. In a process of its own."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
