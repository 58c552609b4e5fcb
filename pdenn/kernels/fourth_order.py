"""Fourth-order filters on NumPy arrays in one sweep: `α u + β v - γ K* Φ(K u)`.

The fluxes of three planes are kept in cache while their second differences follow one plane behind.
"""

import numba
import numpy as np
from numba import types
from numba.extending import overload

from .compile import OPTIONS, inner, serial_and_parallel
from .differences import add_second, combine
from .law_code import diffusivity
from .layout import APPLY, arguments, threads
from .planes import neighbour


def filtered(u, law, grid, form, mix=APPLY, v=None):
    """`-K* Φ(K u)` with `K` the Laplacian (`"isotropic"`) or the second differences along the axes (`"separable"`)."""
    return _run(u, law._make(map(u.dtype.type, law)), grid, form, mix, v)


def held(u, diffusivities, grid, form, mix=APPLY, v=None):
    """`-K* (G K u)` with one diffusivity per cell (`"isotropic"`), or one per cell and axis (`"separable"`)."""
    parts = [np.broadcast_to(g, u.shape).reshape(-1, grid.size) for g in diffusivities]
    return _run(u, np.ascontiguousarray(np.stack(parts), u.dtype), grid, form, mix, v)


def _run(u, coefficient, grid, form, mix, v):
    x, y, mix, w, ghost, periodic, slabs, out = arguments(u, grid, mix, v)
    # A row for each flux: the weights of the second differences that it is made of.
    weights = np.ascontiguousarray(w[None] ** 2 if form == "isotropic" else np.diag(w**2)[w > 0])
    # The adjoint belongs to the linear part of K: walls that prescribe zero.
    free = ghost * np.array([0, 1], ghost.dtype)
    if not hasattr(coefficient, "_fields"):
        coefficient = coefficient.reshape(len(weights), *x.shape)
    _filtered[threads(x) > 1](x, y, mix, coefficient, weights, ghost, free, periodic, slabs, out)
    return out.reshape(u.shape)


def flux(coefficient, r, b, i, j, k, slope):
    """`Φ(slope)` of a law, or `g slope` with the diffusivities `(fluxes, batch, n0, n1, n2)` given."""
    raise NotImplementedError("compiled code only")


@overload(flux, jit_options=OPTIONS)
def _(coefficient, r, b, i, j, k, slope):
    if isinstance(coefficient, types.Array):
        return lambda coefficient, r, b, i, j, k, slope: coefficient[r, b, i, j, k] * slope
    return lambda coefficient, r, b, i, j, k, slope: diffusivity(coefficient, slope * slope) * slope


@inner
def _flux_planes(u, coefficient, b, weights, ghost, periodic, i, f):
    """`f[r, j, k]`: the fluxes in the cells `(i, j, k)`."""
    n0, n1, n2 = u.shape
    below, _, _ = neighbour(i, -1, n0, periodic[0], ghost[0])
    above, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
    for r in range(len(weights)):
        plane = f[r]
        plane[:] = 0
        add_second(u[below], u[i], u[above], weights[r], ghost, periodic, i, n0, plane)
        for j in range(n1):
            for k in range(n2):
                plane[j, k] = flux(coefficient, r, b, i, j, k, plane[j, k])


@inner
def _slab(u, v, mix, coefficient, b, weights, ghost, free, periodic, start, stop, out):
    n0, n1, n2 = u.shape
    f, minus = np.empty((3, len(weights), n1, n2), u.dtype), -mix[2] * weights
    first_axis = weights[0, 0] > 0
    if first_axis:
        before, _, _ = neighbour(start, -1, n0, periodic[0], ghost[0])
        _flux_planes(u, coefficient, b, weights, ghost, periodic, before, f[(start + 2) % 3])
    _flux_planes(u, coefficient, b, weights, ghost, periodic, start, f[start % 3])
    for i in range(start, stop):
        if first_axis:
            after, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
            _flux_planes(u, coefficient, b, weights, ghost, periodic, after, f[(i + 1) % 3])
        low, centre, high = f[(i + 2) % 3], f[i % 3], f[(i + 1) % 3]
        combine(mix[0], u[i], mix[1], v[i], out[i])
        for r in range(len(weights)):
            add_second(low[r], centre[r], high[r], minus[r], free, periodic, i, n0, out[i])


@serial_and_parallel
def _filtered(u, v, mix, coefficient, weights, ghost, free, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        start, stop = s * n // slabs, (s + 1) * n // slabs
        _slab(u[b], v[b], mix, coefficient, b, weights, ghost, free, periodic, start, stop, out[b])
