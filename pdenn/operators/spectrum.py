"""Operators with constant coefficients in the basis of waves that their walls admit: where they are multiplications.

Rests on `scipy.fft` for arrays and `torch.fft` for tensors. Along a periodic axis the waves are `exp(i θ_k j)`, between
walls cosines and sines of the cell centres; which of them is a matter of the ghost cells, `u` or `-u` (Strang 1999, "The
discrete cosine transform").
"""

import math
import sys
from dataclasses import dataclass
from functools import lru_cache, reduce, singledispatch
from operator import add
from typing import TypeGuard

import numpy as np

from ..arrays import is_torch
from ..equations.values import Values
from ..fluxes import Central, Upwind
from ..grids import Grid
from ..laws import Linear
from .combine import Multiple, SumOperator, Zero, sum_of
from .convection import GridConvection
from .convection_diffusion import GridConvectionDiffusion
from .diffusion import GridDiffusion
from .fused import Fused
from .modulated import ModulatedDiffusion
from .pointwise import GridFidelity
from .second_order import FourthOrderDiffusion

# Ghost cells b u at the two walls: the transform of orthonormal cosines or sines, and the shift s of θ_k = π (k + s)/n.
WAVES = {(1.0, 1.0): ("dct", 2, 0.0), (-1.0, -1.0): ("dst", 2, 1.0), (1.0, -1.0): ("dct", 4, 0.5), (-1.0, 1.0): ("dst", 4, 0.5)}  # fmt: skip


