"""Products of the slopes of two states, on NumPy arrays in one sweep: the derivative of squared gradients."""

import numba

from .compile import inner, serial_and_parallel
from .layout import APPLY, arguments, threads
from .planes import neighbour


def slope_products(u, w, grid):
    """`Σ (slope of u)(slope of w)` over the faces of each cell; walls prescribe nothing to `w`, a direction."""
    x, y, _, widths, ghost, periodic, slabs, out = arguments(u, grid, APPLY, w)
    _products[threads(x) > 1](x, y, widths * widths, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


@inner
def _plane(u, w, weights, ghost, periodic, i, out):
    n0, n1, n2 = u.shape
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    for j in range(n1):
        c, d, row = u[i, j], w[i, j], out[j]
        for k in range(1, n2 - 1):
            below, above = (c[k - 1] - c[k]) * (d[k - 1] - d[k]), (c[k + 1] - c[k]) * (d[k + 1] - d[k])
            row[k] = weights[2] * (below + above)
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            below = (em + fm * c[km] - c[k]) * (fm * d[km] - d[k])
            row[k] = weights[2] * (below + (ep + fp * c[kp] - c[k]) * (fp * d[kp] - d[k]))
        if weights[0] > 0:
            _add(c, d, (u[im, j], w[im, j], am, bm), (u[ip, j], w[ip, j], ap, bp), weights[0], row)
        if weights[1] > 0:
            jm, rm, sm = neighbour(j, -1, n1, periodic[1], ghost[1])
            jp, rp, sp = neighbour(j, 1, n1, periodic[1], ghost[1])
            _add(c, d, (u[i, jm], w[i, jm], rm, sm), (u[i, jp], w[i, jp], rp, sp), weights[1], row)


@inner
def _add(c, d, low, high, weight, row):
    """The products across the two faces of every cell of a row; a side holds the rows beside it, read as `a + b row`."""
    (u0, w0, a0, b0), (u1, w1, a1, b1) = low, high
    for k in range(len(row)):
        below = (a0 + b0 * u0[k] - c[k]) * (b0 * w0[k] - d[k])
        row[k] += weight * (below + (a1 + b1 * u1[k] - c[k]) * (b1 * w1[k] - d[k]))


@serial_and_parallel
def _products(u, w, weights, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        for i in range(s * n // slabs, (s + 1) * n // slabs):
            _plane(u[b], w[b], weights, ghost, periodic, i, out[b, i])
