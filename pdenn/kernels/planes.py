"""Compiled diffusion on planes of cells with ghost cells around them; `sweeps` takes them through the steps.

A plane of `m1 x m2` cells lies in an array of one axis, in rows of `m2 + 2`: a ghost cell, the cells, a ghost cell; where
the grid has three axes a ghost row stands before and behind them. So no cell is special, and one loop runs through all
rows, over the ghost cells between them too, which `close` then makes anew. A plane is named by where it starts, and
the cells to compute by the first and last of them, counted from there. Numbers of cells have no sign: with one, machine
code would look at each whether it counts from the end. `w` holds the reciprocal mesh widths, 0 for an axis that is missing.
"""

import numpy as np

from .compile import inner
from .law_code import diffusivity

U = np.uint64


@inner
def neighbour(i, step, n, periodic, ghost):
    """The row that is read beside row `i` of a state without ghost cells, and `(a, b)` with which it is read."""
    j = i + step
    if 0 <= j < n:
        return j, ghost.dtype.type(0), ghost.dtype.type(1)
    if periodic:
        return j % n, ghost.dtype.type(0), ghost.dtype.type(1)
    side = 0 if step < 0 else 1
    return i, ghost[side, 0], ghost[side, 1]


@inner
def close(u, planes, form, ghost, ring, at_ends):
    """Make the ghost cells of a plane: `a + b u` of the cell beside, or the other end of a ring.

    `planes` names where the plane starts, and where those below and above; these are made too, of ghost cells alone, if
    it is the first or the last: `at_ends = (first, last)`. Where there is no such axis, it is beside itself.
    """
    (below, at, above), (m1, m2, lines, length, _) = planes, form
    row, right, ((a, b), (c, d)) = U(length), U(m2), ghost[2]
    for j in range(lines, m1 + lines):
        k = at + U(j) * row
        x, y = (u[k + right], u[k + U(1)]) if ring[2] else (u[k + U(1)], u[k + right])
        u[k], u[k + right + U(1)] = a + b * x, c + d * y
    if lines:
        first, last = at + row, at + U(m1) * row
        _affine(ghost[1][0], u, last if ring[1] else first, at, row)
        _affine(ghost[1][1], u, first if ring[1] else last, last + row, row)
    if at_ends[0] and below != at:
        _affine(ghost[0][0], u, at, below, U(m1 + 2 * lines) * row)
    if at_ends[1] and above != at:
        _affine(ghost[0][1], u, at, above, U(m1 + 2 * lines) * row)


@inner
def _affine(wall, u, start, to, count):
    """`count` cells `a + b u` of as many that begin at `start`."""
    a, b = wall
    for k in range(count):
        u[to + k] = a + b * u[start + k]


@inner
def _squares(c, below, above):
    """The squared differences of a cell and its two neighbours along an axis."""
    return (below - c) * (below - c) + (above - c) * (above - c)


@inner
def diffusivity_plane(u, planes, cells, form, law, weights, g, to):
    """`law.g(s)` at `to` in `g`, `s` half the sum of the squared slopes of the faces of a cell."""
    (below, at, above), (first, last), (wi, wj, wk), row = planes, cells, weights, U(form[3])
    if wj > 0:
        for k in range(first, last):
            c = u[at + k]
            x, z = _squares(c, u[below + k], u[above + k]), _squares(c, u[at + k - U(1)], u[at + k + U(1)])
            y = _squares(c, u[at + k - row], u[at + k + row])
            g[to + k] = diffusivity(law, wi * x + wj * y + wk * z)
    else:
        for k in range(first, last):
            c = u[at + k]
            x, z = _squares(c, u[below + k], u[above + k]), _squares(c, u[at + k - U(1)], u[at + k + U(1)])
            g[to + k] = diffusivity(law, wi * x + wk * z)


@inner
def _balance(c, d, u0, g0, u1, g1):
    """Twice what comes into a cell with `u = c`, `g = d` from its two neighbours along an axis."""
    return (g0 + d) * (u0 - c) + (g1 + d) * (u1 - c)


