"""Diffusion on NumPy arrays by compiled kernels; the only callers of Numba's parallel loops.

Every function takes a state `(..., *grid.shape)` of dtype float32 or float64 and returns a new one of the same.
"""

import math

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .planes import diffusivity_plane, flux_plane, neighbour, separable_plane

# Below this many cells a parallel region costs more than it saves (about 20 µs on two cores).
SERIAL = 1 << 14


def isotropic(u, law, grid):
    """`div(g(|∇u|²) ∇u)`: the diffusivity of three planes is kept in cache while the fluxes follow one plane behind."""
    return _run(_isotropic, u, grid, law)


def separable(u, law, grid):
    """`Σ_i ∂_i Φ(∂_i u)`."""
    return _run(_separable, u, grid, law)


def cell_diffusivity(u, law, grid):
    """`g(|∇u|²)` in every cell."""
    return _run(_cell, u, grid, law)


def weighted(u, g, grid):
    """`div(g ∇u)` with the diffusivity `g` of every cell given."""
    return _run(_weighted, u, grid, np.ascontiguousarray(g).reshape(-1, *_layout(grid)))


def _run(kernels, u, grid, coefficient):
    v = np.ascontiguousarray(u).reshape(-1, *_layout(grid))
    out = np.empty_like(v)
    real = v.dtype.type
    if hasattr(coefficient, "_fields"):
        coefficient = coefficient._make(map(real, coefficient))
    missing = 3 - grid.dim
    w = np.array(_insert(missing, [1 / h for h in grid.h], 0.0), real)
    walls = _insert(missing, [grid.ghosts(axis) for axis in range(grid.dim)], ((0.0, 1.0), (0.0, 1.0)))
    periodic = np.array([pair is None for pair in walls])
    ghost = np.array([pair or ((0.0, 1.0), (0.0, 1.0)) for pair in walls], real)
    # A batch fills the threads by itself; a single state is cut into slabs of its first axis.
    slabs = min(v.shape[1], math.ceil(numba.get_num_threads() / max(1, len(v)))) if v.size > SERIAL else 1
    kernels[v.size > SERIAL and numba.get_num_threads() > 1](v, coefficient, w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


def _layout(grid):
    """Three axes: a missing one stands in the middle, so that rows stay long and the first axis can be cut."""
    return tuple(_insert(3 - grid.dim, list(grid.shape), 1))


def _insert(missing, axes, filling):
    return [filling, filling, *axes] if missing == 2 else [axes[0], *[filling] * missing, *axes[1:]]


@njit()
def _isotropic_slab(u, law, w, ghost, periodic, start, stop, out):
    n0, n1, n2 = u.shape
    g = np.empty((3, n1, n2), u.dtype)
    before, _, _ = neighbour(start, -1, n0, periodic[0], ghost[0])
    diffusivity_plane(u, law, w, ghost, periodic, before, g[(start + 2) % 3])
    diffusivity_plane(u, law, w, ghost, periodic, start, g[start % 3])
    for i in range(start, stop):
        after, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
        diffusivity_plane(u, law, w, ghost, periodic, after, g[(i + 1) % 3])
        flux_plane(u, g[(i + 2) % 3], g[i % 3], g[(i + 1) % 3], w, ghost, periodic, i, out[i])


@njit()
def _separable_slab(u, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        separable_plane(u, law, w, ghost, periodic, i, out[i])


@njit()
def _cell_slab(u, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        diffusivity_plane(u, law, w, ghost, periodic, i, out[i])


@njit()
def _weighted_slab(u, g, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        below, _, _ = neighbour(i, -1, u.shape[0], periodic[0], ghost[0])
        above, _, _ = neighbour(i, 1, u.shape[0], periodic[0], ghost[0])
        flux_plane(u, g[below], g[i], g[above], w, ghost, periodic, i, out[i])


@serial_and_parallel
def _isotropic(u, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _isotropic_slab(u[b], law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _separable(u, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _separable_slab(u[b], law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _cell(u, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _cell_slab(u[b], law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])


@serial_and_parallel
def _weighted(u, g, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _weighted_slab(u[b], g[b], w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out[b])
