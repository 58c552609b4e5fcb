"""Graphs from lists of edges."""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from .validity import check_count


def adjacency(
    edges: ArrayLike, weights: ArrayLike | None, nodes: int | None, directed: bool
) -> "scipy.sparse.csr_array":
    """The matrix of weights; see `Graph.from_edges`."""
    edges, nodes = _edges(edges, nodes)
    pairs = edges if directed else np.sort(edges, axis=1)
    first = np.unique(pairs[:, 0].astype(np.int64) * nodes + pairs[:, 1], return_index=True)[1]
    unique = pairs[first]
    if weights is None:
        pairs, values = unique, np.ones(len(unique))
    elif len(unique) < len(pairs):
        again = pairs[np.setdiff1d(np.arange(len(pairs)), first)[0]].tolist()
        raise ValueError(f"edges with weights must be listed once, got {again} repeatedly")
    else:
        values = np.asarray(weights)
        if values.shape != (len(pairs),):
            raise ValueError(f"weights must have one entry for each of the {len(pairs)} edges, got {values.shape}")
    arcs = scipy.sparse.csr_array((values, (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    if not directed:
        arcs = arcs + arcs.T - scipy.sparse.diags_array(arcs.diagonal())
    return scipy.sparse.csr_array(arcs)


def upwind(edges: ArrayLike, velocities: ArrayLike, nodes: int | None) -> "scipy.sparse.csr_array":
    """The weights with which every node sees those upstream; see `Graph.from_flow`."""
    flow = adjacency(edges, velocities, nodes, directed=True)
    if flow.dtype.kind not in "iuf" or not np.isfinite(flow.data).all():
        raise ValueError(
            f"velocities must be real and finite, got {flow.dtype}, {flow.data[~np.isfinite(flow.data)][:3]}"
        )
    return scipy.sparse.csr_array(flow.maximum(0).T + (-flow).maximum(0))


def _edges(edges: ArrayLike, nodes: int | None) -> tuple[NDArray[Any], int]:
    edges = np.asarray(edges)
    if edges.ndim != 2 or edges.shape[1] != 2 or edges.dtype.kind not in "iu":
        raise ValueError(f"edges must be integers of shape (edges, 2), got {edges.dtype} of shape {edges.shape}")
    found = int(edges.max(initial=-1)) + 1
    nodes = found if nodes is None else nodes
    check_count("nodes", nodes, np.iinfo(np.int64).max)
    if edges.size and (edges.min() < 0 or found > nodes):
        raise ValueError(f"edges must name nodes from 0 to {nodes - 1}, got {edges.min()} to {edges.max()}")
    return edges, int(nodes)
