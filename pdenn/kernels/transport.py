"""Transport with two-point fluxes on NumPy arrays by compiled kernels: `F = p u_left - q u_right` at every face.

Rests on the layout and the slabs of `cpu` and on the neighbours of `planes`.
"""

import math

import numba
import numpy as np

from .compile import inner, serial_and_parallel
from .layout import APPLY, SERIAL, insert, layout
from .memory import empty_like
from .planes import neighbour


def two_point(u, weights, grid, outside, mix=APPLY, v=None):
    """`α u + β v - γ div F` for a state `(..., *grid.shape)`, float32 or float64.

    Parameters
    ----------
    weights : sequence of pairs (p, q)
        Per axis, at its `n + 1` faces, in the dtype of `u`.
    outside : sequence
        Per axis None (periodic), or `((α, β), (α, β))`: what stands beyond the walls, `α + β u`.
    """
    x = np.ascontiguousarray(u).reshape(-1, *layout(grid))
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    out, real, missing, closed = empty_like(x), x.dtype.type, 3 - grid.dim, ((0.0, 1.0), (0.0, 1.0))
    w = np.array(insert(missing, [1 / h for h in grid.h], 0.0), real)
    walls = insert(missing, list(outside), closed)
    periodic, ghost = np.array([pair is None for pair in walls]), np.array([pair or closed for pair in walls], real)
    nothing = np.zeros((1, 1, 1), real)
    faces = insert(missing, [tuple(_laid_out(f, grid, axis) for f in pair) for axis, pair in enumerate(weights)],
                   (nothing, nothing))  # fmt: skip
    threads = numba.get_num_threads() if x.size > SERIAL else 1
    slabs = min(x.shape[1], math.ceil(threads / max(1, len(x))))
    # One by one: a parallel loop takes no tuple of arrays.
    arrays = [face for pair in faces for face in pair]
    _two_point[threads > 1](x, y, np.array(mix, real), *arrays, w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


def _laid_out(face, grid, axis):
    """Values at the faces of an axis in the layout of three axes."""
    shape = [n + (i == axis) for i, n in enumerate(grid.shape)]
    return np.ascontiguousarray(face).reshape(insert(3 - grid.dim, shape, 1))


@inner
def _plane(u, v, mix, p0, q0, p1, q1, p2, q2, w, ghost, periodic, i, out):
    """`α u + β v - γ div F` in the cells `(i, j, k)`."""
    n0, n1, n2 = u.shape
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        c, x, row, p, q = u[i, j], v[i, j], out[j], p2[i, j], q2[i, j]
        for k in range(1, n2 - 1):
            row[k] = w[2] * (p[k] * c[k - 1] - (q[k] + p[k + 1]) * c[k] + q[k + 1] * c[k + 1])
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            inflow = p[k] * (em + fm * c[km]) + q[k + 1] * (ep + fp * c[kp])
            row[k] = w[2] * (inflow - (q[k] + p[k + 1]) * c[k])
        if w[0] > 0:
            below, above, pm, qm, pp, qp = u[im, j], u[ip, j], p0[i, j], q0[i, j], p0[i + 1, j], q0[i + 1, j]
            for k in range(n2):
                inflow = pm[k] * (am + bm * below[k]) + qp[k] * (ap + bp * above[k])
                row[k] += w[0] * (inflow - (qm[k] + pp[k]) * c[k])
        if w[1] > 0:
            left, right, pm, qm, pp, qp = u[i, jm], u[i, jp], p1[i, j], q1[i, j], p1[i, j + 1], q1[i, j + 1]
            for k in range(n2):
                inflow = pm[k] * (cm + dm * left[k]) + qp[k] * (cp + dp * right[k])
                row[k] += w[1] * (inflow - (qm[k] + pp[k]) * c[k])
        for k in range(n2):
            row[k] = mix[0] * c[k] + mix[1] * x[k] + mix[2] * row[k]


@serial_and_parallel
def _two_point(u, v, mix, p0, q0, p1, q1, p2, q2, w, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        for i in range(s * n // slabs, (s + 1) * n // slabs):
            _plane(u[b], v[b], mix, p0, q0, p1, q1, p2, q2, w, ghost, periodic, i, out[b, i])
