"""Closed-form solutions of nonlinear diffusion `∂u/∂t = div(g(|∇u|²) ∇u)`.

Rests on the names of the laws alone: the inverse fluxes are written out here, so that a mistake in a law cannot reach
the solution that it is judged by.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce, singledispatch
from operator import add
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw

from ..equations.law import Law
from ..laws import Charbonnier, Linear, PeronaMalik, PeronaMalikExponential, TotalVariation, check_law
from .validity import number, place_and_time, vector

Values: TypeAlias = NDArray[np.float64]


class Branch(NamedTuple):
    """The inverse of a flux `p = Φ(s)` where it grows from `s = 0`.

    `largest` is the flux at its end, `slope` the values `s = Φ⁻¹(p)` at `|p| < largest`, and `primitive` the
    values `∫_0^p Φ⁻¹` (the convex conjugate of `s -> Ψ(s²)/2`).
    """

    largest: float
    slope: Callable[[Values], Values]
    primitive: Callable[[Values], Values]


@singledispatch
def branch(law: object) -> Branch:
    """The inverse flux of a law, in closed form; TypeError for a law that has none."""
    raise TypeError(
        "law must be Linear, Charbonnier, TotalVariation, PeronaMalik or PeronaMalikExponential, whose fluxes have an "
        f"inverse in closed form, got {law!r}"
    )


@branch.register
def _(law: Linear) -> Branch:
    return Branch(math.inf, lambda p: p, lambda p: p * p / 2)


@branch.register
def _(law: Charbonnier) -> Branch:
    """`s = p / r` and `∫ s dp = λ² (1 - r)` with `r = sqrt(1 - p²/λ²)`: an arc of an ellipse."""

    def root(p: Values) -> Values:
        return np.sqrt(1 - (p / law.contrast) ** 2)

    return Branch(law.contrast, lambda p: p / root(p), lambda p: p * p / (1 + root(p)))


@branch.register
def _(law: TotalVariation) -> Branch:
    """`s = ε p / r` and `∫ s dp = ε (1 - r)` with `r = sqrt(1 - p²)`."""

    def root(p: Values) -> Values:
        return np.sqrt(1 - p * p)

    return Branch(1.0, lambda p: law.epsilon * p / root(p), lambda p: law.epsilon * p * p / (1 + root(p)))


@branch.register
def _(law: PeronaMalik) -> Branch:
    """`s = 2p / (1 + r)` and `∫ s dp = (λ²/2) (1 - r + log((1 + r)/2))` with `r = sqrt(1 - 4p²/λ²)`."""
    square = law.contrast**2

    def root(p: Values) -> Values:
        return np.sqrt(1 - 4 * p * p / square)

    def primitive(p: Values) -> Values:
        rest = 4 * p * p / square / (1 + root(p))  # 1 - r, without cancellation
        return square / 2 * (rest + np.log1p(-rest / 2))

    return Branch(law.contrast / 2, lambda p: 2 * p / (1 + root(p)), primitive)


@branch.register
def _(law: PeronaMalikExponential) -> Branch:
    """`s = p e^(y/2)` and `∫ s dp = λ² ((1 + y) e^(-y/2) - 1)` with `y = s²/λ² = -W(-p²/λ²)`, Lambert's `W`."""
    square = law.contrast**2

    def reduced(p: Values) -> Values:
        return -lambertw(-p * p / square).real

    def primitive(p: Values) -> Values:
        y = reduced(p)
        return square * (y * np.exp(-y / 2) + np.expm1(-y / 2))

    return Branch(law.contrast * math.exp(-0.5), lambda p: p * np.exp(reduced(p) / 2), primitive)


@dataclass(frozen=True)
class TranslatingProfile:
    """`∂u/∂t = div(g(|∇u|²) ∇u)`: a profile that rises without changing its shape, `u = c t + F(r)`, `r = |x - x0|`.

    In `d` dimensions `Φ(F'(r)) = c r/d` gives `Φ(F') (x - x0)/r` the divergence `c`, so that `u` solves
    the equation wherever `|c| r/d` stays below the largest flux of the law. The Charbonnier law with
    contrast 1 has the cap of a sphere of radius `d/|c|`: the operator is `d` times the mean curvature of the graph
    (Gilbarg and Trudinger, Elliptic Partial Differential Equations of Second Order (2001), section 16.1). On an
    interval with `x0` in its middle the walls are `Neumann(slope)`; sums over the axes of one-dimensional profiles
    solve the separable form.

    Parameters
    ----------
    law : law
        `Linear`, `Charbonnier`, `TotalVariation`, `PeronaMalik` or `PeronaMalikExponential`; of the last two the
        forward branch, with slopes below the contrast.
    speed : float
        `c`, not 0.
    centre : float or tuple of 1 to 3 floats
        `x0`; its length is the dimension `d`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    law: Law
    speed: float
    centre: float | tuple[float, ...] = 0.0

    def __post_init__(self) -> None:
        check_law(self.law)
        branch(self.law)
        if number("speed", self.speed) == 0:
            raise ValueError("speed must not be 0: that profile is a constant")
        object.__setattr__(self, "centre", vector("centre", self.centre))

    @property
    def radius(self) -> float:
        """The largest `r` (not reached): there the flux is the largest of the law's forward branch."""
        return len(self.centre) * branch(self.law).largest / abs(self.speed)

    def slope(self, r: ArrayLike) -> Values:
        """`F'(r)` at distances `0 ≤ r < radius` from the centre: what a wall prescribes there; float64.

        ValueError where `r` is not in that range.
        """
        return branch(self.law).slope(self._flux(r))

    def u(self, t: float, *x: ArrayLike) -> Values:
        """The solution at time `t ≥ 0` in the points `x` (one array per axis); float64.

        ValueError where a point is not nearer to the centre than `radius`.
        """
        t, x = place_and_time(t, x, len(self.centre))
        squares = [(y - c) ** 2 for y, c in zip(x, self.centre, strict=True)]
        scale = len(self.centre) / self.speed
        return self.speed * t + scale * branch(self.law).primitive(self._flux(np.sqrt(reduce(add, squares))))

    def _flux(self, r: ArrayLike) -> Values:
        """`c r/d`."""
        r = np.asarray(r, float)
        if not ((r >= 0) & (r < self.radius)).all():
            raise ValueError(
                f"r must lie in [0, {self.radius:g}) for {self.law} and speed {self.speed:g}, got values in "
                f"[{r.min():g}, {r.max():g}]"
            )
        return self.speed * r / len(self.centre)
