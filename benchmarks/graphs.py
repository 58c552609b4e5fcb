"""Linear diffusion of many channels on a graph against sparse matrix products and a loop in C, each with the layout that suits it.

Ours take states `(channels, nodes)`, as everywhere in the package, and turn them around; the others have channels side by
side. The loop in C shows the limit: a graph without order fetches a cache line or two for every arc. A product alone is
the operator's `A(t, u)`, which turns the states in and out in every call; ten steps are `pn.solve` with explicit Euler,
which turns them once, and their time is that of one step. A peer makes one product a call, which is a step if it is that
with `I - τ L`; so a step of ours is compared with a product, and has the same target.
"""

import warnings

import numba
import numpy as np

import pdenn as pn

from .c_code import function, library
from .rounds import interleaved, row

TARGETS = {"SciPy CSR": 1.5, "torch CSR": 1.5}
CHANNELS = 16
STEPS = 10
ALONE, TOGETHER = "pdenn, a product", "pdenn, ten steps"


def measure(settings):
    """Rows for both precisions and all numbers of threads; SciPy's product has one thread."""
    nodes, edges = settings.pick((100_000, 1_000_000), (10_000, 100_000), (50, 200))
    ends = np.random.default_rng(0).integers(0, nodes, (edges, 2))
    graph = pn.Graph.from_edges(ends[ends[:, 0] != ends[:, 1]], nodes=nodes)
    for dtype in ("float32", "float64"):
        for threads in settings.threads:
            numba.set_num_threads(threads)
            yield from case(settings, f"{nodes} nodes, {edges} edges, {CHANNELS} channels", graph, dtype, threads)


def case(settings, title, graph, dtype, threads):
    """The rows of one precision and number of threads."""
    works = built(graph, dtype, threads, settings)
    results = {name: np.asarray(work()) for name, work in works.items()}
    seconds = interleaved(works, settings.seconds)
    seconds[TOGETHER] = [s / STEPS for s in seconds[TOGETHER]]
    for peer in list(works)[2:]:
        theirs, facts = (peer, seconds[peer]), {"target": TARGETS.get(peer), "dtype": dtype, "threads": threads}
        difference = float(np.abs(results[ALONE] - results[peer].T).max())
        yield row(title, (ALONE, seconds[ALONE]), theirs, difference=difference, **facts)
        yield row(title, (TOGETHER, seconds[TOGETHER]), theirs, difference=None, differs="one product a call", **facts)


def built(graph, dtype: str, threads: int, settings) -> dict:
    """`-L u` for a state `(channels, nodes)`; the products take `(nodes, channels)`."""
    u = np.random.default_rng(1).random((CHANNELS, graph.size)).astype(dtype)
    A, columns, matrix = (
        pn.discretise(pn.Diffusion(pn.Linear()), graph),
        np.ascontiguousarray(u.T),
        (-graph.laplacian).astype(dtype),
    )
    tau = pn.certificate(pn.ExplicitEuler(), A, "bounded").tau
    works = {
        ALONE: lambda: A(0.0, u),
        TOGETHER: lambda: pn.solve(A, u, pn.ExplicitEuler(), STEPS * tau, tau=tau, progress=False).u,
    }
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
