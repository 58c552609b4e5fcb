"""The incidence map of a graph and its adjoint, for NumPy arrays and torch tensors alike.

Every coupling `w̃_ij` is an arc from `i`, its tail, to `j`, its head. The `arcs` stand in the order of `Graph.couplings`.
"""

import math
import sys
from functools import lru_cache

import numpy as np
import scipy

from ..arrays import is_torch
from ..graphs import Graph


def rises(u, graph: Graph):
    """`K u`: the slopes `√w̃_ij (u_j - u_i)` at the arcs, shape `(..., arcs)`."""
    tails, heads, root = _arcs_like(u, graph)
    return root * (u[..., heads] - u[..., tails])


def divergence(flux, graph: Graph):
    """`Σ_j √w̃_ij F_ij`: for symmetric couplings `-K* F`, in which each of the two arcs of an edge counts one half."""
    return total(_arcs_like(flux, graph)[2] * flux, graph)


def total(values, graph: Graph):
    """The sum over the arcs of every node, shape `(..., nodes)`."""
    if is_torch(values):
        torch = sys.modules["torch"]
        zero = torch.zeros((*values.shape[:-1], graph.size), dtype=values.dtype, device=values.device)
        return zero.index_add(-1, _arcs_like(values, graph)[0], values)
    flat = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    return (_sums(graph) @ flat.T).T.reshape(*values.shape[:-1], graph.size)


def arc_means(g, graph: Graph):
    """`(g_i + g_j)/2` at the arcs from values in the nodes."""
    tails, heads, _ = _arcs_like(g, graph)
    return (g[..., tails] + g[..., heads]) / 2


def _arcs_like(u, graph):
    return _arcs(graph, is_torch(u), u.real.dtype, getattr(u, "device", None))


@lru_cache(maxsize=16)
def _arcs(graph: Graph, tensor: bool, dtype, device):
    """Tails, heads and roots of the couplings, in the kind of a state."""
    w = graph.couplings
    tails = np.repeat(np.arange(graph.size), np.diff(w.indptr))
    if not tensor:
        return tails, w.indices, np.sqrt(w.data).astype(dtype)
    torch = sys.modules["torch"]
    heads = torch.tensor(w.indices, dtype=torch.int64, device=device)
    return torch.tensor(tails, device=device), heads, torch.tensor(np.sqrt(w.data), dtype=dtype, device=device)


@lru_cache(maxsize=16)
def _sums(graph: Graph) -> "scipy.sparse.csr_array":
    """The matrix of ones that adds up the arcs of every node; in bytes, so that it keeps the dtype of a state."""
    w = graph.couplings
    return scipy.sparse.csr_array((np.ones(w.nnz, np.int8), np.arange(w.nnz), w.indptr), shape=(graph.size, w.nnz))
