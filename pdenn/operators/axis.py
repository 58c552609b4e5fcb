"""Held diffusion along one axis: the operators that AOS and ADI split into, whose implicit steps are tridiagonal."""

import sys
from dataclasses import dataclass

import numpy as np

from ..arrays import concatenate, is_torch
from ..equations import Diffusion
from ..grids import Grid
from .combine import Multiple
from .differences import after, before, difference, divergence, face_mean
from .protocol import mixed


@dataclass(frozen=True)
class AxisDiffusion:
    """`∂_i (G ∂_i u)` along one axis with the diffusivity `G` of its faces given."""

    face: object
    axis: int
    grid: Grid

    def __call__(self, t, u):
        return divergence(self.face * difference(u, self.grid, self.axis), self.grid, self.axis)

    definition = __call__

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def hold(self, t, u):
        return self

    def resolvent(self, f, gamma):
        """`v` with `v - γ A(v) = f`: tridiagonal systems along the axis, cyclic where it is periodic.

        Elimination needs no pivoting: the matrix is diagonally dominant for `γ ≥ 0`.
        """
        grid, axis = self.grid, self.axis
        scale = gamma / grid.h[axis] ** 2
        below, above = scale * before(self.face, grid, axis), scale * after(self.face, grid, axis)
        diagonal, where = 1 + below + above, axis - grid.dim
        if grid.ghosts(axis) is not None:
            (a, b), (c, d) = grid.ghosts(axis)
            n = grid.shape[axis]
            lower, upper = _ends(below, where, 0, n), _ends(above, where, n - 1, n)
            # A ghost cell a + b u moves b into the diagonal and a to the right-hand side.
            return tridiagonal(-below, diagonal - b * lower - d * upper, -above, f + a * lower + c * upper, where)
        return _cyclic(-below, diagonal, -above, f, where)


def splits(A) -> bool:
    """Whether an operator is diffusion of second order on a grid, alone, which `axes` can take apart."""
    equation = getattr(A, "equation", None)
    whole = isinstance(equation, Diffusion) and equation.order == 1
    return isinstance(A.grid, Grid) and (whole or hasattr(A, "faces") or hasattr(A, "g"))


def axes(held, grid) -> tuple[AxisDiffusion, ...]:
    """The one-dimensional operators whose sum is a held diffusion.

    Raises TypeError if `held` is no isotropic or separable diffusion of second order.
    """
    return tuple(AxisDiffusion(face, axis, grid) for axis, face in enumerate(_faces(held, grid)))


def _faces(held, grid):
    """The diffusivities at the faces of each axis."""
    if isinstance(held, Multiple):
        return [held.c * face for face in _faces(held.A, grid)]
    if hasattr(held, "faces"):
        return held.faces
    if hasattr(held, "g"):
        return [face_mean(held.g, grid, axis) for axis in range(grid.dim)]
    raise TypeError(f"AOS and ADI need isotropic or separable diffusion alone, got {type(held).__name__}")


def tridiagonal(lower, diagonal, upper, right, where):
    """Solve along the axis `where` (negative); NumPy by a compiled kernel, torch by differentiable elimination."""
    if is_torch(right):
        return _eliminate(lower, diagonal, upper, right, where)
    from ..kernels.tridiagonal import thomas

    shape = right.shape
    layout = (-1, shape[where], int(np.prod(shape[right.ndim + where + 1 :])))
    arrays = [np.ascontiguousarray(np.broadcast_to(x, shape).astype(right.dtype)).reshape(layout)
              for x in (lower, diagonal, upper, right)]  # fmt: skip
    out = np.empty_like(arrays[-1])
    thomas(*arrays, out)
    return out.reshape(shape)


def _eliminate(lower, diagonal, upper, right, where):
    torch = sys.modules["torch"]
    shape = right.shape
    low, diag, up, f = (x.expand(shape).movedim(where, 0) for x in (lower, diagonal, upper, right))
    pivots, xs = [diag[0]], [f[0]]
    for i in range(1, shape[where]):
        factor = low[i] / pivots[-1]
        pivots.append(diag[i] - factor * up[i - 1])
        xs.append(f[i] - factor * xs[-1])
    solution = [xs[-1] / pivots[-1]]
    for i in range(shape[where] - 2, -1, -1):
        solution.append((xs[i] - up[i] * solution[-1]) / pivots[i])
    return torch.stack(solution[::-1]).movedim(0, where)


def _cyclic(lower, diagonal, upper, right, where):
    """Sherman and Morrison: the cyclic matrix is a tridiagonal one plus a matrix of rank one."""
    n = right.shape[where]
    if n == 1:  # both neighbours of a single cell are itself
        return right / (diagonal + lower + upper)
    first, last = _cut(lower, where, 0), _cut(upper, where, n - 1)
    gamma = -_cut(diagonal, where, 0)
    head, tail = _ends(1.0 + 0.0 * diagonal, where, 0, n), _ends(1.0 + 0.0 * diagonal, where, n - 1, n)
    matrix = diagonal - gamma * head - (first * last / gamma) * tail
    x = tridiagonal(lower, matrix, upper, right, where)
    z = tridiagonal(lower, matrix, upper, gamma * head + last * tail + 0.0 * right, where)
    numerator = _cut(x, where, 0) + (first / gamma) * _cut(x, where, n - 1)
    denominator = 1 + _cut(z, where, 0) + (first / gamma) * _cut(z, where, n - 1)
    return x - (numerator / denominator) * z


def _cut(u, where, i):
    return u[(..., slice(i, i + 1), *[slice(None)] * (-where - 1))]


def _ends(u, where, i, n):
    """`u` at index `i` of the axis, zero elsewhere."""
    zero = 0.0 * u
    parts = [_cut(zero, where, j) if j != i else _cut(u, where, j) for j in sorted({0, i, n - 1})]
    if n <= 2:
        return concatenate(parts, where)
    middle = zero[(..., slice(1, n - 1), *[slice(None)] * (-where - 1))]
    return concatenate([parts[0], middle, parts[-1]], where)
