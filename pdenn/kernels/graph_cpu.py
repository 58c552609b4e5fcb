"""Diffusion on graphs for NumPy arrays by compiled loops over the rows of the couplings.

Every function takes a state `(..., nodes)` of dtype float32 or float64 and returns a new one of the same. With
`mix = (α, β, γ)` and a second state `v` it returns `α u + β v + γ A(u)` in the same sweep. Many states walk the rows
together, in the tiles of `graph_tiles`; those that would leave most of a tile empty walk alone, by the loops below.
"""

import math
from functools import lru_cache

import numba
import numpy as np

from ..laws import Linear
from . import graph_tiles
from .compile import njit, serial_and_parallel
from .law_code import diffusivity
from .memory import empty

# Below this many arcs times states a parallel region costs more than it saves.
SERIAL = 1 << 14
PORTION = 64  # nodes that threads share out, a multiple of the blocks of a tile
APPLY = (0.0, 0.0, 1.0)


def separable(u, law, graph, mix=APPLY, v=None):
    """`Σ_j Φ(√w̃_ij (u_j - u_i)) √w̃_ij`."""
    arcs = couplings(graph, u.dtype)
    if isinstance(law, Linear):
        return _run(graph_tiles.linear, _separable, 1 / 4, u, law, arcs, mix, v)
    return _run(graph_tiles.separable, _separable, 1 / 2, u, _law(law, u), arcs, mix, v)


def isotropic(u, law, graph, mix=APPLY, v=None):
    """`Σ_j (g_i + g_j)/2 w̃_ij (u_j - u_i)`, with `g` of every node from a first sweep."""
    if isinstance(law, Linear):
        return separable(u, law, graph, mix, v)  # where g = 1 the forms are one
    return _run(graph_tiles.isotropic, _isotropic, 1 / 4, u, _law(law, u), couplings(graph, u.dtype), mix, v)


def held(u, arcs, graph, mix=APPLY, v=None):
    """`Σ_j G_ij w̃_ij (u_j - u_i)` with `G` of every arc given, one for all states or one each."""
    first, heads, w = couplings(graph, u.dtype)
    states = math.prod(u.shape[:-1])
    if states > 1 and math.prod(arcs.shape[:-1]) == 1:
        common = _read_only(arcs.reshape(len(w)).astype(u.dtype, copy=False) * w)
        return _run(graph_tiles.linear, _separable, 1 / 4, u, Linear(), (first, heads, common), mix, v)
    given = np.ascontiguousarray(np.broadcast_to(arcs, (*u.shape[:-1], len(w))), u.dtype).reshape(states, len(w))
    return _run(graph_tiles.held, _held, 1 / 4, u, given, (first, heads, w), mix, v)


@lru_cache(maxsize=16)
def couplings(graph, dtype):
    """Where the rows begin, the heads of the arcs and their weights, in the dtype of a state."""
    w = graph.couplings
    # A signed index may count from the end: without that test the loops are several times faster.
    first, heads = (index.view(f"u{index.itemsize}") for index in (w.indptr, w.indices))
    return first, heads, _read_only(w.data.astype(dtype, copy=False))


def cuts(first, work) -> np.ndarray:
    """Where the rows are cut between threads, with as many arcs and rows to each; one part where there is little."""
    nodes = len(first) - 1
    threads = numba.get_num_threads() if work > SERIAL else 1
    begins = np.arange(0, nodes, PORTION)
    shares = np.arange(1, threads) * (int(first[-1]) + nodes) / threads
    between = np.append(begins, nodes)[np.searchsorted(first[begins] + begins, shares)]
    return np.array([0, *between, nodes])


def _law(law, u):
    return law._make(map(u.dtype.type, law))


def _read_only(w):
    """As the weights of a graph are: another kind of array would be another kernel."""
    w = w.view()
    w.flags.writeable = False
    return w


def _run(together, alone, least, u, coefficient, arcs, mix, v):
    """Full tiles together, and the states beyond them too if they fill the part `least` of a tile, otherwise alone."""
    out, mix, width = empty(u.shape, u.dtype), np.array(mix, u.dtype), graph_tiles.LINE // u.itemsize
    x, to = (np.ascontiguousarray(a).reshape(math.prod(u.shape[:-1]), u.shape[-1]) for a in (u, out))
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    rest = len(x) % width
    whole = len(x) - rest if rest < least * width else len(x)
    if whole:
        tiles = graph_tiles.empty_tiles(1 + (together is graph_tiles.isotropic), x.shape[1], x.dtype)
        parts, others = cuts(arcs[0], len(arcs[2]) * width), y[: 0 if v is None else whole]
        together[len(parts) > 2](x[:whole], others, mix, coefficient, *arcs, parts, tiles, to)
    if whole < len(x):
        own = coefficient[whole:] if alone is _held else coefficient
        parts = cuts(arcs[0], len(arcs[2]))
        alone[len(parts) > 2](x[whole:], y[whole:], mix, own, *arcs, parts, to[whole:])
    return out


@njit()
def _separable_rows(u, v, mix, law, first, heads, w, start, stop, out):
    for i in range(start, stop):
        change = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            rise = u[heads[k]] - u[i]
            change += diffusivity(law, w[k] * rise * rise) * w[k] * rise
        out[i] = mix[0] * u[i] + mix[1] * v[i] + mix[2] * change


@njit()
def _nodes_rows(u, law, first, heads, w, start, stop, g):
    for i in range(start, stop):
        square = u.dtype.type(0)
        for k in range(first[i], first[i + 1]):
            rise = u[heads[k]] - u[i]
            square += w[k] * rise * rise
        g[i] = diffusivity(law, square * u.dtype.type(0.5))


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
def _separable(u, v, mix, law, first, heads, w, cuts, out):
    for b in range(len(u)):
        for s in numba.prange(len(cuts) - 1):
            _separable_rows(u[b], v[b], mix, law, first, heads, w, cuts[s], cuts[s + 1], out[b])


@serial_and_parallel
def _isotropic(u, v, mix, law, first, heads, w, cuts, out):
    g = np.empty_like(u[0])
    for b in range(len(u)):
        for s in numba.prange(len(cuts) - 1):
            _nodes_rows(u[b], law, first, heads, w, cuts[s], cuts[s + 1], g)
        for s in numba.prange(len(cuts) - 1):
            _isotropic_rows(u[b], v[b], mix, g, first, heads, w, cuts[s], cuts[s + 1], out[b])


@serial_and_parallel
def _held(u, v, mix, g, first, heads, w, cuts, out):
    for b in range(len(u)):
        for s in numba.prange(len(cuts) - 1):
            _held_rows(u[b], v[b], mix, g[b], first, heads, w, cuts[s], cuts[s + 1], out[b])
