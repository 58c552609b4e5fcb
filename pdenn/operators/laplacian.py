"""An upper bound of the spectrum of a graph's Laplacian, rigorous for every graph."""

from functools import lru_cache

import numpy as np
import scipy

from ..graphs import Graph

DENSE = 1024  # up to here all eigenvalues take less than half a second
FACTORED, COUPLINGS = 4000, 100  # nodes, and couplings a node, up to which a factorisation takes seconds
SWEEPS = 50
EPS = np.finfo(float).eps


@lru_cache(maxsize=16)
def laplacian_norm(graph: Graph) -> tuple[float, str]:
    """`‖K‖²`, an upper bound of the eigenvalues of `L = diag(W̃ 1) - W̃` with symmetric couplings, and its derivation.

    Small graphs: the largest eigenvalue, plus the backward error of a dense solver. Middling ones: Lanczos proposes, a
    factorisation proves (`proved`). Others: with `Q = diag(W̃ 1) + W̃ ≥ |L|`, the theorem of Collatz and Wielandt says
    `λ_max(L) ≤ λ_max(Q) ≤ max_i (Q x)_i / x_i` for any `x > 0`; `x = 1` is Gershgorin's `2 max d_i`, and power iteration
    only lowers the bound. A value of Lanczos with its residual encloses some eigenvalue, not always the largest: alone
    it proves no upper bound.
    """
    gershgorin = 2 * float(graph.degrees.max())
    if gershgorin == 0:
        return 0.0, "no two nodes are coupled"
    if graph.size <= DENSE:
        largest = float(np.linalg.eigvalsh(graph.laplacian.toarray())[-1])
        return min(gershgorin, largest) + graph.size * EPS * gershgorin, "the largest eigenvalue of the Laplacian"
    if graph.size <= FACTORED and graph.couplings.nnz <= COUPLINGS * graph.size:
        bound = proved(graph.laplacian, lanczos(graph.laplacian))
        if bound is not None and bound < gershgorin:
            return bound, "by Lanczos, proved by a factorisation"
    return collatz(graph), "by Collatz and Wielandt for diag(W 1) + W"


def lanczos(laplacian) -> float:
    """A value slightly above what Lanczos takes for the largest eigenvalue."""
    start = np.random.default_rng(0).standard_normal(laplacian.shape[0])
    largest = scipy.sparse.linalg.eigsh(laplacian, k=1, which="LA", v0=start, return_eigenvectors=False)
    return float(largest[0]) * (1 + 1e-10)


def proved(laplacian, s: float) -> float | None:
    """An upper bound of the eigenvalues of `L` that is as good as `s`; None if `s` is below one of them.

    With `s I - L = P (A) Pᵀ`, `A = L̂ Û + E`, `|E| ≤ γ |L̂| |Û|` (Higham 2002, theorem 9.3), `D = diag Û > 0` and
    `F = Û - D L̂ᵀ`, the matrix `L̂ D L̂ᵀ` is positive definite (Sylvester), hence `λ_max(L) ≤ s + ‖L̂ F + E‖_∞`.
    """
    n = laplacian.shape[0]
    shifted = scipy.sparse.csc_array(s * scipy.sparse.eye_array(n) - laplacian)
    factors = scipy.sparse.linalg.splu(
        shifted, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    lower, upper, pivots = abs(factors.L), abs(factors.U), factors.U.diagonal()
    if (factors.perm_r != factors.perm_c).any() or not (pivots > 0).all():
        return None
    skew = abs(factors.U - scipy.sparse.diags_array(pivots) @ factors.L.T)
    gamma = 2 * EPS * (max(np.diff(lower.tocsr().indptr).max(), np.diff(upper.tocsc().indptr).max()) + 4)
    one = np.ones(n)
    excess = (lower @ (skew @ one) + gamma * (lower @ (upper @ one))).max()
    return float((s + excess) * (1 + 8 * EPS))


def collatz(graph: Graph) -> float:
    """The bound of Collatz and Wielandt after some sweeps of power iteration."""
    w, d = graph.couplings, graph.degrees
    # The shift by a tenth of the largest degree keeps x positive, isolated nodes included.
    shift = 0.1 * float(d.max())
    x, best = np.ones(graph.size), 2 * float(d.max())
    for _ in range(SWEEPS):
        y = w @ x + (d + shift) * x
        best = min(best, float((y / x).max()) - shift)
        x = y / y.max()
    longest = int(np.diff(w.indptr).max())
    return best + (longest + 4) * EPS * 2 * float(d.max())
