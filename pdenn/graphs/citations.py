"""Graphs of node classification in NumPy's archives: the citation files and the heterophilous ones."""

from os import PathLike
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

CITATION = tuple(f"{part}_{name}" for part in ("adj", "attr") for name in ("data", "indices", "indptr", "shape"))
EDGES = ("edges", "node_features", "node_labels")


def read(path: str | PathLike[str]) -> "tuple[scipy.sparse.csr_array, scipy.sparse.csr_array, NDArray[Any]]":
    """The weights one of an undirected graph without loops, sparse features, labels; see `Graph.from_npz`."""
    archive = np.load(path, allow_pickle=False)
    if isinstance(archive, np.ndarray):
        raise ValueError(f"{path} holds one array: an archive with {CITATION} or {EDGES} is needed")
    with archive as file:
        if {*CITATION, "labels"} <= set(file.files):
            adjacency, features, labels = _matrix(file, "adj"), _matrix(file, "attr"), file["labels"]
        elif set(EDGES) <= set(file.files):
            edges, values, labels = (file[name] for name in EDGES)
            ones, n = np.ones(len(edges)), len(labels)
            adjacency = scipy.sparse.csr_array((ones, (edges[:, 0], edges[:, 1])), shape=(n, n))
            features = scipy.sparse.csr_array(values)
        else:
            raise ValueError(f"{path} must hold {CITATION} and labels, or {EDGES}, got {file.files}")
    n = adjacency.shape[0]
    if adjacency.shape != (n, n) or features.shape[0] != n or labels.shape != (n,):
        raise ValueError(f"{path}: adjacency {adjacency.shape}, features {features.shape} and labels {labels.shape} "
                         "must agree about the number of nodes")  # fmt: skip
    arcs = scipy.sparse.coo_array(adjacency + adjacency.T)
    apart = (arcs.row != arcs.col) & (arcs.data != 0)
    pairs = (arcs.row[apart], arcs.col[apart])
    return scipy.sparse.csr_array((np.ones(len(pairs[0])), pairs), shape=(n, n)), features, labels


def _matrix(file: Any, part: str) -> "scipy.sparse.csr_array":
    data, indices, indptr, shape = (file[f"{part}_{name}"] for name in ("data", "indices", "indptr", "shape"))
    return scipy.sparse.csr_array((data, indices, indptr), shape=tuple(shape))
