"""Closed-form solutions of the heat equation `∂u/∂t = Δu`, on free space and on boxes `[0, n h]` with walls.

Sources: Carslaw and Jaeger, Conduction of Heat in Solids (1959), chapters 2, 3 and 10; Evans, Partial Differential
Equations (2010), section 2.3. A solution on a box takes the box and its walls from a grid; its mesh does not matter.
"""

from dataclasses import dataclass
from functools import reduce
from math import atan2, ceil, pi, sqrt
from operator import mul

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ..grids import Grid, Periodic, Wall
from .validity import box, mode_numbers, number, place_and_time, vector
from .walls import Pair, condition, homogeneous, lengths, parity, periodic


def _kernel(x: NDArray[np.float64], age: float) -> NDArray[np.float64]:
    """The heat kernel of the line, `exp(-x²/(4t)) / sqrt(4πt)`."""
    return np.exp(-x * x / (4 * age)) / sqrt(4 * pi * age)


@dataclass(frozen=True)
class HeatKernel:
    """`∂u/∂t = Δu` on free space: the heat kernel `u = (4πs)^(-d/2) exp(-|x - c|²/(4s))` with `s = t + age`.

    Evans, section 2.3.1.

    Parameters
    ----------
    centre : float or tuple of 1 to 3 floats
        The point `c`; its length is the dimension `d`.
    age : float
        `> 0`: how long before `t = 0` the unit of heat was released.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    centre: float | tuple[float, ...] = 0.0
    age: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", vector("centre", self.centre))
        number("age", self.age, positive=True)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` (one array per axis); float64."""
        t, x = place_and_time(t, x, len(self.centre))
        return reduce(mul, (_kernel(y - c, t + self.age) for y, c in zip(x, self.centre, strict=True)))


@dataclass(frozen=True)
class GaussianOnLine:
    """`∂u/∂t = ∂²u/∂x²` on the line: a Gaussian that widens, `u = a (σ/s) exp(-(x - c)²/(2s²))`, `s² = σ² + 2t`.

    Evans, section 2.3.1.

    Parameters
    ----------
    amplitude, centre : float
        `a` and `c`.
    sigma : float
        `σ > 0`, the standard deviation at `t = 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    amplitude: float = 1.0
    centre: float = 0.0
    sigma: float = 1.0

    def __post_init__(self) -> None:
        number("amplitude", self.amplitude)
        number("centre", self.centre)
        number("sigma", self.sigma, positive=True)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x`; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        square = self.sigma**2 + 2 * t
        return self.amplitude * self.sigma / sqrt(square) * np.exp(-((x - self.centre) ** 2) / (2 * square))


@dataclass(frozen=True)
class HeatKernelOnBox:
    """`∂u/∂t = Δu` on a box: its heat kernel, by images (Carslaw and Jaeger, chapter 10); a product over the axes.

    With `K` the kernel of the line at `s = t + age`, an axis of length `L` has `Σ_m K(x - c - mL)` if it is periodic and
    `Σ_m (ab)^m (K(x - c - 2mL) + a K(x + c - 2mL))` between walls, `a` at the lower wall and `b` at the upper one being 1
    if it is reflecting and -1 if it is `Dirichlet(0)`. The images left out are smaller than `K(0) e^(-40)`.

    Parameters
    ----------
    grid : Grid
        Gives the box and its walls: periodic, reflecting or `Dirichlet(0)`.
    centre : float or tuple of floats
        The point `c`, inside the box.
    age : float
        `> 0`: how long before `t = 0` the unit of heat was released.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed; ValueError too for a wall without images.
    """

    grid: Grid
    centre: float | tuple[float, ...]
    age: float

    def __post_init__(self) -> None:
        centre, edges = vector("centre", self.centre, box(self.grid).dim), lengths(self.grid)
        if not all(0 <= c <= edge for c, edge in zip(centre, edges, strict=True)):
            raise ValueError(f"centre must lie in the box of edges {edges} at the origin, got {self.centre!r}")
        object.__setattr__(self, "centre", centre)
        number("age", self.age, positive=True)
        for pair in self.grid.boundary:
            _signs(pair)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` of the box (one array per axis); float64."""
        t, x = place_and_time(t, x, self.grid.dim)
        axes = zip(x, self.centre, lengths(self.grid), self.grid.boundary, strict=True)
        return reduce(mul, (_images(y, c, edge, _signs(pair), t + self.age) for y, c, edge, pair in axes))


def _signs(pair: Pair) -> tuple[int, int] | None:
    """The signs of the images at both walls; None on a periodic axis."""
    return None if periodic(pair) else (parity(pair[0]), parity(pair[1]))


def _images(
    x: NDArray[np.float64], centre: float, edge: float, signs: tuple[int, int] | None, age: float
) -> NDArray[np.float64]:
    reach = ceil(sqrt(160 * age) / edge) + 2
    if signs is None:
        return sum((_kernel(x - centre - m * edge, age) for m in range(-reach, reach + 1)), np.zeros_like(x))
    lower, upper = signs
    signed = (
        (lower * upper) ** abs(m)
        * (_kernel(x - centre - 2 * m * edge, age) + lower * _kernel(x + centre - 2 * m * edge, age))
        for m in range(-reach, reach + 1)
    )
    return sum(signed, np.zeros_like(x))


