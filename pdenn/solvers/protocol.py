"""What an inner solver is."""

from typing import Protocol


class Solver(Protocol):
    """A solver of `v - γ A(t, v) = f`.

    1. A solver is a frozen dataclass, constructible without arguments.
    2. `solver(A, t, f, gamma)` returns `v` with `‖v - γ A(t, v) - f‖ ≤ rtol ‖f‖`, or raises NotConverged with the norms
       of the residuals. A batch is one system: the norm is taken over all its entries.
    3. On tensors, `v` has the gradient of the solution with respect to everything that `f`, `γ` and `A` depend on, by
       the implicit function theorem: one solve with the adjoint, whatever the iteration was.
    4. It never writes into a state.
    """

    def __call__(self, A, t, f, gamma): ...
