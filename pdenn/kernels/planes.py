"""Compiled diffusion on one plane of cells; `cpu` runs these over whole states, `sweeps` several steps over tiles.

States have the layout `(batch, n0, n1, n2)`; axes that a grid lacks have one cell and the reciprocal mesh width 0. `w`
holds the reciprocal mesh widths, `ghost[axis, side] = (a, b)` the ghost cells `a + b u`, and `periodic[axis]` overrides
them. Every neighbour of a row is read as `a + b row`, with (0, 1) inside the domain, so that walls cost no branch in a
loop. `mix = (α, β, γ)` fuses the step of a scheme into the sweep: `out = α u + β v + γ A(u)`.

A plane is named by its two leading indices, `at = (batch, i)`, and the planes beside it by what `neighbour` says of them:
taking an array for a row out of a state costs as much as a short row.
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
def diffusivity_plane(u, at, lower, upper, law, w, ghost, periodic, g, to):
    """`g[to] = law.g(s)` in the cells of the plane `at`, `s` half the sum of the squared slopes of the six faces."""
    n1, n2 = u.shape[2:]
    (b, i), (o, p) = at, to
    im, am, bm = lower
    ip, ap, bp = upper
    half = w.dtype.type(0.5)
    wi, wj, wk = half * w[0] * w[0], half * w[1] * w[1], half * w[2] * w[2]
    for j in range(n1):
        if wj > 0:
            jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
            jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
            for k in range(n2):
                c = u[b, i, j, k]
                y0, y1 = cm + dm * u[b, i, jm, k] - c, cp + dp * u[b, i, jp, k] - c
                g[o, p, j, k] = wj * (y0 * y0 + y1 * y1)
        else:
            for k in range(n2):
                g[o, p, j, k] = 0
        for k in range(1, n2 - 1):
            c = u[b, i, j, k]
            x0, x1 = am + bm * u[b, im, j, k] - c, ap + bp * u[b, ip, j, k] - c
            z0, z1 = u[b, i, j, k - 1] - c, u[b, i, j, k + 1] - c
            g[o, p, j, k] = diffusivity(law, g[o, p, j, k] + wi * (x0 * x0 + x1 * x1) + wk * (z0 * z0 + z1 * z1))
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            c = u[b, i, j, k]
            x0, x1 = am + bm * u[b, im, j, k] - c, ap + bp * u[b, ip, j, k] - c
            z0, z1 = em + fm * u[b, i, j, km] - c, ep + fp * u[b, i, j, kp] - c
            g[o, p, j, k] = diffusivity(law, g[o, p, j, k] + wi * (x0 * x0 + x1 * x1) + wk * (z0 * z0 + z1 * z1))


@njit()
def _balance(c, d, u0, g0, u1, g1):
    """Twice what comes into a cell with `u = c`, `g = d` from its two neighbours along an axis."""
    return (g0 + d) * (u0 - c) + (g1 + d) * (u1 - c)


@njit()
def flux_plane(u, at, lower, upper, v, at_v, mix, g, planes_of_g, w, ghost, periodic, out, to):
    """`α u + β v + γ div(G ∇u)` in the cells of the plane `at`, `G` on a face the mean of `g` over its two cells.

    `planes_of_g` is the leading index of `g` and the places of its planes below, at, and above.
    """
    n1, n2 = u.shape[2:]
    (b, i), (bv, iv), (o, p) = at, at_v, to
    im, am, bm = lower
    ip, ap, bp = upper
    e, gm, gi, gp = planes_of_g
    half, alpha, beta = w.dtype.type(0.5) * mix[2], mix[0], mix[1]
    wi, wj, wk = half * w[0] * w[0], half * w[1] * w[1], half * w[2] * w[2]
    for j in range(n1):
        jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
        jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
        for k in range(1, n2 - 1):
            c, d = u[b, i, j, k], g[e, gi, j, k]
            z = _balance(c, d, u[b, i, j, k - 1], g[e, gi, j, k - 1], u[b, i, j, k + 1], g[e, gi, j, k + 1])
            x = _balance(c, d, am + bm * u[b, im, j, k], g[e, gm, j, k], ap + bp * u[b, ip, j, k], g[e, gp, j, k])
            out[o, p, j, k] = alpha * c + (wk * z + wi * x)
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            c, d = u[b, i, j, k], g[e, gi, j, k]
            z = _balance(c, d, em + fm * u[b, i, j, km], g[e, gi, j, km], ep + fp * u[b, i, j, kp], g[e, gi, j, kp])
            x = _balance(c, d, am + bm * u[b, im, j, k], g[e, gm, j, k], ap + bp * u[b, ip, j, k], g[e, gp, j, k])
            out[o, p, j, k] = alpha * c + (wk * z + wi * x)
        if wj != 0:
            for k in range(n2):
                c, d = u[b, i, j, k], g[e, gi, j, k]
                y = _balance(c, d, cm + dm * u[b, i, jm, k], g[e, gi, jm, k], cp + dp * u[b, i, jp, k], g[e, gi, jp, k])
                out[o, p, j, k] += wj * y
        if beta != 0:
            for k in range(n2):
                out[o, p, j, k] += beta * v[bv, iv, j, k]


@njit()
def flux(law, w, difference):
    """`w Φ(w d)` across one face with the difference `d` of its two cells."""
    s = w * difference
    return w * diffusivity(law, s * s) * s


@njit()
def separable_plane(u, at, lower, upper, v, at_v, mix, law, w, ghost, periodic, out, to):
    """`α u + β v + γ Σ_axis (Φ(slope above) - Φ(slope below)) / h` in the cells of the plane `at`."""
    n1, n2 = u.shape[2:]
    (b, i), (bv, iv), (o, p) = at, at_v, to
    im, am, bm = lower
    ip, ap, bp = upper
    w0, w1, w2, alpha, beta, gamma = w[0], w[1], w[2], mix[0], mix[1], mix[2]
    for j in range(n1):
        for k in range(1, n2 - 1):
            c = u[b, i, j, k]
            z = flux(law, w2, u[b, i, j, k - 1] - c) + flux(law, w2, u[b, i, j, k + 1] - c)
            out[o, p, j, k] = alpha * c + gamma * z
        for k in range(n2) if n2 < 2 else range(0, n2, n2 - 1):
            km, em, fm = neighbour(k, -1, n2, periodic[2], ghost[2])
            kp, ep, fp = neighbour(k, 1, n2, periodic[2], ghost[2])
            c = u[b, i, j, k]
            z = flux(law, w2, em + fm * u[b, i, j, km] - c) + flux(law, w2, ep + fp * u[b, i, j, kp] - c)
            out[o, p, j, k] = alpha * c + gamma * z
        if w0 > 0:
            for k in range(n2):
                c = u[b, i, j, k]
                y = flux(law, w0, am + bm * u[b, im, j, k] - c) + flux(law, w0, ap + bp * u[b, ip, j, k] - c)
                out[o, p, j, k] += gamma * y
        if w1 > 0:
            jm, cm, dm = neighbour(j, -1, n1, periodic[1], ghost[1])
            jp, cp, dp = neighbour(j, 1, n1, periodic[1], ghost[1])
            for k in range(n2):
                c = u[b, i, j, k]
                y = flux(law, w1, cm + dm * u[b, i, jm, k] - c) + flux(law, w1, cp + dp * u[b, i, jp, k] - c)
                out[o, p, j, k] += gamma * y
        if beta != 0:
            for k in range(n2):
                out[o, p, j, k] += beta * v[bv, iv, j, k]
