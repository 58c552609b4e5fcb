"""Which arguments the exact solutions accept. Rests on `grids` and NumPy."""

import math
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grids import Grid


def number(name: str, value: object, *, positive: bool = False) -> float:
    """`value` as a float; TypeError unless it is real, ValueError unless finite and, if asked, positive."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    if not math.isfinite(value) or (positive and value <= 0):
        raise ValueError(f"{name} must be finite{' and > 0' if positive else ''}, got {value!r}")
    return float(value)


def vector(name: str, values: object, dim: int | None = None) -> tuple[float, ...]:
    """One finite number per axis, as a tuple; one to three axes, or `dim` of them."""
    entries = tuple(values) if isinstance(values, list | tuple) else (values,)
    if len(entries) not in ((1, 2, 3) if dim is None else (dim,)):
        raise ValueError(f"{name} must have {dim or '1 to 3'} entries, one per axis, got {values!r}")
    return tuple(number(name, value) for value in entries)


def box(grid: object, dim: int | None = None) -> Grid:
    """The grid itself; TypeError unless it is one, ValueError unless it has `dim` axes where that is given."""
    if not isinstance(grid, Grid):
        raise TypeError(f"grid must be a pn.Grid, got {grid!r}")
    if dim not in (None, grid.dim):
        raise ValueError(f"grid must have {dim} axis for this solution, got shape {grid.shape}")
    return grid


def mode_numbers(grid: Grid, numbers: object) -> tuple[int, ...]:
    """One integer `≥ 0` per axis of the grid, as a tuple."""
    entries = tuple(numbers) if isinstance(numbers, list | tuple) else (numbers,)
    if len(entries) != grid.dim:
        raise ValueError(f"numbers must have one entry per axis ({grid.dim}), got {numbers!r}")
    if not all(not isinstance(k, bool) and isinstance(k, Integral) and k >= 0 for k in entries):
        raise ValueError(f"numbers must be integers >= 0, got {numbers!r}")
    return tuple(int(k) for k in entries)


def place_and_time(t: object, x: Sequence[ArrayLike], dim: int) -> tuple[float, tuple[NDArray[np.float64], ...]]:
    """A time `≥ 0` and one finite float64 array per axis."""
    t = number("t", t)
    if t < 0:
        raise ValueError(f"t must be >= 0, got {t}")
    if len(x) != dim:
        raise ValueError(f"x must be one array per axis ({dim}), as grid.coordinates() gives them, got {len(x)}")
    arrays = tuple(np.asarray(values, float) for values in x)
    if not all(np.isfinite(values).all() for values in arrays):
        raise ValueError("x must be finite, got NaN or infinite coordinates")
    return t, arrays
