"""One implicit Charbonnier step on a noisy photograph: our multigrid, PyAMG and SciPy's sparse LU on the same matrix.

All times include the set-up: ours starts from the diffusivities, the peers from the finished sparse matrix. All solve to a
relative residual of 1e-8, computed afterwards from the same matrix. One thread, which is all that the peers use.
"""

import tracemalloc
from dataclasses import replace
from functools import partial

import numba
import numpy as np
import scipy.sparse.linalg
from skimage.data import camera

import pdenn as pn
from pdenn.operators.matrix import matrices

from .rounds import interleaved, row

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


def algebraic(setup, options, problem, matrix):
    """PyAMG as preconditioner of conjugate gradients."""
    import pyamg

    b = problem.f.ravel()
    return (
        getattr(pyamg, setup)(matrix, **options)
        .solve(b, x0=b, tol=RTOL, accel="cg", maxiter=200)
        .reshape(problem.f.shape)
    )


def direct(order, problem, matrix):
    """SuperLU for a symmetric matrix."""
    options = {"SymmetricMode": True}
    factors = scipy.sparse.linalg.splu(matrix.tocsc(), permc_spec=order, diag_pivot_thresh=0.0, options=options)
    return factors.solve(problem.f.ravel()).reshape(problem.f.shape)


OURS = {
    "Multigrid": partial(ours, pn.Multigrid(RTOL)),
    "Multigrid, single": partial(ours, pn.Multigrid(RTOL, single=True)),
    "ConjugateGradients, Multigrid": partial(ours, pn.ConjugateGradients(RTOL, preconditioner=pn.Multigrid())),
}
PYAMG = {
    "PyAMG Ruge-Stüben": partial(algebraic, "ruge_stuben_solver", {}),
    "PyAMG Ruge-Stüben, PMIS": partial(algebraic, "ruge_stuben_solver", {"CF": "PMIS"}),
    "PyAMG aggregation": partial(algebraic, "smoothed_aggregation_solver", {}),
    "PyAMG aggregation, unsmoothed": partial(algebraic, "smoothed_aggregation_solver", {"smooth": None}),
}
DIRECT = {"SciPy splu": partial(direct, "MMD_AT_PLUS_A")}


def measure(settings):
    """Every peer against the fastest of ours, and how ours grows."""
    numba.set_num_threads(1)
    yield from compare(settings)
    yield from growth(settings)


def compare(settings):
    """Rows of all peers."""
    problem = Problem(settings.pick(1024, 128, 32))
    matrix, solvers = problem.matrix(), {**OURS}
    solvers.update(PYAMG if settings.wants("PyAMG") else {}, **(DIRECT if settings.wants("SciPy") else {}))
    # The first solution is not timed: it compiles, and gives the residual.
    residuals = {name: problem.residual(solve(problem, matrix)) for name, solve in solvers.items()}
    works = {name: partial(solve, problem, matrix) for name, solve in solvers.items()}
    seconds = interleaved(works, settings.seconds)
    best = min(OURS, key=lambda name: np.median(seconds[name]))
    for peer in [name for name in works if name != best]:
        yield row(f"{problem.f.shape[0]} x {problem.f.shape[1]}", (best, seconds[best]), (peer, seconds[peer]), dtype="float64",
                  threads=1, residual=residuals[best], residual_of_peer=residuals[peer])  # fmt: skip


def growth(settings):
    """Rows of growing grids that take turns, the time of a cell against that on the smallest one, and the memory."""
    sizes = settings.pick((256, 512, 1024, 2048), (64, 128), (16, 32))
    problems, name = {n: Problem(n) for n in sizes}, "Multigrid, single"
    works = {n: partial(OURS[name], problem, None) for n, problem in problems.items()}
    memory = {n: peak(work) / problems[n].f.nbytes for n, work in works.items()}
    seconds = {n: [s * 2**20 / n**2 for s in found] for n, found in interleaved(works, settings.seconds).items()}
    for n in sizes[1:]:
        peer = (f"{name}, {sizes[0]} x {sizes[0]}", seconds[sizes[0]])
        yield row(
            f"{n} x {n}, time of 2^20 cells",
            (name, seconds[n]),
            peer,
            dtype="float64",
            threads=1,
            memory_states=memory[n],
        )
    p = exponent(sizes, [np.median(seconds[n]) * n**2 for n in sizes])
    q = exponent(sizes, [memory[n] * n**2 for n in sizes])
    yield {
        "note": f"multigrid from {sizes[0]} to {sizes[-1]} cells an axis: time ~ cells^{p:.2f}, memory ~ cells^{q:.2f}"
    }


def peak(work) -> int:
    """Bytes that NumPy allocates at most."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def exponent(sizes, values) -> float:
    """`p` of the least-squares fit `value ~ cells^p`, cells counted in all."""
    return float(np.polyfit(np.log(np.square(sizes)), np.log(values), 1)[0])
