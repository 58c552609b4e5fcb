"""The exponentially fitted flux of convection and diffusion (Scharfetter and Gummel 1969; Il'in 1969)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class ScharfetterGummel:
    """`F = (ε/h) (B(-P) u_left - B(P) u_right)` with the cell Péclet number `P = v h / ε`.

    This is the flux of the steady problem with constant `v`, `ε` between two centres, hence exact for it; monotone at
    every `P`, second order for `h → 0`, upwind for `ε → 0`.
    """

    linear: ClassVar[bool] = True

    def weights(self, v, eps: float, h: float):
        """`(ε/h) B(-P)` and `(ε/h) B(P)` at faces with velocities `v`, between values `h` apart.

        The larger one is the other plus `|v|`, and rounded to nothing else: `p - q = v`.
        """
        small = eps / h * bernoulli(abs(v) * h / eps)
        return small + np.maximum(v, 0), small + np.maximum(-v, 0)


def bernoulli(x):
    """`B(x) = x / (exp(x) - 1)`, `B(0) = 1`, to rounding for every real `x`: no overflow, no cancellation.

    `expm1` has no cancellation, and overflows for large `x` only to give the right limit 0.
    """
    x = np.asarray(x, float)
    with np.errstate(over="ignore"):
        return np.where(x == 0, 1.0, x / np.where(x == 0, 1.0, np.expm1(x)))
