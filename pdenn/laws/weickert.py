"""Weickert's rapidly decreasing diffusivity (Weickert 1998, m = 4)."""

from math import exp as exp_number
from math import gamma
from typing import NamedTuple

from ..arrays import exp, gammaincc, maximum
from .flux import flux
from .identity import digest, same

# The positive root of e^C = 1 + 8C, at which the flux grows for s < λ and decreases for s > λ.
C = 3.314877361786055


class Weickert(NamedTuple):
    """`g(s²) = 1 - exp(-C (λ/s)⁸)`, `g(0) = 1`, `C = 3.31488`, with the contrast `λ > 0`.

    `Φ'` ranges over `[1 - 8 e^(-7/8), 1]`: `sup |Φ'| = 2.3349` exceeds `sup g = 1`.
    """

    contrast: float = 1.0
    sup_g = 1.0
    sup_slope = 8.0 * exp_number(-7.0 / 8.0) - 1.0
    inf_slope = 1.0 - 8.0 * exp_number(-7.0 / 8.0)
    monotone = False
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        # Below 0.05 the exponential is zero in double precision; the floor keeps the derivative from 0 * inf.
        x = maximum(s2 / (self.contrast * self.contrast), 0.05)
        x4 = x * x * x * x
        return 1.0 - exp(-C / x4)

    def potential(self, s2):
        """`Ψ(s²) = s² (1 - e^-y) + λ² C^(1/4) Γ(3/4, y)`, `y = C (λ/s)⁸`, with `Ψ' = g` and `Ψ(0) = 0`."""
        square = self.contrast * self.contrast
        y = C / maximum(s2 / square, 0.05) ** 4
        return s2 * (1.0 - exp(-y)) + square * C**0.25 * gamma(0.75) * gammaincc(0.75, y)
