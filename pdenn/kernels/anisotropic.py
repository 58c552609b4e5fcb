"""Diffusion with a tensor at the corners of the cells, on NumPy arrays by compiled kernels, in the plane and in space.

The stencils are those of `HeldAnisotropicDiffusion` and `HeldAnisotropicDiffusion3D`, times 4 and 16, the squares of
the means' denominators. Every row of corners adds to the rows of cells around it; a slab of rows of cells computes the
corners on its two ends itself, so that no two threads write to one cell. Every loop writes one
array only, so that few checks for overlap stand before its vector code. Rests on the compiler and the sizes of `cpu`.
"""

import math
from itertools import combinations_with_replacement

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .layout import APPLY, SERIAL
from .memory import empty


def anisotropic(u, tensor, stencil, grid, mix=APPLY, v=None):
    """`α u + β v + γ div(D ∇u)` for a state `(..., *grid.shape)`, float32 or float64.

    Parameters
    ----------
    tensor : tuple of 3 or 6 arrays
        The upper triangle of `D` at the corners, row by row, each with a shape that broadcasts to
        `(..., n1 + 1, ..., nd + 1)` (ValueError otherwise).
    stencil : float
        The free parameter of the stencil.
    grid : Grid
        Two or three axes, each reflecting or periodic (ValueError otherwise).
    """
    if not grid.closed:
        raise ValueError(f"grid must have reflecting or periodic walls, got {grid.boundary}")
    real, corners = u.dtype.type, tuple(n + 1 for n in grid.shape)
    x = _read_only(u, real, grid.shape)
    y = x if v is None else _read_only(v, real, grid.shape)
    d = [_read_only(np.broadcast_to(c, (*u.shape[: -grid.dim], *corners)), real, corners) for c in tensor]
    out = empty(x.shape, real)
    pairs, size = combinations_with_replacement(grid.h, 2), mix[2] / 4 ** (grid.dim - 1)
    w = np.array([size / (h * k) for h, k in pairs] + [1 - 2 * stencil], real)
    periodic = np.array([grid.ghosts(axis) is None for axis in range(grid.dim)])
    threads = numba.get_num_threads() if x.size > SERIAL else 1
    slabs = min(x.shape[1], math.ceil(threads / max(1, len(x))))
    kernels = _in_the_plane if grid.dim == 2 else _in_space
    kernels[threads > 1](x, y, np.array(mix, real), *d, w, periodic, slabs, out)
    return out.reshape(u.shape)


def _read_only(values, real, shape):
    """A batch of contiguous arrays, never writable: arrays that are and arrays that are not compile separately."""
    values = np.ascontiguousarray(values, real).reshape(-1, *shape)
    values.flags.writeable = False
    return values


@njit()
def _inside(i, n, periodic):
    """The cell that stands at `-1 ≤ i ≤ n`."""
    return i % n if periodic else min(max(i, 0), n - 1)


@njit()
def _close(row, periodic):
    """Fill the two ghost cells of a row."""
    n = len(row) - 2
    row[0], row[n + 1] = (row[n], row[1]) if periodic else (row[1], row[n])


@njit()
def _start(u, v, mix, out):
    """`α u + β v` in a row of cells."""
    for k in range(len(out)):
        out[k] = mix[0] * u[k] + mix[1] * v[k]


@njit()
def _plane_fluxes(s, d, a, b, c, w, f):
    """The fluxes `f = (along the first axis, along the second, mixed)` of a row of corners.

    `s` and `d` hold the sums and the differences of the two rows of cells beside it.
    """
    for k in range(len(a)):
        f[0, k] = w[0] * a[k] * (d[k] + d[k + 1]) + w[1] * b[k] * (s[k + 1] - s[k])
    for k in range(len(a)):
        f[1, k] = w[1] * b[k] * (d[k] + d[k + 1]) + w[2] * c[k] * (s[k + 1] - s[k])
    for k in range(len(a)):
        mixed = abs(b[k]) * w[1]
        f[2, k] = w[3] * (mixed + mixed - w[0] * a[k] - w[2] * c[k]) * (d[k + 1] - d[k])


@njit()
def _plane_slab(u, v, mix, a, b, c, w, periodic, start, stop, out):
    n0, n1 = u.shape
    s, d, f = np.empty(n1 + 2, u.dtype), np.empty(n1 + 2, u.dtype), np.empty((3, n1 + 1), u.dtype)
    for i in range(start, stop + 1):
        below, above = u[_inside(i - 1, n0, periodic[0])], u[_inside(i, n0, periodic[0])]
        for k in range(n1):
            s[k + 1] = above[k] + below[k]
        for k in range(n1):
            d[k + 1] = above[k] - below[k]
        _close(s, periodic[1])
        _close(d, periodic[1])
        _plane_fluxes(s, d, a[i], b[i], c[i], w, f)
        if i > start:
            row = out[i - 1]
            for k in range(n1):
                row[k] += (f[0, k + 1] + f[0, k]) + (f[1, k + 1] - f[1, k]) + (f[2, k + 1] - f[2, k])
        if i < stop:
            row = out[i]
            _start(u[i], v[i], mix, row)
            for k in range(n1):
                row[k] += (f[1, k + 1] - f[1, k]) - (f[0, k + 1] + f[0, k]) - (f[2, k + 1] - f[2, k])


