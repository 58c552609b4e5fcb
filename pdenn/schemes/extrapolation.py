"""Extrapolated explicit steps with weights of one's own, bounded whatever they are."""

from dataclasses import dataclass
from numbers import Real

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle

FSI_WEIGHTS = tuple((4 * k + 2) / (2 * k + 3) for k in range(1, 8))


@dataclass(frozen=True)
class Extrapolation:
    """A cycle `u_1 = u_0 + θ A(u_0)`, `u_(k+1) = α_k (u_k + θ A(u_k)) + (1 - α_k) u_(k-1)` with weights `1 ≤ α_k ≤ 2`.

    Bounded for `θ ≤ 2/ρ` whatever the weights, with coefficients held: on an eigenvector let `x = 1 + θλ ∈ [-1, 1]`,
    `u_k = Q_k(x) u_0`. Then `E_k = (Q_(k-1) - x Q_k)² + (1 - x²) Q_k²` obeys `E_(k+1) - E_k = ((α_k - 1)² - 1)
    (Q_(k-1) - x Q_k)² ≤ 0` and `E_1 = 1 - x²`, so that `|Q_k| ≤ 1`; and the time of `n` steps is at least `nθ`. All weights 2 give Chebyshev's polynomials, all 1 the
    explicit scheme; by default the weights are those of a cycle of FSI (Hafner et al. 2016), whose first step differs.

    Parameters
    ----------
    weights : tuple of float
        `α_1, α_2, ...`: one step more than weights.
    coefficients : {"held", "updated"}
        Whether nonlinear coefficients are frozen at the start of a cycle, or follow every step.

    Raises
    ------
    ValueError
        A weight lies outside `[1, 2]`.
    """

    weights: tuple[Number, ...] = FSI_WEIGHTS
    coefficients: str = "held"

    def __post_init__(self) -> None:
        check_cycle(1, self.coefficients)
        object.__setattr__(self, "weights", tuple(self.weights))
        for w in self.weights:
            if isinstance(w, Real) and not 1 <= float(w) <= 2:
                raise ValueError(f"weights must lie in [1, 2], got {w!r}")

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        A = operator_of_cycle(A, t, u, self.coefficients)
        times = self.times()
        theta = tau / times[-1]
        before, u = u, u + theta * A(t, u)
        for alpha, c in zip(self.weights, times[1:-1], strict=True):
            after = alpha * (u + theta * A(t + c * theta, u)) + (1 - alpha) * before
            before, u = u, after
        return u

    def times(self) -> list[Number]:
        """The times of the iterates in units of `θ`, by the recursion itself with `A = 1`."""
        times = [0.0, 1.0]
        for alpha in self.weights:
            times.append(alpha * (times[-1] + 1) + (1 - alpha) * times[-2])
        return times
