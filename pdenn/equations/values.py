"""Arrays inside statements: immutable, compared and hashed by what they hold, and short when they are printed."""

import hashlib
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..arrays import is_torch, single


@dataclass(frozen=True, repr=False)
class Values:
    """A read-only copy of an array, float64; equal to another one with the same shape and the same numbers.

    Parameters
    ----------
    array : ndarray
    """

    array: NDArray[np.float64] = field(compare=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        copy = np.array(self.array, float, order="C")
        copy.flags.writeable = False
        object.__setattr__(self, "array", copy)
        object.__setattr__(self, "digest", hashlib.sha256(repr(copy.shape).encode() + copy.tobytes()).hexdigest()[:12])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.array, dtype)

    def __repr__(self) -> str:
        return f"<array {self.array.shape} {self.digest}>"


def values(x: Any, name: str, least: float = -np.inf, most: float = np.inf) -> float | Values:
    """A float, or `Values`, from a number, array or tensor.

    Raises
    ------
    TypeError
        `x` holds no real numbers.
    ValueError
        A number is not finite, or not in `[least, most]`.
    """
    array = np.asarray(single(x.detach()).cpu() if is_torch(x) else x)
    if array.dtype.kind not in "iufb":
        raise TypeError(f"{name} must be a real number or array, got {x!r}")
    if not (np.isfinite(array) & (array >= least) & (array <= most)).all():
        given = repr(x) if isinstance(x, Real) else f"values from {array.min()} to {array.max()}"
        raise ValueError(f"{name} must be finite and in [{least:g}, {most:g}], got {given}")
    return float(array) if array.ndim == 0 else Values(array)


def like(x: float | Values, u: Any) -> Any:
    """A float as it is; an array in the kind, dtype and device of `u`."""
    return x if isinstance(x, float) else _cast(x, is_torch(u), u.real.dtype, getattr(u, "device", None))


@lru_cache(maxsize=16)
def _cast(x: Values, tensor: bool, dtype: Any, device: Any) -> Any:
    if not tensor:
        return x.array.astype(dtype, copy=False)
    return sys.modules["torch"].tensor(x.array, dtype=dtype, device=device)


def largest(x: float | Values) -> float:
    """The largest value."""
    return x if isinstance(x, float) else float(x.array.max(initial=0.0))
