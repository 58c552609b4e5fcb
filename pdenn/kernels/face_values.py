"""The flux `v u_upwind` through rows of faces from the rows of cells around: central, limited (MUSCL), weighted (WENO).

One loop for each reconstruction, with selections in the place of branches, so that each becomes vector code.
"""

import numpy as np
from numba import types
from numba.extending import overload

from ..fluxes.weno import upper_edge
from .compile import OPTIONS, inner
from .law_code import in_precision

U = np.uint64
VAN_LEER, MINMOD, SUPERBEE, CENTRAL, WENO = range(5)


def weighted(a, b, c, d, e):
    """`upper_edge` of WENO for one cell; compiled kernels call this name."""
    return upper_edge(a, b, c, d, e)


@overload(weighted, jit_options=OPTIONS)
def _(a, b, c, d, e):
    real = np.float32 if a == types.float32 else np.float64
    edge = inner(in_precision(upper_edge, real))
    return lambda a, b, c, d, e: edge(a, b, c, d, e)


@inner
def van_leer(a, b, nothing):
    """`2ab/(a + b)`, from the share `b/(a + b) ≤ 1`: the product of two small differences may underflow."""
    share = b / (a + b) if alike(a, b) else nothing
    return (a + a) * share


@inner
def minmod(a, b, nothing):
    """The smaller of two differences of one sign."""
    smaller = a if abs(a) < abs(b) else b
    return smaller if alike(a, b) else nothing


@inner
def superbee(a, b, nothing):
    """Twice the smaller, or the larger if that is less."""
    smaller, larger = (a, b) if abs(a) < abs(b) else (b, a)
    twice = smaller + smaller
    value = twice if abs(twice) < abs(larger) else larger
    return value if alike(a, b) else nothing


@inner
def alike(a, b):
    """Whether both are positive or both negative."""
    return ((a > 0) & (b > 0)) | ((a < 0) & (b < 0))


@inner
def fluxes(kind, v, f, x, at, rows, m, out, o):
    """`v u_upwind` in `rows` rows of `m` faces, from the rows of cells around each.

    All arrays are lines of memory, for a slice costs as much as a short row. `f`, `at` and `o` are each the start of
    the first row and how much further on the next one starts: of the velocities, of the six cells of a face, of `out`.
    """
    if kind == WENO:
        _weno(v, f, x, at, rows, m, out, o)
    elif kind == VAN_LEER:
        _van_leer(v, f, x, at, rows, m, out, o)
    elif kind == MINMOD:
        _minmod(v, f, x, at, rows, m, out, o)
    elif kind == SUPERBEE:
        _superbee(v, f, x, at, rows, m, out, o)
    else:
        _central(v, f, x, at, rows, m, out, o)


@inner
def starts(at, r):
    """Where the six rows of cells around the `r`-th row of faces start."""
    i = at[6] * r
    return U(at[0] + i), U(at[1] + i), U(at[2] + i), U(at[3] + i), U(at[4] + i), U(at[5] + i)


@inner
def _weno(v, f, x, at, rows, m, out, o):
    for r in range(rows):
        (l3, l2, l1, r1, r2, r3), q, p = starts(at, r), U(f[0] + f[1] * r), U(o[0] + o[1] * r)
        for k in range(U(m)):
            s = v[q + k]
            a, b, c, d, e, g, ahead = x[l3 + k], x[l2 + k], x[l1 + k], x[r1 + k], x[r2 + k], x[r3 + k], s > 0
            b, c, d, e = b if ahead else e, c if ahead else d, d if ahead else c, e if ahead else b
            out[p + k] = s * weighted(a if ahead else g, b, c, d, e)


def _limited(increment):
    """The loops over faces for one limiter."""

    @inner
    def loops(v, f, x, at, rows, m, out, o):
        nothing, half = v.dtype.type(0), v.dtype.type(0.5)
        for r in range(rows):
            (_, l2, l1, r1, r2, _), q, p = starts(at, r), U(f[0] + f[1] * r), U(o[0] + o[1] * r)
            for k in range(U(m)):
                s = v[q + k]
                b, c, d, e, ahead = x[l2 + k], x[l1 + k], x[r1 + k], x[r2 + k], s > 0
                behind, here, beyond = b if ahead else e, c if ahead else d, d if ahead else c
                out[p + k] = s * (here + half * increment(here - behind, beyond - here, nothing))

    return loops


_van_leer, _minmod, _superbee = _limited(van_leer), _limited(minmod), _limited(superbee)


@inner
def _central(v, f, x, at, rows, m, out, o):
    half = v.dtype.type(0.5)
    for r in range(rows):
        (_, _, l1, r1, _, _), q, p = starts(at, r), U(f[0] + f[1] * r), U(o[0] + o[1] * r)
        for k in range(U(m)):
            out[p + k] = v[q + k] * (half * (x[l1 + k] + x[r1 + k]))


@inner
def flow_in(v, f, lower, inflow, x, p, rows, m, out, o):
    """Where the velocity leads inwards, a wall lets `v (α + β u)` in, `(α, β) = inflow`, for the cells beside it."""
    for r in range(rows):
        for k in range(m):
            s = v[f[0] + f[1] * r + k]
            if (s > 0) == lower:
                out[o[0] + o[1] * r + k] = s * (inflow[0] + inflow[1] * x[p[0] + p[1] * r + k])
