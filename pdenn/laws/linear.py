"""Homogeneous diffusion."""

from typing import NamedTuple

from .flux import flux
from .identity import digest, same


class Linear(NamedTuple):
    """`g = 1`: homogeneous diffusion, the heat equation."""

    sup_g = 1.0
    sup_slope = 1.0
    inf_slope = 1.0
    monotone = True
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        return 0.0 * s2 + 1.0

    def potential(self, s2):
        """`Ψ(s²) = s²`, with `Ψ' = g` and `Ψ(0) = 0`."""
        return s2
