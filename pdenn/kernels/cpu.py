"""Diffusion on NumPy arrays by compiled kernels; the only callers of Numba's parallel loops.

Every function takes a state `(..., *grid.shape)` of dtype float32 or float64 and returns a new one of the same. With
`mix = (α, β, γ)` and a second state `v` it returns `α u + β v + γ A(u)` in the same sweep.
"""

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .layout import APPLY, arguments, layout, threads
from .planes import diffusivity_plane, flux_plane, neighbour, separable_plane


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


def in_precision(law, real):
    """A law with its parameters in the precision of the states."""
    return law._make(map(real, law))


def _run(kernels, u, grid, coefficient, mix, v):
    x, y, mix, w, ghost, periodic, slabs, out = arguments(u, grid, mix, v)
    if hasattr(coefficient, "_fields"):
        coefficient = in_precision(coefficient, x.dtype.type)
    kernels[threads(x) > 1](x, y, mix, coefficient, w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


@njit()
def beside(i, n, periodic, ghost):
    """What is read below and above plane `i` of `n`."""
    return neighbour(i, -1, n, periodic, ghost), neighbour(i, 1, n, periodic, ghost)


@njit()
def _isotropic_slab(u, v, b, mix, law, w, ghost, periodic, start, stop, out):
    n0, n1, n2 = u.shape[1:]
    g = np.empty((1, 3, n1, n2), u.dtype)
    first, _, _ = neighbour(start, -1, n0, periodic[0], ghost[0])
    lower, upper = beside(first, n0, periodic[0], ghost[0])
    diffusivity_plane(u, (b, first), lower, upper, law, w, ghost, periodic, g, (0, (start + 2) % 3))
    lower, upper = beside(start, n0, periodic[0], ghost[0])
    diffusivity_plane(u, (b, start), lower, upper, law, w, ghost, periodic, g, (0, start % 3))
    for i in range(start, stop):
        after, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
        lower, upper = beside(after, n0, periodic[0], ghost[0])
        diffusivity_plane(u, (b, after), lower, upper, law, w, ghost, periodic, g, (0, (i + 1) % 3))
        lower, upper = beside(i, n0, periodic[0], ghost[0])
        planes = (0, (i + 2) % 3, i % 3, (i + 1) % 3)
        flux_plane(u, (b, i), lower, upper, v, (b, i), mix, g, planes, w, ghost, periodic, out, (b, i))


@njit()
def _separable_slab(u, v, b, mix, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        lower, upper = beside(i, u.shape[1], periodic[0], ghost[0])
        separable_plane(u, (b, i), lower, upper, v, (b, i), mix, law, w, ghost, periodic, out, (b, i))


@njit()
def _cell_slab(u, v, b, mix, law, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        lower, upper = beside(i, u.shape[1], periodic[0], ghost[0])
        diffusivity_plane(u, (b, i), lower, upper, law, w, ghost, periodic, out, (b, i))


@njit()
def _weighted_slab(u, v, b, mix, g, w, ghost, periodic, start, stop, out):
    for i in range(start, stop):
        lower, upper = beside(i, u.shape[1], periodic[0], ghost[0])
        planes = (b, lower[0], i, upper[0])
        flux_plane(u, (b, i), lower, upper, v, (b, i), mix, g, planes, w, ghost, periodic, out, (b, i))


@serial_and_parallel
def _isotropic(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _isotropic_slab(u, v, b, mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out)


@serial_and_parallel
def _separable(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _separable_slab(u, v, b, mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out)


@serial_and_parallel
def _cell(u, v, mix, law, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _cell_slab(u, v, b, mix, law, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out)


@serial_and_parallel
def _weighted(u, v, mix, g, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        _weighted_slab(u, v, b, mix, g, w, ghost, periodic, s * n // slabs, (s + 1) * n // slabs, out)
