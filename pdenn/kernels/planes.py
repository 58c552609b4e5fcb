"""Compiled diffusion on one plane of cells; `cpu` runs these over whole states.

A state has the layout `(n0, n1, n2)`; axes that a grid lacks have one cell and the reciprocal mesh width 0. `w` holds
the reciprocal mesh widths, `ghost[axis, side] = (a, b)` the ghost cells `a + b u`, and `periodic[axis]` overrides them.
Every neighbour of a row is read as `a + b row`, with (0, 1) inside the domain, so that walls cost no branch in a loop.
`mix = (α, β, γ)` fuses the step of a scheme into the sweep: `out = α u + β v + γ A(u)`.
"""

from .compile import njit
from .law_code import diffusivity


@njit()
def neighbour(i, step, n, periodic, ghost):
    """The row that is read beside row `i`, and `(a, b)` with which it is read."""
    j = i + step
    if 0 <= j < n:
        return j, ghost.dtype.type(0), ghost.dtype.type(1)
    if periodic:
        return j % n, ghost.dtype.type(0), ghost.dtype.type(1)
    side = 0 if step < 0 else 1
    return i, ghost[side, 0], ghost[side, 1]


@njit()
def diffusivity_plane(u, law, w, ghost, periodic, i, g):
    """`g[j, k] = law.g(s)` in the cells `(i, j, k)`, `s` half the sum of the squared slopes of the six faces."""
    n0, n1, n2 = u.shape
    half = w.dtype.type(0.5)
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    wi, wj, wk = half * w[0] * w[0], half * w[1] * w[1], half * w[2] * w[2]
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        c, row = u[i, j], g[j]
        below, above, left, right = u[im, j], u[ip, j], u[i, jm], u[i, jp]
        for k in range(n2):
            x0, x1 = am + bm * below[k] - c[k], ap + bp * above[k] - c[k]
            row[k] = wi * (x0 * x0 + x1 * x1)
        if wj > 0:
            for k in range(n2):
                y0, y1 = cm + dm * left[k] - c[k], cp + dp * right[k] - c[k]
                row[k] += wj * (y0 * y0 + y1 * y1)
        for k in range(1, n2 - 1):
            z0, z1 = c[k - 1] - c[k], c[k + 1] - c[k]
            row[k] = diffusivity(law, row[k] + wk * (z0 * z0 + z1 * z1))
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            z0, z1 = em + fm * c[km] - c[k], ep + fp * c[kp] - c[k]
            row[k] = diffusivity(law, row[k] + wk * (z0 * z0 + z1 * z1))


@njit()
def flux_plane(u, v, mix, below_g, g, above_g, w, ghost, periodic, i, out):
    """`α u + β v + γ div(G ∇u)` in the cells `(i, j, k)`, `G` on a face the mean of `g` over its two cells."""
    n0, n1, n2 = u.shape
    half = w.dtype.type(0.5) * mix[2]
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    wi, wj, wk = half * w[0] * w[0], half * w[1] * w[1], half * w[2] * w[2]
    alpha, beta = mix[0], mix[1]
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        c, x, row, gc = u[i, j], v[i, j], out[j], g[j]
        below, above, left, right = u[im, j], u[ip, j], u[i, jm], u[i, jp]
        gb, ga, gl, gr = below_g[j], above_g[j], g[jm], g[jp]
        for k in range(1, n2 - 1):
            z = (gc[k - 1] + gc[k]) * (c[k - 1] - c[k]) + (gc[k + 1] + gc[k]) * (c[k + 1] - c[k])
            y = (gb[k] + gc[k]) * (am + bm * below[k] - c[k]) + (ga[k] + gc[k]) * (ap + bp * above[k] - c[k])
            row[k] = alpha * c[k] + beta * x[k] + (wk * z + wi * y)
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            z = (gc[km] + gc[k]) * (em + fm * c[km] - c[k]) + (gc[kp] + gc[k]) * (ep + fp * c[kp] - c[k])
            y = (gb[k] + gc[k]) * (am + bm * below[k] - c[k]) + (ga[k] + gc[k]) * (ap + bp * above[k] - c[k])
            row[k] = alpha * c[k] + beta * x[k] + (wk * z + wi * y)
        if w[1] > 0:
            for k in range(n2):
                row[k] += wj * (
                    (gl[k] + gc[k]) * (cm + dm * left[k] - c[k]) + (gr[k] + gc[k]) * (cp + dp * right[k] - c[k])
                )


@njit()
def flux(law, w, difference):
    """`w Φ(w d)` across one face with the difference `d` of its two cells."""
    s = w * difference
    return w * diffusivity(law, s * s) * s


@njit()
def separable_plane(u, v, mix, law, w, ghost, periodic, i, out):
    """`α u + β v + γ Σ_axis (Φ(slope above) - Φ(slope below)) / h` in the cells `(i, j, k)`."""
    n0, n1, n2 = u.shape
    im, am, bm = neighbour(i, -1, n0, periodic[0], ghost[0])
    ip, ap, bp = neighbour(i, 1, n0, periodic[0], ghost[0])
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        c, x, row = u[i, j], v[i, j], out[j]
        below, above, left, right = u[im, j], u[ip, j], u[i, jm], u[i, jp]
        for k in range(n2):
            row[k] = flux(law, w[0], am + bm * below[k] - c[k]) + flux(law, w[0], ap + bp * above[k] - c[k])
        if w[1] > 0:
            for k in range(n2):
                row[k] += flux(law, w[1], cm + dm * left[k] - c[k]) + flux(law, w[1], cp + dp * right[k] - c[k])
        for k in range(1, n2 - 1):
            row[k] += flux(law, w[2], c[k - 1] - c[k]) + flux(law, w[2], c[k + 1] - c[k])
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            row[k] += flux(law, w[2], em + fm * c[km] - c[k]) + flux(law, w[2], ep + fp * c[kp] - c[k])
        for k in range(n2):
            row[k] = mix[0] * c[k] + mix[1] * x[k] + mix[2] * row[k]
