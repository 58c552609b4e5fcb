"""What a scheme is."""

from typing import Protocol, TypeAlias

from ..arrays import Number, State
from ..operators.protocol import Operator


class Scheme(Protocol):
    """A step in time, written in arithmetic alone.

    1. A scheme is a frozen dataclass, constructible without arguments.
    2. `step(A, t, u, tau)` returns the state at `t + tau`; a cyclic scheme runs its whole cycle.
    3. It needs from a state only `+`, `-` and multiplication by numbers, from the operator only a call and `hold`.
    4. It never writes into a state, and keeps nothing between two steps.
    """

    def __hash__(self) -> int: ...

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """The state at `t + tau`, of the shape `(..., *grid.shape)`, dtype and kind of `u`; `tau` is a number or tensor."""
        ...


Substeps: TypeAlias = tuple[
    tuple[Scheme, Operator, float], ...
]  # the schemes that are composed, each with its part of τ
