"""Closed-form solutions of scalar conservation laws: fronts, shocks and rarefactions.

Sources: Cole (1951); LeVeque, Finite Volume Methods for Hyperbolic Problems (2002), sections 11.4 to 11.9 and 16.1.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..fluxes import BuckleyLeverett
from .validity import number, place_and_time


@dataclass(frozen=True)
class BurgersFront:
    """`∂u/∂t = -∂(u²/2)/∂x + ε ∂²u/∂x²`: `u = m - a tanh(a (x - c - mt)/(2ε))`, a front that travels unchanged.

    With `m = (l + r)/2` and `a = (l - r)/2`, by the transformation of Cole (1951) and Hopf (1950).

    Parameters
    ----------
    left, right : float
        The values far behind and far ahead, `l > r`.
    viscosity : float
        `ε > 0`.
    centre : float
        `c`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    left: float = 1.0
    right: float = 0.0
    viscosity: float = 0.1
    centre: float = 0.0

    def __post_init__(self) -> None:
        for name in ("left", "right", "centre"):
            number(name, getattr(self, name))
        number("viscosity", self.viscosity, positive=True)
        if self.left <= self.right:
            raise ValueError(f"left must be > right, got {self.left!r} and {self.right!r}")

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        mean, half = (self.left + self.right) / 2, (self.left - self.right) / 2
        return mean - half * np.tanh(half * (x - self.centre - mean * t) / (2 * self.viscosity))


@dataclass(frozen=True)
class BurgersRiemann:
    """`∂u/∂t = -∂(u²/2)/∂x` from a jump: a shock of speed `(l + r)/2` for `l > r`, a fan `(x - c)/t` otherwise.

    The entropy solution (LeVeque, sections 11.4 and 11.5).

    Parameters
    ----------
    left, right : float
        `l` and `r`.
    centre : float
        `c`, where the jump is at `t = 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    left: float = 1.0
    right: float = 0.0
    centre: float = 0.0

    def __post_init__(self) -> None:
        for name in ("left", "right", "centre"):
            number(name, getattr(self, name))

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        y = x - self.centre
        if self.left > self.right:
            return np.where(y < (self.left + self.right) / 2 * t, self.left, self.right)
        return np.where(y < 0, self.left, self.right) if t == 0 else np.clip(y / t, self.left, self.right)


@dataclass(frozen=True)
class BuckleyLeverettRiemann:
    """`∂u/∂t = -∂f(u)/∂x`, `f = u²/(u² + M (1 - u)²)`, from 1 on the left of `c` and 0 on its right.

    A fan `f'(u) = (x - c)/t` from 1 down to `u* = sqrt(M/(1 + M))`, where the tangent `f'(u*) = f(u*)/u*` becomes a
    shock to 0 (Welge 1952; LeVeque, section 16.1.1).

    Parameters
    ----------
    ratio : float
        `M > 0`.
    centre : float
        `c`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    ratio: float = 0.5
    centre: float = 0.0

    def __post_init__(self) -> None:
        number("ratio", self.ratio, positive=True)
        number("centre", self.centre)

    @property
    def front(self) -> float:
        """`u*`, the value behind the shock."""
        return sqrt(self.ratio / (1 + self.ratio))

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        y, law = x - self.centre, BuckleyLeverett(self.ratio)
        if t == 0:
            return np.where(y < 0, 1.0, 0.0)
        speed = np.clip(y / t, 0.0, None)
        low, high = np.full_like(speed, self.front), np.ones_like(speed)  # f' falls from u* to 1
        for _ in range(60):  # halvings, to the last bit
            middle = (low + high) / 2
            faster = law.speed(middle) > speed
            low, high = np.where(faster, middle, low), np.where(faster, high, middle)
        return np.where(speed < law.speed(self.front), (low + high) / 2, 0.0)
