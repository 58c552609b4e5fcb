"""How diffusion on a graph separates groups of points: the distance-diameter ratio, and what is proved about it.

The groups are the clusters of one class each ("subclasses"). Everything here is for a symmetric `W ≥ 0` and the layer
`X ← X - γ L X`, `L = diag(W 1) - W`, and is proved in the docstrings; it is no theorem quoted from a paper. The measured
ratio is that of the example `xor` of Diff-ResNet (Wang, Dou, Bao, Shi 2024).
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from .graphs import Graph


class Ratio(NamedTuple):
    """The least distance between points of different groups, the largest diameter of a group, and their ratio."""

    distance: float
    diameter: float

    @property
    def ratio(self) -> float:
        """`L/D`; infinite where all groups are points."""
        return self.distance / self.diameter if self.diameter > 0 else float("inf")


class Gaps(NamedTuple):
    """Of each group, in the order of `numpy.unique`: what its inner and its outer edges say.

    Attributes
    ----------
    slowest, fastest : arrays of floats
        `λ₂` and `λ_max` of the Laplacian of the inner edges (both 0 for a single point).
    leak : array of floats
        `ε_c = Σ_(i in c, j not in c) w_ij / |c|`, at which its mean may move.
    force : array of floats
        `κ_c = (Σ_(i in c) (Σ_(j not in c) w_ij)²)^(1/2)`, by which outer edges may pull it apart.
    """

    slowest: NDArray[np.float64]
    fastest: NDArray[np.float64]
    leak: NDArray[np.float64]
    force: NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What is proved for each of `steps + 1` states: `L ≥ distance`, `D ≤ diameter`; arrays of that length."""

    distance: NDArray[np.float64]
    diameter: NDArray[np.float64]

    @property
    def ratio(self) -> NDArray[np.float64]:
        """`L/D` is at least this; 0 as long as nothing is proved."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.distance > 0, np.maximum(self.distance, 0) / self.diameter, 0.0)


@dataclass(frozen=True)
class Metastability:
    """The time scales of a graph of `q` groups: `collapse ≪ mixing` keeps them apart for long.

    Attributes
    ----------
    collapse : float
        `1/λ_(q+1)(L) ≤ 1/min_c λ₂(L_c)`, bounded by the latter: groups contract within it.
    mixing : float
        `1/λ_q(L) ≥ 1/(2 max_c ε_c)`, bounded by the latter: no group forgets itself before; infinite without outer edges.
    """

    collapse: float
    mixing: float


def distance_diameter(x: ArrayLike, groups: ArrayLike) -> Ratio:
    """`L/D` of points: least distance between different groups over the largest diameter of one.

    Parameters
    ----------
    x : array of shape (points, features)
    groups : integer array of shape (points,)
        At least two different ones.

    Returns
    -------
    Ratio

    Raises
    ------
    ValueError
        Shapes do not fit, a number is not finite, or there is one group only.
    """
    parts = _parts(x, groups)
    return Ratio(
        min(float(cdist(a, b).min()) for a, b in combinations(parts, 2)), max(float(cdist(a, a).max()) for a in parts)
    )


def gaps(graph: Graph, groups: ArrayLike) -> Gaps:
    """`λ₂`, `λ_max`, `ε_c` and `κ_c` of every group, by dense eigenvalues of each group alone.

    Parameters
    ----------
    graph : Graph
        With symmetric couplings.
    groups : integer array of shape (nodes,)

    Raises
    ------
    ValueError
        The couplings are not symmetric, or the shape of `groups` does not fit.
    """
    w, groups = _symmetric(graph), labels_of(groups, graph.size)
    rows = []
    for c in np.unique(groups):
        inside = groups == c
        inner = w[inside][:, inside]
        outer = np.asarray(w[inside][:, ~inside].sum(1)).ravel()
        values = np.linalg.eigvalsh(np.diag(np.asarray(inner.sum(1)).ravel()) - inner.toarray())
        # eigenvalues of a group that falls apart are zero, whatever rounding says
        whole = inside.sum() > 1 and connected_components(inner, directed=False)[0] == 1
        rows.append((values[1] if whole else 0.0, max(values[-1], 0.0), outer.mean(), np.sqrt((outer**2).sum())))
    return Gaps(*(np.array(column) for column in zip(*rows, strict=True)))


def predict(x: ArrayLike, graph: Graph, groups: ArrayLike, gamma: float, steps: int) -> Prediction:
    """Bounds of the distance and the diameter in each layer `X ← X - γ L X`.

    Let `m_c` be the mean of a group and `y_c` its deviation with the Frobenius norm `r_c`. Inner edges keep `m_c` and
    multiply `r_c` by at most `q_c = max(|1 - γ λ₂|, |1 - γ λ_max|)`, for they act on `y_c ⊥ 1`. An outer edge adds
    `γ w_ij (x_j - x_i)`, at most `γ w_ij R` with `R` the diameter of all points, which does not grow if `γ max_i d_i ≤ 1`
    (convex combinations). Hence `r_c ← q_c r_c + γ κ_c R`, and `m_c` moves by at most `γ ε_c R`. Then
    `D ≤ √2 max_c r_c` (`|a - b|² ≤ 2 (|a|² + |b|²)`) and `L ≥ min |m_c - m_c'| - r_c - r_c'` less how far they moved.
    Without outer edges `L/D` grows at least like `(1/max_c q_c)^k` once the means stand apart.

    Parameters
    ----------
    x : array of shape (nodes, features)
    graph : Graph
        With symmetric couplings.
    groups : integer array of shape (nodes,)
    gamma : float
        `> 0`; with outer edges at most `1/max_i d_i`.
    steps : int

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        An argument does not fit, or `gamma` exceeds its limit.
    """
    parts, g = _parts(x, groups), gaps(graph, groups)
    if not (np.isfinite(gamma) and gamma > 0):
        raise ValueError(f"gamma must be finite and > 0, got {gamma!r}")
    if g.leak.max() > 0 and gamma * graph.degrees.max() > 1 + 1e-12:
        raise ValueError(f"gamma must be at most 1/max d_i = {1 / graph.degrees.max():.6g} with edges between groups, "
                         f"got {gamma:.6g}")  # fmt: skip
    x, q = np.concatenate(parts), np.maximum(abs(1 - gamma * g.slowest), abs(1 - gamma * g.fastest))
    single = np.array([len(p) == 1 for p in parts])
    reach = float(cdist(x, x).max()) if g.leak.max() > 0 else 0.0
    radius, means = [_radii(parts)], np.array([p.mean(0) for p in parts])
    for _ in range(steps):
        radius.append(np.where(single, 0.0, q * radius[-1] + gamma * g.force * reach))
    r, moved = np.array(radius), gamma * g.leak * reach * np.arange(steps + 1)[:, None]
    away = r + moved
    apart = [
        np.linalg.norm(means[a] - means[b]) - away[:, a] - away[:, b] for a, b in combinations(range(len(parts)), 2)
    ]
    return Prediction(np.min(apart, 0), np.sqrt(2) * r.max(1))


def metastability(graph: Graph, groups: ArrayLike) -> Metastability:
    """The times of collapse and of mixing, from the edges inside and between the groups.

    `L = L_in + L_out` with both positive semi-definite. Weyl: `λ_(q+1)(L) ≥ λ_(q+1)(L_in) = min_c λ₂(L_c)`. Courant and
    Fischer with the indicators of the `q` groups, where `L_in` vanishes: `λ_q(L)` is at most the largest eigenvalue of the
    graph of groups, at most `2 max_c ε_c` by Gershgorin.

    Parameters
    ----------
    graph, groups
        As for `gaps`.

    Returns
    -------
    Metastability
    """
    g = gaps(graph, groups)
    sizes = np.unique(groups, return_counts=True)[1]
    slowest, leak = min(g.slowest[sizes > 1], default=np.inf), 2 * g.leak.max()
    return Metastability(*(float(1 / rate) if rate > 0 else float("inf") for rate in (slowest, leak)))


def _radii(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.array([np.linalg.norm(p - p.mean(0)) for p in parts])


def _parts(x: ArrayLike, groups: ArrayLike) -> list[NDArray[np.float64]]:
    x = np.asarray(x, float)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise ValueError(f"x must be a finite array of shape (points, features), got shape {x.shape}")
    groups = labels_of(groups, len(x))
    parts = [x[groups == c] for c in np.unique(groups)]
    if len(parts) < 2:
        raise ValueError(f"groups must hold at least two different labels, got {np.unique(groups)}")
    return parts


def labels_of(groups: ArrayLike, n: int) -> NDArray[np.integer[Any]]:
    """`groups` as an array of `n` integers, or ValueError."""
    labels = np.asarray(groups)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(f"groups must be {n} integers, got dtype {labels.dtype} and shape {labels.shape}")
    return labels


def _symmetric(graph: Graph) -> scipy.sparse.csr_array:
    if not isinstance(graph, Graph) or not graph.symmetric:
        raise ValueError(f"graph must be a Graph with symmetric couplings, got {graph!r}")
    return graph.couplings
