"""Diffusion on graphs for NumPy arrays by compiled loops over the rows of the couplings.

Every function takes a state `(..., nodes)` of dtype float32 or float64 through the steps of a recurrence,

    w_(s+1) = α_s w_s + β_s w_(s-1) + γ_s A(w_s) + δ_s a + ε_s b,    w_0 = w_(-1) = u,

whose `rows` hold `(α, β, γ, δ, ε)` of every step, and returns a new one of the same dtype. The given states `a` and `b` are
None where their factors are 0 (ValueError otherwise). By default it is `A(u)` alone. Many states walk the rows together,
in the tiles of `graph_tiles`; those that would leave most of a tile empty walk alone.
"""

import math
from functools import lru_cache

import numba
import numpy as np

from ..laws import Linear
from . import graph_tiles
from .graph_tiles import PORTION
from .lanes import LANES
from .layout import read_only
from .memory import empty

# Below this many arcs times states a parallel region costs more than it saves.
SERIAL = 1 << 14
APPLY = ((0.0, 0.0, 1.0, 0.0, 0.0),)


def separable(u, law, graph, rows=APPLY, a=None, b=None):
    """`A(u) = Σ_j Φ(√w̃_ij (u_j - u_i)) √w̃_ij`."""
    if isinstance(law, Linear):
        return _run(graph_tiles.linear, 1 / 4, u, law, couplings(graph, u.dtype), rows, a, b)
    return _run(graph_tiles.separable, 1 / 2, u, _law(law, u), couplings(graph, u.dtype), rows, a, b)


def isotropic(u, law, graph, rows=APPLY, a=None, b=None):
    """`A(u) = Σ_j (g_i + g_j)/2 w̃_ij (u_j - u_i)`, with `g` of every node from a first sweep."""
    if isinstance(law, Linear):
        return separable(u, law, graph, rows, a, b)  # where g = 1 the forms are one
    return _run(graph_tiles.isotropic, 1 / 4, u, _law(law, u), couplings(graph, u.dtype), rows, a, b)


def held(u, arcs, graph, rows=APPLY, a=None, b=None):
    """`A(u) = Σ_j G_ij w̃_ij (u_j - u_i)` with `G` of every arc given, one for all states or one each."""
    first, heads, w = couplings(graph, u.dtype)
    states = math.prod(u.shape[:-1])
    if states > 1 and math.prod(arcs.shape[:-1]) == 1:
        common = read_only(arcs.reshape(len(w)).astype(u.dtype, copy=False) * w)
        return _run(graph_tiles.linear, 1 / 4, u, Linear(), (first, heads, common), rows, a, b)
    given = read_only(np.broadcast_to(arcs, (*u.shape[:-1], len(w))).astype(u.dtype, copy=False))
    return _run(graph_tiles.held, 1 / 4, u, given.reshape(states, len(w)), (first, heads, w), rows, a, b)


@lru_cache(maxsize=16)
def couplings(graph, dtype):
    """Where the rows begin, the heads of the arcs and their weights, in the dtype of a state."""
    w = graph.couplings
    # A signed index may count from the end: without that test the loops are several times faster.
    first, heads = (index.view(f"u{index.itemsize}") for index in (w.indptr, w.indices))
    return first, heads, read_only(w.data.astype(dtype, copy=False))


def cuts(first, work) -> np.ndarray:
    """Where the rows are cut between threads, with as many arcs and rows to each; one part where there is little."""
    nodes = len(first) - 1
    threads = numba.get_num_threads() if work > SERIAL else 1
    begins = np.arange(0, nodes, PORTION)
    shares = np.arange(1, threads) * (int(first[-1]) + nodes) / threads
    between = np.append(begins, nodes)[np.searchsorted(first[begins] + begins, shares)]
    return np.array([0, *between, nodes])


def even(arcs, parts) -> np.ndarray:
    """Where the arcs are cut between threads."""
    return np.append(np.arange(parts) * arcs // parts // PORTION * PORTION, arcs)


def _law(law, u):
    return law._make(map(u.dtype.type, law))


def _run(form, least, u, coefficient, arcs, rows, a, b):
    """Full tiles together, and the states beyond them too if they fill the part `least` of a tile, otherwise alone."""
    rows, x = np.array(rows, u.dtype), read_only(u).reshape(math.prod(u.shape[:-1]), u.shape[-1])
    rows[0, :2] = rows[0, :2].sum(), 0
    a, b = (_given(name, y, factors, x) for name, y, factors in (("a", a, rows[:, 3]), ("b", b, rows[:, 4])))
    out, rest = empty(x.shape, x.dtype), len(x) % LANES
    whole = len(x) - rest if rest < least * LANES else len(x)
    for start, stop, lanes in ((0, whole, (LANES,)), (whole, len(x), ())):
        if start < stop:
            _walk(form, range(start, stop, math.prod(lanes)), lanes, coefficient, arcs, rows, (x, a, b), out)
    return out.reshape(u.shape)


def _walk(form, groups, lanes, coefficient, arcs, rows, given, out):
    """All steps of the states of one group after those of another."""
    nodes, dtype = out.shape[1], out.dtype
    count = 4 if len(given[2]) else 3 if len(given[1]) else min(len(rows), 2)
    tiles = graph_tiles.empty_tiles(count + (form is graph_tiles.isotropic), nodes, lanes, dtype)
    parts = cuts(arcs[0], len(arcs[2]) * groups.step)
    many = len(parts) > 2
    for c in groups:
        group = slice(c, c + groups.step)
        for k, states in zip((0, 2, 3), given, strict=True):
            if len(states):
                graph_tiles.enter[many](states[group], parts, tiles[k])
        own = coefficient
        if form is graph_tiles.held:
            own = graph_tiles.empty_tiles(1, len(arcs[2]), lanes, dtype)[0]
            graph_tiles.enter[many](coefficient[group], even(len(arcs[2]), len(parts) - 1), own)
        for s in range(len(rows)):
            form[many](tiles, rows, s, own, *arcs, parts, out[group])


def _given(name, y, factors, x):
    """The states `y`, none where their factors are 0."""
    if not factors.any():
        return x[:0]
    if y is None:
        raise ValueError(f"{name} must be a state where its factors are not 0, got None with {factors}")
    return read_only(y).reshape(x.shape)
