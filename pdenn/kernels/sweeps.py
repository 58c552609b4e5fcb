"""Several steps of a recurrence in one sweep over memory (temporal blocking), on NumPy arrays.

    w_(s+1) = α_s w_s + β_s w_(s-1) + γ_s A(w_s) + δ_s a + ε_s b,    s = 0, ..., S - 1

One step reads and writes the whole state, and memory is slower than arithmetic. Here a tile that fits in the cache takes
its planes through all steps, each step a plane or two behind the one before (a wavefront), before the next plane is
read. The steps are those of `planes`, so that the result equals single steps to rounding.
"""

import math
from itertools import pairwise

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .cpu import beside, in_precision
from .layout import geometry, laid_out, threads
from .planes import diffusivity_plane, flux_plane, separable_plane
from .tiles import add_plane, extents, load_plane, sides, store_plane, tiles, walls

STEPS = {1: 16, 2: 10, 3: 5}  # per sweep and dimension: what is saved grows with them, and so does the halo
# Bytes of a tile: rows stay in the second-level cache of a core (1 MB), planes in its share of the third level.
CACHE = {1: 900 << 10, 2: 900 << 10, 3: 12 << 20}


def isotropic(u, law, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = div(g(|∇u|²) ∇u)`; `rows` holds `(α, β, γ, δ, ε)` of every step.

    `before` is `w_(-1)`, by default `u` itself; `a` and `b` are states of the shape of `u`, None if their factors are 0
    (ValueError otherwise).
    """
    return _run(_isotropic, 2, u, law, grid, rows, before, a, b)


def separable(u, law, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = Σ_i ∂_i Φ(∂_i u)`; see `isotropic`."""
    return _run(_separable, 1, u, law, grid, rows, before, a, b)


def weighted(u, g, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = div(g ∇u)`, the diffusivity `g` of every cell given; see `isotropic`."""
    return _run(_weighted, 1, u, laid_out(np.broadcast_to(g, u.shape), grid), grid, rows, before, a, b)


def _run(kernels, reach, u, coefficient, grid, rows, before, a, b):
    x = laid_out(u, grid)
    rows = np.ascontiguousarray(rows, x.dtype)
    if hasattr(coefficient, "_fields"):
        coefficient = in_precision(coefficient, x.dtype.type)
    nothing = np.empty((len(x), 0, 0, 0), x.dtype)
    for name, given, factors in (("a", a, rows[:, 3]), ("b", b, rows[:, 4])):
        if given is None and factors.any():
            raise ValueError(f"{name} must be a state where its factors are not 0, got None with {factors}")
    before = x if before is None else laid_out(before, grid)
    a, b = (nothing if y is None else laid_out(y, grid) for y in (a, b))
    sweeps = math.ceil(len(rows) / STEPS[grid.dim])
    bounds = [i * len(rows) // sweeps for i in range(sweeps + 1)]
    own: list = []  # used again: fresh memory is cleared page by page
    for first, last in pairwise(bounds):
        part, needed = rows[first:last], last < len(rows) and rows[last, 1] != 0
        more = needed and len(part) > 1
        free = [y for y in own if y is not x and y is not before]
        fresh = [np.empty_like(x) for _ in range(1 + more - len(free))]
        own, (out, *others) = own + fresh, free + fresh
        out_before = others[0] if more else nothing
        planes = 3 * reach * (len(part) + 1) + 3 * len(part)
        cuts = tiles(x.shape[1:], reach * len(part), CACHE[grid.dim] // (planes * x.itemsize), threads(x), len(x))
        kernels[threads(x) > 1](
            x, before, a, b, part, coefficient, *geometry(grid, x.dtype.type), cuts, out, out_before
        )
        x, before = out, (out_before if more else x) if needed else out
    return x.reshape(u.shape)


@njit()
def _beside(i, n, ghost, kept):
    """What is read below and above plane `i` of a tile of `n`, of which the last `kept` are at hand."""
    (below, c, d), (above, e, f) = beside(i, n, False, ghost)
    return (below % kept, c, d), (above % kept, e, f)


@njit()
def _mix(s, rows):
    """`(α, β, γ)` of step `s`; the state before the first step is added by `_finish`."""
    return rows[s, 0], (rows[s, 1] if s > 0 else rows.dtype.type(0)), rows[s, 2]


@njit()
def _meets_memory(s, rows):
    """Whether step `s` adds given states or is stored: asked here, since the call alone costs as much as a short row."""
    return s == 0 or s >= len(rows) - 2 or rows[s, 3] != 0 or rows[s, 4] != 0


@njit()
def _finish(s, before, a, b, rows, extent, r, states, place, out, out_before):
    """What stands outside the cache: given states are added to plane `r` of step `s`, and the last two are stored."""
    if s == 0 and rows[0, 1] != 0:
        add_plane(rows[0, 1], before, extent, r, states[s + 1, place])
    if rows[s, 3] != 0:
        add_plane(rows[s, 3], a, extent, r, states[s + 1, place])
    if rows[s, 4] != 0:
        add_plane(rows[s, 4], b, extent, r, states[s + 1, place])
    if s == len(rows) - 1:
        store_plane(states[s + 1, place], extent, r, out)
    elif s == len(rows) - 2 and out_before.size > 0:
        store_plane(states[s + 1, place], extent, r, out_before)


@njit()
def _isotropic_tile(u, before, a, b, rows, law, w, ghost, periodic, extent, out, out_before):
    m0, m1, m2 = sides(extent)
    own, ring = walls(extent, u.shape, ghost, periodic)
    states = np.empty((len(rows) + 1, 6, m1, m2), u.dtype)
    g = np.empty((len(rows), 3, m1, m2), u.dtype)
    for i in range(m0 + 2 * len(rows)):
        if i < m0:
            load_plane(u, extent, i, states[0, i % 6])
        for s in range(len(rows)):
            r = i - 2 * s - 2
            q, back = r + 1, max(s - 1, 0)
            if 0 <= q < m0:
                lower, upper = _beside(q, m0, own[0], 6)
                diffusivity_plane(states, (s, q % 6), lower, upper, law, w, own, ring, g, (s, q % 3))
            if 0 <= r < m0:
                lower, upper = _beside(r, m0, own[0], 6)
                planes = (s, max(r - 1, 0) % 3, r % 3, min(r + 1, m0 - 1) % 3)
                flux_plane(states, (s, r % 6), lower, upper, states, (back, r % 6), _mix(s, rows), g, planes, w, own,
                           ring, states, (s + 1, r % 6))  # fmt: skip
                if _meets_memory(s, rows):
                    _finish(s, before, a, b, rows, extent, r, states, r % 6, out, out_before)


@njit()
def _separable_tile(u, before, a, b, rows, law, w, ghost, periodic, extent, out, out_before):
    m0, m1, m2 = sides(extent)
    own, ring = walls(extent, u.shape, ghost, periodic)
    states = np.empty((len(rows) + 1, 3, m1, m2), u.dtype)
    for i in range(m0 + len(rows)):
        if i < m0:
            load_plane(u, extent, i, states[0, i % 3])
        for s in range(len(rows)):
            r, back = i - s - 1, max(s - 1, 0)
            if 0 <= r < m0:
                lower, upper = _beside(r, m0, own[0], 3)
                separable_plane(states, (s, r % 3), lower, upper, states, (back, r % 3), _mix(s, rows), law, w, own,
                                ring, states, (s + 1, r % 3))  # fmt: skip
                if _meets_memory(s, rows):
                    _finish(s, before, a, b, rows, extent, r, states, r % 3, out, out_before)


@njit()
def _weighted_tile(u, before, a, b, rows, g, w, ghost, periodic, extent, out, out_before):
    m0, m1, m2 = sides(extent)
    own, ring = walls(extent, u.shape, ghost, periodic)
    kept = len(rows) + 2
    states = np.empty((len(rows) + 1, 3, m1, m2), u.dtype)
    G = np.empty((1, kept, m1, m2), u.dtype)
    for i in range(m0 + len(rows)):
        if i < m0:
            load_plane(u, extent, i, states[0, i % 3])
            load_plane(g, extent, i, G[0, i % kept])
        for s in range(len(rows)):
            r, back = i - s - 1, max(s - 1, 0)
            if 0 <= r < m0:
                lower, upper = _beside(r, m0, own[0], 3)
                planes = (0, max(r - 1, 0) % kept, r % kept, min(r + 1, m0 - 1) % kept)
                flux_plane(states, (s, r % 3), lower, upper, states, (back, r % 3), _mix(s, rows), G, planes, w, own,
                           ring, states, (s + 1, r % 3))  # fmt: skip
                if _meets_memory(s, rows):
                    _finish(s, before, a, b, rows, extent, r, states, r % 3, out, out_before)


@serial_and_parallel
def _isotropic(u, before, a, b, rows, law, w, ghost, periodic, cuts, out, out_before):
    each = cuts[0] * cuts[1] * cuts[2]
    halo = 2 * len(rows)
    for task in numba.prange(len(u) * each):
        i = task // each
        extent = extents(task % each, cuts, u.shape[1:], halo, periodic)
        _isotropic_tile(u[i], before[i], a[i], b[i], rows, law, w, ghost, periodic, extent, out[i], out_before[i])


@serial_and_parallel
def _separable(u, before, a, b, rows, law, w, ghost, periodic, cuts, out, out_before):
    each = cuts[0] * cuts[1] * cuts[2]
    for task in numba.prange(len(u) * each):
        i = task // each
        extent = extents(task % each, cuts, u.shape[1:], len(rows), periodic)
        _separable_tile(u[i], before[i], a[i], b[i], rows, law, w, ghost, periodic, extent, out[i], out_before[i])


@serial_and_parallel
def _weighted(u, before, a, b, rows, g, w, ghost, periodic, cuts, out, out_before):
    each = cuts[0] * cuts[1] * cuts[2]
    for task in numba.prange(len(u) * each):
        i = task // each
        extent = extents(task % each, cuts, u.shape[1:], len(rows), periodic)
        _weighted_tile(u[i], before[i], a[i], b[i], rows, g[i], w, ghost, periodic, extent, out[i], out_before[i])
