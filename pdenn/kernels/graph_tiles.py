"""Diffusion on graphs in tiles, through all steps of a recurrence: states are turned into a tile once, and out of it once.

    w_(s+1) = α_s w_s + β_s w_(s-1) + γ_s A(w_s) + δ_s a + ε_s b,    s = 0, ..., S - 1

A tile holds as many states as fit a cache line, `(nodes, lanes)`: an arc then fetches one whole line, of which every
number is used, where a state alone fetches a line for one number. On a graph whose nodes are numbered without order each
arc moves these 64 bytes from the last cache, beside 8 or 12 for its head and its weight. A tile `(nodes,)` holds one
state, whose lanes are numbers: the loops are the same. The tiles of a run are `w` of the even and of the odd steps, `a`,
`b`, and last what a form needs. Rests on `lanes`; used by `graph_cpu`.
"""

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .lanes import load, load_from, store, store_to, transpose, zero
from .law_code import diffusivity
from .memory import LINE, empty

U = np.uint64  # numbers of nodes and arcs: one with a sign may count from the end, which is asked at every use
ARCS = U(32)  # whose diffusivities are computed together
PORTION = 64  # nodes that threads share out, a multiple of the lanes
TURNED = U(512)  # nodes of which the last step is turned out together, which a cache beside a core holds


