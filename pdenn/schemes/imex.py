"""An implicit-explicit Runge-Kutta scheme of second order."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from ..arrays import Number, State
from ..operators.combine import split
from ..operators.protocol import Operator
from ..solvers import NewtonKrylov
from ..solvers.protocol import Solver


@dataclass(frozen=True)
class ARS222:
    """Two implicit stages with `γ = 1 - 1/√2`, order 2 (Ascher, Ruuth, Spiteri 1997, scheme (2,2,2)).

    The implicit terms are those that are symmetric with coefficients held (diffusion, fidelity), the others explicit.

    Parameters
    ----------
    solver : Solver
        Of the implicit stages.
    """

    solver: Solver = field(default_factory=NewtonKrylov)
    order: ClassVar[int] = 2

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """Two stages, explicit in the free part and implicit in the stiff one; see `Scheme`."""
        free, stiff = split(A)
        gamma = 1 - 1 / math.sqrt(2)
        delta = 1 - 1 / (2 * gamma)
        first = free(t, u)
        right = u + gamma * tau * first
        v = self.solver(stiff, t + gamma * tau, right, gamma * tau)
        # The slope of the implicit stage is (v - right)/(γτ).
        middle = u + tau * (delta * first + (1 - delta) * free(t + gamma * tau, v))
        return self.solver(stiff, t + tau, middle + ((1 - gamma) / gamma) * (v - right), gamma * tau)
