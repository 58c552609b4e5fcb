"""The porous medium operator on NumPy arrays: `α u + β v + γ Δφ(u)` in one sweep over the powers `φ(u) = |u|^(m-1) u`."""

import numba

from .compile import inner, serial_and_parallel
from .differences import add_second, combine
from .layout import APPLY, arguments, threads
from .planes import neighbour


def laplacian_of_power(u, m, powers, mix=APPLY, v=None):
    """`Δφ(u)` on a grid whose walls prescribe values of `φ`."""
    x, y, mix, w, ghost, periodic, slabs, out = arguments(u, powers, mix, v)
    # NumPy's powers are vectorised, those of compiled code are not.
    phi = abs(x) ** (m - 1) * x
    _porous[threads(x) > 1](x, y, phi, mix, mix[2] * w * w, ghost, periodic, slabs, out)
    return out.reshape(u.shape)


@inner
def _plane(u, v, phi, mix, weights, ghost, periodic, i, out):
    """`α u + β v + Σ_axis weights[axis] (φ_before - 2 φ + φ_after)` in the cells `(i, j, k)`."""
    n0 = len(u)
    below, _, _ = neighbour(i, -1, n0, periodic[0], ghost[0])
    above, _, _ = neighbour(i, 1, n0, periodic[0], ghost[0])
    combine(mix[0], u[i], mix[1], v[i], out)
    add_second(phi[below], phi[i], phi[above], weights, ghost, periodic, i, n0, out)


@serial_and_parallel
def _porous(u, v, phi, mix, weights, ghost, periodic, slabs, out):
    n = u.shape[1]
    for task in numba.prange(u.shape[0] * slabs):
        b, s = task // slabs, task % slabs
        for i in range(s * n // slabs, (s + 1) * n // slabs):
            _plane(u[b], v[b], phi[b], mix, weights, ghost, periodic, i, out[b, i])
