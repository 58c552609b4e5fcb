"""Convection and diffusion together, for fluxes that need to know both."""

import math
from dataclasses import dataclass, field
from numbers import Real

from ..fluxes import ScharfetterGummel
from .sum import Statement
from .velocity import components, described, speeds


@dataclass(frozen=True)
class ConvectionDiffusion(Statement):
    """`∂u/∂t = -div(v u - ε ∇u)`, by an exponentially fitted flux.

    The sum `Convection(v) + Diffusion(...)` is the same equation with a flux for each term.

    Parameters
    ----------
    velocity : float, tuple of floats or arrays, or function
        As for `Convection`.
    diffusivity : float
        `ε > 0`.
    flux : ScharfetterGummel
    speed : float or tuple of floats, optional
        As for `Convection`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    velocity: object = (1.0,)
    diffusivity: float = 1.0
    flux: ScharfetterGummel = field(default_factory=ScharfetterGummel)
    speed: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "velocity", components(self.velocity))
        object.__setattr__(self, "speed", speeds(self.speed, self.velocity))
        eps = self.diffusivity
        if isinstance(eps, bool) or not isinstance(eps, Real):
            raise TypeError(f"diffusivity must be a real number, got {eps!r}")
        if not (math.isfinite(eps) and eps > 0):
            raise ValueError(f"diffusivity must be finite and > 0, got {eps!r}")
        if not isinstance(self.flux, ScharfetterGummel):
            raise TypeError(f"flux must be ScharfetterGummel(), got {self.flux!r}")

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"-div(v u - ε ∇u) [v = {described(self.velocity)}, ε = {self.diffusivity:g}, {self.flux!r}]"