@dataclass(frozen=True)
class Waves:
    """The waves on a grid whose walls are periodic, or have ghost cells `a ± u`.

    Parameters
    ----------
    grid : Grid
        TypeError for other walls.
    """

    grid: Grid

    def __post_init__(self):
        if not has_waves(self.grid):
            raise TypeError(f"waves need periodic, reflecting, Neumann or Dirichlet walls, got {self.grid.boundary}")

    @property
    def rings(self) -> tuple[int, ...]:
        """The periodic axes, counted from the last; complex waves, by conjugate symmetry half of them along the last one."""
        return tuple(i - self.grid.dim for i in range(self.grid.dim) if self.grid.ghosts(i) is None)

    @property
    def walled(self) -> list:
        """`(axis, waves)` of the other axes."""
        return [(i - self.grid.dim, WAVES[_ghosts(self.grid, i)]) for i in range(self.grid.dim) if self.grid.ghosts(i)]

    def angles(self, axis: int):
        """`θ_k` along an axis, of the shape in which it meets the coefficients."""
        n = self.grid.shape[axis]
        if self.grid.ghosts(axis) is None:
            half = axis - self.grid.dim == self.rings[-1]
            theta = 2 * math.pi * (np.arange(n // 2 + 1) / n if half else np.fft.fftfreq(n))
        else:
            theta = math.pi * (np.arange(n) + WAVES[_ghosts(self.grid, axis)][2]) / n
        return theta.reshape([-1 if i == axis else 1 for i in range(self.grid.dim)])

    def forward(self, u, widths=None):
        """The coefficients of a state `(..., *grid.shape)`; complex where an axis is periodic.

        Parameters
        ----------
        widths : sequence of int, optional
            How many waves of each axis are wanted, those of least `θ`; the others are not computed. For arrays, along
            walled axes and the last periodic one; by default all.
        """
        if is_torch(u):
            for axis, (name, kind, _) in self.walled:
                u = _along(_basis(name, kind, u.shape[axis], u.dtype, u.device), u, axis)
            return sys.modules["torch"].fft.rfftn(u, dim=self.rings) if self.rings else u
        from scipy import fft

        wanted = dict(enumerate(widths or [None] * self.grid.dim, -self.grid.dim))
        for axis, (name, kind, _) in reversed(self.walled):
            u = _first(getattr(fft, name)(u, kind, axis=axis, norm="ortho"), wanted[axis], axis)
        if self.rings:
            u = _first(fft.rfft(u, axis=self.rings[-1]), wanted[self.rings[-1]], self.rings[-1])
        return fft.fftn(u, axes=self.rings[:-1]) if self.rings[1:] else u

    def backward(self, c):
        """The state with the coefficients `c`; those that `forward` left out are zero."""
        shape = [self.grid.shape[axis] for axis in self.rings]
        if is_torch(c):
            c = sys.modules["torch"].fft.irfftn(c, s=shape, dim=self.rings) if self.rings else c
            for axis, (name, kind, _) in self.walled:
                c = _along(_basis(name, kind, c.shape[axis], c.dtype, c.device).T, c, axis)
            return c
        from scipy import fft

        c = fft.irfftn(c, s=shape, axes=self.rings) if self.rings else c
        for axis, (name, kind, _) in self.walled:
            c = getattr(fft, "i" + name)(c, kind, n=self.grid.shape[axis], axis=axis, norm="ortho")
        return c

    def widths(self, factors) -> tuple[int | None, ...]:
        """How many waves of each axis `factors` leaves: beyond them it is less than rounding beside its largest value.

        What is lost is as small beside the state as the rounding of a transform. None along an axis of which all are
        wanted.
        """
        size, wide = abs(factors), [axis for axis, _ in self.walled] + list(self.rings[-1:])
        seen = ~(size <= np.finfo(size.dtype).eps * size.max()) | ~np.isfinite(size)
        last = [seen.any(axis=tuple(i for i in range(seen.ndim) if i != axis)) for axis in range(seen.ndim)]
        return tuple(
            int(np.flatnonzero(some).max(initial=0)) + 1 if axis - self.grid.dim in wide and len(some) > 1 else None
            for axis, some in enumerate(last)
        )


def has_waves(grid) -> bool:
    """Whether a grid has walls of the kinds that `Waves` knows."""
    return isinstance(grid, Grid) and all(_ghosts(grid, axis) in (None, *WAVES) for axis in range(grid.dim))


def _ghosts(grid, axis):
    """`b` of the ghost cells `a + b u` at the two walls; None where there are none."""
    walls = grid.ghosts(axis)
    return None if walls is None else tuple(b for _, b in walls)


def _first(c, count, axis):
    """The first entries along an axis, counted from the last."""
    return c[(..., slice(count), *[slice(None)] * (-1 - axis))]


@lru_cache(maxsize=16)
def _basis(name, kind, n, dtype, device):
    """The orthonormal matrix of a transform: on tensors a product of matrices, which a GPU does well."""
    from scipy import fft

    matrix = getattr(fft, name)(np.eye(n), kind, axis=0, norm="ortho")
    return sys.modules["torch"].as_tensor(matrix, dtype=dtype, device=device)


def _along(matrix, u, axis):
    return (u.movedim(axis, -1) @ matrix.T).movedim(-1, axis)


@singledispatch
def symbol(A):
    """`λ` with `A(t, u) - A(t, 0) = Σ_k λ_k c_k w_k` for `u = Σ_k c_k w_k`, an array over the `Waves` of the grid.

    None where the operator is not linear, or its coefficients vary; one `register` per kind of operator.
    """
    return None


@symbol.register
def _(A: Zero):
    return np.zeros(()) if has_waves(A.grid) else None


@symbol.register
def _(A: Multiple):
    rates = symbol(A.A)
    if rates is None or not is_torch(A.c):
        return None if rates is None else A.c * rates
    return A.c * sys.modules["torch"].as_tensor(rates, device=A.c.device)


@symbol.register
def _(A: SumOperator):
    parts = [symbol(term) for term in A.terms]
    return None if any(part is None for part in parts) else reduce(add, parts)


@symbol.register
def _(A: GridDiffusion):
    if not isinstance(A.equation.law, Linear) or not has_waves(A.grid):
        return None
    return -reduce(add, _second(A.grid))


@symbol.register
def _(A: ModulatedDiffusion):
    law, c = A.equation.law, A.equation.conductivity
    if not isinstance(law, Linear) or isinstance(c, Values) or not has_waves(A.grid):
        return None
    return -c * reduce(add, _second(A.grid))


@symbol.register
def _(A: FourthOrderDiffusion):
    if not isinstance(A.equation.law, Linear) or not has_waves(A.grid):
        return None
    if A.equation.form == "isotropic":
        return -(reduce(add, _second(A.grid)) ** 2)
    return -reduce(add, (s**2 for s in _second(A.grid)))


@symbol.register
def _(A: GridFidelity):
    return (
        None
        if isinstance(A.equation.mask, Values) or not has_waves(A.grid)
        else np.full((1,) * A.grid.dim, -A.equation.rate)
    )


@symbol.register
def _(A: GridConvection):
    v, flux = A.equation.velocity, A.equation.flux
    if not (_uniform(v) and A.held is None and isinstance(flux, Central | Upwind) and _periodic(A.grid)):
        return None
    if isinstance(flux, Upwind):
        return _two_point(A.grid, [(max(c, 0.0), max(-c, 0.0)) for c in v])
    return reduce(add, (-1j * c / h * np.sin(theta) for c, h, theta in zip(v, A.grid.h, _angles(A.grid), strict=True)))


@symbol.register
def _(A: GridConvectionDiffusion):
    v, eps, h = A.equation.velocity, A.equation.diffusivity, A.grid.h
    if not (_uniform(v) and A.held is None and _periodic(A.grid)):
        return None
    pairs = [A.equation.flux.weights(np.array([c]), eps, width) for c, width in zip(v, h, strict=True)]
    return _two_point(A.grid, [(float(p[0]), float(q[0])) for p, q in pairs])


def _two_point(grid, weights):
    """`-div F` with `F = p u_left - q u_right` at all faces."""
    parts = (
        (p * (np.exp(-1j * theta) - 1) + q * (np.exp(1j * theta) - 1)) / h
        for (p, q), h, theta in zip(weights, grid.h, _angles(grid), strict=True)
    )
    return reduce(add, parts)


def _second(grid) -> list:
    """Of minus the second differences along each axis: `4/h² sin²(θ/2)`."""
    return [(2 / h * np.sin(theta / 2)) ** 2 for h, theta in zip(grid.h, _angles(grid), strict=True)]


def _angles(grid) -> list:
    waves = Waves(grid)
    return [waves.angles(axis) for axis in range(grid.dim)]


def _uniform(velocity) -> TypeGuard[tuple[float, ...]]:
    return not callable(velocity) and all(isinstance(c, float) for c in velocity)


def _periodic(grid) -> bool:
    return all(grid.ghosts(axis) is None for axis in range(grid.dim))


@singledispatch
def divided(A):
    """`(L, N)` with `A = L + N`: the terms that have a symbol, and the others; an empty side is `Zero`.

    TypeError if no term has one.
    """
    terms = A.terms if isinstance(A, SumOperator) else (A,)
    constant = tuple(term for term in terms if symbol(term) is not None)
    others = tuple(term for term in terms if symbol(term) is None)
    if not constant:
        raise TypeError(
            "exponential schemes need a linear term with constant coefficients on a grid, such as Diffusion(Linear()), "
            f"got {A!r}"
        )
    return sum_of(constant, A.grid), sum_of(others, A.grid)


@divided.register
def _(A: Fused):
    return divided(A.A)
