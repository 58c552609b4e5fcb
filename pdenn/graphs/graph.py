"""Weighted graphs, from matrices, edges or points: the grids of data without coordinates.

Rests on SciPy's sparse matrices. To schemes and solvers a graph is a grid with one axis and without walls.
"""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from . import recipes
from .citations import read
from .edges import adjacency, upwind
from .points import gaussian
from .validity import checked, frozen, symmetric

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

    weights: "scipy.sparse.csr_array"
    normalisation: str = "none"
    directed: bool = False
    digest: str = field(init=False)  # of everything above: graphs are equal if theirs are

    def __post_init__(self) -> None:
        if self.normalisation not in NORMALISATIONS:
            raise ValueError(f"normalisation must be one of {NORMALISATIONS}, got {self.normalisation!r}")
        if not isinstance(self.directed, bool):
            raise TypeError(f"directed must be True or False, got {self.directed!r}")
        weights = checked(self.weights)
        if not self.directed:
            weights = symmetric(weights)
        object.__setattr__(self, "weights", frozen(weights))
        content = hashlib.sha256(repr((self.normalisation, self.directed, weights.shape)).encode())
        for part in (weights.indptr.astype(np.int64), weights.indices.astype(np.int64), weights.data):
            content.update(part.tobytes())
        object.__setattr__(self, "digest", content.hexdigest()[:16])

    @classmethod
    def from_points(
        cls,
        x: ArrayLike,
        neighbours: int = 25,
        bandwidth: float | None = None,
        *,
        scale: int | None = None,
        normalisation: str = "none",
        directed: bool = False,
    ) -> "Graph":
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

        Examples
        --------
        >>> graph = pn.Graph.from_points([[0.0], [1.0], [3.0]], neighbours=1, bandwidth=1.0)
        >>> graph.degrees.round(4)
        array([0.3679, 0.377 , 0.0092])
        """
        arcs = gaussian(x, neighbours, bandwidth, scale)
        return cls(arcs if directed else (arcs + arcs.T) / 2, normalisation, directed)

    @classmethod
    def from_edges(
        cls,
        edges: ArrayLike,
        weights: ArrayLike | None = None,
        nodes: int | None = None,
        *,
        normalisation: str = "none",
        directed: bool = False,
    ) -> "Graph":
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

        Examples
        --------
        >>> pn.Graph.from_edges([[0, 1], [1, 2]]).degrees
        array([1., 2., 1.])
        """
        arcs = adjacency(edges, weights, nodes, directed)
        return cls(arcs, normalisation, directed)

    @classmethod
    def from_flow(cls, edges: ArrayLike, velocities: ArrayLike, nodes: int | None = None) -> "Graph":
        """The directed graph on which a flow along edges carries values: the upwind one.

        A velocity `v > 0` of the edge `(i, j)` carries from `i` to `j`, so that `j` sees `i` with the weight `v`; `v < 0`
        carries from `j` to `i`. Then `Diffusion` is upwind transport, see `GraphConvection`.

        Parameters
        ----------
        edges : integer array of shape (edges, 2)
            Every pair `(i, j)` at most once, `(j, i)` being another one.
        velocities : array of shape (edges,)
            Finite, of both signs; what enters a node from several edges adds up.
        nodes : int, optional
            By default the largest index plus one.
        """
        return cls(upwind(edges, velocities, nodes), directed=True)

    @classmethod
    def from_npz(
        cls, path: str | PathLike[str], largest_component: bool = True
    ) -> "tuple[Graph, scipy.sparse.csr_array, NDArray[np.integer[Any]]]":
        """The graph, the features and the labels of a file in one of the two usual layouts of node classification.

        Citations (`adj_data`, `adj_indices`, ..., `attr_data`, ..., `labels`; Bojchevski and Günnemann 2018): sparse
        features as stored. Edge lists (`edges`, `node_features`, `node_labels`; Platonov et al. 2023): these made sparse.
        The graph is undirected and unweighted, with a self-loop everywhere, symmetrically normalised, as graph convolutions
        have it: `D^(-1/2) (A + I) D^(-1/2)`. Nothing is unpickled.

        Parameters
        ----------
        path : str or path
        largest_component : bool
            Keep the largest connected part alone.

        Returns
        -------
        graph : Graph
        features : sparse array of shape (nodes, features)
        labels : integer array of shape (nodes,)

        Raises
        ------
        OSError, ValueError
            The file cannot be read, or has another layout.
        """
        arcs, features, labels = read(path)
        graph, nodes = cls(arcs), np.arange(len(labels))
        if largest_component:
            graph, nodes = graph.largest_component()
        looped = cls(graph.weights + scipy.sparse.eye_array(graph.size), "symmetric")
        return looped, features[nodes], labels[nodes]

    @classmethod
    def coin(cls, x: ArrayLike, n_top: int = 8, sigma: int = 4) -> "Graph":
        """The graph of points of the convection-diffusion network COIN (Wang, Bao, Shi 2024), as its code makes it.

        `w_ij = exp(-|x_i - x_j|²/ρ_i²)` for the points strictly nearer than the `n_top`-th one, with `ρ_i` the distance to
        the `sigma`-th one, the point itself counted in both; then `W̃ = D^(-1/2) W D^(-1/2)`, then `(W̃ + W̃ᵀ)/2`.

        Parameters
        ----------
        x : array of shape (nodes, features)
            Finite.
        n_top, sigma : int
            From 2 to the number of points, and from 2 to `n_top`: 8 and 4 for few shots, 40 and 20 for patients.
        """
        return cls(recipes.coin(x, n_top, sigma))

    @classmethod
    def diff_resnet(cls, x: ArrayLike, n_top: int = 25, sigma: float = 0.5) -> "Graph":
        """The graph of the toy problems of Diff-ResNet (Wang, Dou, Bao, Shi 2024): a random walk, directed.

        `w_ij = exp(-|x_i - x_j|²/σ²)`, the `n_top` largest of every row with the point itself, rows divided by their sums: a
        step of size one of `Diffusion` is `X ← W X`.

        Parameters
        ----------
        x : array of shape (nodes, features)
            Finite.
        n_top : int
            From 1 to the number of points: 50, 25, 25 and 20 for circles, moons, spirals and the xor of discs.
        sigma : float
            `> 0`.
        """
        return cls(recipes.diff_resnet(x, n_top, sigma), "row", directed=True)

    @property
    def shape(self) -> tuple[int]:
        """The last axis of a state."""
        return (self.size,)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.weights.shape[0]

    dim, homogeneous, boundary = 1, True, ()

    def ghosts(self, axis: int) -> None:
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
    def lines(self) -> dict[str, NDArray[np.intp]]:
        """The name and the coordinates of the one axis: the numbers of the nodes."""
        return {"node": np.arange(self.size)}

    @cached_property
    def couplings(self) -> "scipy.sparse.csr_array":
        """`w̃_ij`: the normalised weights without self-loops, read-only."""
        w, degrees = self.weights, self.weights.sum(1)
        power = {"none": 0.0, "symmetric": -0.5, "row": -1.0}[self.normalisation]
        scale = np.power(degrees, power, where=degrees > 0, out=np.zeros_like(degrees))
        rows = np.repeat(np.arange(self.size), np.diff(w.indptr))
        other = scale[w.indices] if self.normalisation == "symmetric" else 1.0
        kept = rows != w.indices
        entries = (w.data * (scale[rows] * other))[kept]
        return frozen(scipy.sparse.csr_array((entries, (rows[kept], w.indices[kept])), shape=w.shape))

    @cached_property
    def degrees(self) -> NDArray[np.float64]:
        """`d_i = Σ_j w̃_ij`, float64 of shape (nodes,)."""
        return self.couplings.sum(1)

    @property
    def laplacian(self) -> "scipy.sparse.csr_array":
        """`diag(W̃ 1) - W̃`; linear diffusion is `A(u) = -L u`."""
        return scipy.sparse.csr_array(scipy.sparse.diags_array(self.degrees) - self.couplings)

    def largest_component(self) -> tuple["Graph", NDArray[np.intp]]:
        """The largest connected part (directions apart), and the numbers of its nodes in this graph.

        Of several equally large ones, that of the node with the smallest number.
        """
        labels = scipy.sparse.csgraph.connected_components(self.weights, directed=False)[1]
        nodes = np.flatnonzero(labels == np.bincount(labels).argmax())
        return replace(self, weights=self.weights[nodes][:, nodes]), nodes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return (f"<Graph of {self.size} nodes and {self.couplings.nnz} couplings, normalisation={self.normalisation!r}, "
                f"directed={self.directed}, {self.digest}>")  # fmt: skip
