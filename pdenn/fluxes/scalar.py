"""Flux functions of scalar conservation laws: `f`, its derivative `speed`, and where both have their extrema."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Burgers:
    """`f(u) = u²/2` (Burgers 1948); convex."""

    @property
    def critical(self) -> tuple[float, ...]:
        """The zeros of `f'`."""
        return (0.0,)

    @property
    def inflections(self) -> tuple[float, ...]:
        """The zeros of `f''`."""
        return ()

    def f(self, u):
        return u * u / 2

    def speed(self, u):
        """`f'(u)`."""
        return 1 * u


@dataclass(frozen=True)
class BuckleyLeverett:
    """`f(u) = u²/(u² + M (1 - u)²)`: the share of water in the flow of water and oil (Buckley and Leverett 1942).

    Parameters
    ----------
    ratio : float
        `M > 0`, viscosity of water over that of oil. The saturation `u` lies in `[0, 1]`.

    Raises
    ------
    TypeError, ValueError
        `ratio` is no number, or not finite and positive.
    """

    ratio: float = 0.5

    def __post_init__(self):
        if isinstance(self.ratio, bool) or not isinstance(self.ratio, Real):
            raise TypeError(f"ratio must be a real number, got {self.ratio!r}")
        if not (math.isfinite(self.ratio) and self.ratio > 0):
            raise ValueError(f"ratio must be finite and > 0, got {self.ratio!r}")

    @property
    def critical(self) -> tuple[float, ...]:
        """The zeros of `f' = 2M u (1 - u)/D²`, `D = u² + M (1 - u)²`."""
        return 0.0, 1.0

    @property
    def inflections(self) -> tuple[float, ...]:
        """The zeros of `f''`, which are those of `(1 - 2u) D - 2 u (1 - u) D'`: three real ones."""
        m = self.ratio
        d = np.polynomial.Polynomial([m, -2 * m, 1 + m])
        u = np.polynomial.Polynomial([0.0, 1.0])
        return tuple(float(root.real) for root in ((1 - 2 * u) * d - 2 * u * (1 - u) * d.deriv()).roots())

    def f(self, u):
        return u * u / (u * u + self.ratio * (1 - u) ** 2)

    def speed(self, u):
        """`f'(u)`."""
        return 2 * self.ratio * u * (1 - u) / (u * u + self.ratio * (1 - u) ** 2) ** 2
