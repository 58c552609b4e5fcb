"""Scalar conservation laws on NumPy arrays by two-point numerical fluxes: `α u + β v - γ div F` in one sweep.

The fluxes are those of `fluxes.riemann` for the functions of `fluxes.scalar`, in the precision of the state. Rows of faces are
loops without branches; a cell takes the fluxes across its own faces, those along the last axis shared with its neighbours.
"""

import numba
import numpy as np

from ..fluxes import BuckleyLeverett, Godunov
from .compile import inner, serial_and_parallel
from .layout import APPLY, arguments, insert, threads
from .planes import neighbour

PLACES = 3  # at most, where a flux function or its derivative has extrema


def conserved(u, law, numerical, direction, walls, closed, grid, mix=APPLY, v=None):
    """`α u + β v - γ div F` for a state `(..., *grid.shape)`, float32 or float64.

    Parameters
    ----------
    law : Burgers or BuckleyLeverett
    numerical : Godunov or LaxFriedrichs
    direction : tuple of floats
        `c` of `F = c f`, one per axis.
    walls : sequence
        Per axis None (periodic), or `((α, β), (α, β))`: what stands on the walls, `α + β u`.
    closed : sequence of pairs of bool
        Per axis the walls that let nothing pass.
    """
    x, y, mix, w, _, periodic, slabs, out = arguments(u, grid, mix, v)
    real, missing, open_walls = x.dtype.type, 3 - grid.dim, ((0.0, 1.0), (0.0, 1.0))
    beyond = np.array(insert(missing, [pair or open_walls for pair in walls], open_walls), real)
    passes = 1 - np.array(insert(missing, list(closed), (False, False)), real)
    places = law.critical if isinstance(numerical, Godunov) else law.inflections
    # More places than needed change no extremum. A literal would be a double, and lift the loops to double precision.
    numbers = (1.0, 2.0, getattr(law, "ratio", 1.0), *(*places, *[0.0] * PLACES)[:PLACES])
    spec = (isinstance(numerical, Godunov), isinstance(law, BuckleyLeverett), tuple(map(real, numbers)))
    c = np.array(insert(missing, list(direction), 0.0), real)
    kernel = _conserved[threads(x) > 1]
    kernel(x, y, mix, *spec, c, w, beyond, passes, periodic, slabs, out)
    return out.reshape(u.shape)


@inner
def _f(buckley, numbers, u):
    """`u²/2`, or `u²/(u² + M (1 - u)²)`."""
    one, two, m = numbers[0], numbers[1], numbers[2]
    return u * u / (u * u + m * (one - u) * (one - u)) if buckley else u * u / two


@inner
def _speed(buckley, numbers, u):
    """`f'(u)`."""
    one, two, m = numbers[0], numbers[1], numbers[2]
    d = u * u + m * (one - u) * (one - u)
    return two * m * u * (one - u) / (d * d) if buckley else u


@inner
def _godunov(buckley, numbers, c, left, right):
    """The least `c f` over the interval from `left` to `right`, the greatest if that is the smaller one."""
    low, high = min(left, right), max(left, right)
    a, b = c * _f(buckley, numbers, left), c * _f(buckley, numbers, right)
    least, most = min(a, b), max(a, b)
    for place in numbers[3:]:
        value = c * _f(buckley, numbers, min(max(place, low), high))
        least, most = min(least, value), max(most, value)
    return least if left <= right else most


@inner
def _lax_friedrichs(buckley, numbers, c, left, right):
    """`c (f(l) + f(r))/2 - |c| a (r - l)/2` with the fastest speed `a` between the two."""
    low, high, two = min(left, right), max(left, right), numbers[1]
    fastest = max(abs(_speed(buckley, numbers, left)), abs(_speed(buckley, numbers, right)))
    for place in numbers[3:]:
        fastest = max(fastest, abs(_speed(buckley, numbers, min(max(place, low), high))))
    mean = c * (_f(buckley, numbers, left) + _f(buckley, numbers, right))
    return (mean - abs(c) * fastest * (right - left)) / two


