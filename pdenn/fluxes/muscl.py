"""MUSCL: slopes in the cells, limited so that no new extremum appears (van Leer 1979; Sweby 1984)."""

from dataclasses import dataclass
from typing import ClassVar

from ..arrays import namespace

LIMITERS = ("van Leer", "minmod", "superbee")


@dataclass(frozen=True)
class MUSCL:
    """A cell is linear with a limited slope, a face takes the value of the upwind cell; order 2 away from extrema.

    The increment `σ(a, b)` over a cell from the differences `a`, `b` to its neighbours is 0 where their signs differ,
    and else between 0 and twice the smaller of the two (Sweby's region): van Leer `2ab/(a + b)`, minmod
    `min(a, b)`, superbee `max(min(2a, b), min(a, 2b))`.

    Parameters
    ----------
    limiter : {"van Leer", "minmod", "superbee"}

    Raises
    ------
    ValueError
        `limiter` is unknown.
    """

    limiter: str = "van Leer"
    reach: ClassVar[int] = 1
    linear: ClassVar[bool] = False
    theta: ClassVar[float | None] = 1.0

    def __post_init__(self):
        if self.limiter not in LIMITERS:
            raise ValueError(f"limiter must be one of {LIMITERS}, got {self.limiter!r}")

    def edges(self, window):
        """`u - σ/2` and `u + σ/2`."""
        below, u, above = window
        half = limited(u - below, above - u, self.limiter) / 2
        return u - half, u + half


def limited(a, b, limiter: str):
    """`σ(a, b)`, elementwise; smooth branches only, so that torch finds no NaN in a derivative."""
    xp = namespace(a)
    alike = ((a > 0) & (b > 0)) | ((a < 0) & (b < 0))
    if limiter == "van Leer":
        value = 2 * a * (b / xp.where(alike, a + b, xp.ones_like(a)))
    else:
        smaller, larger = xp.where(abs(a) < abs(b), a, b), xp.where(abs(a) < abs(b), b, a)
        value = smaller
        if limiter == "superbee":
            value = xp.where(abs(2 * smaller) < abs(larger), 2 * smaller, larger)
    return xp.where(alike, value, xp.zeros_like(a))
