"""Convection by a given velocity."""

import math
from dataclasses import dataclass
from numbers import Real

from ..fluxes import MUSCL, WENO5, Central, Upwind
from .sum import Statement
from .velocity import components, described


@dataclass(frozen=True)
class Convection(Statement):
    """Convection `∂u/∂t = -div(v u)`, which for a divergence-free velocity is `-v · ∇u`.

    Parameters
    ----------
    velocity : float, tuple of floats or arrays, or function
        One component per axis: numbers; arrays of cell values of shape `grid.shape`, averaged to the faces; or a
        function `velocity(t, *x)` that returns one component per axis, evaluated at the centres of the faces. For a
        tensor as state the function gets tensors.
    flux : Upwind, Central, MUSCL or WENO5
        Which value a face takes.
    speed : float or tuple of floats, optional
        Only with a function: bounds of `|v_i|` for all times and places, from which the certificates follow. It also
        says that the velocities at the faces of every cell balance (are divergence-free) at all times. Both are checked
        whenever the velocity is evaluated.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    velocity: object = (1.0,)
    flux: Upwind | Central | MUSCL | WENO5 = Upwind()
    speed: tuple[float, ...] | None = None

    def __post_init__(self):
        object.__setattr__(self, "velocity", components(self.velocity))
        if not isinstance(self.flux, Upwind | Central | MUSCL | WENO5):
            raise TypeError(f"flux must be Upwind(), Central(), MUSCL(limiter) or WENO5(), got {self.flux!r}")
        if self.speed is None:
            return
        speed = (self.speed,) if isinstance(self.speed, Real) else tuple(self.speed)
        if not callable(self.velocity):
            raise ValueError(f"speed is for velocities that are functions; the others know theirs, got {self.speed!r}")
        if not all(isinstance(s, Real) and math.isfinite(s) and s >= 0 for s in speed):
            raise ValueError(f"speed must consist of finite numbers >= 0, one per axis, got {self.speed!r}")
        object.__setattr__(self, "speed", tuple(float(s) for s in speed))

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"-div(v u) [v = {described(self.velocity)}, {self.flux!r}]"