@inner
def flux_plane(u, planes, back, cells, form, mix, g, planes_of_g, weights, straight, out, to):
    """`α u + β v + γ div(G ∇u)`, `G` on a face the mean of `g` over its two cells; `v` stands at `back` in `u`.

    It is written to `to` in `u` or, `straight`, in `out`.
    """
    (below, at, above), (below_g, at_g, above_g), (first, last) = planes, planes_of_g, cells
    (alpha, beta, gamma), row, one = mix, U(form[3]), U(1)
    wi, wj, wk = gamma * weights[0], gamma * weights[1], gamma * weights[2]
    out = out if straight else u
    if wj != 0:
        for k in range(first, last):
            p, q = at + k, at_g + k
            c, d = u[p], g[q]
            x = _balance(c, d, u[below + k], g[below_g + k], u[above + k], g[above_g + k])
            y = _balance(c, d, u[p - row], g[q - row], u[p + row], g[q + row])
            z = _balance(c, d, u[p - one], g[q - one], u[p + one], g[q + one])
            out[to + k] = alpha * c + beta * u[back + k] + (wi * x + wj * y + wk * z)
    else:
        for k in range(first, last):
            p, q = at + k, at_g + k
            c, d = u[p], g[q]
            x = _balance(c, d, u[below + k], g[below_g + k], u[above + k], g[above_g + k])
            z = _balance(c, d, u[p - one], g[q - one], u[p + one], g[q + one])
            out[to + k] = alpha * c + beta * u[back + k] + (wi * x + wk * z)


@inner
def _through(c, g0, u0, g1, u1):
    """What comes into a cell with `u = c` through its two faces along an axis."""
    return g0 * (u0 - c) + g1 * (u1 - c)


@inner
def faces_plane(u, planes, back, cells, form, mix, g, faces, w, straight, out, to):
    """`α u + β v + γ div(G ∇u)`, `G` of every face given; other arguments as of `flux_plane`.

    `g` holds the planes of one axis after those of the other, a face in the place of the cell behind it; `faces` names where
    planes of the first axis start, the second that below the cells and the third that above them.
    """
    (below, at, above), (first, last), (_, below_g, above_g) = planes, cells, faces
    (alpha, beta, gamma), row, one, axis = mix, U(form[3]), U(1), U(len(g) // 3)
    wi, wj, wk = gamma * w[0] * w[0], gamma * w[1] * w[1], gamma * w[2] * w[2]
    out, at_y, at_z = out if straight else u, below_g + axis, below_g + axis + axis
    if w[1] > 0:
        for k in range(first, last):
            p, q, r, c = at + k, at_y + k, at_z + k, u[at + k]
            x = _through(c, g[below_g + k], u[below + k], g[above_g + k], u[above + k])
            y = _through(c, g[q], u[p - row], g[q + row], u[p + row])
            z = _through(c, g[r], u[p - one], g[r + one], u[p + one])
            out[to + k] = alpha * c + beta * u[back + k] + (wi * x + wj * y + wk * z)
    elif w[0] > 0:
        for k in range(first, last):
            p, r, c = at + k, at_z + k, u[at + k]
            x = _through(c, g[below_g + k], u[below + k], g[above_g + k], u[above + k])
            z = _through(c, g[r], u[p - one], g[r + one], u[p + one])
            out[to + k] = alpha * c + beta * u[back + k] + (wi * x + wk * z)
    else:
        for k in range(first, last):
            p, r, c = at + k, at_z + k, u[at + k]
            out[to + k] = alpha * c + beta * u[back + k] + wk * _through(c, g[r], u[p - one], g[r + one], u[p + one])


@inner
def _fluxes(law, w, c, below, above):
    """`w (Φ(w (above - c)) - Φ(w (c - below)))` across the two faces of a cell along an axis."""
    x, y = w * (below - c), w * (above - c)
    return w * (diffusivity(law, x * x) * x + diffusivity(law, y * y) * y)


@inner
def separable_plane(u, planes, back, cells, form, mix, law, w, straight, out, to):
    """`α u + β v + γ Σ_axis (Φ(slope above) - Φ(slope below)) / h`; arguments as of `flux_plane`."""
    (below, at, above), (first, last), (wi, wj, wk) = planes, cells, w
    out = out if straight else u
    (alpha, beta, gamma), row, one = mix, U(form[3]), U(1)
    if wj > 0:
        for k in range(first, last):
            c, p = u[at + k], at + k
            x, z = _fluxes(law, wi, c, u[below + k], u[above + k]), _fluxes(law, wk, c, u[p - one], u[p + one])
            y = _fluxes(law, wj, c, u[p - row], u[p + row])
            out[to + k] = alpha * c + beta * u[back + k] + gamma * (x + y + z)
    elif wi > 0:
        for k in range(first, last):
            c, p = u[at + k], at + k
            x, z = _fluxes(law, wi, c, u[below + k], u[above + k]), _fluxes(law, wk, c, u[p - one], u[p + one])
            out[to + k] = alpha * c + beta * u[back + k] + gamma * (x + z)
    else:
        for k in range(first, last):
            c, p = u[at + k], at + k
            out[to + k] = alpha * c + beta * u[back + k] + gamma * _fluxes(law, wk, c, u[p - one], u[p + one])
