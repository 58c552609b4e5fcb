"""The upwind flux (Courant, Isaacson, Rees 1952)."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Upwind:
    """A face takes the value of the cell that the velocity comes from; order 1, monotone."""

    reach: ClassVar[int] = 0
    linear: ClassVar[bool] = True
    theta: ClassVar[float | None] = 0.0

    def edges(self, window):
        """The values of a cell at its lower and upper face: its own."""
        (u,) = window
        return u, u
