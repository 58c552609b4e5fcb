"""Diffusion with a tensor at the corners of the cells, on NumPy arrays by compiled kernels, in the plane and in space.

The stencils are those of `HeldAnisotropicDiffusion` and `HeldAnisotropicDiffusion3D`, times 4 and 16, the squares of
the means' denominators. One loop runs along a row of corners: it adds to the rows of cells around it, and writes the
first of them, which no later corner adds to. What the others have so far is carried to the next row, and in space to
the next plane. A slab of rows of cells computes the corners on its two ends itself, so that no two threads write to
one cell. Numbers of cells have no sign, as in `planes`; functions that are called in the loops take no arrays, whose
references would be counted. Rests on the compiler and the sizes of `layout`.
"""

import math
from itertools import combinations_with_replacement

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .layout import APPLY, read_only, threads
from .memory import empty
from .planes import U


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
    x = read_only(u).reshape(-1, math.prod(grid.shape))
    y = x if v is None else read_only(v).reshape(x.shape)
    d = [np.broadcast_to(np.asarray(c, real), (*u.shape[: -grid.dim], *corners)) for c in tensor]
    d = [read_only(c).reshape(len(x), math.prod(corners)) for c in d]
    out = empty(x.shape, real)
    pairs, size = combinations_with_replacement(grid.h, 2), mix[2] / 4 ** (grid.dim - 1)
    w = np.array([size / (h * k) for h, k in pairs] + [1 - 2 * stencil], real)
    periodic = np.array([grid.ghosts(axis) is None for axis in range(grid.dim)])
    many = threads(x)
    slabs = min(grid.shape[0], math.ceil(many / max(1, len(x))))
    kernels = _in_the_plane if grid.dim == 2 else _in_space
    kernels[many > 1](x, y, np.array(mix, real), *d, w, periodic, grid.shape, slabs, out)
    return out.reshape(u.shape)


@inner
def inside(i, n, periodic):
    """The cell that stands at `-1 ≤ i ≤ n`."""
    return U(i % n if periodic else min(max(i, 0), n - 1))


@inner
def _plane_fluxes(l0, l1, h0, h1, a, b, c, w):
    """`(f, p, q)`: a corner gives `f + p` and `f - p` to the cells before it, `-f + q` and `-f - q` to those behind it.

    Before it along the first axis lie `l0` and `l1`, behind it `h0` and `h1`.
    """
    a, b, c, d0, d1, s0, s1 = w[0] * a, w[1] * b, w[2] * c, h0 - l0, h1 - l1, h0 + l0, h1 + l1
    along, across = a * (d0 + d1) + b * (s1 - s0), b * (d0 + d1) + c * (s1 - s0)
    mixed = w[3] * (abs(b) + abs(b) - a - c) * (d1 - d0)
    return along, across + mixed, across - mixed


@inner
def _plane_row(u, low, high, n, ends, v, mix, a, b, c, at, w, carry, out, to):
    """A row of corners from `at`, between the rows of cells at `low` and `high`; it writes `out` from `to`.

    `ends` are the cells that stand beyond the first and the last one.
    """
    (left, right), one, last = ends, U(1), n - U(1)
    f0, p0, q0 = _plane_fluxes(u[low + left], u[low], u[high + left], u[high], a[at], b[at], c[at], w)
    for k in range(last):
        l, h, m = low + k, high + k, at + k + one
        f, p, q = _plane_fluxes(u[l], u[l + one], u[h], u[h + one], a[m], b[m], c[m], w)
        out[to + k] = (mix[0] * u[l] + mix[1] * v[to + k]) + (carry[k] + (f0 + f) + (p - p0))
        carry[k] = (q - q0) - (f0 + f)
        f0, p0, q0 = f, p, q
    # From scratch: a loop whose last fluxes are used after it does not become vector code.
    l, h, m, left = low + last, high + last, at + last, left if last == U(0) else last - one
    f0, p0, q0 = _plane_fluxes(u[low + left], u[l], u[high + left], u[h], a[m], b[m], c[m], w)
    m = m + one
    f, p, q = _plane_fluxes(u[l], u[low + right], u[h], u[high + right], a[m], b[m], c[m], w)
    out[to + last] = (mix[0] * u[l] + mix[1] * v[to + last]) + (carry[last] + (f0 + f) + (p - p0))
    carry[last] = (q - q0) - (f0 + f)


@inner
def _plane_slab(u, v, mix, a, b, c, w, periodic, shape, start, stop, out):
    """The first row of corners writes what the second one writes over."""
    (n0, n1), mix, w, carry = shape, (mix[0], mix[1]), (w[0], w[1], w[2], w[3]), np.zeros(shape[1], u.dtype)
    n, ends = U(n1), (inside(-1, n1, periodic[1]), inside(n1, n1, periodic[1]))
    for i in range(start, stop + 1):
        low, high = inside(i - 1, n0, periodic[0]) * n, inside(i, n0, periodic[0]) * n
        at, to = U(i) * (n + U(1)), U(max(i - 1, start)) * n
        _plane_row(u, low, high, n, ends, v, mix, a, b, c, at, w, carry, out, to)


