"""Numerical fluxes for scalar conservation laws: what flows between two constant states."""

from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

from ..arrays import absolute, namespace


@dataclass(frozen=True)
class Godunov:
    """The flux of the exact Riemann solution: `min f` over `[l, r]` if `l ≤ r`, `max f` over `[r, l]` if not.

    Godunov 1959; in this form Osher 1984. Monotone: `∂F/∂l` is `f'(l)` or 0, and positive; `∂F/∂r` is `f'(r)` or 0, and
    negative. For one state at most one of both is not zero, hence `sup |f'|/h` is the diagonal.
    """

    diagonal: ClassVar[float] = 1.0

    def flux(self, law, direction: float, left, right):
        """`F(left, right)` for the flux function `direction f`."""
        xp, values = namespace(left), [direction * law.f(u) for u in extremal(left, right, law.critical)]
        return xp.where(left <= right, reduce(xp.minimum, values), reduce(xp.maximum, values))


@dataclass(frozen=True)
class LaxFriedrichs:
    """The local one: `F = (f(l) + f(r))/2 - a (r - l)/2` with `a = max |f'|` between `l` and `r` (Rusanov 1961).

    `F - f(l)` and `f(r) - F` are `(a ± s)/2` times `r - l` with the mean speed `|s| ≤ a`: positive weights, up to `a`
    on each side of a cell, hence twice `sup |f'|/h` for the diagonal.
    """

    diagonal: ClassVar[float] = 2.0

    def flux(self, law, direction: float, left, right):
        """`F(left, right)` for the flux function `direction f`."""
        xp = namespace(left)
        speeds = [absolute(direction * law.speed(u)) for u in extremal(left, right, law.inflections)]
        mean = direction * (law.f(left) + law.f(right)) / 2
        return mean - reduce(xp.maximum, speeds) * (right - left) / 2


def extremal(left, right, places) -> list:
    """`left`, `right`, and each place, moved between the two where it is not: a smooth function whose derivative
    vanishes at these places only has its extrema over the interval among them."""
    xp = namespace(left)
    low, high = xp.minimum(left, right), xp.maximum(left, right)
    return [left, right, *(xp.where(low > c, low, xp.where(high < c, high, xp.full_like(low, c))) for c in places)]
