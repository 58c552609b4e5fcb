"""Several steps of a recurrence in one sweep over memory (temporal blocking), on NumPy arrays.

    w_(s+1) = α_s w_s + β_s w_(s-1) + γ_s A(w_s) + δ_s a + ε_s b,    s = 0, ..., S - 1

One step reads and writes the whole state, and memory is slower than arithmetic. Here a tile that fits in the cache takes
its planes through all steps, each step a plane or two behind the one before (a wavefront), before the next plane is
read. The steps are those of `planes`.
"""

import math
from itertools import pairwise

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .lanes import settle
from .layout import at_faces, geometry, insert, layout, read_only, threads
from .memory import LINE, empty_like
from .planes import U, close, diffusivity_plane, faces_plane, flux_plane, separable_plane
from .tiles import add_planes, extents, faces_of, load_plane, place, plane_form, store_plane, tiles, useful, walls

STEPS = {1: 16, 2: 10, 3: 5}  # per sweep and dimension: what is saved grows with them, and so does the halo
# Bytes of a tile: rows stay in the second-level cache of a core (1 MB), planes in its share of the third level.
CACHE = {1: 900 << 10, 2: 900 << 10, 3: 8 << 20}
STAYS = 8 << 20  # bytes of a result that may still be in the cache when it is read next
ISOTROPIC, CELLS, SEPARABLE, WEIGHTED, FACES = range(5)
REACH = (2, 2, 1, 1, 1)  # cells, of a step of each kind
NOT_GIVEN = (None, None, None)  # diffusivities; where they are, there is no law, and neither is compiled for the other


