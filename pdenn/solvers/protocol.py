"""What an inner solver is."""

from typing import Protocol

from ..arrays import Number, State
from ..operators.protocol import Operator


class Solver(Protocol):
    """A solver of `m v - γ A(t, v) = f`.

    1. A solver is a frozen dataclass, constructible without arguments.
    2. `solver(A, t, f, gamma)` returns `v` with `‖m v - γ A(t, v) - f‖ ≤ rtol (‖f‖ + γ ‖A(t, 0)‖)`, or raises NotConverged
       with the norms of the residuals. A batch is one system: the norm is taken over all its entries.
    3. `mass` is the number `m ≥ 0`: 1 in implicit steps, 0 in stationary problems. `start` is the first guess, by default
       `f`; where `m = 0` and `A` has a null space, it decides which solution is found.
    4. On tensors, `v` has the gradient of the solution with respect to everything that `f`, `γ` and `A` depend on, by
       the implicit function theorem: one solve with the adjoint, whatever the iteration was.
    5. It never writes into a state.

    A solver that can precondition others also has `preconditioner(A, t, u, gamma, mass=1.0)`, which returns a map of
    residuals to corrections: an approximate inverse of `m I - γ A'(t, u)`.
    """

    def __call__(
        self, A: Operator, t: Number, f: State, gamma: Number, mass: float = 1.0, start: State | None = None
    ) -> State: ...