@inner
def _row(godunov, buckley, numbers, c, left, right, out):
    """The fluxes between two rows of cells; either is `(row, a, b)`, read as `a + b row`."""
    (x, a, b), (y, d, e) = left, right
    if godunov:
        for k in range(len(out)):
            out[k] = _godunov(buckley, numbers, c, a + b * x[k], d + e * y[k])
    else:
        for k in range(len(out)):
            out[k] = _lax_friedrichs(buckley, numbers, c, a + b * x[k], d + e * y[k])


@inner
def _between(godunov, buckley, numbers, c, row, walls, passes, periodic, out):
    """The `n + 1` fluxes along a row."""
    n, one = len(row), numbers[0]
    _row(godunov, buckley, numbers, c, (row[:-1], one - one, one), (row[1:], one - one, one), out[1:n])
    for end, k in ((0, 0), (1, n - 1)):
        beside, a, b = neighbour(k, 2 * end - 1, n, periodic, walls)
        own, there = (row[k : k + 1], one - one, one), (row[beside : beside + 1], a, b)
        face = out[n * end : n * end + 1]
        _row(godunov, buckley, numbers, c, own if end else there, there if end else own, face)
        face[0] *= passes[end]


@inner
def _across(godunov, buckley, numbers, c, w, own, below, above, passes, faces, row):
    """`row += w (F_below - F_above)`, the fluxes of an axis across which rows lie side by side."""
    _row(godunov, buckley, numbers, c, below, own, faces)
    for k in range(len(row)):
        row[k] += w * passes[0] * faces[k]
    _row(godunov, buckley, numbers, c, own, above, faces)
    for k in range(len(row)):
        row[k] -= w * passes[1] * faces[k]


@inner
def _plane(u, v, mix, godunov, buckley, numbers, c, w, walls, passes, periodic, i, faces, out):
    """`α u + β v - γ div F` in the cells `(i, j, k)`."""
    n0, n1, n2 = u.shape
    one = numbers[0]
    im, am, bm = neighbour(i, -1, n0, periodic[0], walls[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], walls[0])
    for j in range(n1):
        centre, other, row = u[i, j], v[i, j], out[j]
        _between(godunov, buckley, numbers, c[2], centre, walls[2], passes[2], periodic[2], faces)
        for k in range(n2):
            row[k] = w[2] * (faces[k] - faces[k + 1])
        own = (centre, one - one, one)
        if w[0] > 0:
            ends = (passes[0, 0] if i == 0 else one, passes[0, 1] if i == n0 - 1 else one)
            below, above = (u[im, j], am, bm), (u[ip, j], ap, bp)
            _across(godunov, buckley, numbers, c[0], w[0], own, below, above, ends, faces[:n2], row)
        if w[1] > 0:
            jm, cm, dm = neighbour(j, -1, n1, periodic[1], walls[1])
            jp, cp, dp = neighbour(j, 1, n1, periodic[1], walls[1])
            ends = (passes[1, 0] if j == 0 else one, passes[1, 1] if j == n1 - 1 else one)
            below, above = (u[i, jm], cm, dm), (u[i, jp], cp, dp)
            _across(godunov, buckley, numbers, c[1], w[1], own, below, above, ends, faces[:n2], row)
        for k in range(n2):
            row[k] = mix[0] * centre[k] + mix[1] * other[k] + mix[2] * row[k]


@serial_and_parallel
def _conserved(u, v, mix, godunov, buckley, numbers, c, w, walls, passes, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        faces = np.empty(u.shape[3] + 1, u.dtype)
        for i in range(s * n // slabs, (s + 1) * n // slabs):
            _plane(u[b], v[b], mix, godunov, buckley, numbers, c, w, walls, passes, periodic, i, faces, out[b, i])