def isotropic(u, law, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = div(g(|∇u|²) ∇u)`; `rows` holds `(α, β, γ, δ, ε)` of every step.

    `before` is `w_(-1)`, by default `u` itself; `a` and `b` are states of the shape of `u`, None if their factors are 0
    (ValueError otherwise).
    """
    return _run(ISOTROPIC, u, law, NOT_GIVEN, grid, rows, before, a, b)


def separable(u, law, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = Σ_i ∂_i Φ(∂_i u)`; see `isotropic`."""
    return _run(SEPARABLE, u, law, NOT_GIVEN, grid, rows, before, a, b)


def weighted(u, g, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = div(g ∇u)`, the diffusivity `g` of every cell given; see `isotropic`."""
    g = read_only(np.broadcast_to(np.asarray(g, u.dtype), u.shape)).reshape(-1, grid.size)
    return _run(WEIGHTED, u, None, (g, g, g), grid, rows, before, a, b)


def face_weighted(u, g, grid, rows, before=None, a=None, b=None):
    """The recurrence with `A(u) = Σ_i ∂_i (G_i ∂_i u)`; see `isotropic`.

    `g` holds `G_i` at the `n + 1` faces of each axis; leading axes are broadcast to those of `u` (ValueError otherwise).
    """
    given = [at_faces(x, u, grid, axis) for axis, x in enumerate(g)]
    return _run(FACES, u, None, insert(3 - grid.dim, given, given[0]), grid, rows, before, a, b)


def cell_diffusivity(u, law, grid):
    """`g(|∇u|²)` in every cell."""
    return _run(CELLS, u, law, NOT_GIVEN, grid, np.zeros((1, 5)), None, None, None)


def _run(kind, u, law, g, grid, rows, before, a, b):
    shape, real, reach = layout(grid), u.dtype.type, REACH[kind]
    space, cells = geometry(grid, real), math.prod(shape)
    law, rows = law and law._make(map(real, law)), np.ascontiguousarray(rows, real)
    for name, given, factors in (("a", a, rows[:, 3]), ("b", b, rows[:, 4])):
        if given is None and factors.any():
            raise ValueError(f"{name} must be a state where its factors are not 0, got None with {factors}")
    x = read_only(u).reshape(-1, cells)
    nothing = read_only(np.empty((len(x), 0), real))
    a, b = (nothing if y is None else read_only(y).reshape(x.shape) for y in (a, b))
    before = x if before is None else read_only(before).reshape(x.shape)
    sweeps, many = math.ceil(len(rows) / STEPS[grid.dim]), threads(x)
    for first, last in pairwise([i * len(rows) // sweeps for i in range(sweeps + 1)]):
        part, needed = rows[first:last], last < len(rows) and rows[last, 1] != 0
        more = needed and len(part) > 1
        fresh = [empty_like(x) for _ in range(1 + more)]
        out, out_before = fresh[0], (fresh[1] if more else np.empty((len(x), 0), real))
        planes = (2 * reach + 2) * (len(part) + 1) + 3 * len(part) if grid.dim > 1 else 2 * len(part) + 1
        cuts = tiles(shape, reach * len(part), CACHE[grid.dim] // (planes * x.itemsize), many, len(x))
        _sweep[many > 1](kind, x, before, a, b, part, law, *g, *space, shape, cuts, x.nbytes > STAYS, out, out_before)
        x, before = read_only(out), read_only(out_before if more else x) if needed else read_only(out)
    return out.reshape(u.shape)


@serial_and_parallel
def _sweep(kind, u, before, a, b, rows, law, g0, g1, g2, w, ghost, periodic, shape, cuts, past, out, out_before):
    each = cuts[0] * cuts[1] * cuts[2]
    for task in numba.prange(len(u) * each):
        i = task // each
        extent = extents(task % each, cuts, shape, REACH[kind] * len(rows), periodic)
        given = law, g0, g1, g2, i, (w[0], w[1], w[2])
        results = past, out[i], out_before[i]
        _tile(kind, u[i], before[i], a[i], b[i], rows, *given, ghost, periodic, shape, extent, *results)
        settle()


@inner
def _tile(kind, u, before, a, b, rows, law, g0, g1, g2, state, w, ghost, rings, shape, extent, past, out, out_before):
    """All steps of one tile, by functions that call no others: those would count references to their arrays, atomically."""
    (own, ring, cut), form = walls(extent, shape, ghost, rings), plane_form(extent, w, LINE // u.itemsize)
    steps, reach, m0, half = len(rows), REACH[kind], extent[0][1] - extent[0][0], u.dtype.type(0.5)
    last = m0 - (kind != FACES)  # plane of given diffusivities: beyond the last cells stands a face
    kept, kept_g = (2 * reach + 2, 3 if reach == 2 else steps + 2) if w[0] > 0 else (1, 1)
    states, G = _room(kept * (steps + 1), form, u), _room(kept_g * (steps if reach == 2 else 3), form, u)
    tile, stored, squares, mirror = (shape, extent, form), (shape[1], shape[2]), _scaled(half, w), _mirror(half)
    for i in range(m0 + reach * steps):
        for s in range(steps + (kind != CELLS)):
            r, depth, to = i - reach * s, reach * s, _around(i - reach * s, kept, s, form)
            if s == 0 and i < m0:
                load_plane(u, tile, stored, i, states, to[1])
                close(states, to, form, own, ring, (i == 0, i == m0 - 1))
            if g0 is not None and s == 0:
                _load_given(kind, (g0, g1, g2), state, tile, stored, rings, i, w, mirror, ring, kept_g, G)
            elif s > 0 and _computed(r, m0, cut, depth):
                mix, added, both, more = _factors(rows, s - 1)
                here, beside = _around(r, kept, s - 1, form), _within(r, last, kept_g, (s - 1) * (reach - 1), form)
                back, straight = _around(r, kept, s - 1 - both, form)[1], s == steps and not (form[2] or more or past)
                start, cells = place(tile, r) if straight else (to[1], useful(form, cut, depth))
                if law is not None and kind == SEPARABLE:
                    separable_plane(states, here, back, cells, form, mix, law, w, straight, out, start)
                elif g0 is not None and kind == FACES:
                    faces_plane(states, here, back, cells, form, mix, G, beside, w, straight, out, start)
                else:
                    flux_plane(states, here, back, cells, form, mix, G, beside, squares, straight, out, start)
                if more:
                    add_planes(added, before, a, b, tile, r, states, to[1])
                if s < steps:
                    close(states, to, form, own, ring, (r == 0, r == m0 - 1))
                if s == steps and not straight:
                    store_plane(states, to[1], tile, r, out, past)
                elif s == steps - 1 and out_before.size > 0:
                    store_plane(states, to[1], tile, r, out_before, past)
            if law is not None and reach == 2 and s < steps and _computed(r - 1, m0, cut, depth + 1):
                planes, to = _around(r - 1, kept, s, form), _around(r - 1, kept_g, s, form)
                diffusivity_plane(states, planes, useful(form, cut, depth + 1), form, law, squares, G, to[1])
                close(G, to, form, mirror, ring, (False, False))
                if kind == CELLS:
                    store_plane(G, to[1], tile, r - 1, out, past)


@inner
def _load_given(kind, g, state, tile, stored, periodic, i, w, mirror, ring, kept, G):
    """The given diffusivities that come with plane `i`: of its cells, or of its faces but those above."""
    (_, ((first, last, _, _), _, _), form), to = tile, _around(i, kept, 0, tile[2])
    if kind == WEIGHTED and i < last - first:
        load_plane(g[0][state], tile, stored, i, G, to[1])
        close(G, to, form, mirror, ring, (False, False))
    elif kind == FACES:
        for axis in range(3):
            if w[axis] > 0 and i < last - first + (axis == 0):
                there, within = faces_of(axis, tile, periodic)
                of_all = g[axis][state % len(g[axis])]  # states may share diffusivities
                load_plane(of_all, there, within, i, G, _around(i, kept, axis, form)[1])


@inner
def _factors(rows, s):
    """`(α, β, γ)` of step `s` in the tile, what is added from memory, whether `β` is not 0, and whether anything is added.

    The state before the first step is not in the tile.
    """
    alpha, beta, gamma, delta, epsilon = rows[s, 0], rows[s, 1], rows[s, 2], rows[s, 3], rows[s, 4]
    first = beta if s == 0 else beta - beta
    more = first != 0 or delta != 0 or epsilon != 0
    return (alpha, beta - first, gamma), (first, delta, epsilon), s > 0 and beta != 0, more


@inner
def _around(i, kept, s, form):
    """Where the planes below, at and above plane `i` of step `s` start, in memory that keeps `kept` planes of a step."""
    first, size = s * kept, (form[0] + 2 * form[2]) * form[3]
    return U((first + (i - 1) % kept) * size), U((first + i % kept) * size), U((first + (i + 1) % kept) * size)


@inner
def _within(i, last, kept, s, form):
    """As `around`, where planes beyond the ends equal those at the ends."""
    below, above = _around(max(i - 1, 0), kept, s, form)[1], _around(min(i + 1, last), kept, s, form)[1]
    return below, _around(i, kept, s, form)[1], above


@inner
def _computed(i, m0, cut, depth):
    """Whether plane `i` is one that the tile computes where `depth` planes at each cut are spoiled."""
    return cut[0][0] * depth <= i < m0 - cut[0][1] * depth


@inner
def _scaled(factor, w):
    return factor * w[0] * w[0], factor * w[1] * w[1], factor * w[2] * w[2]


@inner
def _mirror(half):
    """Ghost cells that equal the cells beside."""
    wall = ((half - half, half + half), (half - half, half + half))
    return wall, wall, wall


@inner
def _room(count, form, u):
    """Memory for `count` planes whose first cells begin cache lines."""
    lanes, count = LINE // u.itemsize, count * (form[0] + 2 * form[2]) * form[3]
    x = np.empty(count + lanes, u.dtype)
    skip = (-1 - x.ctypes.data // u.itemsize) % lanes
    return x[skip : skip + count]
