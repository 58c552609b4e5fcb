"""Charbonnier diffusivity (Charbonnier, Blanc-Féraud, Aubert, Barlaud 1997)."""

from typing import NamedTuple

from ..arrays import sqrt
from .flux import flux
from .identity import digest, same


class Charbonnier(NamedTuple):
    """`g(s²) = 1 / sqrt(1 + s²/λ²)` with the contrast `λ > 0`; the flux grows monotonically to `λ`."""

    contrast: float = 1.0
    sup_g = 1.0
    sup_slope = 1.0
    inf_slope = 0.0
    monotone = True
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        return 1.0 / sqrt(1.0 + s2 / (self.contrast * self.contrast))

    def potential(self, s2):
        """`Ψ(s²) = 2λ² (sqrt(1 + s²/λ²) - 1)`, with `Ψ' = g` and `Ψ(0) = 0`."""
        square = self.contrast * self.contrast
        return 2.0 * s2 / (1.0 + sqrt(1.0 + s2 / square))
