"""Convection on a grid: upwind, central, limited and weighted fluxes with velocities at the faces."""

import sys
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..arrays import check_state, is_torch, maximum
from ..equations import Convection
from ..fluxes import Upwind
from ..grids import Grid
from .faces import balance, check_components, face_velocities
from .monotone import ROUNDING, speed_bound, weights_bound
from .protocol import Bound, mixed, no_bound
from .transport import transported, wall_values


@dataclass(frozen=True)
class GridConvection:
    """`-div(v u)` on a grid: `F = max(v, 0) u_left + min(v, 0) u_right` at every face.

    `u_left` and `u_right` are the values of the two cells of the face, as the flux reconstructs them. Beyond a wall
    stands the value on the wall, `(u + u_ghost)/2`: that is what flows in (the value of a Dirichlet wall, the cell's
    own at an outflow wall), while what flows out has the value inside. Reflecting and Neumann walls let nothing pass.

    Parameters
    ----------
    equation : Convection
    grid : Grid
    held : tuple of arrays, optional
        Velocities at the faces of each axis, in place of those of the equation.
    """

    equation: Convection
    grid: Grid
    held: tuple | None = None

    def __post_init__(self):
        check_components(self.equation.velocity, self.grid)
        speed = self.equation.speed
        if speed is not None and len(speed) != self.grid.dim:
            raise ValueError(f"speed must have one bound per axis ({self.grid.dim}), got {speed}")

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        return self.definition(t, u) if is_torch(u) else self._compiled(t, u)

    def definition(self, t, u):
        """`-div F`, composed from differences."""
        return transported(u, self.grid, self.weights(t, u), wall_values(self.grid), self.equation.flux)

    def weights(self, t, u) -> list:
        """`(max(v, 0), max(-v, 0))` at the faces of each axis, in the kind and dtype of `u`."""
        if self.steady:
            return [(like(p, u), like(q, u)) for p, q in self._weights]
        return _upwind(self.velocities(t, u))

    def _compiled(self, t, u, *mix):
        flux, outside = self.equation.flux, wall_values(self.grid)
        if isinstance(flux, Upwind):
            from ..kernels.transport import two_point

            return two_point(u, self.weights(t, u), self.grid, outside, *mix)
        from ..kernels.reconstruction import reconstructed

        return reconstructed(u, self.velocities(t, u), self.grid, flux, outside, *mix)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays without a pass of its own."""
        check_state(u, self.grid.shape)
        return mixed(self, t, u, coefficients, v) if is_torch(u) else self._compiled(t, u, coefficients, v)

    def hold(self, t, u):
        """The operator with its velocity frozen at `t`; a steady velocity leaves nothing to hold.

        A limiter is not frozen: with its ratios held at one state, the fluxes would not be monotone at another one,
        and the maximum-minimum principle would be lost.
        """
        return self if self.steady else replace(self, held=self.velocities(t, u))

    @property
    def steady(self) -> bool:
        """Whether the velocity is known once and for all."""
        return self.held is not None or not callable(self.equation.velocity)

    def velocities(self, t, u) -> tuple:
        """The velocities at the faces of each axis, in the kind and dtype of `u`.

        Raises ValueError if a velocity that is a function breaks the `speed` that comes with it, or does not balance.
        """
        if self.steady:
            return tuple(like(v, u) for v in self.fixed)
        faces = face_velocities(self.equation.velocity, self.grid, t, u)
        if self.equation.speed is not None:
            check_speed(faces, self.equation.speed, self.grid, t)
        return tuple(like(v, u) for v in faces)

    @cached_property
    def fixed(self) -> tuple:
        """The velocities at the faces of each axis where they are steady."""
        return self.held or face_velocities(self.equation.velocity, self.grid, 0.0)

    @cached_property
    def _weights(self) -> list:
        return _upwind(self.fixed)

    @cached_property
    def bound(self) -> Bound:
        """See `Bound` and `monotone`."""
        flux, speed, outside = self.equation.flux, self.equation.speed, wall_values(self.grid)
        if flux.theta is None:
            return no_bound(flux.without, flux.linear)  # type: ignore[union-attr]
        if self.steady:
            return weights_bound(_upwind(map(as_array, self.fixed)), self.grid, outside, flux)
        if speed is not None:
            at_speed = [(np.array([s]), np.array([0.0])) for s in speed]
            return speed_bound(at_speed, speed, self.grid, outside, flux)
        return no_bound("nothing is known of a velocity that is a function: pass its `speed`", flux.linear)


def _upwind(velocities) -> list:
    """`(max(v, 0), max(-v, 0))` for each axis."""
    return [(maximum(v, 0), maximum(-v, 0)) for v in velocities]


def check_speed(faces, speed, grid, t):
    """Raise ValueError unless `|v_i| ≤ speed_i` at all faces, and the velocities of every cell balance."""
    for axis, (v, s) in enumerate(zip(faces, speed, strict=True)):
        if not float(abs(v).max()) <= s * (1 + _rounding(v)):
            raise ValueError(
                f"speed {s:g} of axis {axis} is exceeded by the velocity at t={t!r}: {float(abs(v).max()):g}"
            )
    rate = sum(s / h for s, h in zip(speed, grid.h, strict=True))
    excess = float(abs(balance(faces, grid)).max())
    if excess > _rounding(faces[0]) * rate:
        raise ValueError(
            f"speed promises velocities that balance in every cell, got a divergence of {excess:g} at t={t!r}"
        )


def _rounding(v) -> float:
    return 1e-5 if "32" in str(v.dtype) else ROUNDING


def as_array(v) -> np.ndarray:
    """Velocities as a float64 array, for bounds."""
    return np.asarray(v.detach().cpu() if is_torch(v) else v, np.float64)


def like(v, u):
    """`v` in the kind, dtype and device of the state `u`."""
    if is_torch(u):
        return sys.modules["torch"].as_tensor(v, dtype=u.dtype, device=u.device)
    real = u.real.dtype
    return v.astype(real, copy=False)
