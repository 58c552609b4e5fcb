"""Pointwise terms: reactions, and fidelity to data."""

import inspect
import math
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from .sum import Statement
from .values import Values, largest, values


@dataclass(frozen=True)
class Reaction(Statement):
    """`∂u/∂t = f(u)` or `f(t, u)`.

    Parameters
    ----------
    f : callable
        Of `u`, or of `t` and `u`; acts on every cell by itself, on arrays and, if they are used, on tensors.
    slope : pair of floats, optional
        `(least, largest)` of `∂f/∂u` over all `t` and `u`; the claims rest on it.

    Raises
    ------
    TypeError
        `f` is not callable with one or two arguments.
    ValueError
        `slope` is not a pair of finite numbers in ascending order.
    """

    f: Any
    slope: tuple[float, float] | None = None
    timed: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "timed", _arguments(self.f) == 2)
        if self.slope is None:
            return
        slope = tuple(self.slope)
        if not (len(slope) == 2 and all(isinstance(x, Real) and math.isfinite(x) for x in slope)):
            raise ValueError(f"slope must be a pair of finite numbers, got {self.slope!r}")
        if slope[0] > slope[1]:
            raise ValueError(f"slope must be in ascending order, got {self.slope!r}")
        object.__setattr__(self, "slope", slope)

    def __repr__(self) -> str:
        return f"Reaction(f={_name(self.f)}, slope={self.slope})"

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"f({'t, ' if self.timed else ''}u) [f = {_name(self.f)}]"


@dataclass(frozen=True)
class Fidelity(Statement):
    """`∂u/∂t = -w c (u - f)`: a pull towards the data `f` where the mask `c` is positive (inpainting, denoising).

    Parameters
    ----------
    data : float or array
        `f`, of shape `grid.shape` or any that broadcasts with a state.
    mask : float or array
        `c`, in `[0, 1]`.
    weight : float
        `w ≥ 0`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.

    Examples
    --------
    >>> print(pn.Fidelity(1.0, mask=0.5))
    ∂u/∂t = -1 c (u - f) [f = 1.0, c = 0.5]
    """

    data: float | Values
    mask: float | Values = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        for name, least, most in (("data", -math.inf, math.inf), ("mask", 0.0, 1.0), ("weight", 0.0, math.inf)):
            given = getattr(self, name)
            if not isinstance(given, Values):
                object.__setattr__(self, name, values(given, name, least, most))
        if not isinstance(self.weight, float):
            raise ValueError(f"weight must be a number, got {self.weight!r}: let the mask vary instead")

    @property
    def rate(self) -> float:
        """`w max c`."""
        return self.weight * largest(self.mask)

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"-{self.weight:g} c (u - f) [f = {self.data}, c = {self.mask}]"


def _arguments(f: Any) -> int:
    """1 or 2."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        raise TypeError(f"f must be a callable f(u) or f(t, u), got {f!r}") from None
    required = [
        p
        for p in signature.parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(required) not in (1, 2):
        raise TypeError(f"f must take u, or t and u, got {f!r} with {len(required)} arguments")
    return len(required)


def _name(f: object) -> str:
    return getattr(f, "__qualname__", None) or repr(f)
