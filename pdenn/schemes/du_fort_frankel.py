"""The scheme of Du Fort and Frankel (1953), stabilised by a central difference in time."""

from dataclasses import dataclass
from math import isfinite
from numbers import Real

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle


@dataclass(frozen=True)
class DuFortFrankel:
    """A cycle of `n` steps `u_(k+1) = 2s/(1+s) (u_k + θ A(u_k)) + (1-s)/(1+s) u_(k-1)`, `u_(-1) = u_0`.

    `s = 2τα` in the notation of Alt et al. (2022): an explicit step of size `θ = 1/(2α)`, extrapolated; `s = 1` is the
    explicit scheme. It is power-bounded for `θ ≤ 2/ρ` whatever `s`; the constants hold for the cycle as a whole, which
    advances by `τ`. Consistent with a damped wave equation where `s` is large.

    Parameters
    ----------
    n : int
        Length of the cycle.
    s : float
        Extrapolation, `s ≥ 1`: the time of a step in units of `θ` once the cycle runs.
    coefficients : {"held", "updated"}
        Whether nonlinear coefficients are frozen at the start of a cycle, or follow every step.
    """

    n: int = 8
    s: float = 2.0
    coefficients: str = "held"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients)
        if not isinstance(self.s, Real) or not isfinite(self.s) or self.s < 1:
            raise ValueError(f"s must be a finite number >= 1, got {self.s!r}")

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """A cycle of `n` extrapolated steps; see `Scheme`."""
        A = operator_of_cycle(A, t, u, self.coefficients)
        weight = 2 * self.s / (1 + self.s)
        times = self.times(weight)
        theta = tau / times[-1]
        before = u
        for c in times[:-1]:
            after = weight * (u + theta * A(t + c * theta, u)) + (1 - weight) * before
            before, u = u, after
        return u

    def times(self, weight: float) -> list[float]:
        """The times of the iterates in units of `θ`, by the recursion itself with `A = 1`."""
        before, times = 0.0, [0.0]
        for _ in range(self.n):
            after = weight * (times[-1] + 1) + (1 - weight) * before
            before = times[-1]
            times.append(after)
        return times
