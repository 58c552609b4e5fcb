"""Regularised total variation flow."""

from typing import NamedTuple

from ..arrays import sqrt
from .flux import flux
from .identity import digest, same


class TotalVariation(NamedTuple):
    """`g(s²) = 1 / sqrt(s² + ε²)` with the regularisation `ε > 0`; the flux grows monotonically to 1."""

    epsilon: float = 1e-3
    inf_slope = 0.0
    monotone = True
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    @property
    def sup_g(self):
        return 1.0 / self.epsilon

    @property
    def sup_slope(self):
        return 1.0 / self.epsilon

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        return 1.0 / sqrt(s2 + self.epsilon * self.epsilon)

    def potential(self, s2):
        """`Ψ(s²) = 2 (sqrt(s² + ε²) - ε)`, with `Ψ' = g` and `Ψ(0) = 0`."""
        return 2.0 * s2 / (sqrt(s2 + self.epsilon * self.epsilon) + self.epsilon)
