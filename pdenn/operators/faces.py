"""Velocities at the faces of a grid, and the places where they are evaluated."""

import sys

import numpy as np

from ..arrays import concatenate, is_torch, namespace
from ..equations.velocity import CellField
from ..grids import Grid, Neumann, Reflecting
from .differences import after, before, divergence, pad_coefficient


def face_coordinates(grid: Grid, axis: int) -> tuple[np.ndarray, ...]:
    """The coordinates of the centres of the faces of `axis`: one float64 array per axis, `n + 1` entries along `axis`."""
    lines = [
        np.arange(n + 1) * h if i == axis else (np.arange(n) + 0.5) * h
        for i, (n, h) in enumerate(zip(grid.shape, grid.h, strict=True))
    ]
    return tuple(np.meshgrid(*lines, indexing="ij"))


def face_velocities(velocity, grid: Grid, t, like=None) -> tuple:
    """The normal velocities at the faces of each axis, zero at walls that let nothing pass (reflecting, Neumann).

    float64 arrays; where `like` is a tensor and `velocity` a function, tensors of its dtype and device. On a periodic
    axis the last face is the first one.
    """
    faces = [_component(velocity, grid, axis, t, like) for axis in range(grid.dim)]
    return tuple(_at_walls(v, grid, axis) for axis, v in enumerate(faces))


def balance(faces, grid: Grid):
    """`div_h v`, the net outflow of every cell from the velocities at its faces."""
    return sum(divergence(v, grid, axis) for axis, v in enumerate(faces))


def cut(values, where: int, start: int, stop: int):
    """The entries from `start` to `stop` along the axis `where` (negative)."""
    return values[(..., slice(start, stop), *[slice(None)] * (-where - 1))]


def impermeable(wall) -> bool:
    """Whether convection is stopped at a wall: where only the slope is prescribed."""
    return isinstance(wall, Reflecting | Neumann)


def check_components(velocity, grid: Grid):
    """Raise ValueError unless a velocity has one component per axis, arrays of shape `grid.shape`."""
    if callable(velocity):
        return
    if len(velocity) != grid.dim:
        raise ValueError(f"velocity must have one component per axis ({grid.dim}), got {velocity!r}")
    for v in velocity:
        if isinstance(v, CellField) and v.values.shape != grid.shape:
            raise ValueError(f"velocity must consist of arrays of shape {grid.shape}, got {v.values.shape}")


def _component(velocity, grid, axis, t, like):
    shape = tuple(n + (i == axis) for i, n in enumerate(grid.shape))
    if not callable(velocity):
        v = velocity[axis]
        if isinstance(v, float):
            return np.full(shape, v)
        padded = pad_coefficient(v.values, grid, axis)
        return (before(padded, grid, axis) + after(padded, grid, axis)) / 2
    x = face_coordinates(grid, axis)
    if is_torch(like):
        torch = sys.modules["torch"]
        values = velocity(t, *(torch.as_tensor(line, dtype=like.dtype, device=like.device) for line in x))
        v = torch.as_tensor(_one_of(values, grid)[axis], dtype=like.dtype, device=like.device).broadcast_to(shape)
    else:
        v = np.broadcast_to(np.asarray(_one_of(velocity(t, *x), grid)[axis], np.float64), shape)
    if not namespace(v).isfinite(v).all():
        raise ValueError(f"velocity must be finite, got NaN or infinity from {velocity!r} at t={t!r}")
    return v


def _one_of(values, grid):
    if not isinstance(values, list | tuple) or len(values) != grid.dim:
        raise ValueError(f"velocity(t, *x) must return one component per axis ({grid.dim}), got {type(values).__name__}"
                         + (f" of length {len(values)}" if isinstance(values, list | tuple) else ""))  # fmt: skip
    return values


def _at_walls(v, grid, axis):
    where, n = axis - grid.dim, grid.shape[axis]
    first, inner, last = cut(v, where, 0, 1), cut(v, where, 1, n), cut(v, where, n, n + 1)
    if grid.ghosts(axis) is None:
        return concatenate([first, inner, first], where)
    lower, upper = grid.boundary[axis]
    return concatenate([0.0 * first if impermeable(lower) else first, inner,
                        0.0 * last if impermeable(upper) else last], where)  # fmt: skip
