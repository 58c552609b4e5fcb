"""Convection and diffusion on a grid by the exponentially fitted flux (Scharfetter and Gummel 1969; Il'in 1969)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..arrays import check_state, concatenate, is_torch
from ..equations import Convection, ConvectionDiffusion
from ..fluxes import Upwind
from ..grids import Dirichlet, Grid, Robin
from .convection import GridConvection, as_array, like
from .faces import cut
from .monotone import speed_bound, weights_bound
from .protocol import Bound, mixed, no_bound
from .transport import transported


@dataclass(frozen=True)
class GridConvectionDiffusion:
    """`-div F`, `F = (ε/h) (B(-P) u_left - B(P) u_right)` with `P = v h / ε` at every face.

    To a Dirichlet wall the flux is fitted over the half cell, so that steady states with constant coefficients in one
    dimension are exact at the cell centres. Through reflecting walls nothing passes, through Neumann walls only what
    diffuses down the slope, through outflow walls `v u`. Monotone at every cell Péclet number.

    Parameters
    ----------
    equation : ConvectionDiffusion
    grid : Grid
        Without Robin walls (ValueError).
    held : tuple of arrays, optional
        Velocities at the faces of each axis, in place of those of the equation.
    """

    equation: ConvectionDiffusion
    grid: Grid
    held: tuple | None = None

    def __post_init__(self):
        if any(isinstance(w, Robin) for pair in self.grid.boundary for w in pair):
            raise ValueError(f"boundary: the exponential flux is not fitted to Robin walls, got {self.grid.boundary}; "
                             "use Convection(...) + Diffusion(...)")  # fmt: skip
        self.convection  # noqa: B018 - refuses a velocity that does not fit the grid

    @cached_property
    def convection(self) -> GridConvection:
        """The convection alone, which knows the velocities at the faces."""
        return GridConvection(Convection(self.equation.velocity, speed=self.equation.speed), self.grid, self.held)

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        return self.definition(t, u) if is_torch(u) else self._compiled(t, u)

    def definition(self, t, u):
        """`-div F`, composed from differences."""
        return transported(u, self.grid, self.weights(t, u), outside(self.grid), Upwind())

    def _compiled(self, t, u, *mix):
        from ..kernels.transport import two_point

        return two_point(u, self.weights(t, u), self.grid, outside(self.grid), *mix)

    def weights(self, t, u) -> list:
        """Pairs `(p, q)` at the faces of each axis, `F = p u_left - q u_right`, in the kind and dtype of `u`."""
        if self.convection.steady:
            return [(like(p, u), like(q, u)) for p, q in self._weights]
        return self._fitted(self.convection.velocities(t, u))

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        return mixed(self, t, u, coefficients, v) if is_torch(u) else self._compiled(t, u, coefficients, v)

    def hold(self, t, u):
        """The operator with its velocity frozen at `t`; a steady velocity leaves nothing to hold."""
        return self if self.convection.steady else replace(self, held=self.convection.velocities(t, u))

    def _fitted(self, velocities) -> list:
        """The weights for velocities at the faces of each axis."""
        return [self._of_axis(v, axis) for axis, v in enumerate(velocities)]

    def _of_axis(self, v, axis):
        h, eps, weights = self.grid.h[axis], self.equation.diffusivity, self.equation.flux.weights
        inner, wall = weights(v, eps, h), weights(v, eps, h / 2)
        where, n = axis - self.grid.dim, self.grid.shape[axis]
        half = [isinstance(w, Dirichlet) for w in self.grid.boundary[axis]]
        return tuple(
            concatenate([cut(b if half[0] else a, where, 0, 1), cut(a, where, 1, n),
                         cut(b if half[1] else a, where, n, n + 1)], where)
            for a, b in zip(inner, wall, strict=True)
        )  # fmt: skip

    @cached_property
    def _weights(self) -> list:
        return self._fitted(self.convection.fixed)

    @cached_property
    def bound(self) -> Bound:
        """See `Bound` and `monotone`; `d` is the largest diagonal itself."""
        grid, speed = self.grid, self.equation.speed
        if self.convection.steady:
            weights = self._fitted([as_array(v) for v in self.convection.fixed])
            return weights_bound(weights, grid, outside(grid), Upwind())
        if speed is None:
            return no_bound("nothing is known of a velocity that is a function: pass its `speed`", True)
        at_speed = []
        for s, h, walls in zip(speed, grid.h, grid.boundary, strict=True):
            width = h / 2 if any(isinstance(w, Dirichlet) for w in walls) else h
            at_speed.append(self.equation.flux.weights(np.array([s]), self.equation.diffusivity, width))
        return speed_bound(at_speed, speed, grid, outside(grid), Upwind())


def outside(grid) -> list:
    """What stands beyond the walls as `α + β u`: the value of a Dirichlet wall, otherwise the ghost cell `α + u`."""
    pairs = zip((grid.ghosts(axis) for axis in range(grid.dim)), grid.boundary, strict=True)
    return [None if ghosts is None else tuple((w.value, 0.0) if isinstance(w, Dirichlet) else ghost
                                              for ghost, w in zip(ghosts, walls, strict=True))
            for ghosts, walls in pairs]  # fmt: skip
