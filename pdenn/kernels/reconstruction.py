"""Transport on NumPy arrays with values reconstructed at the faces: central, limited (MUSCL), weighted (WENO).

Axis by axis, in tiles: a tile of the state is copied with three cells of its surroundings on both sides, and the flux
`v u_upwind` of every face is computed from the six cells around it. Along the last axis the six are one line read with
six offsets; along the others they are six rows of adjacent lines. Both are loops over memory in order.
"""

import numba
import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from ..fluxes import MUSCL, WENO5
from ..fluxes.muscl import LIMITERS
from ..fluxes.weno import upper_edge
from .compile import OPTIONS, njit, serial_and_parallel
from .law_code import in_precision
from .layout import APPLY, SERIAL

VAN_LEER, MINMOD, SUPERBEE, CENTRAL, WENO = range(5)
REACH = 3  # cells on each side of a face
LINE = 1024  # cells of a tile along the last axis
ROWS, ADJACENT = 32, 256  # and along another one: 78 kB in double precision, long rows for the memory


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
    x, real = np.ascontiguousarray(u), u.dtype.type
    out = np.zeros_like(x) if v is None else real(mix[0]) * x + real(mix[1]) * np.ascontiguousarray(v)
    threads = numba.get_num_threads() if x.size > SERIAL else 1
    kind = LIMITERS.index(flux.limiter) if isinstance(flux, MUSCL) else WENO if isinstance(flux, WENO5) else CENTRAL
    closed = ((0.0, 1.0), (0.0, 1.0))
    for axis, (n, h) in enumerate(zip(grid.shape, grid.h, strict=True)):
        walls = np.array([grid.ghosts(axis) or closed, outside[axis] or closed], real)
        inner = int(np.prod(grid.shape[axis + 1 :]))
        shape, faces = (-1, n, inner), (-1, n + 1, inner)
        sweep = _rows
        if axis == grid.dim - 1:
            shape, faces, sweep = (-1, n), (-1, n + 1), _lines
        velocity = np.ascontiguousarray(velocities[axis]).reshape(faces)
        scale = real(mix[2] / h)
        sweep[threads > 1](kind, x.reshape(shape), velocity, scale, walls, outside[axis] is None, threads, out.reshape(shape))  # fmt: skip
    return out


def weighted(a, b, c, d, e):
    """`upper_edge` of WENO for one cell; compiled kernels call this name."""
    return upper_edge(a, b, c, d, e)


@overload(weighted, jit_options={"error_model": "numpy", "fastmath": OPTIONS["fastmath"]})  # type: ignore[typeddict-item]
def _(a, b, c, d, e):
    real = np.float32 if a == types.float32 else np.float64
    edge = register_jitable(error_model="numpy", fastmath=OPTIONS["fastmath"])(in_precision(upper_edge, real))
    return lambda a, b, c, d, e: edge(a, b, c, d, e)


@njit()
def increment(kind, a, b, nothing, one):
    """The limited increment over a cell from the differences to its neighbours; `b` itself for the central flux."""
    if kind == CENTRAL:
        return b
    alike = ((a > 0) & (b > 0)) | ((a < 0) & (b < 0))
    smaller, larger = (a, b) if abs(a) < abs(b) else (b, a)
    if kind == VAN_LEER:
        # 2ab/(a + b) so that no order of evaluation, which the compiler may choose, has a product that underflows.
        return (smaller + smaller) / (one + smaller / larger) if alike else nothing
    if kind == SUPERBEE:
        smaller = smaller + smaller if abs(smaller + smaller) < abs(larger) else larger
    return smaller if alike else nothing


@njit()
def flux_row(kind, v, l3, l2, l1, r1, r2, r3, out):
    """`v u_upwind` at faces with three cells to the left and three to the right."""
    nothing, half, one = v.dtype.type(0), v.dtype.type(0.5), v.dtype.type(1)
    if kind == WENO:
        for k in range(len(v)):
            a, b, c, d, e, f, ahead = l3[k], l2[k], l1[k], r1[k], r2[k], r3[k], v[k] > 0
            value = weighted(
                a if ahead else f, b if ahead else e, c if ahead else d, d if ahead else c, e if ahead else b
            )
            out[k] = v[k] * value
    else:
        for k in range(len(v)):
            b, c, d, e, ahead = l2[k], l1[k], r1[k], r2[k], v[k] > 0
            behind, here, beyond = b if ahead else e, c if ahead else d, d if ahead else c
            out[k] = v[k] * (here + half * increment(kind, here - behind, beyond - here, nothing, one))


