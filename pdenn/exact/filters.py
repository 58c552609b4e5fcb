"""What schemes make of a single cell of value 1 on the line: box and binomial filters, known to rounding.

They solve the fully discrete problem: the scheme is in them, the walls are not. Rests on the argument checks of this
folder; the weights are quotients of integers, rounded once.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validity import number, place_and_time


@dataclass(frozen=True)
class BoxFilter:
    """`∂u/∂t = ∂²u/∂x²` by the fast semi-iterative scheme: each cycle is a mean over `2n + 1` cells.

    With the inner step `θ = h²/2` a cycle of `n` steps lasts `τ = θ n(n+1)/3 = h² n(n+1)/6` and has the symbol
    `(1 + 2 Σ_k cos kξ)/(2n + 1)`, a box (Hafner, Ochs, Weickert, Reissel and Grewenig 2016). After `m` cycles the cell
    at distance `k h` has the number of ways to throw `k` with `m` dice of the faces `-n, ..., n`, over `(2n + 1)^m`.

    Parameters
    ----------
    n : int
        Length of the cycle, `≥ 1`.
    h : float
        Width of the cells, `> 0`.
    centre : float
        Centre of the cell that starts with 1; all others start with 0.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    n: int = 8
    h: float = 1.0
    centre: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, int | np.integer):
            raise TypeError(f"n must be an integer, got {self.n!r}")
        if self.n < 1:
            raise ValueError(f"n must be >= 1, got {self.n!r}")
        _check(self)

    @property
    def tau(self) -> float:
        """The time of a cycle, `h² n(n+1)/6`."""
        return self.h**2 * self.n * (self.n + 1) / 6

    def weights(self, cycles: int) -> NDArray[np.float64]:
        """The `2n m + 1` weights after `m` cycles, the middle one that of the first cell; float64, sum 1."""
        sides, m = 2 * self.n + 1, cycles
        if m == 0:
            return np.ones(1)
        # Inclusion and exclusion over the dice that would show more than they have sides (de Moivre).
        ways = (
            sum((-1) ** j * comb(m, j) * comb(m - 1 + k - sides * j, m - 1) for j in range(k // sides + 1))
            for k in range(2 * self.n * m + 1)
        )
        return np.array([way / sides**m for way in ways])

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The values at `t = m τ` in the centres `x` of cells; float64.

        ValueError where `t` is no whole number of cycles, or `x` no whole number of cells from the centre.
        """
        return _values(self, t, x)


@dataclass(frozen=True)
class BinomialFilter:
    """`∂u/∂t = ∂²u/∂x²` by explicit steps of `τ = h²/4`: each is the filter `(1, 2, 1)/4`.

    After `m` steps the cell at distance `k h` has `C(2m, m + k)/4^m` (Marchand and Marmet 1983).

    Parameters
    ----------
    h : float
        Width of the cells, `> 0`.
    centre : float
        Centre of the cell that starts with 1; all others start with 0.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    h: float = 1.0
    centre: float = 0.0

    def __post_init__(self) -> None:
        _check(self)

    @property
    def tau(self) -> float:
        """The time of a step, `h²/4`."""
        return self.h**2 / 4

    def weights(self, steps: int) -> NDArray[np.float64]:
        """The `2m + 1` weights after `m` steps, the middle one that of the first cell; float64, sum 1."""
        return np.array([comb(2 * steps, k) / 4**steps for k in range(2 * steps + 1)])

    def u(self, t: float, x: ArrayLike) -> NDArray[np.float64]:
        """The values at `t = m τ` in the centres `x` of cells; float64.

        ValueError where `t` is no whole number of steps, or `x` no whole number of cells from the centre.
        """
        return _values(self, t, x)


def _check(kernel: BoxFilter | BinomialFilter) -> None:
    number("h", kernel.h, positive=True)
    number("centre", kernel.centre)


def _values(kernel: BoxFilter | BinomialFilter, t: float, x: ArrayLike) -> NDArray[np.float64]:
    """The weights at `t` in the cells at `x`; 0 beyond them."""
    t, (x,) = place_and_time(t, (x,), 1)
    weights = kernel.weights(int(_whole("t", t / kernel.tau, f"multiples of tau = {kernel.tau:g}")))
    cell = _whole("x", (x - kernel.centre) / kernel.h, f"multiples of h = {kernel.h:g} from the centre")
    reach = len(weights) // 2
    index = np.clip(cell + reach, 0, 2 * reach).astype(int)
    return np.where(abs(cell) <= reach, weights[index], 0.0)


def _whole(name: str, quotient: float | NDArray[np.float64], words: str) -> NDArray[np.float64]:
    """The nearest whole numbers; ValueError unless they are as near as rounding leaves them."""
    nearest = np.round(quotient)
    if not (abs(quotient - nearest) <= 1e-9 * (1 + abs(nearest))).all():
        raise ValueError(f"{name} must be {words}, got the quotient {quotient}")
    return nearest
