"""Diffusion on graphs for NumPy arrays by compiled loops over the rows of the couplings.

Every function takes a state `(..., nodes)` of dtype float32 or float64 and returns a new one of the same. With
`mix = (α, β, γ)` and a second state `v` it returns `α u + β v + γ A(u)` in the same sweep.
"""

import math

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .law_code import diffusivity

# Below this many arcs times states a parallel region costs more than it saves.
SERIAL = 1 << 14
APPLY = (0.0, 0.0, 1.0)


def separable(u, law, graph, mix=APPLY, v=None):
    """`Σ_j Φ(√w̃_ij (u_j - u_i)) √w̃_ij`."""
    return _run(_separable, u, _law(law, u), graph, mix, v)


def isotropic(u, law, graph, mix=APPLY, v=None):
    """`Σ_j (g_i + g_j)/2 w̃_ij (u_j - u_i)`, with `g` of every node from a first sweep."""
    g = _run(_nodes, u, _law(law, u), graph, APPLY, None)
    return _run(_isotropic, u, g.reshape(-1, graph.size), graph, mix, v)


def held(u, arcs, graph, mix=APPLY, v=None):
    """`Σ_j G_ij w̃_ij (u_j - u_i)` with `G` of every arc given, one for all states or one each."""
    given = np.ascontiguousarray(np.broadcast_to(arcs, (*u.shape[:-1], arcs.shape[-1])), u.dtype)
    return _run(_held, u, given.reshape(math.prod(u.shape[:-1]), arcs.shape[-1]), graph, mix, v)


def _law(law, u):
    return law._make(map(u.dtype.type, law))


def _run(kernels, u, coefficient, graph, mix, v):
    x = np.ascontiguousarray(u).reshape(-1, graph.size)
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    w, out = graph.couplings, np.empty_like(x)
    threads = numba.get_num_threads() if w.nnz * len(x) > SERIAL else 1
    slabs = min(graph.size, math.ceil(threads / max(1, len(x))))
    # A signed index may count from the end: without that test the loops are several times faster.
    first, heads = (index.view(f"u{index.itemsize}") for index in (w.indptr, w.indices))
    entries = w.data.astype(x.dtype, copy=False)
    kernels[threads > 1](x, y, np.array(mix, x.dtype), coefficient, first, heads, entries, slabs, out)
    return out.reshape(u.shape)


@njit()
def _separable_rows(u, v, mix, law, first, heads, w, start, stop, out):
    for i in range(start, stop):
        change = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            rise = u[heads[k]] - u[i]
            change += diffusivity(law, w[k] * rise * rise) * w[k] * rise
        out[i] = mix[0] * u[i] + mix[1] * v[i] + mix[2] * change


@njit()
def _nodes_rows(u, v, mix, law, first, heads, w, start, stop, out):
    for i in range(start, stop):
        square = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            rise = u[heads[k]] - u[i]
            square += w[k] * rise * rise
        out[i] = diffusivity(law, square * u.dtype.type(0.5))


@njit()
def _isotropic_rows(u, v, mix, g, first, heads, w, start, stop, out):
    for i in range(start, stop):
        change = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            change += (g[i] + g[heads[k]]) * w[k] * (u[heads[k]] - u[i])
        out[i] = mix[0] * u[i] + mix[1] * v[i] + mix[2] * u.dtype.type(0.5) * change


@njit()
def _held_rows(u, v, mix, g, first, heads, w, start, stop, out):
    for i in range(start, stop):
        change = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            change += g[k] * w[k] * (u[heads[k]] - u[i])
        out[i] = mix[0] * u[i] + mix[1] * v[i] + mix[2] * change


@serial_and_parallel
def _separable(u, v, mix, law, first, heads, w, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _separable_rows(u[b], v[b], mix, law, first, heads, w, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _nodes(u, v, mix, law, first, heads, w, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _nodes_rows(u[b], v[b], mix, law, first, heads, w, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _isotropic(u, v, mix, g, first, heads, w, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _isotropic_rows(u[b], v[b], mix, g[b], first, heads, w, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _held(u, v, mix, g, first, heads, w, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _held_rows(u[b], v[b], mix, g[b], first, heads, w, s * n // slabs, (s + 1) * n // slabs, out[b])