@dataclass(frozen=True)
class Mode:
    """`∂u/∂t = Δu` on a box: `u = Π_i cos(ω_i x_i - φ_i) e^(-|ω|² t)` (Carslaw and Jaeger, sections 3.3 and 3.9).

    Between walls `α u + β ∂u/∂n = 0`, `ω` is the only root in `[k π, (k + 1) π]/L` of `ω L = k π + φ + φ'`, with
    `φ = arctan(α/(β ω))` at the lower wall and `φ'` likewise at the upper one: 0 if it is reflecting, `π/2` if it is
    `Dirichlet(0)`. On a periodic axis `ω L = 2π ⌈k/2⌉`, `φ = π/2` for odd `k` (a sine) and 0 for even `k` (a cosine).

    Parameters
    ----------
    grid : Grid
        Gives the box and its walls, which must be homogeneous.
    numbers : int or tuple of ints
        `k ≥ 0` of each axis; `ω` grows with `k`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    grid: Grid
    numbers: int | tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", mode_numbers(box(self.grid), self.numbers))
        _ = self.waves

    @property
    def waves(self) -> tuple[tuple[float, float], ...]:
        """`(ω, φ)` of each axis."""
        axes = zip(self.numbers, lengths(self.grid), self.grid.boundary, strict=True)
        return tuple(_wave(k, edge, pair) for k, edge, pair in axes)

    @property
    def rate(self) -> float:
        """`|ω|²`, at which the mode decays."""
        return sum(omega**2 for omega, _ in self.waves)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` of the box (one array per axis); float64."""
        t, x = place_and_time(t, x, self.grid.dim)
        waves = zip(x, self.waves, strict=True)
        return np.exp(-self.rate * t) * reduce(mul, (np.cos(omega * y - phi) for y, (omega, phi) in waves))


def _wave(k: int, edge: float, pair: Pair) -> tuple[float, float]:
    """`ω` and `φ` of the `k`-th mode between a pair of walls."""
    if periodic(pair):
        return 2 * pi * ((k + 1) // 2) / edge, pi / 2 * (k % 2)

    def angle(wall: Wall | Periodic, rest: float) -> float:
        alpha, beta = homogeneous(wall)
        return atan2(alpha * edge, beta * (k * pi + rest))

    # The root as `ω L = k π + rest`: the ends of [0, π] are then hit exactly by reflecting and Dirichlet walls.
    lower, upper = pair
    rest = brentq(lambda y: y - angle(lower, y) - angle(upper, y), 0.0, pi, xtol=1e-15)
    return (k * pi + rest) / edge, angle(lower, rest)


@dataclass(frozen=True)
class SteadyRamp:
    """`∂u/∂t = ∂²u/∂x² = 0` between two walls: `u = p + q x` (Carslaw and Jaeger, section 3.2).

    `p` and `q` follow from `α u + β ∂u/∂n = γ` at both walls: `α p - β q = γ` at the lower one and
    `α (p + q L) + β q = γ` at the upper one. It is a steady state of nonlinear diffusion too: its flux is constant.

    Parameters
    ----------
    grid : Grid
        One axis, of length `L`; walls `Dirichlet`, `Neumann`, `Robin` or reflecting, not both of prescribed slope.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    grid: Grid

    def __post_init__(self) -> None:
        if all(condition(wall)[0] == 0 for wall in box(self.grid, dim=1).boundary[0]):
            raise ValueError(
                f"boundary must prescribe a value at a wall for one steady state, got {self.grid.boundary}"
            )

    @property
    def line(self) -> tuple[float, float]:
        """`(p, q)`."""
        (a, b, value), (c, d, other) = (condition(wall) for wall in self.grid.boundary[0])
        edge = lengths(self.grid)[0]
        p, q = np.linalg.solve([[a, -b], [c, c * edge + d]], [value, other])
        return float(p), float(q)

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution in the points `x` of the box, the same at every `t`; float64."""
        _, (x,) = place_and_time(t, (x,), 1)
        p, q = self.line
        return p + q * x


@dataclass(frozen=True)
class SlopedWalls:
    """`∂u/∂t = ∂²u/∂x²` in a box that fills: `u = (p + q)(t/L + x²/(2L)) - p x` (Carslaw and Jaeger, section 3.8).

    `p` and `q` are the outer slopes `∂u/∂n` at the lower and the upper wall.

    Parameters
    ----------
    grid : Grid
        One axis, of length `L`; walls `Neumann(slope)` or reflecting.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    grid: Grid

    def __post_init__(self) -> None:
        if not all(condition(wall)[0] == 0 for wall in box(self.grid, dim=1).boundary[0]):
            raise ValueError(f"boundary must be Neumann(slope) or 'reflecting' at both walls, got {self.grid.boundary}")

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` of the box; float64."""
        t, (x,) = place_and_time(t, (x,), 1)
        (_, a, p), (_, b, q) = (condition(wall) for wall in self.grid.boundary[0])
        p, q, edge = p / a, q / b, lengths(self.grid)[0]
        return (p + q) * (t / edge + x * x / (2 * edge)) - p * x
