"""The source solution of the porous medium equation `∂u/∂t = Δ(u^m)`.

Rests on the argument checks of this folder and NumPy.
"""

import math
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validity import number, place_and_time, vector


@dataclass(frozen=True)
class Barenblatt:
    """`∂u/∂t = Δ(u^m)`: a droplet that spreads, `u = t^-α (C - k |x - x0|² t^(-2α/d))_+^(1/(m-1))`.

    `α = d/(d(m-1) + 2)`, `k = α (m-1)/(2 m d)` (Zel'dovich and Kompaneets 1950, Barenblatt 1952; Vázquez, The Porous
    Medium Equation, 2007, section 4.4). A weak solution on all of space, classical inside its support, whose front has
    finite speed.

    Parameters
    ----------
    m : float
        Exponent `> 1`.
    centre : float or tuple of 1 to 3 floats
        `x0`; its length is the dimension `d`.
    height : float
        `C > 0`: at time 1 the droplet is `C^(1/(m-1))` high.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    m: float = 2.0
    centre: float | tuple[float, ...] = 0.0
    height: float = 1.0

    def __post_init__(self) -> None:
        if number("m", self.m) <= 1:
            raise ValueError(f"m must be > 1, got {self.m!r}")
        number("height", self.height, positive=True)
        object.__setattr__(self, "centre", vector("centre", self.centre))

    @property
    def decay(self) -> float:
        """`α`."""
        d = len(self.centre)
        return d / (d * (self.m - 1) + 2)

    @property
    def _spread(self) -> float:
        """`k`."""
        return self.decay * (self.m - 1) / (2 * self.m * len(self.centre))

    @property
    def mass(self) -> float:
        """`∫ u dx`, the same at all times."""
        d, p = len(self.centre), 1 / (self.m - 1)
        # ∫ (C - k r²)_+^p dx = (π/k)^(d/2) C^(p + d/2) Γ(p + 1)/Γ(p + 1 + d/2).
        gammas = math.gamma(p + 1) / math.gamma(p + 1 + d / 2)
        return (math.pi / self._spread) ** (d / 2) * self.height ** (p + d / 2) * gammas

    def radius(self, t: float) -> float:
        """Radius of the support at time `t`."""
        return math.sqrt(self.height / self._spread) * t ** (self.decay / len(self.centre))

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t > 0` in the points `x` (one array per axis); float64.

        ValueError for `t ≤ 0`: at time 0 the solution is a point mass.
        """
        d = len(self.centre)
        t, x = place_and_time(t, x, d)
        if t == 0:
            raise ValueError("t must be > 0: at time 0 the solution is a point mass")
        square = reduce(add, ((y - c) ** 2 for y, c in zip(x, self.centre, strict=True)))
        profile = np.maximum(self.height - self._spread * square * t ** (-2 * self.decay / d), 0.0)
        return t**-self.decay * profile ** (1 / (self.m - 1))
