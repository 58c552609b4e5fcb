"""Error-controlled steps."""

from dataclasses import dataclass, field
from typing import ClassVar

from ..arrays import Number, State
from ..errors import NotConverged
from ..operators.fused import takes_apart
from ..operators.protocol import Operator
from .constants import constants
from .explicit import SSPRK2
from .protocol import Scheme, Substeps


@dataclass(frozen=True)
class Adaptive:
    """A scheme in steps of its own choice, never longer than the step asked for, so that every claim is kept.

    The error of a step is estimated from two half steps, `|u_2 - u_1| / (2^p - 1)`, and weighed with `atol + rtol |u|`;
    the next step follows from a PI controller (Gustafsson 1991; Hairer and Wanner II, IV.2). The half steps are kept.

    Parameters
    ----------
    scheme : Scheme
        With a Butcher table.
    rtol, atol : float
        Tolerances of the local error, in the root mean square over all entries.
    tries : int
        Largest number of steps that are tried within one step.
    """

    scheme: Scheme = field(default_factory=SSPRK2)
    rtol: float = 1e-4
    atol: float = 1e-6
    tries: int = 10_000
    order: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        for name in ("rtol", "atol"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """Steps of the scheme to `t + tau`, each as long as the tolerance allows; see `Scheme`."""
        power = constants(self.scheme).order + 1
        end, size, before = t + tau, tau, 1.0
        for _ in range(self.tries):
            if end - t <= 1e-12 * tau:
                return u
            size = min(size, end - t)
            whole = self.scheme.step(A, t, u, size)
            half = self.scheme.step(A, t, u, size / 2)
            halves = self.scheme.step(A, t + size / 2, half, size / 2)
            error = max(self._error(whole, halves, power), 1e-10)
            factor = 0.9 * error ** (-0.7 / power) * before ** (0.4 / power)
            if error <= 1:
                t, u, before = t + size, halves, error
            size = size * min(5.0, max(0.2, factor if error <= 1 else min(factor, 0.9)))
        raise NotConverged(
            f"{self}: t={float(t):.6g} after {self.tries} tries, step {float(size):.3g}; relax rtol and atol"
        )

    def _error(self, whole: State, halves: State, power: int) -> float:
        weight = self.atol + self.rtol * abs(halves)
        ratio = (halves - whole) / weight / (2 ** (power - 1) - 1)
        return float((ratio * ratio).mean().item()) ** 0.5

    def substeps(self, A: Operator) -> Substeps:
        """The claims of the scheme hold for every step that is chosen."""
        return ((self.scheme, A, 1.0),)
