"""An upper bound of the spectrum of a graph's Laplacian, rigorous for every graph."""

from functools import lru_cache

import numpy as np

from ..graphs import Graph

DENSE = 1024  # up to here all eigenvalues take less than half a second
SWEEPS = 50


@lru_cache(maxsize=16)
def laplacian_norm(graph: Graph) -> tuple[float, str]:
    """`‖K‖²`, an upper bound of the eigenvalues of `L = diag(W̃ 1) - W̃` with symmetric couplings, and its derivation.

    Small graphs: the largest eigenvalue, plus the backward error of a dense solver. Others: with
    `Q = diag(W̃ 1) + W̃ ≥ |L|`, the theorem of Collatz and Wielandt says `λ_max(L) ≤ λ_max(Q) ≤ max_i (Q x)_i / x_i` for
    any `x > 0`; `x = 1` is Gershgorin's `2 max d_i`, and power iteration only lowers the bound. A value of Lanczos with
    its residual encloses some eigenvalue, not always the largest: it proves no upper bound.
    """
    w, d, eps = graph.couplings, graph.degrees, np.finfo(float).eps
    gershgorin = 2 * float(d.max())
    if gershgorin == 0:
        return 0.0, "no two nodes are coupled"
    if graph.size <= DENSE:
        largest = float(np.linalg.eigvalsh(graph.laplacian.toarray())[-1])
        return min(gershgorin, largest) + graph.size * eps * gershgorin, "the largest eigenvalue of the Laplacian"
    # The shift by a tenth of the largest degree keeps x positive, isolated nodes included.
    shift = 0.1 * float(d.max())
    x, best = np.ones(graph.size), gershgorin
    for _ in range(SWEEPS):
        y = w @ x + (d + shift) * x
        best = min(best, float((y / x).max()) - shift)
        x = y / y.max()
    longest = int(np.diff(w.indptr).max())
    return best + (longest + 4) * eps * gershgorin, "by Collatz and Wielandt for diag(W 1) + W"
