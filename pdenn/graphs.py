"""Weighted graphs, from matrices, edges or points: the grids of data without coordinates.

Rests on SciPy's sparse matrices. To schemes and solvers a graph is a grid with one axis and without walls.
"""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp

NORMALISATIONS = ("none", "symmetric", "row")


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A weighted graph; a state on it has the shape `(..., nodes)`.

    The operators see the couplings `w̃_ij`, `i ≠ j`: the weights `W`, `D^(-1/2) W D^(-1/2)` or `D⁻¹ W`, where
    `D = diag(W 1)`. A self-loop counts in these degrees and then drops out: `Graph(A + I, "symmetric")` is the graph of
    a graph convolution, whose diffusion is `diag(W̃ 1) - W̃`.

    Parameters
    ----------
    weights : sparse matrix or array of shape (nodes, nodes)
        Finite and nonnegative; symmetric to rounding, unless `directed`. Copied, as float64.
    normalisation : {"none", "symmetric", "row"}
        `"row"` is the random walk, whose couplings are not symmetric.
    directed : bool
        Allow `w_ij ≠ w_ji`: node `i` sees node `j` with `w_ij`. Degrees are row sums.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    weights: sp.csr_array
    normalisation: str = "none"
    directed: bool = False
    digest: str = field(init=False)  # of everything above: graphs are equal if theirs are

    def __post_init__(self):
        if self.normalisation not in NORMALISATIONS:
            raise ValueError(f"normalisation must be one of {NORMALISATIONS}, got {self.normalisation!r}")
        if not isinstance(self.directed, bool):
            raise TypeError(f"directed must be True or False, got {self.directed!r}")
        weights = _checked(self.weights)
        if not self.directed:
            weights = _symmetric(weights)
        object.__setattr__(self, "weights", _frozen(weights))
        parts = (self.normalisation, self.directed, weights.shape, weights.indptr.tolist(), weights.indices.tolist())
        content = repr(parts).encode() + weights.data.tobytes()
        object.__setattr__(self, "digest", hashlib.sha256(content).hexdigest()[:16])

    @classmethod
    def from_points(cls, x, neighbours=25, bandwidth=None, *, scale=None, normalisation="none", directed=False):
        """The graph of the nearest neighbours of points, with Gaussian weights `exp(-|x_i - x_j|² / ρ_i²)`.

        Each point sees its neighbours, exactly the nearest ones, and itself with weight one (see `Graph`). Unless
        `directed`, `w_ij` becomes the mean `(w_ij + w_ji)/2`, zero counted where only one sees the other.

        Parameters
        ----------
        x : array of shape (nodes, features)
            Finite.
        neighbours : int
            `≥ 1`, the point itself not counted.
        bandwidth : float, optional
            `ρ > 0`, the same for all points. By default each has its own: the distance to its neighbour `scale`
            (self-tuning, Zelnik-Manor and Perona 2004).
        scale : int, optional
            From 1 to `neighbours`; by default 7, or `neighbours` if that is less.
        normalisation, directed
            As for `Graph`; the normalisation follows the symmetrisation.

        Raises
        ------
        ValueError
            Also where so many points coincide that a distance to scale by is zero.
        """
        x, neighbours, scale = _points(x, neighbours, scale)
        distances, indices = _nearest(x, neighbours)
        weights = np.exp(-((distances / _bandwidths(distances, bandwidth, scale)) ** 2))
        n = len(x)
        arcs = sp.csr_array((weights.ravel(), indices.ravel(), np.arange(n + 1) * neighbours), shape=(n, n))
        arcs = arcs + sp.eye_array(n, format="csr")
        return cls(arcs if directed else (arcs + arcs.T) / 2, normalisation, directed)

    @classmethod
    def from_edges(cls, edges, weights=None, nodes=None, *, normalisation="none", directed=False):
        """The graph of a list of edges.

        Parameters
        ----------
        edges : integer array of shape (edges, 2)
            Pairs of nodes, counted from 0; a pair `(i, i)` is a self-loop. `directed`: `i` sees `j`.
        weights : array of shape (edges,), optional
            By default ones, and then an edge may be listed repeatedly, in both directions too; it counts once. With
            weights a repetition is a ValueError.
        nodes : int, optional
            By default the largest index plus one.
        normalisation, directed
            As for `Graph`.
        """
        edges, nodes = _edges(edges, nodes)
        pairs = edges if directed else np.sort(edges, axis=1)
        unique, first = np.unique(pairs, axis=0, return_index=True)
        if weights is None:
            pairs, values = unique, np.ones(len(unique))
        elif len(unique) < len(pairs):
            again = pairs[np.setdiff1d(np.arange(len(pairs)), first)[0]].tolist()
            raise ValueError(f"edges with weights must be listed once, got {again} repeatedly")
        else:
            values = np.asarray(weights)
            if values.shape != (len(pairs),):
                raise ValueError(f"weights must have one entry for each of the {len(pairs)} edges, got {values.shape}")
        arcs = sp.csr_array((values, (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
        if not directed:
            arcs = arcs + arcs.T - sp.diags_array(arcs.diagonal())
        return cls(arcs, normalisation, directed)

    @property
    def shape(self) -> tuple[int]:
        """The last axis of a state."""
        return (self.size,)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.weights.shape[0]

    dim, homogeneous, boundary = 1, True, ()

    def ghosts(self, axis: int):
        """A graph has no walls: None."""

    @property
    def symmetric(self) -> bool:
        """Whether the couplings are symmetric: neither directed nor of a random walk."""
        return not self.directed and self.normalisation != "row"

    @property
    def closed(self) -> bool:
        """Whether diffusion keeps the mean: with symmetric couplings."""
        return self.symmetric

    @property
    def lines(self) -> dict[str, np.ndarray]:
        """The name and the coordinates of the one axis: the numbers of the nodes."""
        return {"node": np.arange(self.size)}

    @cached_property
    def couplings(self) -> sp.csr_array:
        """`w̃_ij`: the normalised weights without self-loops, read-only."""
        w, degrees = self.weights, self.weights.sum(1)
        power = {"none": 0.0, "symmetric": -0.5, "row": -1.0}[self.normalisation]
        scale = np.power(degrees, power, where=degrees > 0, out=np.zeros_like(degrees))
        rows = np.repeat(np.arange(self.size), np.diff(w.indptr))
        other = scale[w.indices] if self.normalisation == "symmetric" else 1.0
        kept = rows != w.indices
        entries = (w.data * (scale[rows] * other))[kept]
        return _frozen(sp.csr_array((entries, (rows[kept], w.indices[kept])), shape=w.shape))

    @cached_property
    def degrees(self) -> np.ndarray:
        """`d_i = Σ_j w̃_ij`, float64 of shape (nodes,)."""
        return self.couplings.sum(1)

    @property
    def laplacian(self) -> sp.csr_array:
        """`diag(W̃ 1) - W̃`; linear diffusion is `A(u) = -L u`."""
        return sp.csr_array(sp.diags_array(self.degrees) - self.couplings)

    def largest_component(self) -> tuple["Graph", np.ndarray]:
        """The largest connected part (directions apart), and the numbers of its nodes in this graph.

        Of several equally large ones, that of the node with the smallest number.
        """
        labels = sp.csgraph.connected_components(self.weights, directed=False)[1]
        nodes = np.flatnonzero(labels == np.bincount(labels).argmax())
        return replace(self, weights=self.weights[nodes][:, nodes]), nodes

    def __eq__(self, other):
        return isinstance(other, Graph) and self.digest == other.digest

    def __hash__(self):
        return hash(self.digest)

    def __repr__(self):
        return (f"<Graph of {self.size} nodes and {self.couplings.nnz} couplings, normalisation={self.normalisation!r}, "
                f"directed={self.directed}, {self.digest}>")  # fmt: skip


def _checked(weights) -> sp.csr_array:
    """A float64 copy with every entry once, in order, none of them zero."""
    if not sp.issparse(weights):
        raise TypeError(f"weights must be a sparse matrix, scipy.sparse.csr_array(W), got {type(weights).__name__}")
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.shape[0] == 0:
        raise ValueError(f"weights must be square with at least one node, got shape {weights.shape}")
    if weights.dtype.kind not in "iufb":
        raise TypeError(f"weights must be real numbers, got dtype {weights.dtype}")
    w = sp.csr_array(weights, dtype=np.float64, copy=True)
    w.sum_duplicates()
    wrong = ~(np.isfinite(w.data) & (w.data >= 0))
    if wrong.any():
        raise ValueError(f"weights must be finite and >= 0, got {w.data[wrong][0]} among {wrong.sum()} such entries")
    w.eliminate_zeros()
    return w


def _symmetric(w: sp.csr_array) -> sp.csr_array:
    """Exactly symmetric weights from those that are so to rounding."""
    excess = sp.coo_array(abs(w - w.T) - 1e-12 * w.maximum(w.T))
    if excess.nnz and excess.data.max() > 0:
        k = excess.data.argmax()
        i, j = int(excess.row[k]), int(excess.col[k])
        raise ValueError(
            f"weights must be symmetric, got w[{i}, {j}] = {w[i, j]:g} and w[{j}, {i}] = {w[j, i]:g}: "
            "take (W + W.T)/2, or directed=True"
        )
    return sp.csr_array((w + w.T) / 2)


def _frozen(w: sp.csr_array) -> sp.csr_array:
    w.sort_indices()
    for array in (w.data, w.indices, w.indptr):
        array.flags.writeable = False
    return w


def _points(x, neighbours, scale):
    x = np.asarray(x)
    if x.ndim != 2 or x.dtype.kind not in "iuf":
        raise ValueError(f"x must be a real array of shape (nodes, features), got {x.dtype} of shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"x must be finite, got {(~np.isfinite(x)).sum()} NaN or infinite values")
    _check_count("neighbours", neighbours, len(x) - 1)
    scale = min(7, neighbours) if scale is None else scale
    _check_count("scale", scale, neighbours)
    return x.astype(float), neighbours, scale


def _check_count(name: str, value, most: int):
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= value <= most:
        raise ValueError(f"{name} must be an integer from 1 to {most}, got {value!r}")


def _nearest(x, neighbours: int):
    """Distances and numbers of the nearest other points, each of shape (nodes, neighbours)."""
    from scipy.spatial import cKDTree

    distances, indices = cKDTree(x).query(x, neighbours + 1)
    # Among coinciding points a point may come late or not at all in its own row.
    itself = indices == np.arange(len(x))[:, None]
    itself[~itself.any(1), -1] = True
    return distances[~itself].reshape(-1, neighbours), indices[~itself].reshape(-1, neighbours)


def _bandwidths(distances, bandwidth, scale: int):
    if bandwidth is not None:
        if not (isinstance(bandwidth, Real) and np.isfinite(bandwidth) and bandwidth > 0):
            raise ValueError(f"bandwidth must be None or a finite number > 0, got {bandwidth!r}")
        return float(bandwidth)
    rho = distances[:, scale - 1 : scale]
    if not rho.all():
        raise ValueError(f"x has {(rho == 0).sum()} points that coincide with {scale} others: give a bandwidth")
    return rho


def _edges(edges, nodes):
    edges = np.asarray(edges)
    if edges.ndim != 2 or edges.shape[1] != 2 or edges.dtype.kind not in "iu":
        raise ValueError(f"edges must be integers of shape (edges, 2), got {edges.dtype} of shape {edges.shape}")
    found = int(edges.max(initial=-1)) + 1
    nodes = found if nodes is None else nodes
    _check_count("nodes", nodes, np.iinfo(np.int64).max)
    if edges.size and (edges.min() < 0 or found > nodes):
        raise ValueError(f"edges must name nodes from 0 to {nodes - 1}, got {edges.min()} to {edges.max()}")
    return edges, int(nodes)
