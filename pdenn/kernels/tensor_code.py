"""The components of a diffusion tensor inside compiled kernels: the methods of its class, compiled as those of laws.

In space a tensor may be a function of a symmetric matrix: it names the `matrix` and the `eigenvalue`. The spectral
decomposition is found by cyclic Jacobi rotations (Golub and Van Loan 2013, section 8.5), as many for each matrix, without
a branch: so a loop over matrices becomes vector code. They are as accurate as LAPACK's, which takes each alone.
"""

import math

import numpy as np
from numba import types
from numba.extending import overload

from .compile import OPTIONS, inlined
from .law_code import in_precision


def components(tensor, j, start, stop):
    """`tensor.of` of the components `j` of structure tensors, arrays of one axis, in place; kernels call this name."""
    raise NotImplementedError


def cast(numbers, real):
    """The parameters of a tensor or law as numbers of type `real`."""
    return numbers._make(cast(x, real) if isinstance(x, tuple) else real(x) for x in numbers)


@overload(components, jit_options=OPTIONS)
def _(tensor, j, start, stop):
    if not isinstance(tensor, types.BaseNamedTuple):
        return None
    kind, real = tensor.instance_class, np.float32 if j.dtype.dtype == types.float32 else np.float64

    def compiled(method):
        return inlined(in_precision(method, real))  # a loop with a call in it does not become vector code

    if len(j) == 3:
        return _in_the_plane(compiled(kind.in_the_plane))
    if hasattr(kind, "eigenvalue"):
        return _spectral(compiled(kind.matrix), compiled(kind.eigenvalue), real(1), real(1e-37))
    return _in_space(compiled(kind.in_space))


def _in_the_plane(of):
    def loop(tensor, j, start, stop):
        a, b, c = j
        for k in range(start, stop):
            a[k], b[k], c[k] = of(tensor, a[k], b[k], c[k])

    return loop


def _in_space(of):
    def loop(tensor, j, start, stop):
        a, b, c, d, e, f = j
        for k in range(start, stop):
            a[k], b[k], c[k], d[k], e[k], f[k] = of(tensor, a[k], b[k], c[k], d[k], e[k], f[k])

    return loop


def _spectral(matrix, eigenvalue, one, least):
    def loop(tensor, j, start, stop):
        a, b, c, d, e, f = j
        for k in range(start, stop):
            m = matrix(tensor, a[k], b[k], c[k], d[k], e[k], f[k])
            (x, y, z), p, q, r = spectrum(m, one, least)
            x, y, z = eigenvalue(tensor, x), eigenvalue(tensor, y), eigenvalue(tensor, z)
            a[k] = x * p[0] * p[0] + y * q[0] * q[0] + z * r[0] * r[0]
            b[k] = x * p[0] * p[1] + y * q[0] * q[1] + z * r[0] * r[1]
            c[k] = x * p[0] * p[2] + y * q[0] * q[2] + z * r[0] * r[2]
            d[k] = x * p[1] * p[1] + y * q[1] * q[1] + z * r[1] * r[1]
            e[k] = x * p[1] * p[2] + y * q[1] * q[2] + z * r[1] * r[2]
            f[k] = x * p[2] * p[2] + y * q[2] * q[2] + z * r[2] * r[2]

    return loop


@inlined
def _rotation(a, b, c, one):
    """`(cos, sin, tan)` of the angle, 45 degrees at most, that makes `(a b; b c)` diagonal."""
    d, e = c - a, b + b
    root = abs(d) + max(math.sqrt(d * d + e * e), abs(e))  # the squares of small numbers may be lost
    tan = (e if d >= 0 else -e) / (root if root != 0 else one)
    cos = one / math.sqrt(one + tan * tan)
    return cos, tan * cos, tan


@inlined
def _turned(x, y, cos, sin):
    """Two vectors, turned in their plane."""
    first = cos * x[0] - sin * y[0], cos * x[1] - sin * y[1], cos * x[2] - sin * y[2]
    return first, (sin * x[0] + cos * y[0], sin * x[1] + cos * y[1], sin * x[2] + cos * y[2])


@inlined
def _sweep(m, x, y, z, one):
    """One rotation in each of the three planes: the matrix, and what its eigenvectors will be."""
    a, b, c, d, e, f = m
    cos, sin, tan = _rotation(a, b, d, one)
    a, d, c, e = a - tan * b, d + tan * b, cos * c - sin * e, sin * c + cos * e
    x, y = _turned(x, y, cos, sin)
    cos, sin, tan = _rotation(a, c, f, one)
    a, f, b, e = a - tan * c, f + tan * c, -sin * e, cos * e
    x, z = _turned(x, z, cos, sin)
    cos, sin, tan = _rotation(d, e, f, one)
    d, f, b, c = d - tan * e, f + tan * e, cos * b, sin * b
    y, z = _turned(y, z, cos, sin)
    return (a, b, c, d, one - one, f), x, y, z


@inlined
def spectrum(m, one, least):
    """The eigenvalues of `(m11, m12, m13, m22, m23, m33)` and its eigenvectors; of numbers of any size."""
    zero, size = one - one, max(max(max(abs(m[0]), abs(m[1])), max(abs(m[2]), abs(m[3]))), max(abs(m[4]), abs(m[5])))
    size = size if size > least else one
    m = (m[0] / size, m[1] / size, m[2] / size, m[3] / size, m[4] / size, m[5] / size)
    x, y, z = (one, zero, zero), (zero, one, zero), (zero, zero, one)
    # One after the other: a loop within the loop over matrices would not become vector code.
    m, x, y, z = _sweep(m, x, y, z, one)
    m, x, y, z = _sweep(m, x, y, z, one)
    m, x, y, z = _sweep(m, x, y, z, one)
    m, x, y, z = _sweep(m, x, y, z, one)  # now some 1e-20 of the matrix stand beside its diagonal
    return (size * m[0], size * m[3], size * m[5]), x, y, z
