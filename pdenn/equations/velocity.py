"""Velocities of statements: numbers, arrays of cell values, or a function of time and place."""

import hashlib
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class CellField:
    """Values given in the cells of a grid: read-only, compared by value, and told apart when printed."""

    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        values = np.array(self.values, np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"velocity must be finite, got {int((~np.isfinite(values)).sum())} NaN or infinite values")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes()))

    def __repr__(self) -> str:
        return f"CellField(shape={self.values.shape}, sha256={hashlib.sha256(self.values.tobytes()).hexdigest()[:16]})"


def components(velocity: Any) -> Any:
    """The velocity as a tuple of floats and `CellField`s; a function goes through.

    Raises
    ------
    TypeError, ValueError
        A component is no number and no array, or is not finite.
    """
    if callable(velocity):
        return velocity
    parts = (velocity,) if isinstance(velocity, Real) else velocity
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 3:
        raise TypeError(f"velocity must be a tuple of 1 to 3 numbers or arrays, or a function, got {velocity!r}")
    return tuple(_component(part) for part in parts)


def _component(part: object) -> float | CellField:
    if isinstance(part, CellField):
        return part
    if isinstance(part, np.ndarray) and part.ndim > 0:
        return CellField(part)
    if isinstance(part, bool) or not isinstance(part, Real):
        raise TypeError(f"velocity must consist of real numbers or arrays, got {part!r}")
    if not math.isfinite(part):
        raise ValueError(f"velocity must be finite, got {part!r}")
    return float(part)


def speeds(speed: Any, velocity: object) -> tuple[float, ...] | None:
    """Bounds of the components of a velocity that is a function, as a tuple of floats; None goes through.

    Raises
    ------
    ValueError
        The velocity is no function, or a bound is not finite and nonnegative.
    """
    if speed is None:
        return None
    parts = (speed,) if isinstance(speed, Real) else tuple(speed)
    if not callable(velocity):
        raise ValueError(f"speed is for velocities that are functions; the others know theirs, got {speed!r}")
    if not all(isinstance(s, Real) and math.isfinite(s) and float(s) >= 0 for s in parts):
        raise ValueError(f"speed must consist of finite numbers >= 0, one per axis, got {speed!r}")
    return tuple(float(s) for s in parts)


def described(velocity: Any) -> str:
    """The velocity for print."""
    if callable(velocity):
        return f"{getattr(velocity, '__name__', velocity)}(t, x)"
    return "(" + ", ".join("array" if isinstance(v, CellField) else f"{v:g}" for v in velocity) + ")"
