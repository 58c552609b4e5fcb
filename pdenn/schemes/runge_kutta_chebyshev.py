"""Runge-Kutta-Chebyshev of second order (van der Houwen and Sommeijer 1980; Sommeijer, Shampine, Verwer 1998)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import Chebyshev
from numpy.typing import NDArray

from ..arrays import Number, State
from ..operators.protocol import Operator
from .cycles import check_cycle, operator_of_cycle


@dataclass(frozen=True)
class RKC2:
    """Second order in `n ≥ 2` stages, damped (`ε = 2/13`), bounded for `τρ ≤ 2/3 (n² - 1)(1 - 2ε/15)` about.

    Parameters
    ----------
    n : int
        Number of stages.
    coefficients : {"updated", "held"}
        Whether nonlinear coefficients follow every stage, or are frozen over a step, which costs the second order.
    """

    n: int = 8
    coefficients: str = "updated"

    def __post_init__(self) -> None:
        check_cycle(self.n, self.coefficients, smallest=2)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """A cycle of `n` stages by the recurrence of Chebyshev polynomials; see `Scheme`."""
        A = operator_of_cycle(A, t, u, self.coefficients)
        w0, w1, T, b, c = coefficients_of(self.n)
        first = A(t, u)
        before, after = u, u + b[1] * w1 * tau * first
        for j in range(2, self.n + 1):
            mu, nu, scale = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1]
            gamma = -(1 - b[j - 1] * T[j - 1]) * scale
            slope = A(t + c[j - 1] * tau, after)
            step = (1 - mu - nu) * u + mu * after + nu * before + scale * tau * slope
            before, after = after, step + gamma * tau * first
        return after


def coefficients_of(n: int) -> tuple[Any, Any, NDArray[Any], NDArray[Any], NDArray[Any]]:
    """`w0`, `w1`, `T_j(w0)`, `b_j` and the times `c_j` of the stages."""
    w0 = 1 + (2 / 13) / n**2
    basis = [Chebyshev.basis(j) for j in range(n + 1)]
    T, T1, T2 = (np.array([p.deriv(k)(w0) if k else p(w0) for p in basis]) for k in range(3))
    w1 = T1[n] / T2[n]
    b = np.array([T2[j] / T1[j] ** 2 if j >= 2 else 0.0 for j in range(n + 1)])
    b[0] = b[1] = b[2]
    c = np.array([w1 * T2[j] / T1[j] if j >= 2 else b[1] * w1 for j in range(n + 1)])
    return w0, w1, T, b, c
