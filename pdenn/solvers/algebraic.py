"""Algebraic multigrid for graphs, by PyAMG (Bell, Olson, Schroder, Southworth 2023), an optional package.

Rests on the sparse matrix of an operator.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy

from ..arrays import is_torch, namespace
from ..operators.linearised import affine_part
from ..operators.matrix import matrices
from .implicit import check_tolerances, missed, norm, tolerance, with_gradient

METHODS = ("smoothed-aggregation", "ruge-stuben")


@dataclass(frozen=True)
class AlgebraicMultigrid:
    """Conjugate gradients preconditioned by algebraic V-cycles, for linear diffusion on graphs of any shape.

    Coarse levels come from the entries of `m I - γ A'` alone. Where these are not symmetric, BiCGStab takes the place of
    conjugate gradients. Linear operators on grids are solved too, in double precision, as everything is here.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    method : {"smoothed-aggregation", "ruge-stuben"}
        Coarse levels of groups of nodes with smoothed interpolation (Vaněk, Mandel, Brezina 1996), or of single nodes
        (Ruge and Stüben 1987), which fill up where some nodes have many neighbours.

    Raises
    ------
    ImportError
        When called without PyAMG.
    """

    rtol: float = 1e-10
    iterations: int = 200
    method: str = "smoothed-aggregation"

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}, got {self.method!r}")

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        if not A.bound.linear:
            raise ValueError(f"{self} needs a linear operator, got {A!r}: use NewtonKrylov, or SemiImplicit in time")
        step = float(gamma.detach() if is_torch(gamma) else gamma)
        right, guess = (_rows(x, A.grid) for x in (f + step * affine_part(A, t, f), f if start is None else start))
        allowed = tolerance(self.rtol, f, A, t, step, mass, start)
        levels = [hierarchy(_Matrix(_system(M, step, mass)), self.method) for M in matrices(A, t, f)]
        solved = [
            _solve(levels[i % len(levels)], b, x, allowed / math.sqrt(len(right)), self.iterations)
            for i, (b, x) in enumerate(zip(right, guess, strict=True))
        ]
        residuals = _total([history for _, history in solved])
        if not residuals[-1] <= allowed:
            raise missed(self, residuals, allowed)
        return _like(np.stack([v for v, _ in solved]), f)


class _Matrix:
    """A sparse matrix that is equal to another with the same entries, so that its hierarchy is found again."""

    def __init__(self, M):
        self.M, content = M, hashlib.sha256(repr(M.shape).encode())
        for part in (M.indptr, M.indices, M.data):
            content.update(np.ascontiguousarray(part))
        self.digest = content.hexdigest()

    def __eq__(self, other):
        return self.digest == other.digest

    def __hash__(self):
        return hash(self.digest)


@lru_cache(maxsize=8)
def hierarchy(matrix: _Matrix, method: str):
    """PyAMG's levels for a matrix, and the Krylov method of SciPy that they suit."""
    try:
        import pyamg
    except ImportError as error:
        raise ImportError("AlgebraicMultigrid needs PyAMG: pip install pdenn[amg]") from error
    M = matrix.M
    from scipy.sparse.linalg import bicgstab, cg

    symmetric = abs(M - M.T).max() <= 1e-12 * abs(M).max()
    coarsest = "pinv" if _singular(M) else "splu"
    if method == "ruge-stuben":
        levels = pyamg.ruge_stuben_solver(M, coarse_solver=coarsest)
    else:
        # Weights from the rows of the matrix: PyAMG would start power iterations from numbers drawn at random.
        smooth = ("jacobi", {"weighting": "local"})
        levels = pyamg.smoothed_aggregation_solver(
            M, symmetry="symmetric" if symmetric else "nonsymmetric", smooth=smooth, coarse_solver=coarsest
        )
    return levels, cg if symmetric else bicgstab


def _system(M, gamma: float, mass: float):
    """`m I - γ M`."""
    return scipy.sparse.csr_array(mass * scipy.sparse.eye_array(M.shape[0]) - gamma * M)


def _solve(levels, b, x, allowed, iterations):
    """The solution, and the norms of the residuals on the way."""
    hierarchy, method = levels
    M = hierarchy.levels[0].A
    history = [norm(b - M @ x)]
    if not math.isfinite(history[0]):
        return x, history

    def after(v):
        history.append(norm(b - M @ v))

    inverse = _without_constants(hierarchy.aspreconditioner()) if _singular(M) else hierarchy.aspreconditioner()
    x, _ = method(M, b, x, rtol=0.0, atol=0.9 * allowed, maxiter=iterations, M=inverse, callback=after)
    return x, [*history[:-1], norm(b - M @ x)]


def _singular(M) -> bool:
    """Whether constants are mapped to zero, as where `m = 0` behind closed walls: the coarsest matrix has no factors."""
    return abs(M.sum(1)).max() <= 1e-12 * abs(M).max()


def _without_constants(inverse):
    """The part of an approximate inverse that leaves the mean alone: rounding would let the mean grow."""

    def corrected(r):
        z = inverse @ r
        return z - z.mean()

    return scipy.sparse.linalg.LinearOperator(inverse.shape, corrected, dtype=float)


def _total(histories):
    """The residuals of all systems together; one that has ended keeps its last."""
    longest = max(map(len, histories))
    columns = [history + history[-1:] * (longest - len(history)) for history in histories]
    return [math.hypot(*row) for row in zip(*columns, strict=True)]


def _rows(x, grid):
    """States as rows of an array in double precision."""
    x = x.detach().cpu().numpy() if is_torch(x) else x
    return x.reshape(-1, math.prod(grid.shape)).astype(float)


def _like(x, f):
    """The rows as a state of the shape, dtype and kind of `f`."""
    x = x.reshape(f.shape)
    return namespace(f).as_tensor(x, dtype=f.dtype, device=f.device) if is_torch(f) else x.astype(f.dtype)
