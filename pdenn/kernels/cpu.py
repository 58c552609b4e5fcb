"""Diffusion on NumPy arrays by compiled kernels; the only callers of Numba's parallel loops.

Every function takes a state `(..., *grid.shape)` of dtype float32 or float64 and returns a new one of the same. With
`mix = (α, β, γ)` and a second state `v` it returns `α u + β v + γ A(u)` in the same sweep.
"""

import math

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .planes import diffusivity_plane, flux_plane, neighbour, separable_plane

# Below this many cells a parallel region costs more than it saves (about 20 µs on two cores).
SERIAL = 1 << 14
APPLY = (0.0, 0.0, 1.0)


def isotropic(u, law, grid, mix=APPLY, v=None):
    """`div(g(|∇u|²) ∇u)`: the diffusivity of three planes is kept in cache while the fluxes follow one plane behind."""
    return _run(_isotropic, u, grid, law, mix, v)


def separable(u, law, grid, mix=APPLY, v=None):
    """`Σ_i ∂_i Φ(∂_i u)`."""
    return _run(_separable, u, grid, law, mix, v)


def cell_diffusivity(u, law, grid):
    """`g(|∇u|²)` in every cell."""
    return _run(_cell, u, grid, law, APPLY, None)


def weighted(u, g, grid, mix=APPLY, v=None):
    """`div(g ∇u)` with the diffusivity `g` of every cell given."""
    return _run(
        _weighted, u, grid, np.ascontiguousarray(np.broadcast_to(g, u.shape)).reshape(-1, *layout(grid)), mix, v
    )


def _run(kernels, u, grid, coefficient, mix, v):
    x = np.ascontiguousarray(u).reshape(-1, *layout(grid))
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    out, real = np.empty_like(x), x.dtype.type
    if hasattr(coefficient, "_fields"):
        coefficient = coefficient._make(map(real, coefficient))
    missing, closed = 3 - grid.dim, ((0.0, 1.0), (0.0, 1.0))
    w = np.array(insert(missing, [1 / h for h in grid.h], 0.0), real)
    walls = insert(missing, [grid.ghosts(axis) for axis in range(grid.dim)], closed)
    periodic, ghost = np.array([pair is None for pair in walls]), np.array([pair or closed for pair in walls], real)
    # A batch fills the threads by itself; a single state is cut into slabs of its first axis.
    threads = numba.get_num_threads() if x.size > SERIAL else 1
    slabs = min(x.shape[1], math.ceil(threads / max(1, len(x))))
    kernels[threads > 1](x, y, np.array(mix, real), coefficient, w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


def layout(grid):
    """Three axes: a missing one stands in the middle, so that rows stay long and the first axis can be cut."""
    return tuple(insert(3 - grid.dim, list(grid.shape), 1))


def insert(missing, axes, filling):
    return [filling, filling, *axes] if missing == 2 else [axes[0], *[filling] * missing, *axes[1:]]


@njit()
def _isotropic_slab(u, v, mix, law, w, ghost, periodic, start, stop, out):
    n0, n1, n2 = u.shape
    g = np.empty((3, n1, n2), u.dtype)
    before, _, _ = neighbour(start, -1, n0, periodic[0], ghost[0])
    diffusivity_plane(u, law, w, ghost, periodic, before, g[(start + 2) % 3])
    diffusivity_plane(u, law, w, ghost, periodic, start, g[start % 3])
    for i in range(start, stop):
        after, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
        diffusivity_plane(u, law, w, ghost, periodic, after, g[(i + 1) % 3])
        flux_plane(u, v, mix, g[(i + 2) % 3], g[i % 3], g[(i + 1) % 3], w, ghost, periodic, i, out[i])


@njit()
def _separable_slab(u, v, mix, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        separable_plane(u, v, mix, law, w, ghost, periodic, i, out[i])


@njit()
def _cell_slab(u, v, mix, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        diffusivity_plane(u, law, w, ghost, periodic, i, out[i])


@njit()
def _weighted_slab(u, v, mix, g, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        below, _, _ = neighbour(i, -1, u.shape[0], periodic[0], ghost[0])
        above, _, _ = neighbour(i, 1, u.shape[0], periodic[0], ghost[0])
        flux_plane(u, v, mix, g[below], g[i], g[above], w, ghost, periodic, i, out[i])


@serial_and_parallel
def _isotropic(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _isotropic_slab(u[b], v[b], mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _separable(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _separable_slab(u[b], v[b], mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _cell(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _cell_slab(u[b], v[b], mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _weighted(u, v, mix, g, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _weighted_slab(u[b], v[b], mix, g[b], w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])