def empty_tiles(count, nodes, lanes, dtype):
    """`count` tiles; rows of `lanes = (width,)` are cache lines, with rows to spare for the last block."""
    if not lanes:
        return empty((count, nodes), dtype)
    (width,) = lanes
    rows = -(-nodes // width) * width
    room = empty(((count * rows + 1) * width,), dtype)
    begin = -room.ctypes.data % LINE // dtype.itemsize
    return room[begin : begin + count * rows * width].reshape(count, rows, width)


@inner
def _states(x):
    """How many a tile holds."""
    return x.shape[1] if x.ndim == 2 else 1


@inner
def _turn_in(u, start, stop, x):
    """The rows `[start, stop)` of the tile."""
    if x.ndim == 1:
        for i in range(start, stop):
            x[i] = u[0, i]
    else:
        (states, nodes), width, numbers = u.shape, x.shape[1], u.reshape(-1)
        room = np.zeros((width, width), x.dtype)
        for i in range(start, stop, width):
            if i + width <= stop and states == width:
                transpose(u, 0, i, x, i, 0)
                continue
            for c in range(states):
                if i + width <= stop:
                    store(room, c, load_from(numbers, c * nodes + i))
                else:
                    for r in range(stop - i):
                        room[c, r] = u[c, i + r]
            transpose(room, 0, 0, x, i, 0)


@inner
def _turn_out(x, start, stop, out):
    """The first rows of `x`, which are those from `start` to `stop` of a tile, into the states."""
    if x.ndim == 1:
        for i in range(start, stop):
            out[0, i] = x[i - start]
    else:
        (states, nodes), width, numbers = out.shape, x.shape[1], out.reshape(-1)
        turned = np.empty((width, width), x.dtype)
        for i in range(start, stop, width):
            if i + width <= stop and states == width:
                transpose(x, i - start, 0, out, 0, i)
                continue
            transpose(x, i - start, 0, turned, 0, 0)
            for c in range(states):
                if i + width <= stop:
                    store_to(numbers, c * nodes + i, load(turned, c))
                else:
                    for r in range(stop - i):
                        out[c, i + r] = turned[c, r]


@inner
def _read(tiles, rows, s):
    """The tiles of `w_s`, `w_(s-1)`, `a` and `b`; one whose factor is 0 is not read, and `w_s` stands there."""
    x = tiles[s % 2]
    return (
        x,
        tiles[1 - s % 2] if rows[s, 1] != 0 else x,
        tiles[2] if rows[s, 3] != 0 else x,
        tiles[3] if rows[s, 4] != 0 else x,
    )


@inner
def _factors(rows, s):
    """Those of step `s`, in registers: of the state and its change, and of what else is read, if anything is."""
    others = rows[s, 1], rows[s, 3], rows[s, 4]
    return rows[s, 0], rows[s, 2], others, others[0] != 0 or others[1] != 0 or others[2] != 0


@inner
def _others(factors, read, i):
    """What comes to row `i` of the next state from the state before and the given ones."""
    (beta, delta, epsilon), (_, before, a, b) = factors, read
    return beta * load(before, i) + (delta * load(a, i) + epsilon * load(b, i))


@inner
def _room(tiles, rows, s, start, stop, room):
    """Where the rows `[start, stop)` of step `s` are written: over those two steps before, or where they are turned."""
    return tiles[1 - s % 2][start:stop] if s < len(rows) - 1 else room


@inner
def _diffusivities(law, squares):
    """`g` in place."""
    for k in range(len(squares)):
        squares[k] = diffusivity(law, squares[k])


@inner
def _linear_rows(tiles, rows, s, first, heads, w, start, stop, out):
    read, last = _read(tiles, rows, s), np.empty((int(TURNED), *tiles.shape[2:]), tiles.dtype)
    x, (alpha, gamma, others, more) = read[0], _factors(rows, s)
    for begin in range(U(start), U(stop), TURNED):
        end = min(begin + TURNED, U(stop))
        to = _room(tiles, rows, s, begin, end, last)
        for i in range(begin, end):
            own, change = load(x, i), zero(x)
            for k in range(first[i], first[i + U(1)]):
                change = change + w[k] * (load(x, heads[k]) - own)
            after = alpha * own + gamma * change
            if more:
                after = after + _others(others, read, i)
            store(to, i - begin, after)
        if s == len(rows) - 1:
            _turn_out(last, np.int64(begin), np.int64(end), out)


@inner
def _held_rows(tiles, rows, s, g, first, heads, w, start, stop, out):
    read, last = _read(tiles, rows, s), np.empty((int(TURNED), *tiles.shape[2:]), tiles.dtype)
    x, (alpha, gamma, others, more) = read[0], _factors(rows, s)
    for begin in range(U(start), U(stop), TURNED):
        end = min(begin + TURNED, U(stop))
        to = _room(tiles, rows, s, begin, end, last)
        for i in range(begin, end):
            own, change = load(x, i), zero(x)
            for k in range(first[i], first[i + U(1)]):
                change = change + w[k] * load(g, k) * (load(x, heads[k]) - own)
            after = alpha * own + gamma * change
            if more:
                after = after + _others(others, read, i)
            store(to, i - begin, after)
        if s == len(rows) - 1:
            _turn_out(last, np.int64(begin), np.int64(end), out)


@inner
def _flux(x, i, law, first, heads, w, g, squares):
    """What comes into node `i`; with lanes the diffusivities of some arcs are computed together, in `g`."""
    own, change, beyond = load(x, i), zero(x), U(first[i + U(1)])
    if x.ndim == 1:
        for k in range(U(first[i]), beyond):
            rise = load(x, heads[k]) - own
            change += diffusivity(law, w[k] * rise * rise) * w[k] * rise
        return change
    for near in range(U(first[i]), beyond, ARCS):
        far = min(near + ARCS, beyond)
        for k in range(near, far):
            rise = load(x, heads[k]) - own
            store(g, k - near, w[k] * rise * rise)
        _diffusivities(law, squares[: np.int64(far - near) * x.shape[1]])
        for k in range(near, far):
            change = change + w[k] * load(g, k - near) * (load(x, heads[k]) - own)
    return change


@inner
def _separable_rows(tiles, rows, s, law, first, heads, w, start, stop, out):
    read, last = _read(tiles, rows, s), np.empty((int(TURNED), *tiles.shape[2:]), tiles.dtype)
    x, (alpha, gamma, others, more) = read[0], _factors(rows, s)
    g = np.empty((int(ARCS), *tiles.shape[2:]), tiles.dtype)
    squares = g.reshape(-1)
    for begin in range(U(start), U(stop), TURNED):
        end = min(begin + TURNED, U(stop))
        to = _room(tiles, rows, s, begin, end, last)
        for i in range(begin, end):
            change = _flux(x, i, law, first, heads, w, g, squares)
            after = alpha * load(x, i) + gamma * change
            if more:
                after = after + _others(others, read, i)
            store(to, i - begin, after)
        if s == len(rows) - 1:
            _turn_out(last, np.int64(begin), np.int64(end), out)


@inner
def _nodes_rows(x, law, first, heads, w, start, stop, g):
    """`g` of the nodes `[start, stop)`, another tile."""
    half, width, squares = x.dtype.type(0.5), _states(x), g.reshape(-1)
    for begin in range(U(start), U(stop), TURNED):
        end = min(begin + TURNED, U(stop))
        for i in range(begin, end):
            own, square = load(x, i), zero(x)
            for k in range(first[i], first[i + U(1)]):
                rise = load(x, heads[k]) - own
                square = square + w[k] * rise * rise
            store(g, i, half * square)
        _diffusivities(law, squares[np.int64(begin) * width : np.int64(end) * width])


@inner
def _isotropic_rows(tiles, rows, s, first, heads, w, start, stop, out):
    read, last = _read(tiles, rows, s), np.empty((int(TURNED), *tiles.shape[2:]), tiles.dtype)
    x, g, (alpha, gamma, others, more) = read[0], tiles[-1], _factors(rows, s)
    gamma *= tiles.dtype.type(0.5)
    for begin in range(U(start), U(stop), TURNED):
        end = min(begin + TURNED, U(stop))
        to = _room(tiles, rows, s, begin, end, last)
        for i in range(begin, end):
            own, mine, change = load(x, i), load(g, i), zero(x)
            for k in range(first[i], first[i + U(1)]):
                change = change + w[k] * (mine + load(g, heads[k])) * (load(x, heads[k]) - own)
            after = alpha * own + gamma * change
            if more:
                after = after + _others(others, read, i)
            store(to, i - begin, after)
        if s == len(rows) - 1:
            _turn_out(last, np.int64(begin), np.int64(end), out)


@serial_and_parallel
def enter(u, cuts, x):
    """The states, at most as many as a tile holds, into the tile."""
    for p in numba.prange(len(cuts) - 1):
        _turn_in(u, cuts[p], cuts[p + 1], x)


@serial_and_parallel
def linear(tiles, rows, s, _, first, heads, w, cuts, out):
    """Step `s` with `A(u) = Σ_j w_ij (u_j - u_i)`; the last step goes to `out`."""
    for p in numba.prange(len(cuts) - 1):
        _linear_rows(tiles, rows, s, first, heads, w, cuts[p], cuts[p + 1], out)


@serial_and_parallel
def held(tiles, rows, s, g, first, heads, w, cuts, out):
    """Step `s` with `A(u) = Σ_j G_ij w_ij (u_j - u_i)`, `G` a tile whose rows are arcs."""
    for p in numba.prange(len(cuts) - 1):
        _held_rows(tiles, rows, s, g, first, heads, w, cuts[p], cuts[p + 1], out)


@serial_and_parallel
def separable(tiles, rows, s, law, first, heads, w, cuts, out):
    """Step `s` with `A(u) = Σ_j g(w_ij (u_j - u_i)²) w_ij (u_j - u_i)`."""
    for p in numba.prange(len(cuts) - 1):
        _separable_rows(tiles, rows, s, law, first, heads, w, cuts[p], cuts[p + 1], out)


@serial_and_parallel
def isotropic(tiles, rows, s, law, first, heads, w, cuts, out):
    """Step `s` with `A(u) = Σ_j (g_i + g_j)/2 w_ij (u_j - u_i)`, `g` of every node in the last tile."""
    for p in numba.prange(len(cuts) - 1):
        _nodes_rows(tiles[s % 2], law, first, heads, w, cuts[p], cuts[p + 1], tiles[-1])
    for p in numba.prange(len(cuts) - 1):
        _isotropic_rows(tiles, rows, s, first, heads, w, cuts[p], cuts[p + 1], out)
