"""Held diffusion along one axis: the operators that AOS and ADI split into, whose implicit steps are tridiagonal."""

import sys
from dataclasses import dataclass, replace

from ..arrays import concatenate, is_torch
from ..equations import Diffusion
from ..grids import Grid
from .combine import Multiple
from .differences import after, before, difference, divergence, face_mean
from .protocol import mixed


@dataclass(frozen=True)
class AxisDiffusion:
    """`c ∂_i (G ∂_i u)` along one axis, with the diffusivity `G` of its cells given, or of its faces."""

    given: object
    axis: int
    grid: Grid
    c: object = 1.0

    @property
    def face(self):
        """`c G` at the `n + 1` faces of the axis."""
        cells = self.given.shape[self.axis - self.grid.dim] == self.grid.shape[self.axis]
        return self.c * (face_mean(self.given, self.grid, self.axis) if cells else self.given)

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
        return mean_resolvent((self,), f, gamma)

    def resolvent_definition(self, f, gamma):
        """The same from the three diagonals, differentiable; tensors alone."""
        grid, axis, face = self.grid, self.axis, self.face
        scale = gamma / grid.h[axis] ** 2
        below, above = scale * before(face, grid, axis), scale * after(face, grid, axis)
        diagonal, where = 1 + below + above, axis - grid.dim
        if grid.ghosts(axis) is None:
            return _cyclic(-below, diagonal, -above, f, where)
        (a, b), (c, d) = grid.ghosts(axis)
        n = grid.shape[axis]
        lower, upper = _ends(below, where, 0, n), _ends(above, where, n - 1, n)
        # A ghost cell a + b u moves b into the diagonal and a to the right-hand side.
        return tridiagonal(-below, diagonal - b * lower - d * upper, -above, f + a * lower + c * upper, where)


def mean_resolvent(parts, f, gamma):
    """`1/m Σ_l (I - γ A_l)⁻¹ f` of `m` diffusions along axes; for arrays one sweep over memory each."""
    if is_torch(f):
        first, *rest = (A.resolvent_definition(f, gamma) for A in parts)
        return sum(rest, first) / len(parts)
    from ..kernels.tridiagonal import resolvent

    out = None
    for A in parts:
        out = resolvent(f, A.given, A.grid, A.axis, float(gamma * A.c), 1 / len(parts), out)
    return out


def splits(A) -> bool:
    """Whether an operator is diffusion of second order on a grid, alone, which `axes` can take apart."""
    equation = getattr(A, "equation", None)
    whole = isinstance(equation, Diffusion) and equation.order == 1
    return isinstance(A.grid, Grid) and (whole or hasattr(A, "faces") or hasattr(A, "g"))


def axes(held, grid) -> tuple[AxisDiffusion, ...]:
    """The one-dimensional operators whose sum is a held diffusion.

    Raises TypeError if `held` is no isotropic or separable diffusion of second order.
    """
    if isinstance(held, Multiple):
        return tuple(replace(A, c=held.c * A.c) for A in axes(held.A, grid))
    if hasattr(held, "faces"):
        return tuple(AxisDiffusion(face, axis, grid) for axis, face in enumerate(held.faces))
    if hasattr(held, "g"):
        return tuple(AxisDiffusion(held.g, axis, grid) for axis in range(grid.dim))
    raise TypeError(f"AOS and ADI need isotropic or separable diffusion alone, got {type(held).__name__}")


def tridiagonal(lower, diagonal, upper, right, where):
    """Solve along the axis `where` (negative) by elimination, differentiable; tensors alone."""
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
