"""Forward-and-backward diffusivity (Smolka 2002): negative beyond the contrast, so that no claim holds."""

from functools import cache
from math import exp as exp_number
from math import log
from typing import NamedTuple

from ..arrays import exp
from .flux import flux
from .identity import digest, same


class ForwardBackward(NamedTuple):
    """`g(s²) = 2 exp(-κ² q s²/λ²) - exp(-q s²/λ²)`, `q = log 2 / (κ² - 1)`, contrast `λ > 0`, `κ > 1`.

    `g < 0` for `s > λ`. `sup |Φ'|` is found numerically (`κ = 2`: 1.142).
    """

    contrast: float = 1.0
    kappa: float = 2.0
    sup_g = 1.0
    monotone = False
    nonnegative = False
    flux = flux
    __eq__ = same
    __hash__ = digest

    @property
    def sup_slope(self):
        return _sup_slope(float(self.kappa))

    @property
    def inf_slope(self):
        return -self.sup_slope

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        k2 = self.kappa * self.kappa
        q = s2 * (0.6931471805599453 / ((k2 - 1.0) * self.contrast * self.contrast))
        return 2.0 * exp(-k2 * q) - exp(-q)

    def potential(self, s2):
        """`Ψ(s²) = 2 (1 - e^(-κ² c s²)) / (κ² c) - (1 - e^(-c s²)) / c`, `c = q/λ²`; `Ψ' = g`, `Ψ(0) = 0`."""
        k2 = self.kappa * self.kappa
        c = 0.6931471805599453 / ((k2 - 1.0) * self.contrast * self.contrast)
        return 2.0 * (1.0 - exp(-k2 * c * s2)) / (k2 * c) - (1.0 - exp(-c * s2)) / c


@cache
def _sup_slope(kappa: float) -> float:
    """`sup |Φ'|` with contrast 1, the larger of `Φ'(0) = 1` and the extrema between."""
    from scipy.optimize import minimize_scalar

    k2, q = kappa**2, log(2) / (kappa**2 - 1)

    def minus(s):
        slope = 2 * (1 - 2 * k2 * q * s**2) * exp_number(-k2 * q * s**2) - (1 - 2 * q * s**2) * exp_number(-q * s**2)
        return -abs(slope)

    # The extrema of Φ' lie within a few widths 1/sqrt(2 q) of the slower Gaussian: search between grid points.
    width = 1 / (2 * q) ** 0.5
    marks = [width * i / 40 for i in range(201)]
    best = max(range(1, 200), key=lambda i: -minus(marks[i]))
    refined = minimize_scalar(
        minus, bounds=(marks[best - 1], marks[best + 1]), method="bounded", options={"xatol": 1e-12}
    )
    return max(1.0, -float(refined.fun))
