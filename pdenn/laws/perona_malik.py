"""The two diffusivities of Perona and Malik (1990); their flux decreases beyond the contrast: edges sharpen."""

from math import exp as exp_number
from typing import NamedTuple

from ..arrays import exp, namespace
from .flux import flux
from .identity import digest, same


class PeronaMalik(NamedTuple):
    """`g(s²) = 1 / (1 + s²/λ²)` with the contrast `λ > 0`; the flux is largest, `λ/2`, at `s = λ`."""

    contrast: float = 1.0
    sup_g = 1.0
    sup_slope = 1.0
    inf_slope = -1.0 / 8.0
    monotone = False
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        return 1.0 / (1.0 + s2 / (self.contrast * self.contrast))

    def potential(self, s2):
        """`Ψ(s²) = λ² log(1 + s²/λ²)`, with `Ψ' = g` and `Ψ(0) = 0`."""
        square = self.contrast * self.contrast
        return square * namespace(s2).log1p(s2 / square)


class PeronaMalikExponential(NamedTuple):
    """`g(s²) = exp(-s²/(2λ²))` with the contrast `λ > 0`; the flux is largest, `λ e^(-1/2)`, at `s = λ`."""

    contrast: float = 1.0
    sup_g = 1.0
    sup_slope = 1.0
    inf_slope = -2.0 * exp_number(-1.5)
    monotone = False
    nonnegative = True
    flux = flux
    __eq__ = same
    __hash__ = digest

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        return exp(-s2 / (2.0 * self.contrast * self.contrast))

    def potential(self, s2):
        """`Ψ(s²) = 2λ² (1 - exp(-s²/(2λ²)))`, with `Ψ' = g` and `Ψ(0) = 0`."""
        square = 2.0 * self.contrast * self.contrast
        return -square * namespace(s2).expm1(-s2 / square)
