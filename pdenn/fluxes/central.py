"""The central flux."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Central:
    """A face takes the mean of its two cells; order 2.

    For a divergence-free velocity on a periodic grid the operator is skew-symmetric: it keeps `‖u‖₂`, and its spectrum
    is imaginary. At a Dirichlet wall the face takes the value of the wall, even where the velocity leads out.
    """

    reach: ClassVar[int] = 1
    linear: ClassVar[bool] = True
    theta: ClassVar[float | None] = None
    without: ClassVar[str] = (
        "the central flux is skew-symmetric: its spectrum is imaginary, where the disks and the real interval of "
        "explicit schemes do not reach, and its stencil has negative weights"
    )

    def edges(self, window):
        """The means with the lower and the upper neighbour."""
        below, u, above = window
        return (below + u) / 2, (u + above) / 2
