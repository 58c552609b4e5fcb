"""Implicit schemes: recurrent networks (Alt et al. 2022). Their stages `v - γ A(t, v) = f` are left to an inner solver."""

import math
from dataclasses import dataclass, field

from ..arrays import Number, State
from ..operators.protocol import Operator
from ..solvers import ConjugateGradients, NewtonKrylov
from ..solvers.protocol import Solver
from .cycles import check_cycle


@dataclass(frozen=True)
class ImplicitEuler:
    """`u⁺ = u + τ A(t + τ, u⁺)`: order 1, contractive at every step size for monotone fluxes."""

    solver: Solver = field(default_factory=NewtonKrylov)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        return self.solver(A, t + tau, u, tau)


@dataclass(frozen=True)
class CrankNicolson:
    """`u⁺ = u + τ/2 (A(t, u) + A(t + τ, u⁺))`: order 2, bounded but not damping at large steps."""

    solver: Solver = field(default_factory=NewtonKrylov)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        return self.solver(A, t + tau, u + (tau / 2) * A(t, u), tau / 2)


@dataclass(frozen=True)
class SDIRK2:
    """Alexander's two stages with `γ = 1 - 1/√2`: order 2 and damping at every step size (Alexander 1977)."""

    solver: Solver = field(default_factory=NewtonKrylov)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        gamma = 1 - 1 / math.sqrt(2)
        v = self.solver(A, t + gamma * tau, u, gamma * tau)
        # The slope of the first stage is (v - u)/(γτ).
        return self.solver(A, t + tau, u + ((1 - gamma) / gamma) * (v - u), gamma * tau)


@dataclass(frozen=True)
class BDF2:
    """Backward differentiation of order 2, `u_(k+1) = (4 u_k - u_(k-1) + 2θ A(u_(k+1)))/3`, as a cycle of `n` steps.

    The cycle starts with one step of `SDIRK2`, so that it is of order 2 as a whole; `τ = nθ`.

    Parameters
    ----------
    n : int
        Length of the cycle.
    """

    n: int = 8
    solver: Solver = field(default_factory=NewtonKrylov)

    def __post_init__(self) -> None:
        check_cycle(self.n, "updated")

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        theta = tau / self.n
        before, u = u, SDIRK2(self.solver).step(A, t, u, theta)
        for k in range(1, self.n):
            before, u = u, self.solver(A, t + (k + 1) * theta, (4 * u - before) / 3, 2 * theta / 3)
        return u


@dataclass(frozen=True)
class SemiImplicit:
    """`u⁺ = u + τ A_u u⁺` with the coefficients of `A` held at `u`: one linear system a step, no step limit.

    Parameters
    ----------
    solver : Solver
        Of the linear system; symmetric for diffusion.
    """

    solver: Solver = field(default_factory=ConjugateGradients)
    coefficients: str = field(default="held", init=False)

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        return self.solver(A.hold(t, u), t + tau, u, tau)
