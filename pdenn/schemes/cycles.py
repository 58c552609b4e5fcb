"""What the cyclic, accelerated schemes share: their length, and whether the coefficients are held over a cycle."""

from numbers import Integral

from ..arrays import Number, State
from ..operators.protocol import Operator

COEFFICIENTS = ("held", "updated")


def check_cycle(n: object, coefficients: object, smallest: int = 1) -> None:
    """Raise ValueError unless `n` is an integer >= `smallest` and `coefficients` is "held" or "updated"."""
    if not isinstance(n, Integral) or n < smallest:
        raise ValueError(f"n must be an integer >= {smallest}, got {n!r}")
    if coefficients not in COEFFICIENTS:
        raise ValueError(f"coefficients must be one of {COEFFICIENTS}, got {coefficients!r}")


def operator_of_cycle(A: Operator, t: Number, u: State, coefficients: str) -> Operator:
    """The operator that a cycle starting at `(t, u)` iterates (docs/decisions/005)."""
    return A.hold(t, u) if coefficients == "held" else A
