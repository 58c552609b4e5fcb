"""Explicit one-step schemes."""

from dataclasses import dataclass

from ..arrays import Number, State
from ..operators.protocol import Operator


@dataclass(frozen=True)
class ExplicitEuler:
    """`u⁺ = u + τ A(t, u)`: the symmetric residual block (Alt et al. 2022)."""

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        return u + tau * A(t, u)


@dataclass(frozen=True)
class SSPRK2:
    """Heun's scheme, second order, a convex combination of Euler steps (Shu and Osher 1988)."""

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        v = u + tau * A(t, u)
        w = v + tau * A(t + tau, v)
        return (u + w) / 2


@dataclass(frozen=True)
class SSPRK3:
    """Third order in three stages, a convex combination of Euler steps (Shu and Osher 1988)."""

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        v = u + tau * A(t, u)
        w = (3 * u + v + tau * A(t + tau, v)) / 4
        return (u + 2 * (w + tau * A(t + tau / 2, w))) / 3
