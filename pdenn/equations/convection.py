"""Convection by a given velocity."""

from dataclasses import dataclass, field

from ..fluxes import MUSCL, WENO5, Central, Upwind
from .sum import Statement
from .velocity import components, described, speeds


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

    Examples
    --------
    >>> print(pn.Diffusion() + pn.Convection((1.0, 0.5)))
    ∂u/∂t = div(g(|∇u|²) ∇u) [g = Linear()] + -div(v u) [v = (1, 0.5), Upwind()]
    """

    velocity: object = (1.0,)
    flux: Upwind | Central | MUSCL | WENO5 = field(default_factory=Upwind)
    speed: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "velocity", components(self.velocity))
        if not isinstance(self.flux, Upwind | Central | MUSCL | WENO5):
            raise TypeError(f"flux must be Upwind(), Central(), MUSCL(limiter) or WENO5(), got {self.flux!r}")
        object.__setattr__(self, "speed", speeds(self.speed, self.velocity))

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"-div(v u) [v = {described(self.velocity)}, {self.flux!r}]"
