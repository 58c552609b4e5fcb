"""Fast explicit diffusion (Grewenig, Weickert, Bruhn 2010)."""

from dataclasses import dataclass
from math import cos, pi

import numpy as np

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle


@dataclass(frozen=True)
class FED:
    """A cycle of `n` explicit steps of varying size whose product is the box filter of FSI.

    `θ_i ∝ 1 / cos²(π (2i + 1)/(4n + 2))`; single steps exceed the explicit limit, so that only whole cycles are stable,
    and the steps are taken in the Leja order, which keeps the rounding errors between them small.

    Parameters
    ----------
    n : int
        Length of the cycle.
    coefficients : {"held", "updated"}
        Whether nonlinear coefficients are frozen at the start of a cycle, or follow every step.
    """

    n: int = 8
    coefficients: str = "held"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        A = operator_of_cycle(A, t, u, self.coefficients)
        elapsed = 0.0
        for share in shares(self.n):
            u = u + share * tau * A(t + elapsed, u)
            elapsed = elapsed + share * tau
        return u


def shares(n: int) -> list[float]:
    """The fractions of the cycle time, in Leja order of their reciprocals (the roots of the box filter)."""
    roots = [cos(pi * (2 * i + 1) / (4 * n + 2)) ** 2 for i in range(n)]
    total = sum(1 / root for root in roots)
    ordered = [roots.pop(0)]
    while roots:
        distances = [sum(np.log(abs(root - x)) for x in ordered) for root in roots]
        ordered.append(roots.pop(int(np.argmax(distances))))
    return [1 / (root * total) for root in ordered]