@njit()
def read(j, n, periodic, ghost):
    """The cell that is read for cell `j`, and `(a, b)` with which it is read: beyond a wall the mirrored one."""
    if 0 <= j < n:
        return j, ghost.dtype.type(0), ghost.dtype.type(1)
    if periodic:
        return j % n, ghost.dtype.type(0), ghost.dtype.type(1)
    if j < 0:
        return min(-j, n) - 1, ghost[0, 0], ghost[0, 1]
    return n - min(j - n + 1, n), ghost[1, 0], ghost[1, 1]


@njit()
def flow_in(v, lower, u, value, out):
    """Where the velocity `v` leads inwards, a wall with `value = (α, β)` lets `v (α + β u)` in."""
    for k in range(len(v)):
        if (v[k] > 0) == lower:
            out[k] = v[k] * (value[0] + value[1] * u[k])


@njit()
def _line_tile(kind, u, v, scale, walls, periodic, start, stop, wide, flux, out):
    n = len(u)
    for r in range(stop - start + 2 * REACH):
        j, a, b = read(start + r - REACH, n, periodic, walls[0])
        wide[r] = a + b * u[j]
    m = stop - start + 1
    flux_row(kind, v[start : stop + 1], wide, wide[1:], wide[2:], wide[3:], wide[4:], wide[5:], flux)
    if not periodic:
        if start == 0:
            flow_in(v[:1], True, u[:1], walls[1, 0], flux[:1])
        if stop == n:
            flow_in(v[n:], False, u[n - 1 :], walls[1, 1], flux[m - 1 : m])
    for i in range(start, stop):
        out[i] += scale * (flux[i - start] - flux[i - start + 1])


@njit()
def _row_tile(kind, u, v, scale, walls, periodic, start, stop, k0, k1, wide, flux, out):
    n, width = len(u), k1 - k0
    for r in range(stop - start + 2 * REACH):
        j, a, b = read(start + r - REACH, n, periodic, walls[0])
        row, cells = wide[r], u[j, k0:k1]
        for k in range(width):
            row[k] = a + b * cells[k]
    for i in range(start, stop + 1):
        r, now, before = i - start, flux[i % 2], flux[(i + 1) % 2]
        flux_row(kind, v[i, k0:k1], wide[r], wide[r + 1], wide[r + 2], wide[r + 3], wide[r + 4], wide[r + 5], now)
        if i == 0 and not periodic:
            flow_in(v[0, k0:k1], True, u[0, k0:k1], walls[1, 0], now)
        if i == n and not periodic:
            flow_in(v[n, k0:k1], False, u[n - 1, k0:k1], walls[1, 1], now)
        if i > start:
            row = out[i - 1, k0:k1]
            for k in range(width):
                row[k] += scale * (before[k] - now[k])


@serial_and_parallel
def _lines(kind, u, v, scale, walls, periodic, threads, out):
    """Along the last axis: `u` has the shape `(lines, n)`, `v` `(lines of one state, n + 1)`."""
    lines, n = u.shape
    pieces = (n + LINE - 1) // LINE
    for task in numba.prange(threads):
        wide, flux = np.empty(LINE + 2 * REACH, u.dtype), np.empty(LINE + 1, u.dtype)
        for tile in range(task * lines * pieces // threads, (task + 1) * lines * pieces // threads):
            b, start = tile // pieces, tile % pieces * LINE
            stop = min(n, start + LINE)
            _line_tile(kind, u[b], v[b % len(v)], scale, walls, periodic, start, stop, wide, flux, out[b])


@serial_and_parallel
def _rows(kind, u, v, scale, walls, periodic, threads, out):
    """Along another axis: `u` has the shape `(planes, n, adjacent)`, `v` `(planes of one state, n + 1, adjacent)`."""
    planes, n, adjacent = u.shape
    pieces, strips = (n + ROWS - 1) // ROWS, (adjacent + ADJACENT - 1) // ADJACENT
    tiles = planes * pieces * strips
    for task in numba.prange(threads):
        wide, flux = np.empty((ROWS + 2 * REACH, ADJACENT), u.dtype), np.empty((2, ADJACENT), u.dtype)
        for tile in range(task * tiles // threads, (task + 1) * tiles // threads):
            b, start, k = tile // (pieces * strips), tile // strips % pieces * ROWS, tile % strips * ADJACENT
            stop, last, faces = min(n, start + ROWS), min(adjacent, k + ADJACENT), v[b % len(v)]
            _row_tile(kind, u[b], faces, scale, walls, periodic, start, stop, k, last, wide, flux, out[b])
