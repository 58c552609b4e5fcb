"""Diffusion with the diffusivity of every face given, on NumPy arrays in one sweep: `α u + β v + γ Σ_i ∂_i (G_i ∂_i u)`.

Also the squared slopes of cells, which diffusivities of several channels are made of.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from .compile import njit, serial_and_parallel
from .cpu import cell_diffusivity
from .layout import APPLY, arguments, insert, threads
from .planes import neighbour


class _Square(NamedTuple):
    """The law whose diffusivity is the squared slope itself."""

    def g(self, s2):
        return s2


def squared_slopes(u, grid):
    """`s_c`: half the sum of the squared slopes of the faces of each cell."""
    return cell_diffusivity(u, _Square(), grid)


def face_weighted(u, faces, grid, mix=APPLY, v=None):
    """`Σ_i ∂_i (G_i ∂_i u)` for a state `(..., *grid.shape)`.

    `faces` holds per axis `G` at its `n + 1` faces; leading axes are broadcast to those of `u` (ValueError otherwise).
    """
    x, y, mix, w, ghost, periodic, slabs, out = arguments(u, grid, mix, v)
    nothing = np.zeros((1, 1, 1, 1), x.dtype)
    laid_out = [_laid_out(g, u, grid, axis) for axis, g in enumerate(faces)]
    _faces[threads(x) > 1](x, y, mix, *insert(3 - grid.dim, laid_out, nothing), w * w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


def _laid_out(g, u, grid, axis):
    """`G` at the faces of an axis in the layout of three axes, of length 1 along the batch where all states share it."""
    shape = tuple(n + (i == axis) for i, n in enumerate(grid.shape))
    batch = u.shape[: u.ndim - grid.dim]
    try:
        every = np.broadcast_to(g, (*batch, *shape))
    except ValueError:
        words = f"faces[{axis}] must have shape (..., {', '.join(map(str, shape))}) with leading axes that fit {batch}"
        raise ValueError(f"{words}, got {g.shape}") from None
    chosen = g if g.size == math.prod(shape) else every
    return np.ascontiguousarray(chosen, u.dtype).reshape(-1, *insert(3 - grid.dim, list(shape), 1))


@njit()
def _plane(u, v, mix, g0, g1, g2, weights, ghost, periodic, i, out):
    """`α u + β v + γ Σ_axis (G_above (u_above - u) + G_below (u_below - u)) / h²` in the cells `(i, j, k)`."""
    n0, n1, n2 = u.shape
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    wi, wj, wk = mix[2] * weights[0], mix[2] * weights[1], mix[2] * weights[2]
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        c, x, row, g = u[i, j], v[i, j], out[j], g2[i, j]
        for k in range(1, n2 - 1):
            z = g[k] * (c[k - 1] - c[k]) + g[k + 1] * (c[k + 1] - c[k])
            row[k] = mix[0] * c[k] + mix[1] * x[k] + wk * z
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            z = g[k] * (em + fm * c[km] - c[k]) + g[k + 1] * (ep + fp * c[kp] - c[k])
            row[k] = mix[0] * c[k] + mix[1] * x[k] + wk * z
        if weights[0] > 0:
            below, above, gb, ga = u[im, j], u[ip, j], g0[i, j], g0[i + 1, j]
            for k in range(n2):
                row[k] += wi * (gb[k] * (am + bm * below[k] - c[k]) + ga[k] * (ap + bp * above[k] - c[k]))
        if weights[1] > 0:
            left, right, gl, gr = u[i, jm], u[i, jp], g1[i, j], g1[i, j + 1]
            for k in range(n2):
                row[k] += wj * (gl[k] * (cm + dm * left[k] - c[k]) + gr[k] * (cp + dp * right[k] - c[k]))


@serial_and_parallel
def _faces(u, v, mix, g0, g1, g2, weights, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        f0, f1, f2 = g0[b % len(g0)], g1[b % len(g1)], g2[b % len(g2)]
        for i in range(s * n // slabs, (s + 1) * n // slabs):
            _plane(u[b], v[b], mix, f0, f1, f2, weights, ghost, periodic, i, out[b, i])
