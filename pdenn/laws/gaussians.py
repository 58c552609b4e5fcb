"""A flux function made of Gaussians (radial basis functions), smooth, whose suprema are bounded by its weights."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..arrays import exp, is_torch, namespace, sqrt
from .flux import flux

SHAPES = ("monotone", "dissipative")
MASS = sum(math.exp(-k * k / 2) for k in range(-12, 13))  # Σ_k exp(-k²/2): the largest value of Σ_k exp(-(x - k)²/2)
SMALL = 1e-2  # in widths: below it g is its Taylor polynomial, to rounding; above it Φ(s)/s loses two digits at most
PIECES = 8  # per width, for the bounds of the slope


class Gaussians(NamedTuple):
    """`Σ_k a_k G(s/w - k)` over `k = -n ... n`, with `a_-k = a_k ≥ 0` and `G(x) = exp(-x²/2)/Σ_j exp(-j²/2)`.

    With the shape "dissipative" the sum is `g(s²)`, with "monotone" `Φ'(s)`; both vanish far beyond the last centre. Since
    `Σ_k G(x - k) ≤ 1` (its Fourier series has positive coefficients, so that it is largest at `x = 0`), `max a` bounds
    `sup g` and, if monotone, `sup Φ'`. Influence functions of this kind: Chen and Pock 2017.

    Attributes
    ----------
    heights : array or tensor of shape (n + 1,)
        `a_0 ... a_n`.
    width : float
        `w`, the distance of the centres and the standard deviation of the Gaussians.
    shape : {"monotone", "dissipative"}
    """

    heights: Any
    width: float
    shape: str = "dissipative"
    nonnegative = True
    flux = flux

    @property
    def monotone(self):
        return self.shape == "monotone"

    @property
    def reach(self) -> float:
        """The last centre."""
        return self.width * (len(self.heights) - 1)

    @property
    def sup_g(self):
        """`max a ≥ sup g`; a monotone `Φ` has `g(s²)` as the mean of `Φ'` over `[0, s]`."""
        return self.heights.max()

    @property
    def sup_slope(self):
        """A bound of `sup |Φ'|`: `max a`, or the largest of the sums of the suprema of all terms over short intervals."""
        if self.monotone:
            return self.heights.max()
        low, high = self._ranges()
        return namespace(high).maximum((high @ self.heights).max(), -(low @ self.heights).min())

    @property
    def inf_slope(self):
        """A bound of `inf Φ'` from below."""
        return 0.0 * self.heights[0] if self.monotone else (self._ranges()[0] @ self.heights).min()

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        x2, x = self._scaled(s2)
        a, b, c = self._taylor(x2)
        far = self._sum(_first_integral, x) / x if self.monotone else self._sum(_pair, x)
        return namespace(s2).where(x2 < SMALL**2, a + x2 * (b + x2 * c), far)

    def potential(self, s2):
        """`Ψ(s²) = 2 ∫_0^s Φ`, with `Ψ' = g` and `Ψ(0) = 0`."""
        x2, x = self._scaled(s2)
        a, b, c = self._taylor(x2)
        far = 2 * self._sum(_second_integral if self.monotone else _moment, x)
        near = x2 * (a + x2 * (b / 2 + x2 * c / 3))
        return self.width**2 * namespace(s2).where(x2 < SMALL**2, near, far)

    def _scaled(self, s2):
        """`x² = s²/w²`, and `x` kept away from zero, where its derivative is not finite."""
        x2 = s2 / self.width**2
        return x2, sqrt(namespace(s2).clip(x2, SMALL**2, None))

    def _taylor(self, like):
        """`a`, `b`, `c` with `g = a + b x² + c x⁴` near zero."""
        k2 = np.arange(len(self.heights)) ** 2.0
        pairs = 2 * np.exp(-k2 / 2) / MASS / (1 + (k2 == 0))
        first, second = (6, 120) if self.monotone else (2, 24)
        table = np.stack([pairs, pairs * (k2 - 1) / first, pairs * (k2 * k2 - 6 * k2 + 3) / second])
        return [_cast(x, like) for x in self._kind(table) @ self.heights]

    def _sum(self, term, x):
        """`Σ_k a_k term(x, k)` over `k ≥ 0`, each with its mirror image."""
        total = 0.0 * x
        for k in range(len(self.heights)):
            total = total + _cast(self.heights[k], x) * term(x, k) / (MASS * (1 + (k == 0)))
        return total

    def _ranges(self):
        return tuple(self._kind(m) for m in slope_ranges(len(self.heights)))

    def _kind(self, matrix):
        """A matrix of numbers in the kind, dtype and device of the heights."""
        a = self.heights
        return namespace(a).asarray(matrix, dtype=a.dtype, device=a.device)


@lru_cache(maxsize=64)
def slope_ranges(count: int):
    """Bounds of `M_k(x) = d/dx (x G(x - k) + x G(x + k))`, `M_0 = d/dx (x G)`, over the intervals of width `1/PIECES`.

    `(1 - y² - ky) exp(-y²/2)` with `y = x - k` has its extrema at the roots of `y³ + ky² - 3y - k`. The last interval is
    `[count + 8, ∞)`, where every term is negative and rises to zero.

    Returns
    -------
    low, high : ndarrays of shape (intervals, count)
    """
    ends = np.arange((count + 8) * PIECES + 1) / PIECES
    signed = [_extremes(k, ends) for k in range(-count + 1, count)]
    middle = count - 1
    return tuple(
        np.stack([signed[middle][i], *(signed[middle + k][i] + signed[middle - k][i] for k in range(1, count))], 1)
        for i in (0, 1)
    )


def _extremes(k, ends):
    """The least and the largest value of one term on every interval between `ends`, and beyond the last one."""

    def value(y):
        return (1 - y * y - k * y) * np.exp(-y * y / 2) / MASS

    inner = [root.real + k for root in np.roots([1, k, -3, -k]) if abs(root.imag) < 1e-9]
    at_ends = value(ends - k)
    low, high = np.minimum(at_ends[:-1], at_ends[1:]), np.maximum(at_ends[:-1], at_ends[1:])
    for x in inner:
        hit = (ends[:-1] <= x) & (x <= ends[1:])
        low, high = (
            np.where(hit, np.minimum(low, value(x - k)), low),
            np.where(hit, np.maximum(high, value(x - k)), high),
        )
    return np.append(low, min(at_ends[-1], 0.0)), np.append(high, max(at_ends[-1], 0.0))


def _pair(x, k):
    return exp(-((x - k) ** 2) / 2) + exp(-((x + k) ** 2) / 2)


def _first_integral(x, k):
    """`∫_0^x` of the pair."""
    return math.sqrt(math.pi / 2) * (_erf((x - k) / math.sqrt(2)) + _erf((x + k) / math.sqrt(2)))


def _second_integral(x, k):
    """`∫_0^x` of the first integral; `∫ erf = y erf y + exp(-y²)/√π`."""
    root = math.sqrt(math.pi / 2)
    ends = ((x - k) * _erf((x - k) / math.sqrt(2)) + (x + k) * _erf((x + k) / math.sqrt(2))) * root
    return ends + _pair(x, k) - 2 * (k * root * math.erf(k / math.sqrt(2)) + math.exp(-k * k / 2))


def _moment(x, k):
    """`∫_0^x y pair(y) dy`."""
    root = math.sqrt(math.pi / 2)
    rising = k * root * (_erf((x - k) / math.sqrt(2)) - _erf((x + k) / math.sqrt(2)) + 2 * math.erf(k / math.sqrt(2)))
    return rising + 2 * math.exp(-k * k / 2) - _pair(x, k)


def _cast(a, like):
    return a.to(like.dtype) if is_torch(a) else a.astype(like.dtype)


def _erf(x):
    if is_torch(x):
        return namespace(x).erf(x)
    from scipy.special import erf

    return erf(x)
