"""The exponentially fitted flux of convection and diffusion (Scharfetter and Gummel 1969; Il'in 1969)."""

import math
from dataclasses import dataclass
from typing import ClassVar

from ..arrays import maximum, namespace


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
        return small + maximum(v, 0), small + maximum(-v, 0)


def bernoulli(x):
    """`B(x) = x / (exp(x) - 1)`, `B(0) = 1`, to rounding for all real `x`: no overflow, no cancellation.

    Parameters
    ----------
    x : array or tensor of floats
    """
    xp = namespace(x)
    vanishes = x > math.log(xp.finfo(x.dtype).max) - 1  # exp would overflow; B(x) is at the smallest normal number
    regular = xp.where((x == 0) | vanishes, xp.ones_like(x), x)
    value = xp.where(x == 0, xp.ones_like(x), regular / xp.expm1(regular))
    return xp.where(vanishes, xp.zeros_like(x), value)
