"""Closed-form solutions of convection, of convection with diffusion, and of scalar conservation laws.

Sources: Carslaw and Jaeger, Conduction of Heat in Solids (1959), section 10.3 (moving sources); Ogata and Banks (1961);
Roos, Stynes, Tobiska, Robust Numerical Methods for Singularly Perturbed Differential Equations (2008), section I.1;
Cole (1951); LeVeque, Finite Volume Methods for Hyperbolic Problems (2002), chapters 11 and 16.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from operator import mul

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, erfcx

from .validity import number, place_and_time, vector


def _gaussian(
    x: Iterable[NDArray[np.float64]], centre: Iterable[float], sigma: float, square: float, amplitude: float
) -> NDArray[np.float64]:
    """`a (σ/s)^d exp(-|x - c|²/(2s²))` with `square = s²`."""
    factors = (sigma / sqrt(square) * np.exp(-((y - c) ** 2) / (2 * square)) for y, c in zip(x, centre, strict=True))
    return amplitude * reduce(mul, factors)


def _not_negative(name: str, value: float) -> None:
    if number(name, value) < 0:
        raise ValueError(f"{name} must be >= 0, got {value!r}")


@dataclass(frozen=True)
class AdvectedGaussian:
    """`∂u/∂t = -div(v u) + ε Δu` on free space: `a (σ/s)^d exp(-|x - c - vt|²/(2s²))`, `s² = σ² + 2εt`.

    Carslaw and Jaeger, section 10.3.

    Parameters
    ----------
    velocity : float or tuple of 1 to 3 floats
        `v`; its length is the dimension `d`.
    centre : float or tuple of floats
        `c`.
    sigma : float
        `σ > 0`, the standard deviation at `t = 0`.
    diffusivity : float
        `ε ≥ 0`.
    amplitude : float
        `a`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    velocity: float | tuple[float, ...] = 1.0
    centre: float | tuple[float, ...] = 0.0
    sigma: float = 1.0
    diffusivity: float = 0.0
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "velocity", vector("velocity", self.velocity))
        object.__setattr__(self, "centre", vector("centre", self.centre, len(self.velocity)))
        number("sigma", self.sigma, positive=True)
        _not_negative("diffusivity", self.diffusivity)
        number("amplitude", self.amplitude)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` (one array per axis); float64."""
        t, x = place_and_time(t, x, len(self.velocity))
        centre = [c + v * t for c, v in zip(self.centre, self.velocity, strict=True)]
        return _gaussian(x, centre, self.sigma, self.sigma**2 + 2 * self.diffusivity * t, self.amplitude)


@dataclass(frozen=True)
class RotatingGaussian:
    """`∂u/∂t = -div(v u) + ε Δu` in the plane with `v = ω (-(y - q), x - p)`: a hill that turns, and widens.

    The Laplacian commutes with rotations (Evans, Partial Differential Equations (2010), section 2.2.1):
    `a σ²/s² exp(-|x - c(t)|²/(2s²))`, `s² = σ² + 2εt`, with the centre `c(t)` turned by `ωt` about the pivot `(p, q)`.

    Parameters
    ----------
    rate : float
        `ω`, radians per unit of time, anticlockwise.
    pivot, centre : pair of floats
        `(p, q)`, and the centre at `t = 0`.
    sigma : float
        `σ > 0`.
    diffusivity : float
        `ε ≥ 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    rate: float = 1.0
    pivot: tuple[float, float] = (0.0, 0.0)
    centre: tuple[float, float] = (1.0, 0.0)
    sigma: float = 0.2
    diffusivity: float = 0.0

    def __post_init__(self) -> None:
        number("rate", self.rate)
        object.__setattr__(self, "pivot", vector("pivot", self.pivot, 2))
        object.__setattr__(self, "centre", vector("centre", self.centre, 2))
        number("sigma", self.sigma, positive=True)
        _not_negative("diffusivity", self.diffusivity)

    def velocity(
        self, t: float, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`(-ω (y - q), ω (x - p))`, for `Convection`; its face values balance in every cell."""
        return -self.rate * (y - self.pivot[1]), self.rate * (x - self.pivot[0])

    def u(self, t: float, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `(x, y)`; float64."""
        t, place = place_and_time(t, (x, y), 2)
        cos, sin = np.cos(self.rate * t), np.sin(self.rate * t)
        dx, dy = self.centre[0] - self.pivot[0], self.centre[1] - self.pivot[1]
        centre = (self.pivot[0] + cos * dx - sin * dy, self.pivot[1] + sin * dx + cos * dy)
        return _gaussian(place, centre, self.sigma, self.sigma**2 + 2 * self.diffusivity * t, 1.0)


@dataclass(frozen=True)
class OgataBanks:
    """`∂u/∂t = -v ∂u/∂x + ε ∂²u/∂x²` on `x ≥ 0` with `u = 0` at first, and `u(t, 0) = 1`.

    `u = (erfc((x - vt)/w) + e^(vx/ε) erfc((x + vt)/w))/2`, `w = 2 sqrt(εt)` (Ogata and Banks 1961); the product is
    evaluated as `e^(-(x - vt)²/w²) erfcx(...)`, which does not overflow.

    Parameters
    ----------
    velocity : float
        `v ≥ 0`.
    diffusivity : float
        `ε > 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    velocity: float = 1.0
    diffusivity: float = 1.0

    def __post_init__(self) -> None:
        _not_negative("velocity", self.velocity)
        number("diffusivity", self.diffusivity, positive=True)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x ≥ 0`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        if (x < 0).any():
            raise ValueError(f"x must be >= 0, got {x.min()}")
        if t == 0:
            return np.where(x > 0, 0.0, 1.0)
        width, shift = 2 * sqrt(self.diffusivity * t), self.velocity * t
        behind = np.exp(-(((x - shift) / width) ** 2)) * erfcx((x + shift) / width)
        return (erfc((x - shift) / width) + behind) / 2


@dataclass(frozen=True)
class SteadyLayer:
    """`∂u/∂t = -v ∂u/∂x + ε ∂²u/∂x² = 0` on `[0, L]`: `u = l + (r - l) (e^(vx/ε) - 1)/(e^(vL/ε) - 1)`.

    Roos, Stynes, Tobiska, section I.1.1; a layer of width `ε/|v|` at the end to which `v` points.

    Parameters
    ----------
    velocity : float
        `v`, of any sign.
    diffusivity, length : float
        `ε > 0` and `L > 0`.
    lower, upper : float
        `l = u(0)` and `r = u(L)`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    velocity: float = 1.0
    diffusivity: float = 1.0
    length: float = 1.0
    lower: float = 0.0
    upper: float = 1.0

    def __post_init__(self) -> None:
        for name in ("velocity", "lower", "upper"):
            number(name, getattr(self, name))
        number("diffusivity", self.diffusivity, positive=True)
        number("length", self.length, positive=True)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution in the points `x`, the same at all times; float64."""
        _, (x,) = place_and_time(t, (x,), 1)
        rate = self.velocity / self.diffusivity
        if rate == 0:
            share = x / self.length
        elif rate < 0:
            share = np.expm1(rate * x) / np.expm1(rate * self.length)
        else:  # divided by the larger exponential, which may overflow
            share = np.exp(rate * (x - self.length)) * np.expm1(-rate * x) / np.expm1(-rate * self.length)
        return self.lower + (self.upper - self.lower) * share