@inner
def _space_fluxes(l00, l01, l10, l11, h00, h01, h10, h11, d11, d12, d13, d22, d23, d33, w):
    """What a corner gives to the cells around it, by their places along the first two axes: `(f, p)` for every pair.

    The cell before the corner along the last axis gets `f + p`, the one behind it `f - p`. The pairs of places are
    (before, before), (before, behind), (behind, before), (behind, behind).
    """
    d11, d12, d13, d22, d23, d33 = w[0] * d11, w[1] * d12, w[2] * d13, w[3] * d22, w[4] * d23, w[5] * d33
    x0, x1 = (l10 - l00) + (l11 - l01), (h10 - h00) + (h11 - h01)
    y0, y1 = (l01 - l00) + (l11 - l10), (h01 - h00) + (h11 - h10)
    z0, z1 = (l11 - l10) - (l01 - l00), (h11 - h10) - (h01 - h00)
    x, y, z = x0 + x1, y0 + y1, ((h00 + h01) + (h10 + h11)) - ((l00 + l01) + (l10 + l11))
    f1, f2, f3 = d11 * x + d12 * y + d13 * z, d12 * x + d22 * y + d23 * z, d13 * x + d23 * y + d33 * z
    m12, m13, m23 = abs(d12), abs(d13), abs(d23)
    q12, q13, q23 = m12 + m12 - d11 - d22, m13 + m13 - d11 - d33, m23 + m23 - d22 - d33
    f12, f13, f23 = w[6] * q12 * (z0 + z1), w[6] * q13 * (x1 - x0), w[6] * q23 * (y1 - y0)
    f123 = w[7] * (q12 + q13 + q23) * (z0 - z1)
    p, q, r, s = f3 + f13, f3 - f13, f23 + f123, f23 - f123
    return f1 + (f2 + f12), p + r, f1 - (f2 + f12), p - r, (f2 - f12) - f1, q + s, -f1 - (f2 - f12), q - s


@inner
def _space_row(x, cells, n, v, mix, d11, d12, d13, d22, d23, d33, at, w, carry, later, here, out, to):
    """A row of corners from `at`, between the four rows `cells` of `x`; it writes `out` from `to`.

    `later` keeps what the cells of the next plane have so far: of those before the row from `here`, of those behind it
    a row further.
    """
    (a, b, c, d), one = cells, U(1)
    e0, p0, f0, q0, g0, r0, h0, s0 = _space_fluxes(
        x[a], x[b], x[c], x[d], x[a + one], x[b + one], x[c + one], x[d + one],
        d11[at], d12[at], d13[at], d22[at], d23[at], d33[at], w,
    )  # fmt: skip
    for k in range(n):
        l, m, j = k + one, k + U(2), at + k + one
        e, p, f, q, g, r, h, s = _space_fluxes(
            x[a + l], x[b + l], x[c + l], x[d + l], x[a + m], x[b + m], x[c + m], x[d + m],
            d11[j], d12[j], d13[j], d22[j], d23[j], d33[j], w,
        )  # fmt: skip
        out[to + k] = (mix[0] * x[a + l] + mix[1] * v[to + k]) + (carry[k] + (e0 + e) + (p - p0))
        carry[k] = later[here + n + k] + ((f0 + f) + (q - q0))
        later[here + k] = carry[n + k] + ((g0 + g) + (r - r0))
        carry[n + k] = (h0 + h) + (s - s0)
        e0, p0, f0, q0, g0, r0, h0, s0 = e, p, f, q, g, r, h, s


@inner
def _load(u, start, rows, n, periodic, x, to):
    """Copy rows of `n` cells from `start` in `u` to `to` in `x`, there with a ghost cell at each end."""
    for _ in range(rows):
        for k in range(n):
            x[to + U(1) + k] = u[start + k]
        first, last = to + U(1), to + n
        x[to], x[last + U(1)] = (x[last], x[first]) if periodic else (x[first], x[last])
        start, to = start + n, to + n + U(2)


@inner
def _space_slab(u, v, mix, d11, d12, d13, d22, d23, d33, w, periodic, shape, start, stop, out):
    """The first row of corners of a plane writes what the second one writes over, and so does the first plane."""
    (n0, n1, n2), rows, one, mix = shape, U(shape[1]), U(1), (mix[0], mix[1])
    n, wide, w = U(n2), U(n2 + 2), (w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[6] / w.dtype.type(2))
    x, carry = np.empty(2 * n1 * (n2 + 2), u.dtype), np.zeros(2 * n2, u.dtype)
    later, low, high = np.zeros((n1 + 2) * n2, u.dtype), U(0), rows
    _load(u, inside(start - 1, n0, periodic[0]) * rows * n, n1, n, periodic[2], x, low * wide)
    for i in range(start, stop + 1):
        _load(u, inside(i, n0, periodic[0]) * rows * n, n1, n, periodic[2], x, high * wide)
        for j in range(n1 + 1):
            left, right = inside(j - 1, n1, periodic[1]), inside(j, n1, periodic[1])
            cells = (low + left) * wide, (low + right) * wide, (high + left) * wide, (high + right) * wide
            at = (U(i) * (rows + one) + U(j)) * (n + one)
            to = (U(max(i - 1, start)) * rows + U(max(j - 1, 0))) * n
            _space_row(x, cells, n, v, mix, d11, d12, d13, d22, d23, d33, at, w, carry, later, U(j) * n, out, to)
        low, high = high, low


@serial_and_parallel
def _in_the_plane(u, v, mix, a, b, c, w, periodic, shape, slabs, out):
    n = shape[0]
    for task in numba.prange(len(u) * slabs):
        i, s = task // slabs, task % slabs
        start, stop = s * n // slabs, (s + 1) * n // slabs
        _plane_slab(u[i], v[i], mix, a[i], b[i], c[i], w, periodic, shape, start, stop, out[i])


@serial_and_parallel
def _in_space(u, v, mix, d11, d12, d13, d22, d23, d33, w, periodic, shape, slabs, out):
    n = shape[0]
    for task in numba.prange(len(u) * slabs):
        i, s = task // slabs, task % slabs
        start, stop = s * n // slabs, (s + 1) * n // slabs
        tensor = d11[i], d12[i], d13[i], d22[i], d23[i], d33[i]
        _space_slab(u[i], v[i], mix, *tensor, w, periodic, shape, start, stop, out[i])
