"""Diffusion in a porous medium."""

import math
from dataclasses import dataclass
from numbers import Real

from .sum import Statement


@dataclass(frozen=True)
class PorousMedium(Statement):
    """`∂u/∂t = Δ(|u|^(m-1) u)`, which is `Δ(u^m)` for `u ≥ 0` (Vázquez, The Porous Medium Equation, 2007).

    Parameters
    ----------
    m : float
        Exponent `> 1`.
    maximum : float, optional
        States are promised to lie in `[-maximum, maximum]`; the maximum-minimum claim rests on it, and `solve` refuses to
        begin beyond it with a certificate.

    Raises
    ------
    ValueError
        A parameter is out of range.
    """

    m: float = 2.0
    maximum: float | None = None

    def __post_init__(self) -> None:
        if not (isinstance(self.m, Real) and math.isfinite(self.m) and self.m > 1):
            raise ValueError(f"m must be a finite number > 1, got {self.m!r}")
        most = self.maximum
        if most is not None and not (isinstance(most, Real) and math.isfinite(most) and most > 0):
            raise ValueError(f"maximum must be None or a finite number > 0, got {most!r}")

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"Δ(|u|^{self.m - 1:g} u)"
