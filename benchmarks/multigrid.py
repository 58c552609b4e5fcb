"""One implicit Charbonnier step on a noisy photograph: our multigrid, PyAMG and SciPy's sparse LU on the same matrix.

All times include the set-up: ours starts from the diffusivities, the peers from the finished sparse matrix. All solve to a
relative residual of 1e-8, computed afterwards from the same matrix. One thread, which is all that the peers use.
"""

import time
import tracemalloc
from dataclasses import replace
from functools import partial
from statistics import median

import numba
import numpy as np
import pyamg
import scipy.sparse.linalg
from skimage.data import camera

import pdenn as pn
from pdenn.operators.matrix import matrices

from .kernels import machine

RTOL = 1e-8
STEP = 1e4  # τρ


class Problem:
    """`(I - τ A) v = f` with coefficients held at `f`: for us, and as a matrix."""

    def __init__(self, n: int):
        photo = np.kron(camera()[: min(n, 512), : min(n, 512)] / 255, np.ones((max(1, n // 512),) * 2))
        self.f = photo + 0.1 * np.random.default_rng(0).standard_normal((n, n))
        self.A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.05)), pn.Grid((n, n))).hold(0.0, self.f)
        self.tau = STEP / self.A.bound.spectral.value

    def matrix(self):
        """`I - τ A`, compressed rows."""
        A = matrices(self.A, 0.0, self.f)[0]
        return (scipy.sparse.eye_array(self.f.size, format="csr") - self.tau * A).tocsr()

    def residual(self, v) -> float:
        """Relative to the data."""
        return float(np.linalg.norm(self.f - v + self.tau * self.A(0.0, v)) / np.linalg.norm(self.f))


def ours(solver, problem, matrix):
    # A new operator: hierarchies are kept for as long as theirs lives, and the set-up counts.
    return solver(replace(problem.A), 0.0, problem.f, problem.tau)


def algebraic(setup, problem, matrix):
    """PyAMG as preconditioner of conjugate gradients."""
    b = problem.f.ravel()
    return setup(matrix).solve(b, x0=b, tol=RTOL, accel="cg", maxiter=200).reshape(problem.f.shape)


def direct(order, problem, matrix):
    """SuperLU for a symmetric matrix."""
    options = {"SymmetricMode": True}
    factors = scipy.sparse.linalg.splu(matrix.tocsc(), permc_spec=order, diag_pivot_thresh=0.0, options=options)
    return factors.solve(problem.f.ravel()).reshape(problem.f.shape)


SOLVERS = {
    "Multigrid": partial(ours, pn.Multigrid(RTOL)),
    "Multigrid, single": partial(ours, pn.Multigrid(RTOL, single=True)),
    "ConjugateGradients, Multigrid": partial(ours, pn.ConjugateGradients(RTOL, preconditioner=pn.Multigrid())),
    "PyAMG Ruge-Stüben": partial(algebraic, pyamg.ruge_stuben_solver),
    "PyAMG Ruge-Stüben, PMIS": partial(algebraic, partial(pyamg.ruge_stuben_solver, CF="PMIS")),
    "PyAMG aggregation": partial(algebraic, pyamg.smoothed_aggregation_solver),
    "PyAMG aggregation, unsmoothed": partial(algebraic, partial(pyamg.smoothed_aggregation_solver, smooth=None)),
    "SciPy splu": partial(direct, "MMD_AT_PLUS_A"),
}


def compare(n: int, rounds: int) -> list[dict]:
    """Median seconds of every solver over rounds in which all take turns; compiled and warmed up before."""
    numba.set_num_threads(1)
    small, problem = Problem(64), Problem(n)
    few, matrix = small.matrix(), problem.matrix()
    seconds, residuals = {name: [] for name in SOLVERS}, {}
    for solve in SOLVERS.values():
        solve(small, few)
    for _ in range(rounds):
        for name, solve in SOLVERS.items():
            begin = time.perf_counter()
            v = solve(problem, matrix)
            seconds[name].append(time.perf_counter() - begin)
            residuals[name] = problem.residual(v)
    return [
        {"solver": name, "cells": n, "seconds": median(seconds[name]), "residual": residuals[name]} for name in SOLVERS
    ]


def scaling(sizes, rounds: int) -> list[dict]:
    """Fastest of several runs and peak memory, as multiples of the state, of our solver on growing grids that take turns."""
    numba.set_num_threads(1)
    problems = [Problem(n) for n in sizes]
    solve = SOLVERS["Multigrid, single"]
    solve(Problem(64), None)
    seconds = [[] for _ in problems]
    for _ in range(rounds):
        for problem, found in zip(problems, seconds, strict=True):
            begin = time.perf_counter()
            solve(problem, None)
            found.append(time.perf_counter() - begin)
    return [{"cells": n, "seconds": min(found), "memory_states": peak(solve, problem)}
            for n, problem, found in zip(sizes, problems, seconds, strict=True)]  # fmt: skip


def peak(solve, problem) -> float:
    """What NumPy allocates during a solution at most, relative to the state."""
    tracemalloc.start()
    solve(problem, None)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / problem.f.nbytes


def exponent(rows, key) -> float:
    """`p` of the least-squares fit `key ~ cells^p`, cells counted in all."""
    return float(np.polyfit(np.log([r["cells"] ** 2 for r in rows]), np.log([r[key] for r in rows]), 1)[0])


def measure(n: int = 1024, rounds: int = 3, sizes=(256, 512, 1024, 2048)) -> dict:
    """The comparison with the peers, and how ours grows."""
    rows, grown = compare(n, rounds), scaling(sizes, rounds)
    seconds = {r["solver"]: r["seconds"] for r in rows}
    best = min(s for name, s in seconds.items() if "Multigrid" in name)
    return {
        "machine": {**machine(), "pyamg": pyamg.__version__, "scipy": scipy.__version__},
        "rows": rows,
        "speed_over_pyamg": min(s for name, s in seconds.items() if name.startswith("PyAMG")) / best,
        "speed_over_splu": seconds["SciPy splu"] / best,
        "scaling": grown,
        "exponent_of_time": exponent(grown, "seconds"),
        "exponent_of_memory": 1 + exponent(grown, "memory_states"),
    }
