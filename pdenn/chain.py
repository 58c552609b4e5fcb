"""Steps of a scheme in a row, each with an operator and a step size of its own: a network that is done with learning."""

from dataclasses import dataclass, replace
from typing import Any

from .arrays import Number, State
from .graphs import Graph
from .grids import Grid
from .operators import SumOperator, discretise
from .operators.combine import Multiple
from .schemes.protocol import Scheme


@dataclass(frozen=True)
class Chain:
    """`u_(k+1) = step(A_k, t_k, u_k, τ_k)`: plain data that run on arrays, without torch.

    Attributes
    ----------
    operators : tuple of Operator
    scheme : Scheme or tuple of Scheme
        One for all steps, or one per step.
    tau : tuple of float
        Of the same length.
    """

    operators: tuple[Any, ...]
    scheme: Scheme | tuple[Scheme, ...]
    tau: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.operators) != len(self.tau) or not self.tau:
            raise ValueError(
                f"a chain needs one step size per operator, got {len(self.operators)} operators and {len(self.tau)} steps"
            )

    def __call__(self, u: State, t: Number = 0.0) -> State:
        """The state after all steps, for a state `(..., *grid.shape)` at the time `t`."""
        schemes = self.scheme if isinstance(self.scheme, tuple) else (self.scheme,) * len(self.tau)
        for A, scheme, tau in zip(self.operators, schemes, self.tau, strict=True):
            u = scheme.step(A, t, u, tau)
            t = t + tau
        return u

    def on(self, grid: Grid | Graph) -> "Chain":
        """The same equations on another grid; differences are scaled with its mesh width."""
        return replace(self, operators=tuple(_moved(A, grid) for A in self.operators))


def _moved(A: Any, grid: Grid | Graph) -> Any:
    if isinstance(A, SumOperator):
        return SumOperator(tuple(_moved(term, grid) for term in A.terms))
    if isinstance(A, Multiple):
        return Multiple(A.c, _moved(A.A, grid))
    return A.on(grid) if hasattr(A, "on") else discretise(A.equation, grid)
