"""Runge-Kutta-Legendre super time stepping (Meyer, Balsara, Aslam 2014)."""

from dataclasses import dataclass

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle


@dataclass(frozen=True)
class RKL1:
    """First order in `n` stages, bounded for `τρ ≤ n² + n`: the stability polynomial is `P_n(1 + 2z/(n² + n))`.

    Parameters
    ----------
    n : int
        Number of stages.
    coefficients : {"held", "updated"}
        Whether nonlinear coefficients are frozen over a step, or follow every stage.
    """

    n: int = 8
    coefficients: str = "held"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """A cycle of `n` stages by the recurrence of Legendre polynomials; see `Scheme`."""
        A = operator_of_cycle(A, t, u, self.coefficients)
        w = 2 / (self.n**2 + self.n)
        before, after = u, u + w * tau * A(t, u)
        for j in range(2, self.n + 1):
            mu, nu = (2 * j - 1) / j, (1 - j) / j
            c = (j * j - j) / (self.n**2 + self.n)
            before, after = after, mu * after + nu * before + mu * w * tau * A(t + c * tau, after)
        return after


@dataclass(frozen=True)
class RKL2:
    """Second order in `n ≥ 3` stages, bounded for `τρ ≤ (n² + n - 2)/2`.

    Parameters
    ----------
    n : int
        Number of stages.
    coefficients : {"updated", "held"}
        Whether nonlinear coefficients follow every stage, or are frozen over a step, which costs the second order.

    Examples
    --------
    >>> found = pn.constants(pn.RKL2(n=4))
    >>> found.order, round(found.beta, 6)
    (2, 9.0)
    """

    n: int = 8
    coefficients: str = "updated"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients, smallest=3)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """A cycle of `n` stages by the recurrence of Legendre polynomials; see `Scheme`."""
        A = operator_of_cycle(A, t, u, self.coefficients)
        w = 4 / (self.n**2 + self.n - 2)
        b = [1 / 3, 1 / 3, 1 / 3, *((j * j + j - 2) / (2 * j * (j + 1)) for j in range(3, self.n + 1))]
        first = A(t, u)
        before, after = u, u + b[1] * w * tau * first
        for j in range(2, self.n + 1):
            mu, nu = (2 * j - 1) / j * b[j] / b[j - 1], -(j - 1) / j * b[j] / b[j - 2]
            gamma = -(1 - b[j - 1]) * mu * w
            c = (j * j - j - 2) / (self.n**2 + self.n - 2) if j > 2 else w / 3
            step = mu * after + nu * before + (1 - mu - nu) * u + mu * w * tau * A(t + c * tau, after)
            before, after = after, step + gamma * tau * first
        return after