@njit()
def _sums(r00, r01, r10, r11, t):
    """The four rows of cells around a row of corners: their sum, differences along either axis, mixed difference."""
    n = len(r00)
    for k in range(n):
        t[0, k + 1] = (r00[k] + r01[k]) + (r10[k] + r11[k])
    for k in range(n):
        t[1, k + 1] = (r10[k] - r00[k]) + (r11[k] - r01[k])
    for k in range(n):
        t[2, k + 1] = (r01[k] - r00[k]) + (r11[k] - r10[k])
    for k in range(n):
        t[3, k + 1] = (r11[k] - r10[k]) - (r01[k] - r00[k])


@njit()
def _damped(x, y, mixed, t, w, wx, wy, wm, sign, f):
    """`f = -q t` along a row, `q = B_xx + B_yy - 2 |B_xy|`, `t` the sums (sign 1) or differences (-1) of neighbours."""
    for k in range(len(f)):
        m = abs(mixed[k]) * wm
        f[k] = w * (m + m - wx * x[k] - wy * y[k]) * (t[k + 1] + sign * t[k])


@njit()
def _space_fluxes(t, d11, d12, d13, d22, d23, d33, w, f):
    """The fluxes by the modes `(1), (2), (3), (12), (13), (23), (123)` of a row of corners, from its four sums `t`."""
    n, one = len(d11), w.dtype.type(1)
    for row, x, y, z, wx, wy, wz in (
        (0, d11, d12, d13, w[0], w[1], w[2]),
        (1, d12, d22, d23, w[1], w[3], w[4]),
        (2, d13, d23, d33, w[2], w[4], w[5]),
    ):
        for k in range(n):
            across = wx * x[k] * (t[1, k] + t[1, k + 1]) + wy * y[k] * (t[2, k] + t[2, k + 1])
            f[row, k] = across + wz * z[k] * (t[0, k + 1] - t[0, k])
    _damped(d11, d22, d12, t[3], w[6], w[0], w[3], w[1], one, f[3])
    _damped(d11, d33, d13, t[1], w[6], w[0], w[5], w[2], -one, f[4])
    _damped(d22, d33, d23, t[2], w[6], w[3], w[5], w[4], -one, f[5])
    for k in range(n):
        mixed = w[1] * abs(d12[k]) + w[2] * abs(d13[k]) + w[4] * abs(d23[k])
        q = w[0] * d11[k] + w[3] * d22[k] + w[5] * d33[k] - mixed
        f[6, k] = w[6] * q * (t[3, k + 1] - t[3, k])


@njit()
def _add(f, p, q, row):
    """What a row of corners gives to a row of cells; `p`, `q` are 1 where the corners lie above the cells, else -1."""
    pq = p * q
    for k in range(len(row)):
        means = p * (f[0, k + 1] + f[0, k]) + q * (f[1, k + 1] + f[1, k]) + pq * (f[3, k + 1] + f[3, k])
        row[k] += means + (f[2, k + 1] - f[2, k]) + p * (f[4, k + 1] - f[4, k])
    for k in range(len(row)):
        row[k] += q * (f[5, k + 1] - f[5, k]) + pq * (f[6, k + 1] - f[6, k])


@njit()
def _space_slab(u, v, mix, d11, d12, d13, d22, d23, d33, w, periodic, start, stop, out):
    n0, n1, n2 = u.shape
    t, f, one = np.empty((4, n2 + 2), u.dtype), np.empty((7, n2 + 1), u.dtype), u.dtype.type(1)
    for i in range(start, stop + 1):
        below, above = u[_inside(i - 1, n0, periodic[0])], u[_inside(i, n0, periodic[0])]
        for j in range(n1 + 1):
            left, right = _inside(j - 1, n1, periodic[1]), _inside(j, n1, periodic[1])
            _sums(below[left], below[right], above[left], above[right], t)
            for m in range(4):
                _close(t[m], periodic[2])
            _space_fluxes(t, d11[i, j], d12[i, j], d13[i, j], d22[i, j], d23[i, j], d33[i, j], w, f)
            if i < stop and j < n1:
                _start(u[i, j], v[i, j], mix, out[i, j])
                _add(f, -one, -one, out[i, j])
            if i < stop and j > 0:
                _add(f, -one, one, out[i, j - 1])
            if i > start and j < n1:
                _add(f, one, -one, out[i - 1, j])
            if i > start and j > 0:
                _add(f, one, one, out[i - 1, j - 1])


@serial_and_parallel
def _in_the_plane(u, v, mix, a, b, c, w, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        x, s = task // slabs, task % slabs
        start, stop = s * n // slabs, (s + 1) * n // slabs
        _plane_slab(u[x], v[x], mix, a[x], b[x], c[x], w, periodic, start, stop, out[x])


@serial_and_parallel
def _in_space(u, v, mix, d11, d12, d13, d22, d23, d33, w, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        x, s = task // slabs, task % slabs
        start, stop = s * n // slabs, (s + 1) * n // slabs
        tensor = d11[x], d12[x], d13[x], d22[x], d23[x], d33[x]
        _space_slab(u[x], v[x], mix, *tensor, w, periodic, start, stop, out[x])
