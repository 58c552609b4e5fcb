"""An operator that counts its calls, as a run reports them."""

from collections.abc import Callable
from typing import Any

from .arrays import Number, State
from .operators.combine import Zero, split
from .operators.spectrum import divided


class Counted:
    """An operator that counts its calls."""

    def __init__(self, A: Any) -> None:
        self.A, self.total = A, [0]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.A, name)
        return self._counting(found) if name == "recur" else found

    def _counting(self, recur: Callable[..., Any]) -> Callable[..., Any]:
        def counted(t: Number, u: Any, rows: Any, a: Any, b: Any) -> Any:
            self.total[0] += len(rows)
            return recur(t, u, rows, a, b)

        return counted

    @property
    def calls(self) -> int:
        return self.total[0]

    def definition(self, t: Number, u: State) -> State:
        self.total[0] += 1
        return self.A.definition(t, u)

    def __call__(self, t: Number, u: State) -> State:
        self.total[0] += 1
        return self.A(t, u)

    def mix(self, t: Number, u: State, coefficients: tuple[Number, Number, Number], v: State) -> State:
        self.total[0] += 1
        return self.A.mix(t, u, coefficients, v)

    def hold(self, t: Number, u: State) -> "Counted":
        held = Counted(self.A.hold(t, u))
        held.total = self.total
        return held


@split.register
def _(A: Counted) -> tuple[Any, ...]:
    parts = tuple(Counted(part) for part in split(A.A))
    for part in parts:
        part.total = A.total
    return parts


@divided.register
def _(A: Counted) -> tuple[Any, Any]:
    constant, others = divided(A.A)
    rest = Counted(others)
    rest.total = A.total
    return constant, others if isinstance(others, Zero) else rest
