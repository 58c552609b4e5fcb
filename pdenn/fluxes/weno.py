"""Weighted essentially non-oscillatory reconstruction of fifth order (Jiang and Shu 1996)."""

from dataclasses import dataclass
from typing import ClassVar

EPSILON = 1e-6  # of Jiang and Shu: keeps the weights defined where all three parabolas are constant


@dataclass(frozen=True)
class WENO5:
    """Three parabolas, weighted by their smoothness.

    Order 5 for a constant velocity, whether the values in the cells are cell means or point values (Shu 1998, section
    2.2: the fluxes are then reconstructed, and are constants times `u`). Order 2 at walls, where the state is continued
    by its mirror image, and where the velocity varies in several dimensions.
    """

    reach: ClassVar[int] = 2
    linear: ClassVar[bool] = False
    theta: ClassVar[float | None] = None
    without: ClassVar[str] = "the reconstruction of WENO may leave the range of its cells, and is no monotone map"

    def edges(self, window):
        """The values at the lower face, by mirror symmetry, and at the upper one."""
        return upper_edge(*window[::-1]), upper_edge(*window)


def upper_edge(a, b, c, d, e):
    """The value at the upper face of the cell of `c` from the five cells in a row (Jiang and Shu, equation 2.10 on).

    Kernels compile this function; numbers have points, since an integer would lift single precision to double.
    """
    q0, q1, q2 = (2.0 * a - 7.0 * b + 11.0 * c) / 6.0, (-b + 5.0 * c + 2.0 * d) / 6.0, (2.0 * c + 5.0 * d - e) / 6.0
    s0 = 13.0 / 12.0 * (a - 2.0 * b + c) ** 2 + (a - 4.0 * b + 3.0 * c) ** 2 / 4.0
    s1 = 13.0 / 12.0 * (b - 2.0 * c + d) ** 2 + (b - d) ** 2 / 4.0
    s2 = 13.0 / 12.0 * (c - 2.0 * d + e) ** 2 + (3.0 * c - 4.0 * d + e) ** 2 / 4.0
    w0, w1, w2 = 0.1 / (EPSILON + s0) ** 2, 0.6 / (EPSILON + s1) ** 2, 0.3 / (EPSILON + s2) ** 2
    return (w0 * q0 + w1 * q1 + w2 * q2) / (w0 + w1 + w2)
