"""Fast semi-iterative scheme (Hafner, Ochs, Weickert, Reissel, Grewenig 2016)."""

from dataclasses import dataclass

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle


@dataclass(frozen=True)
class FSI:
    """A cycle of `n` extrapolated explicit steps: the residual network with extrapolating skips (Alt et al. 2022).

    `u_(k+1) = α_k (u_k + θ A(u_k)) + (1 - α_k) u_(k-1)`, `α_k = (4k + 2)/(2k + 3)`, `u_(-1) = u_0`; the cycle advances
    by `τ = θ n (n + 1) / 3` and stays bounded for `θ ≤ 2/ρ`, like the explicit scheme.

    Parameters
    ----------
    n : int
        Length of the cycle.
    coefficients : {"held", "updated"}
        Whether nonlinear coefficients are frozen at the start of a cycle, as the theory asks, or follow every step.

    Examples
    --------
    >>> [round(pn.constants(pn.FSI(n)).beta / n, 2) for n in (1, 4, 16)]  # a call of A goes further in longer cycles
    [2.0, 3.7, 11.52]
    """

    n: int = 8
    coefficients: str = "held"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """A cycle of `n` extrapolated steps; see `Scheme`."""
        A = operator_of_cycle(A, t, u, self.coefficients)
        theta = 3 * tau / (self.n * (self.n + 1))
        before, elapsed_before, elapsed = u, 0.0, 0.0
        for k in range(self.n):
            alpha = (4 * k + 2) / (2 * k + 3)
            after = alpha * (u + theta * A(t + elapsed, u)) + (1 - alpha) * before
            before, u = u, after
            elapsed_before, elapsed = elapsed, alpha * (elapsed + theta) + (1 - alpha) * elapsed_before
        return u
