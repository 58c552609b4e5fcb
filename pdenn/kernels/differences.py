"""Compiled second differences of planes, as the kernels of fourth order and of porous media add them up.

Rests on the neighbours of `planes`: axes that a grid lacks have one cell and the weight 0, and every neighbour of a row
is read as `a + b row`.
"""

from .compile import inner
from .planes import neighbour


@inner
def add_second(below, centre, above, weights, ghost, periodic, i, n0, out):
    """`out += Σ_axis weights[axis] (f_before - 2 f + f_after)` in the cells `(i, j, k)`, from three planes of `f`.

    Planes are indexed without taking rows out of them: the count of references to a row costs as much as a short row.
    """
    n1, n2 = centre.shape
    _, a, b = neighbour(i, -1, n0, periodic[0], ghost[0])
    _, d, e = neighbour(i, 1, n0, periodic[0], ghost[0])
    for j in range(n1):
        if weights[0] != 0:
            for k in range(n2):
                c = centre[j, k]
                out[j, k] += weights[0] * ((a + b * below[j, k] - c) + (d + e * above[j, k] - c))
        if weights[1] != 0:
            left, p, q = neighbour(j, -1, n1, periodic[1], ghost[1])
            right, r, s = neighbour(j, 1, n1, periodic[1], ghost[1])
            for k in range(n2):
                c = centre[j, k]
                out[j, k] += weights[1] * ((p + q * centre[left, k] - c) + (r + s * centre[right, k] - c))
        if weights[2] != 0:
            _add_within(centre, j, periodic[2], ghost[2], weights[2], out)


@inner
def _add_within(f, j, periodic, ghost, weight, out):
    n = f.shape[1]
    for k in range(1, n - 1):
        out[j, k] += weight * ((f[j, k - 1] - f[j, k]) + (f[j, k + 1] - f[j, k]))
    for k in range(n) if n < 2 else range(0, n, n - 1):
        before, a, b = neighbour(k, -1, n, periodic, ghost)
        after, d, e = neighbour(k, 1, n, periodic, ghost)
        out[j, k] += weight * ((a + b * f[j, before] - f[j, k]) + (d + e * f[j, after] - f[j, k]))


@inner
def combine(alpha, u, beta, v, out):
    """`out = α u + β v` in one plane."""
    for j in range(u.shape[0]):
        for k in range(u.shape[1]):
            out[j, k] = alpha * u[j, k] + beta * v[j, k]
