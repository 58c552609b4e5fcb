"""Linear diffusion of many channels on a graph against sparse matrix products and a loop in C, each with the layout that suits it.

Ours take states `(channels, nodes)`, as everywhere in the package, and turn them around; the others have channels side by
side. The loop in C shows the limit: a graph without order fetches a cache line or two for every arc.
"""

import warnings

import numba
import numpy as np

import pdenn as pn

from .c_code import function, library
from .rounds import interleaved, row

TARGETS = {"SciPy CSR": 1.5, "torch CSR": 1.5}
CHANNELS = 16


def measure(settings):
    """Rows for both precisions and all numbers of threads; SciPy's product has one thread."""
    nodes, edges = settings.pick((100_000, 1_000_000), (10_000, 100_000), (50, 200))
    ends = np.random.default_rng(0).integers(0, nodes, (edges, 2))
    graph = pn.Graph.from_edges(ends[ends[:, 0] != ends[:, 1]], nodes=nodes)
    for dtype in ("float32", "float64"):
        for threads in settings.threads:
            numba.set_num_threads(threads)
            works = built(graph, dtype, threads, settings)
            results = {name: np.asarray(work()) for name, work in works.items()}
            seconds = interleaved(works, settings.seconds)
            for peer in list(works)[1:]:
                difference = float(np.abs(results["pdenn"] - results[peer].T).max())
                yield row(f"{nodes} nodes, {edges} edges, {CHANNELS} channels", ("pdenn", seconds["pdenn"]),
                          (peer, seconds[peer]), target=TARGETS.get(peer), dtype=dtype, threads=threads, difference=difference)  # fmt: skip


def built(graph, dtype: str, threads: int, settings) -> dict:
    """`-L u` for a state `(channels, nodes)`; the products take `(nodes, channels)`."""
    u = np.random.default_rng(1).random((CHANNELS, graph.size)).astype(dtype)
    A, columns, matrix = (
        pn.discretise(pn.Diffusion(pn.Linear()), graph),
        np.ascontiguousarray(u.T),
        (-graph.laplacian).astype(dtype),
    )
    works = {"pdenn": lambda: A(0.0, u)}
    if settings.wants("C"):
        works["C"] = loop(graph, columns, threads)
    if threads == 1 and settings.wants("SciPy"):
        works["SciPy CSR"] = lambda: matrix @ columns
    if settings.wants("torch"):
        import torch

        parts = (torch.from_numpy(part) for part in (matrix.indptr, matrix.indices, matrix.data))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch calls its compressed rows a beta
            sparse, dense = torch.sparse_csr_tensor(*parts, matrix.shape), torch.from_numpy(columns)

        def product():
            torch.set_num_threads(threads)
            return sparse @ dense

        works["torch CSR"] = product
    return works


def loop(graph, columns, threads):
    """`c/graph.c`."""
    w, out, dtype = graph.couplings, np.empty_like(columns), columns.dtype.name
    loaded = library("graph", dtype, f"CHANNELS={CHANNELS}")
    diffuse = function(loaded, "graph", dtype, "nnaaia")
    first, heads, weights = w.indptr.astype(np.int32), w.indices.astype(np.int32), w.data.astype(dtype)

    def work():
        loaded.omp_set_num_threads(threads)
        diffuse(first, heads, weights, columns, graph.size, out)
        return out

    return work
