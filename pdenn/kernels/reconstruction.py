"""Transport on NumPy arrays with values reconstructed at the faces: central, limited (MUSCL), weighted (WENO).

One sweep over tiles of the grid. Six planes of a tile, with three cells of its surroundings, are kept in a ring: what
lies beyond a wall is copied there, so that all fluxes are loops over memory in order. Every face of a tile is evaluated
once, and the fluxes through the lower faces of a plane and of a row are those through the upper ones of the one before.
"""

import math

import numba
import numpy as np

from ..fluxes import MUSCL, WENO5
from ..fluxes.muscl import LIMITERS
from .compile import inner, serial_and_parallel
from .face_values import CENTRAL, WENO, U, flow_in, fluxes
from .layout import APPLY, read_only, threads
from .memory import empty

REACH = 3  # cells on each side of a face
RING = 2 * REACH  # planes that are kept
PLANES, CELLS, WIDTH = 256, 65536, 8192  # of a tile: planes, cells of a plane (some MB in all), and of a row
CLOSED = ((0.0, 1.0), (0.0, 1.0))


def reconstructed(u, velocities, grid, flux, outside, mix=APPLY, v=None):
    """`α u + β v - γ div F`, `F = max(v, 0) u_left + min(v, 0) u_right`, for a state `(..., *grid.shape)`.

    Parameters
    ----------
    u, v : arrays of dtype float32 or float64
    velocities : sequence of arrays
        Per axis, at its `n + 1` faces, in the dtype of `u`.
    flux : Central, MUSCL or WENO5
    outside : sequence
        Per axis None (periodic), or `((α, β), (α, β))`: what flows in through the walls, `α + β u`.
    """
    kind = LIMITERS.index(flux.limiter) if isinstance(flux, MUSCL) else WENO if isinstance(flux, WENO5) else CENTRAL
    x, real = read_only(u), u.dtype.type
    y, out = x if v is None else read_only(v), empty(u.shape, real)
    shape, w = in_front(grid.shape, 1), np.array(in_front([1 / h for h in grid.h], 0.0), real)
    ghost = np.array(in_front([grid.ghosts(axis) or CLOSED for axis in range(grid.dim)], CLOSED), real)
    inflow = np.array(in_front([pair or CLOSED for pair in outside], CLOSED), real)
    periodic = np.array(in_front([pair is None for pair in outside], False))
    faces = in_front([read_only(f).reshape(-1) for f in velocities], read_only(np.empty(0, real)))
    state, walls, many = x.reshape(-1, *shape), (ghost, inflow), threads(x)
    tiles, mix = pieces(len(state), shape, many), np.array(mix, real)
    _sweep[many > 1](kind, state, y.reshape(-1), mix, w, walls, periodic, *faces, tiles, many, out.reshape(-1))
    return out


def in_front(axes, filling):
    """Entries for three axes: the axes that a grid lacks come first."""
    return [filling] * (3 - len(axes)) + list(axes)


