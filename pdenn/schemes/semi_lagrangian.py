"""The method of characteristics."""

from dataclasses import dataclass
from typing import ClassVar

from ..arrays import Number, State
from ..equations import Convection
from ..operators.characteristics import departure_points, interpolated
from ..operators.fused import takes_apart
from ..operators.protocol import Operator


@dataclass(frozen=True)
class SemiLagrangian:
    """`u⁺(x) = u(X(x))`, `X` the foot of the characteristic through `x` (Staniforth and Côté 1991).

    For convection alone, in the form `∂u/∂t + v · ∇u = 0` (equal to the conservative one where `div v = 0`). Feet by the
    midpoint rule (order 2 in time), values by multilinear interpolation, which keeps extrema at every step size and
    smears by `h²/τ`. Also the explicit part of a splitting.
    """

    order: ClassVar[int] = 2

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        if not isinstance(getattr(A, "equation", None), Convection):
            raise TypeError(f"SemiLagrangian needs convection alone, got {A!r}: split the other terms off")
        return interpolated(u, A.grid, departure_points(A, t, u, tau))
