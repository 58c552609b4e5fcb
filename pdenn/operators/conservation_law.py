"""Scalar conservation laws on a grid by monotone numerical fluxes, axis by axis."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import check_state, concatenate, is_torch, namespace
from ..equations import ConservationLaw
from ..fluxes import Upwind
from ..fluxes.riemann import extremal
from ..grids import Dirichlet, Grid, Outflow, Periodic
from .differences import divergence
from .faces import cut, impermeable
from .protocol import Bound, Constant, mixed
from .transport import sides, wall_values


@dataclass(frozen=True)
class GridConservationLaw:
    """`-div F` with `F` the numerical flux between the two cells of a face.

    Beyond a wall stands the value on the wall (the cell's own at an outflow wall); reflecting and Neumann walls let
    nothing pass, `F = 0`.

    Parameters
    ----------
    equation : ConservationLaw
    grid : Grid
    """

    equation: ConservationLaw
    grid: Grid

    def __post_init__(self):
        if len(self.equation.direction) != self.grid.dim:
            raise ValueError(
                f"direction must have one component per axis ({self.grid.dim}), got {self.equation.direction}"
            )
        for pair in self.grid.boundary:
            for wall in pair:
                self._check_range(np.array([wall.value]) if isinstance(wall, Dirichlet) else None, "boundary")

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        self._check_range(u, "u")
        return self.definition(t, u) if is_torch(u) else self._kernel(u)

    def definition(self, t, u):
        """`-div F`, composed from differences."""
        return -sum(divergence(self._fluxes(u, axis), self.grid, axis) for axis in range(self.grid.dim))

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        self._check_range(u, "u")
        return mixed(self, t, u, coefficients, v) if is_torch(u) else self._kernel(u, coefficients, v)

    def _kernel(self, u, *mixture):
        from ..kernels.conservation import conserved

        law, grid = self.equation, self.grid
        closed = [tuple(impermeable(wall) for wall in pair) for pair in grid.boundary]
        return conserved(u, law.flux, law.numerical, law.direction, wall_values(grid), closed, grid, *mixture)

    def hold(self, t, u):
        """The operator itself: the speed of a shock is no coefficient that could be frozen."""
        return self

    def _fluxes(self, u, axis):
        """`F` at the `n + 1` faces of an axis."""
        grid, equation = self.grid, self.equation
        left, right = sides(u, grid, axis, wall_values(grid)[axis], Upwind())
        flux = equation.numerical.flux(equation.flux, equation.direction[axis], left, right)
        where, n = axis - grid.dim, grid.shape[axis]
        closed = [1.0 - impermeable(wall) for wall in grid.boundary[axis]]
        first, inner, last = cut(flux, where, 0, 1), cut(flux, where, 1, n), cut(flux, where, n, n + 1)
        return concatenate([closed[0] * first, inner, closed[1] * last], where)

    def _check_range(self, u, name):
        if u is None or self.equation.range is None:
            return
        low, high = self.equation.range
        slack = 1e4 * float(namespace(u).finfo(u.dtype).eps) * max(abs(low), abs(high))
        if not (low - slack <= float(u.min()) and float(u.max()) <= high + slack):
            raise ValueError(
                f"{name} must lie in range={self.equation.range}, got values from {float(u.min()):g} to {float(u.max()):g}"
            )

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`; in the Euclidean norm nothing is claimed: a monotone flux contracts in the sum norm."""
        norms = Constant(None, "a monotone flux contracts distances in the sum norm, not in the Euclidean one")
        return Bound(norms, norms, self._diagonal(), False, False)

    def _diagonal(self) -> Constant:
        equation, grid = self.equation, self.grid
        if equation.range is None:
            return Constant(None, "sup |f'| is not known: pass the `range` of the states")
        if not all(isinstance(wall, Periodic | Dirichlet | Outflow) for pair in grid.boundary for wall in pair):
            return Constant(None, "walls that stop the flow, or let it through by halves, do not keep the range")
        low, high = (np.array([x]) for x in equation.range)
        places = extremal(low, high, equation.flux.inflections)
        fastest = max(abs(float(equation.flux.speed(u)[0])) for u in places)
        rate = sum(abs(c) / h for c, h in zip(equation.direction, grid.h, strict=True))
        d = fastest * rate
        because = f"u + A(u)/d keeps the range for d = {d:.6g} = sup |f'| Σ |c|/h, sup |f'| = {fastest:.6g} on {equation.range}"
        return Constant(d, because)