def pieces(batch, shape, threads):
    """How many states, and pieces of each axis; the longest axis is cut so that all threads get as many tiles."""
    width = min(shape[2], WIDTH)
    # A thread clears the memory of its first tile page by page: on a small state that costs more than the fluxes.
    cells = min(CELLS, max(CELLS // 8, shape[0] * shape[1] * shape[2] // 8))
    counts = [math.ceil(shape[0] / PLANES), math.ceil(shape[1] * width / cells), math.ceil(shape[2] / WIDTH)]
    if batch % threads:
        longest = shape.index(max(shape))
        counts[longest] = min(shape[longest], math.ceil(counts[longest] / threads) * threads)
    return batch, *counts


@inner
def read(j, n, periodic, ghost):
    """The cell that is read for cell `j`, and `(a, b)` with which it is read: beyond a wall the mirrored one."""
    if 0 <= j < n:
        return j, ghost.dtype.type(0), ghost.dtype.type(1)
    if periodic:
        return j % n, ghost.dtype.type(0), ghost.dtype.type(1)
    if j < 0:
        return min(-j, n) - 1, ghost[0, 0], ghost[0, 1]
    return n - min(j - n + 1, n), ghost[1, 0], ghost[1, 1]


@inner
def _load(u, i, j0, j1, k0, k1, ghost, periodic, x, p):
    """The rows `j0` to `j1` of plane `i`, to `x[p]` on: the cells `k0` to `k1` of each, and three on both sides."""
    (n0, n1, n2), m = u.shape, k1 - k0
    i, a, b = read(i, n0, periodic[0], ghost[0])
    for r in range(j1 - j0):
        j, c, d = read(j0 + r, n1, periodic[1], ghost[1])
        add, factor, to, here = a + b * c, b * d, U(p + REACH), U(k0)
        for k in range(U(m)):
            x[to + k] = add + factor * u[i, j, here + k]
        for k in range(REACH):
            below, e, f = read(k0 - REACH + k, n2, periodic[2], ghost[2])
            x[p + k] = add + factor * (e + f * u[i, j, below])
            above, e, f = read(k1 + k, n2, periodic[2], ghost[2])
            x[p + REACH + m + k] = add + factor * (e + f * u[i, j, above])
        p += m + 2 * REACH


@inner
def _along_first(kind, v, face, shape, box, inflow, periodic, x, p, size, out):
    """Fluxes through the faces below plane `face`, from six planes around it, which start at multiples of `size`."""
    (n0, n1, n2), (_, _, j0, j1, k0, k1) = shape, box
    rows, m, wide = j1 - j0, k1 - k0, k1 - k0 + 2 * REACH
    f, o = ((face * n1 + j0) * n2 + k0, n2), (face % 2 * rows * m, m)
    at = (p + (face - 3) % RING * size, p + (face - 2) % RING * size, p + (face - 1) % RING * size,
          p + face % RING * size, p + (face + 1) % RING * size, p + (face + 2) % RING * size, wide)  # fmt: skip
    fluxes(kind, v, f, x, at, rows, m, out, o)
    if face == 0 and not periodic[0]:
        flow_in(v, f, True, inflow[0, 0], x, (at[3], wide), rows, m, out, o)
    if face == n0 and not periodic[0]:
        flow_in(v, f, False, inflow[0, 1], x, (at[2], wide), rows, m, out, o)


@inner
def _along_middle(kind, v, i, shape, box, inflow, periodic, x, p, out):
    """Fluxes between the rows of plane `i`; those of the tile and three on both sides start at `x[p]`."""
    (_, n1, n2), (_, _, j0, j1, k0, k1) = shape, box
    rows, m, wide = j1 - j0, k1 - k0, k1 - k0 + 2 * REACH
    start, o = (i * (n1 + 1) + j0) * n2 + k0, rows * m
    at = (p, p + wide, p + 2 * wide, p + 3 * wide, p + 4 * wide, p + 5 * wide, wide)
    fluxes(kind, v, (start, n2), x, at, rows + 1, m, out, (0, m))
    if j0 == 0 and not periodic[1]:
        flow_in(v, (start, 0), True, inflow[1, 0], x, (at[3], 0), 1, m, out, (0, 0))
    if j1 == n1 and not periodic[1]:
        flow_in(v, (start + rows * n2, 0), False, inflow[1, 1], x, (at[2] + rows * wide, 0), 1, m, out, (o, 0))


@inner
def _along_last(kind, v, i, shape, box, inflow, periodic, x, p, out):
    """Fluxes along the rows of plane `i`; the first of them, with three cells on both sides, starts at `x[p]`."""
    (_, n1, n2), (_, _, j0, j1, k0, k1) = shape, box
    rows, m, wide = j1 - j0, k1 - k0, k1 - k0 + 2 * REACH
    start = (i * n1 + j0) * (n2 + 1) + k0
    fluxes(kind, v, (start, n2 + 1), x, (p, p + 1, p + 2, p + 3, p + 4, p + 5, wide), rows, m + 1, out, (0, m + 1))
    if k0 == 0 and not periodic[2]:
        flow_in(v, (start, n2 + 1), True, inflow[2, 0], x, (p + 3, wide), rows, 1, out, (0, m + 1))
    if k1 == n2 and not periodic[2]:
        flow_in(v, (start + m, n2 + 1), False, inflow[2, 1], x, (p + m + 2, wide), rows, 1, out, (m, m + 1))


@inner
def _combine(mix, w, x, p, y, q, n2, between, across, rows, m, out):
    """`α u + β v + γ (...)` in a plane of the tile, from the fluxes along its two axes."""
    alpha, beta, middle, last, one, above = mix[0], mix[1], mix[2] * w[1], mix[2] * w[2], U(1), U(m)
    for r in range(rows):
        a, b, c, d = U(p + r * (m + 2 * REACH)), U(q + r * n2), U(r * m), U(r * (m + 1))
        for k in range(U(m)):
            z = middle * (between[c + k] - between[c + above + k]) + last * (across[d + k] - across[d + one + k])
            out[b + k] = alpha * x[a + k] + beta * y[b + k] + z


@inner
def _add(scale, flux, lower, upper, rows, m, out, q, n2):
    """`out += scale (lower - upper)`, of the fluxes along the first axis."""
    for r in range(rows):
        a, b, c = U(lower + r * m), U(upper + r * m), U(q + r * n2)
        for k in range(U(m)):
            out[c + k] += scale * (flux[a + k] - flux[b + k])


@inner
def _tile(kind, u, y, b, mix, w, v0, v1, v2, walls, periodic, box, x, through, between, across, out):
    """One tile: its planes are loaded in turn, and three planes later the cells have all they need."""
    (ghost, inflow), shape, (i0, i1, j0, j1, k0, k1) = walls, u.shape[1:], box
    (n0, n1, n2), rows, m, wide, thick, tall = shape, j1 - j0, k1 - k0, k1 - k0 + 2 * REACH, w[0] > 0, w[1] > 0
    lag, pad = (REACH if thick else 0), (REACH if tall else 0)
    size, start = (rows + 2 * pad) * wide, pad * wide
    for i in range(i0 - lag, i1 + lag):
        _load(u[b], i, j0 - pad, j1 + pad, k0, k1, ghost, periodic, x, i % RING * size)
        face, cell = i - lag + 1, i - lag
        if thick and face >= i0:
            _along_first(kind, v0, face, shape, box, inflow, periodic, x, start + REACH, size, through)
        if cell < i0:
            continue
        p, q = cell % RING * size, ((b * n0 + cell) * n1 + j0) * n2 + k0
        if tall:
            _along_middle(kind, v1, cell, shape, box, inflow, periodic, x, p + REACH, between)
        _along_last(kind, v2, cell, shape, box, inflow, periodic, x, p + start, across)
        _combine(mix, w, x, p + start + REACH, y, q, n2, between, across, rows, m, out)
        if thick:
            _add(mix[2] * w[0], through, cell % 2 * rows * m, (cell + 1) % 2 * rows * m, rows, m, out, q, n2)


@serial_and_parallel
def _sweep(kind, u, y, mix, w, walls, periodic, v0, v1, v2, tiles, threads, out):
    """All tiles of a state `(batch, n0, n1, n2)`; velocities, `y` and `out` are lines of memory."""
    batch, p0, p1, p2 = tiles
    count, (n0, n1, n2) = batch * p0 * p1 * p2, u.shape[1:]
    rows, m = -(-n1 // p1), -(-n2 // p2)
    for task in numba.prange(threads):
        x = np.empty((RING if w[0] > 0 else 1) * (rows + 2 * REACH) * (m + 2 * REACH), u.dtype)
        through, across = np.empty(2 * rows * m, u.dtype), np.empty(rows * (m + 1), u.dtype)
        between = np.zeros((rows + 1) * m, u.dtype)  # zero where there is no middle axis
        for tile in range(task * count // threads, (task + 1) * count // threads):
            b, p, q, r = tile // (p0 * p1 * p2), tile // (p1 * p2) % p0, tile // p2 % p1, tile % p2
            box = (p * n0 // p0, (p + 1) * n0 // p0, q * n1 // p1, (q + 1) * n1 // p1, r * n2 // p2, (r + 1) * n2 // p2)
            _tile(kind, u, y, b, mix, w, v0, v1, v2, walls, periodic, box, x, through, between, across, out)
