"""Numerical fluxes for scalar conservation laws: what flows between two constant states."""

from dataclasses import dataclass
from functools import reduce

from ..arrays import namespace


@dataclass(frozen=True)
class Godunov:
    """The flux of the exact Riemann solution: `min f` over `[l, r]` if `l ≤ r`, `max f` over `[r, l]` if not.

    Godunov 1959; in this form Osher 1984. Monotone: `∂F/∂l` is `f'(l)` or 0, and positive; `∂F/∂r` is `f'(r)` or 0, and
    negative. A cell's own value stands in two fluxes, of which one derivative at most is not zero: a step with
    `τ sup |f'| ≤ h` is a monotone map, and keeps the range.
    """

    def flux(self, law, direction: float, left, right):
        """`F(left, right)` for the flux function `direction f`."""
        xp, values = namespace(left), [direction * law.f(u) for u in extremal(left, right, law.critical)]
        return xp.where(left <= right, reduce(xp.minimum, values), reduce(xp.maximum, values))


@dataclass(frozen=True)
class LaxFriedrichs:
    """The local one: `F = (f(l) + f(r))/2 - a (r - l)/2` with `a = max |f'|` between `l` and `r` (Rusanov 1961).

    A step with `τ sup |f'| ≤ h` keeps the range, although it need not be monotone: between the neighbours `l`, `c`, `r`
    `F(l, c) - F(c, r) = (f(l) - f(r) + a (l - c) + a' (r - c))/2`, and `f(l) - f(r)` is at most `sup |f'| |r - l|`, and
    `a |l - c| + a' |r - c|`. So it is at most `sup |f'| (max(l, c, r) - c)`: by the first where `c` is the smallest of
    the three, by the second otherwise.
    """

    def flux(self, law, direction: float, left, right):
        """`F(left, right)` for the flux function `direction f`."""
        xp = namespace(left)
        speeds = [direction * law.speed(u) for u in extremal(left, right, law.inflections)]
        fastest = reduce(xp.maximum, [*speeds, *(-s for s in speeds)])
        mean = direction * (law.f(left) + law.f(right)) / 2
        return mean - fastest * (right - left) / 2


def extremal(left, right, places) -> list:
    """`left`, `right`, and each place, moved between the two where it is not: a smooth function whose derivative
    vanishes at these places only has its extrema over the interval among them."""
    xp = namespace(left)
    low, high = xp.minimum(left, right), xp.maximum(left, right)
    return [left, right, *(xp.where(low > c, low, xp.where(high < c, high, xp.full_like(low, c))) for c in places)]
