"""An operator that counts its calls, as a run reports them."""

from collections.abc import Callable
from typing import Any

from .arrays import Number, State
from .operators.combine import split
from .operators.spectrum import divided


class Counted:
    """An operator that counts its calls."""

    def __init__(self, A: Any) -> None:
        self.A, self.total = A, [0]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.A, name)
        return self._counting(found) if name == "recur" else self._derived(found) if name == "jacobian" else found

    def _derived(self, jacobian: Callable[..., Any]) -> Callable[..., Any]:
        def made(t: Number, u: Any) -> Callable[[Any], Any]:
            apply = jacobian(t, u)

            def counted(w: Any) -> Any:
                self.total[0] += 1
                return apply(w)

            return counted

        return made

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
        return self.part(self.A.hold(t, u))

    def part(self, B: Any) -> "Counted":
        """Another operator whose calls are counted as calls of this one."""
        part = Counted(B)
        part.total = self.total
        return part


@split.register
def _(A: Counted) -> tuple[Any, ...]:
    return tuple(A.part(B) for B in split(A.A))


@divided.register
def _(A: Counted) -> tuple[Any, Any]:
    return divided(A.A)
