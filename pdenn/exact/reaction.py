"""Closed-form solutions of reactions, alone and with diffusion: growth, and fronts that travel unchanged.

Rests on the argument checks of this folder and SciPy's logistic function.
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from .validity import number, place_and_time


@dataclass(frozen=True)
class Logistic:
    """`∂u/∂t = r u (1 - u/K)` in every point: `u = K / (1 + (K/u0 - 1) e^(-r t))`, logistic growth (Verhulst 1838).

    Parameters
    ----------
    start : float
        `u0 ≥ 0`, the value at `t = 0`.
    rate, capacity : float
        `r > 0` and `K > 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    start: float = 0.1
    rate: float = 1.0
    capacity: float = 1.0

    def __post_init__(self) -> None:
        if number("start", self.start) < 0:
            raise ValueError(f"start must be >= 0, got {self.start!r}")
        number("rate", self.rate, positive=True)
        number("capacity", self.capacity, positive=True)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0`, the same in all points `x` (one array per axis); float64."""
        t, x = place_and_time(t, x, len(x))
        decay = exp(-self.rate * t)
        value = self.capacity * self.start / (self.start + (self.capacity - self.start) * decay) if self.start else 0.0
        return np.full(np.broadcast_shapes(*(y.shape for y in x)), value)


@dataclass(frozen=True)
class FisherFront:
    """`∂u/∂t = D ∂²u/∂x² + r u (1 - u)`: `u = (1 + e^z)^-2`, `z = sqrt(r/(6D)) (x - c - vt)`, `v = 5 sqrt(rD/6)`.

    Fisher's equation, also of Kolmogorov, Petrovsky and Piskunov (1937); this front from 1 down to 0 is the one in
    closed form (Ablowitz and Zeppetella 1979). It is faster than the slowest front, whose speed is `2 sqrt(rD)`.

    Parameters
    ----------
    centre : float
        `c`, where `u = 1/4` at `t = 0`.
    diffusivity, rate : float
        `D > 0` and `r > 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    centre: float = 0.0
    diffusivity: float = 1.0
    rate: float = 1.0

    def __post_init__(self) -> None:
        _check(self)

    @property
    def speed(self) -> float:
        """`v`."""
        return 5 * sqrt(self.rate * self.diffusivity / 6)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        return expit(-sqrt(self.rate / (6 * self.diffusivity)) * (x - self.centre - self.speed * t)) ** 2


@dataclass(frozen=True)
class BistableFront:
    """`∂u/∂t = D ∂²u/∂x² + r u (1 - u)(u - a)`: `u = 1/(1 + e^z)`, `z = sqrt(r/(2D)) (x - c - vt)`.

    A front from 1 down to 0 of speed `v = sqrt(rD/2) (1 - 2a)`: Nagumo's equation for `0 < a < 1`, where 0 and 1 are
    both stable and the front stands for `a = 1/2` (McKean 1970); for `a = -1` the equation of Newell and Whitehead
    (1969), whose reaction is `r (u - u³)`.

    Parameters
    ----------
    threshold : float
        `a`.
    centre : float
        `c`, where `u = 1/2` at `t = 0`.
    diffusivity, rate : float
        `D > 0` and `r > 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    threshold: float = 0.25
    centre: float = 0.0
    diffusivity: float = 1.0
    rate: float = 1.0

    def __post_init__(self) -> None:
        number("threshold", self.threshold)
        _check(self)

    @property
    def speed(self) -> float:
        """`v`."""
        return sqrt(self.rate * self.diffusivity / 2) * (1 - 2 * self.threshold)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        return expit(-sqrt(self.rate / (2 * self.diffusivity)) * (x - self.centre - self.speed * t))


def _check(front: FisherFront | BistableFront) -> None:
    number("centre", front.centre)
    number("diffusivity", front.diffusivity, positive=True)
    number("rate", front.rate, positive=True)
