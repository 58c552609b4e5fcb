"""Structure tensors at the corners of the cells and diffusion tensors of them, on NumPy arrays by compiled kernels.

The same numbers as `operators.structure_tensor` and `tensor.of`, without their many temporary arrays. A field of tensors
is one array `(components, ..., n1 + 1, ..., nd + 1)`, at the cells `(components, ..., n1, ..., nd)`. Grids have closed
walls. Rests on the compiler and the layout on three axes.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba
import numpy as np

from .anisotropic import inside
from .compile import inner, serial, serial_and_parallel
from .layout import insert, layout, read_only, threads
from .memory import empty
from .planes import U
from .tensor_code import cast, components


def products(u, grid):
    """The components of `∇u ∇uᵀ` at the corners, each slope the mean of all differences."""
    batch, corners = u.shape[: -grid.dim], tuple(n + 1 for n in grid.shape)
    x, d = read_only(u).reshape(-1, grid.size), grid.dim
    out = empty((d * (d + 1) // 2, *batch, *corners), u.dtype)
    w = np.array([1 / (2 ** (d - 1) * h) for h in grid.h], u.dtype)
    kernel = (_plane_products if d == 2 else _space_products)[threads(x) > 1]
    kernel(x, w, _rings(grid), grid.shape, out.reshape(len(out), len(x), math.prod(corners)))
    return out


def to_cells(j, grid):
    """The means of the corners of every cell."""
    out = empty((*j.shape[: -grid.dim], *grid.shape), j.dtype)
    n, m = layout(grid), insert(3 - grid.dim, [n + 1 for n in grid.shape], 1)
    _cell_means[threads(out) > 1](read_only(j).reshape(-1, *m), out.reshape(-1, *n))
    return out


def to_corners(c, odd, grid, out):
    """The means of the cells at every corner, into `out`; beyond walls normal to the axes `odd` cells have the other sign."""
    n, m = layout(grid), insert(3 - grid.dim, [n + 1 for n in grid.shape], 1)
    rings = insert(3 - grid.dim, list(_rings(grid)), True)
    turned = insert(3 - grid.dim, [axis in odd and grid.ghosts(axis) is not None for axis in range(grid.dim)], False)
    x = read_only(c).reshape(-1, *n)
    _corner_means[threads(x) > 1](x, np.array(rings), np.array(turned), out.reshape(-1, *m))


def evaluate(tensor, j):
    """`tensor.of(*j)`, in the memory of `j`."""
    parts = tuple(c.reshape(-1) for c in j)
    n, many, numbers = parts[0].size, threads(parts[0]), cast(tensor, j.dtype.type)
    cuts = [U(i * n // many) for i in range(many + 1)]
    if many == 1:
        _evaluate(numbers, parts, *cuts)
    else:  # Numba's own threads take no law within a tensor
        with ThreadPoolExecutor(many) as pool:
            list(pool.map(lambda ends: _evaluate(numbers, parts, *ends), pairwise(cuts)))
    return tuple(j)


def _rings(grid):
    return np.array([grid.ghosts(axis) is None for axis in range(grid.dim)])


@inner
def _plane_product(l0, l1, h0, h1, w):
    x, y = w[0] * ((h0 - l0) + (h1 - l1)), w[1] * ((l1 - l0) + (h1 - h0))
    return x * x, x * y, y * y


@inner
def _plane_products_row(u, w, periodic, shape, task, out):
    n0, n1 = shape
    n, one, left, right = U(n1), U(1), inside(-1, n1, periodic[1]), inside(n1, n1, periodic[1])
    b, i, v = task // (n0 + 1), task % (n0 + 1), (w[0], w[1])
    x, o, at = u[b], out[:, b], U(i) * (n + one)
    low, high = inside(i - 1, n0, periodic[0]) * n, inside(i, n0, periodic[0]) * n
    for k in range(n - one):
        l, h, m = low + k, high + k, at + k + one
        o[0, m], o[1, m], o[2, m] = _plane_product(x[l], x[l + one], x[h], x[h + one], v)
    for before, after, m in ((left, U(0), at), (n - one, right, at + n)):
        o[0, m], o[1, m], o[2, m] = _plane_product(
            x[low + before], x[low + after], x[high + before], x[high + after], v
        )


@serial_and_parallel
def _plane_products(u, w, periodic, shape, out):
    for task in numba.prange(len(u) * (shape[0] + 1)):
        _plane_products_row(u, w, periodic, shape, task, out)


@inner
def _space_product(a, b, c, d, e, f, g, h, w):
    """From the cells `a, b, c, d` at `(0, 0), (0, 1), (1, 0), (1, 1)` before the corner, `e, f, g, h` behind it."""
    x = w[0] * (((c - a) + (d - b)) + ((g - e) + (h - f)))
    y = w[1] * (((b - a) + (d - c)) + ((f - e) + (h - g)))
    z = w[2] * (((e - a) + (f - b)) + ((g - c) + (h - d)))
    return x * x, x * y, x * z, y * y, y * z, z * z


@inner
def _space_products_row(u, w, periodic, shape, task, out):
    n0, n1, n2 = shape
    n, one, left, right = U(n2), U(1), inside(-1, n2, periodic[2]), inside(n2, n2, periodic[2])
    t, i, j, v = task // ((n0 + 1) * (n1 + 1)), task // (n1 + 1) % (n0 + 1), task % (n1 + 1), (w[0], w[1], w[2])
    x, o, at = u[t], out[:, t], U(task % ((n0 + 1) * (n1 + 1))) * (n + one)
    low, high = inside(i - 1, n0, periodic[0]) * U(n1), inside(i, n0, periodic[0]) * U(n1)
    before, after = inside(j - 1, n1, periodic[1]), inside(j, n1, periodic[1])
    a, b, c, d = (low + before) * n, (low + after) * n, (high + before) * n, (high + after) * n
    for k in range(n - one):
        l, m = k + one, at + k + one
        o[0, m], o[1, m], o[2, m], o[3, m], o[4, m], o[5, m] = _space_product(
            x[a + k], x[b + k], x[c + k], x[d + k], x[a + l], x[b + l], x[c + l], x[d + l], v
        )
    for k, l, m in ((left, U(0), at), (n - one, right, at + n)):
        o[0, m], o[1, m], o[2, m], o[3, m], o[4, m], o[5, m] = _space_product(
            x[a + k], x[b + k], x[c + k], x[d + k], x[a + l], x[b + l], x[c + l], x[d + l], v
        )


@serial_and_parallel
def _space_products(u, w, periodic, shape, out):
    for task in numba.prange(len(u) * (shape[0] + 1) * (shape[1] + 1)):
        _space_products_row(u, w, periodic, shape, task, out)


@inner
def _cell_means_row(c, task, out):
    """A row of cells lies between four rows of corners; where an axis is missing, these are two, each of them twice."""
    _, n0, n1, n2 = out.shape
    other, eighth = c.shape[2] - n1, c.dtype.type(0.125)
    b, i, j = task // (n0 * n1), task // n1 % n0, task % n1
    p, q, r, s, row = c[b, i, j], c[b, i, j + other], c[b, i + 1, j], c[b, i + 1, j + other], out[b, i, j]
    for k in range(U(n2)):
        m = k + U(1)
        row[k] = eighth * (((p[k] + q[k]) + (r[k] + s[k])) + ((p[m] + q[m]) + (r[m] + s[m])))


@serial_and_parallel
def _cell_means(c, out):
    for task in numba.prange(len(out) * out.shape[1] * out.shape[2]):
        _cell_means_row(c, task, out)


@inner
def _corner_means_row(c, periodic, odd, task, out):
    """As `_cell_means`, of the cells at a corner: on an odd wall two of opposite sign."""
    _, n0, n1, n2 = c.shape
    m0, m1, left, right = out.shape[1], out.shape[2], inside(-1, n2, periodic[2]), inside(n2, n2, periodic[2])
    b, i, j = task // (m0 * m1), task // m1 % m0, task % m1
    low, high = inside(i - 1, n0, periodic[0]), inside(i, n0, periodic[0])
    before, after = inside(j - 1, n1, periodic[1]), inside(j, n1, periodic[1])
    p, q, r, s, row = c[b, low, before], c[b, low, after], c[b, high, before], c[b, high, after], out[b, i, j]
    zero = (odd[0] and i % n0 == 0) or (odd[1] and j % n1 == 0)
    factor = c.dtype.type(0.0 if zero else 0.125)
    for k in range(U(n2 - 1)):
        m = k + U(1)
        row[m] = factor * (((p[k] + q[k]) + (r[k] + s[k])) + ((p[m] + q[m]) + (r[m] + s[m])))
    factor = c.dtype.type(0.0) if odd[2] else factor
    for k, l, m in ((left, U(0), U(0)), (U(n2 - 1), right, U(n2))):
        row[m] = factor * (((p[k] + q[k]) + (r[k] + s[k])) + ((p[l] + q[l]) + (r[l] + s[l])))


@serial_and_parallel
def _corner_means(c, periodic, odd, out):
    for task in numba.prange(len(out) * out.shape[1] * out.shape[2]):
        _corner_means_row(c, periodic, odd, task, out)


@serial
def _evaluate(tensor, j, start, stop):
    components(tensor, j, start, stop)
