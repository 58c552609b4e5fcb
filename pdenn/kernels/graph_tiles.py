"""Diffusion on graphs for many states at once: a tile holds as many of them as fit a cache line, `(nodes, lanes)`.

An arc then fetches one whole line, of which every number is used, where a state alone fetches a line for one number.
States come as `(states, nodes)`; they are transposed into a tile and out of it block by block. On a graph whose nodes
are numbered without order each arc moves these 64 bytes from the last cache, beside 8 or 12 for its head and its weight.
Rests on `lanes`; used by `graph_cpu`.
"""

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .lanes import LINE, load, spread, store, transpose
from .law_code import diffusivity
from .memory import empty

ARCS = 32  # whose diffusivities are computed together


def empty_tiles(count, nodes, dtype):
    """`count` tiles whose rows are cache lines, with rows to spare for the last block."""
    width = LINE // dtype.itemsize
    rows = -(-nodes // width) * width
    room = empty(((count * rows + 1) * width,), dtype)
    begin = -room.ctypes.data % LINE // dtype.itemsize
    return room[begin : begin + count * rows * width].reshape(count, rows, width)


@njit()
def _square(x):
    return np.zeros((x.shape[1], x.shape[1]), x.dtype)


@njit()
def _turn(block, room, to):
    """`to = blockᵀ`, by way of `room` where the block is not full."""
    width = to.shape[1]
    if block.shape == to.shape:
        transpose(block, to)
        return
    for c in range(block.shape[0]):
        if block.shape[1] == width:
            store(room, c, load(block, c))
        else:
            for r in range(block.shape[1]):
                room[c, r] = block[c, r]
    transpose(room, to)


@njit()
def _enter(u, x, start, stop):
    """The rows `[start, stop)` of the tile."""
    room, width = _square(x), x.shape[1]
    for i in range(start, stop, width):
        _turn(u[:, i : min(i + width, stop)], room, x[i : i + width])


@njit()
def _leave(block, turned, v, factor, i, stop, out):
    """The transposed block, plus `factor v` if there is a `v`, into the states from node `i` on."""
    transpose(block, turned)
    width = block.shape[1]
    for c in range(out.shape[0]):
        if i + width > stop:
            for r in range(stop - i):
                out[c, i + r] = turned[c, r] + factor * v[c, i + r] if len(v) else turned[c, r]
        elif len(v):
            store(out[:, i:], c, load(turned, c) + factor * load(v[:, i:], c))
        else:
            store(out[:, i:], c, load(turned, c))


@njit()
def _diffusivities(law, squares):
    """`g` in place."""
    for k in range(len(squares)):
        squares[k] = diffusivity(law, squares[k])


@njit()
def _linear_rows(v, mix, first, heads, w, start, stop, x, out):
    block, turned, width = _square(x), _square(x), x.shape[1]
    for i in range(start, stop, width):
        for r in range(min(width, stop - i)):
            own, change = load(x, i + r), spread(x.dtype.type(0))
            for k in range(first[i + r], first[i + r + 1]):
                change = change + w[k] * (load(x, heads[k]) - own)
            store(block, r, mix[0] * own + mix[2] * change)
        _leave(block, turned, v, mix[1], i, stop, out)


@njit()
def _held_rows(v, mix, given, first, heads, w, start, stop, x, out):
    block, turned, width, room, g = _square(x), _square(x), x.shape[1], _square(x), _square(x)
    for i in range(start, stop, width):
        for r in range(min(width, stop - i)):
            own, change = load(x, i + r), spread(x.dtype.type(0))
            end = np.int64(first[i + r + 1])
            for a in range(np.int64(first[i + r]), end, width):
                _turn(given[:, a : a + width], room, g)  # the arcs of the next node may fill it
                for k in range(a, min(a + width, end)):
                    change = change + w[k] * load(g, k - a) * (load(x, heads[k]) - own)
            store(block, r, mix[0] * own + mix[2] * change)
        _leave(block, turned, v, mix[1], i, stop, out)


@njit()
def _separable_rows(v, mix, law, first, heads, w, start, stop, x, out):
    block, turned, width = _square(x), _square(x), x.shape[1]
    squares = np.empty(ARCS * width, x.dtype)
    g = squares.reshape(ARCS, width)
    for i in range(start, stop, width):
        for r in range(min(width, stop - i)):
            own, change = load(x, i + r), spread(x.dtype.type(0))
            end = np.int64(first[i + r + 1])
            for a in range(np.int64(first[i + r]), end, ARCS):
                last = min(a + ARCS, end)
                for k in range(a, last):
                    rise = load(x, heads[k]) - own
                    store(g, k - a, w[k] * rise * rise)
                _diffusivities(law, squares[: (last - a) * width])
                for k in range(a, last):
                    change = change + w[k] * load(g, k - a) * (load(x, heads[k]) - own)
            store(block, r, mix[0] * own + mix[2] * change)
        _leave(block, turned, v, mix[1], i, stop, out)


@njit()
def _nodes_rows(law, first, heads, w, start, stop, x, g):
    """`g` of the nodes `[start, stop)`, another tile."""
    width, squares = x.shape[1], g.reshape(-1)
    for i in range(start, stop, width):
        count = min(width, stop - i)
        for r in range(i, i + count):
            own, square = load(x, r), spread(x.dtype.type(0))
            for k in range(first[r], first[r + 1]):
                rise = load(x, heads[k]) - own
                square = square + w[k] * rise * rise
            store(g, r, x.dtype.type(0.5) * square)
        _diffusivities(law, squares[i * width : (i + count) * width])


@njit()
def _isotropic_rows(v, mix, g, first, heads, w, start, stop, x, out):
    block, turned, width = _square(x), _square(x), x.shape[1]
    for i in range(start, stop, width):
        for r in range(min(width, stop - i)):
            own, mine, change = load(x, i + r), load(g, i + r), spread(x.dtype.type(0))
            for k in range(first[i + r], first[i + r + 1]):
                change = change + w[k] * (mine + load(g, heads[k])) * (load(x, heads[k]) - own)
            store(block, r, mix[0] * own + x.dtype.type(0.5) * mix[2] * change)
        _leave(block, turned, v, mix[1], i, stop, out)


@serial_and_parallel
def linear(u, v, mix, _, first, heads, w, cuts, tiles, out):
    """`Σ_j w_ij (u_j - u_i)`."""
    x, width = tiles[0], tiles.shape[2]
    for c in range(0, len(u), width):
        a, b, to = u[c : c + width], v[c : c + width], out[c : c + width]
        for s in numba.prange(len(cuts) - 1):
            _enter(a, x, cuts[s], cuts[s + 1])
        for s in numba.prange(len(cuts) - 1):
            _linear_rows(b, mix, first, heads, w, cuts[s], cuts[s + 1], x, to)


@serial_and_parallel
def held(u, v, mix, given, first, heads, w, cuts, tiles, out):
    """`Σ_j G_ij w_ij (u_j - u_i)` with `G` for every state."""
    x, width = tiles[0], tiles.shape[2]
    for c in range(0, len(u), width):
        a, b, g, to = u[c : c + width], v[c : c + width], given[c : c + width], out[c : c + width]
        for s in numba.prange(len(cuts) - 1):
            _enter(a, x, cuts[s], cuts[s + 1])
        for s in numba.prange(len(cuts) - 1):
            _held_rows(b, mix, g, first, heads, w, cuts[s], cuts[s + 1], x, to)


@serial_and_parallel
def separable(u, v, mix, law, first, heads, w, cuts, tiles, out):
    """`Σ_j g(w_ij (u_j - u_i)²) w_ij (u_j - u_i)`."""
    x, width = tiles[0], tiles.shape[2]
    for c in range(0, len(u), width):
        a, b, to = u[c : c + width], v[c : c + width], out[c : c + width]
        for s in numba.prange(len(cuts) - 1):
            _enter(a, x, cuts[s], cuts[s + 1])
        for s in numba.prange(len(cuts) - 1):
            _separable_rows(b, mix, law, first, heads, w, cuts[s], cuts[s + 1], x, to)


@serial_and_parallel
def isotropic(u, v, mix, law, first, heads, w, cuts, tiles, out):
    """`Σ_j (g_i + g_j)/2 w_ij (u_j - u_i)`, with `g` of every node in the second tile."""
    x, g, width = tiles[0], tiles[1], tiles.shape[2]
    for c in range(0, len(u), width):
        a, b, to = u[c : c + width], v[c : c + width], out[c : c + width]
        for s in numba.prange(len(cuts) - 1):
            _enter(a, x, cuts[s], cuts[s + 1])
        for s in numba.prange(len(cuts) - 1):
            _nodes_rows(law, first, heads, w, cuts[s], cuts[s + 1], x, g)
        for s in numba.prange(len(cuts) - 1):
            _isotropic_rows(b, mix, g, first, heads, w, cuts[s], cuts[s + 1], x, to)
