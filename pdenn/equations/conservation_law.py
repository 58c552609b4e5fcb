"""Scalar conservation laws."""

import math
from dataclasses import dataclass, field
from numbers import Real

from ..fluxes import BuckleyLeverett, Burgers, Godunov, LaxFriedrichs
from .sum import Statement


@dataclass(frozen=True)
class ConservationLaw(Statement):
    """`∂u/∂t = -Σ_i c_i ∂_i f(u)`, in the sense of entropy solutions.

    Parameters
    ----------
    flux : Burgers or BuckleyLeverett
        The function `f`.
    numerical : Godunov or LaxFriedrichs
        The flux between two cells; both are of first order.
    direction : float or tuple of floats
        `c`, one component per axis.
    range : pair of floats, optional
        Where all states lie, those of Dirichlet walls included; the certificate follows from `sup |f'|` there. A state
        outside is refused.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    flux: Burgers | BuckleyLeverett = field(default_factory=Burgers)
    numerical: Godunov | LaxFriedrichs = field(default_factory=Godunov)
    direction: tuple[float, ...] = (1.0,)
    range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.flux, Burgers | BuckleyLeverett):
            raise TypeError(f"flux must be Burgers() or BuckleyLeverett(ratio), got {self.flux!r}")
        if not isinstance(self.numerical, Godunov | LaxFriedrichs):
            raise TypeError(f"numerical must be Godunov() or LaxFriedrichs(), got {self.numerical!r}")
        parts = (self.direction,) if isinstance(self.direction, Real) else tuple(self.direction)
        if not (1 <= len(parts) <= 3 and all(isinstance(c, Real) and math.isfinite(c) for c in parts)):
            raise ValueError(f"direction must consist of 1 to 3 finite numbers, got {self.direction!r}")
        object.__setattr__(self, "direction", tuple(float(c) for c in parts))
        if self.range is None:
            return
        ends = tuple(self.range)
        if not (len(ends) == 2 and all(isinstance(x, Real) and math.isfinite(x) for x in ends) and ends[0] <= ends[1]):
            raise ValueError(f"range must be two finite numbers in order, got {self.range!r}")
        object.__setattr__(self, "range", (float(ends[0]), float(ends[1])))

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return (
            f"-div(c f(u)) [c = ({', '.join(f'{c:g}' for c in self.direction)}), f = {self.flux!r}, {self.numerical!r}]"
        )
