"""Uniform cell-centred grids in one to three dimensions, and what stands at their walls.

A wall is a rule for the ghost cell beyond it, affine in the cell before it: `u_ghost = a + b u`. Operators know no
other boundary condition (docs/decisions/002).
"""

import math
from dataclasses import astuple, dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reflecting:
    """Homogeneous Neumann condition `∂u/∂n = 0`."""

    def ghost(self, h: float) -> tuple[float, float]:
        return 0.0, 1.0


@dataclass(frozen=True)
class Dirichlet:
    """`u = value` on the wall, half a cell beyond the last cell centre."""

    value: float = 0.0

    def ghost(self, h: float) -> tuple[float, float]:
        return 2.0 * self.value, -1.0


@dataclass(frozen=True)
class Neumann:
    """`∂u/∂n = slope` with the outer normal `n`."""

    slope: float = 0.0

    def ghost(self, h: float) -> tuple[float, float]:
        return h * self.slope, 1.0


@dataclass(frozen=True)
class Robin:
    """`alpha u + beta ∂u/∂n = gamma` on the wall with the outer normal `n`; `alpha ≥ 0`, `beta ≥ 0`, not both zero."""

    alpha: float = 1.0
    beta: float = 1.0
    gamma: float = 0.0

    def ghost(self, h: float) -> tuple[float, float]:
        scale = self.alpha / 2 + self.beta / h
        return self.gamma / scale, (self.beta / h - self.alpha / 2) / scale


@dataclass(frozen=True)
class Outflow:
    """Zero gradient `∂u/∂n = 0` in a wall that convection passes; diffusion sees a reflecting one."""

    def ghost(self, h: float) -> tuple[float, float]:
        return 0.0, 1.0


@dataclass(frozen=True)
class Periodic:
    """The axis closes upon itself."""


Wall = Reflecting | Dirichlet | Neumann | Robin | Outflow
NAMED: dict[str, Wall | Periodic] = {"reflecting": Reflecting(), "periodic": Periodic(), "outflow": Outflow()}
_ALLOWED = "'reflecting', 'periodic', 'outflow', Dirichlet(value), Neumann(slope), Robin(alpha, beta, gamma)"


@dataclass(frozen=True)
class Grid:
    """A uniform grid of cells; the centre of cell `i` of an axis lies at `(i + 1/2) h`.

    Parameters
    ----------
    shape : tuple of 1 to 3 ints
        Number of cells of each axis.
    h : float or tuple of floats
        Mesh width, one for all axes or one per axis.
    boundary : str, wall, or tuple of them
        `"reflecting"`, `"periodic"`, `"outflow"`, `Dirichlet(value)`, `Neumann(slope)` or `Robin(alpha, beta, gamma)`:
        one for all sides, or a list or tuple with one entry per axis, each of them one condition or a pair (lower,
        upper).

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.

    Examples
    --------
    >>> grid = pn.Grid((3,), h=0.5, boundary=pn.Dirichlet(1.0))
    >>> grid.coordinates()[0]
    array([0.25, 0.75, 1.25])
    >>> grid.ghosts(0)  # a and b of the ghost cells a + b u
    ((2.0, -1.0), (2.0, -1.0))
    """

    shape: tuple[int, ...]
    h: Any = 1.0  # a tuple of floats once made
    boundary: Any = "reflecting"  # a tuple of pairs of walls once made

    def __post_init__(self) -> None:
        shape = (self.shape,) if isinstance(self.shape, Integral) else tuple(self.shape)
        if not 1 <= len(shape) <= 3:
            raise ValueError(f"shape must have 1 to 3 axes, got {shape}")
        if not all(isinstance(n, Integral) and n >= 1 for n in shape):
            raise ValueError(f"shape must consist of positive integers, got {shape}")
        h = (self.h,) * len(shape) if isinstance(self.h, Real) else tuple(self.h)
        if len(h) != len(shape):
            raise ValueError(f"h must be one number or one per axis ({len(shape)}), got {self.h}")
        if not all(isinstance(x, Real) and math.isfinite(x) and float(x) > 0 for x in h):
            raise ValueError(f"h must be positive and finite, got {self.h}")
        object.__setattr__(self, "shape", tuple(int(n) for n in shape))
        object.__setattr__(self, "h", tuple(float(x) for x in h))
        object.__setattr__(self, "boundary", _per_axis(self.boundary, len(shape)))

    @property
    def dim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    @property
    def closed(self) -> bool:
        """Whether nothing passes the walls: every axis is periodic or reflecting, so that diffusion keeps the mean."""
        return all(w in (Reflecting(), Neumann(0.0), Periodic()) for pair in self.boundary for w in pair)

    @property
    def homogeneous(self) -> bool:
        """Whether the ghost cells are linear in `u`: no wall prescribes a value or slope other than zero."""
        return all(a == 0 for axis in range(self.dim) for a, _ in self.ghosts(axis) or ())

    def ghosts(self, axis: int) -> tuple[tuple[float, float], ...] | None:
        """`(a, b)` of the ghost cells `a + b u` at the lower and upper wall of an axis; None where it is periodic."""
        lower, upper = self.boundary[axis]
        return None if isinstance(lower, Periodic) else (lower.ghost(self.h[axis]), upper.ghost(self.h[axis]))

    @property
    def lines(self) -> dict[str, NDArray[np.float64]]:
        """The names and the cell centres of the axes: `{"x0": (i + 1/2) h, ...}`."""
        return {f"x{i}": (np.arange(n) + 0.5) * h for i, (n, h) in enumerate(zip(self.shape, self.h, strict=True))}

    def coordinates(self) -> tuple[NDArray[np.float64], ...]:
        """The coordinates of all cell centres: one float64 array of shape `shape` per axis."""
        return tuple(np.meshgrid(*self.lines.values(), indexing="ij"))

    def coarsen(self) -> "Grid":
        """The grid on the same domain with half as many cells, rounded up, along every axis.

        All axes go on together, so that the cells keep their proportions. Raises ValueError when no axis has more than
        four cells.

        Examples
        --------
        >>> pn.Grid((8, 5), h=0.5).coarsen().shape
        (4, 3)
        """
        if max(self.shape) <= 4:
            raise ValueError(f"shape {self.shape} cannot be coarsened: no axis has more than four cells")
        shape = tuple((n + 1) // 2 for n in self.shape)
        h = tuple(h * n / c for h, n, c in zip(self.h, self.shape, shape, strict=True))
        return Grid(shape, h, self.boundary)


def _per_axis(boundary: Any, dim: int) -> tuple[tuple[Wall | Periodic, Wall | Periodic], ...]:
    """One pair (lower, upper) of walls per axis."""
    if _is_condition(boundary):
        return (_pair(boundary),) * dim
    entries = tuple(boundary) if isinstance(boundary, list | tuple) else ()
    if len(entries) != dim:
        raise ValueError(f"boundary must be one of {_ALLOWED}, or one entry per axis ({dim}), got {boundary!r}")
    return tuple(_pair(entry) for entry in entries)


def _pair(entry: Any) -> tuple[Wall | Periodic, Wall | Periodic]:
    lower, upper = (entry, entry) if _is_condition(entry) else entry
    lower, upper = _condition(lower), _condition(upper)
    if isinstance(lower, Periodic) != isinstance(upper, Periodic):
        raise ValueError(f"boundary must be periodic on both sides of an axis or on none, got {entry!r}")
    return lower, upper


def _is_condition(entry: object) -> bool:
    return isinstance(entry, str | Periodic | Wall) or not isinstance(entry, list | tuple)


def _condition(entry: Any) -> Wall | Periodic:
    if isinstance(entry, str) and entry in NAMED:
        return NAMED[entry]
    if not isinstance(entry, Periodic | Wall):
        raise ValueError(f"boundary must be one of {_ALLOWED}, got {entry!r}")
    if not all(isinstance(x, Real) and math.isfinite(x) for x in astuple(entry)):
        raise ValueError(f"boundary must hold finite numbers, got {entry!r}")
    if isinstance(entry, Robin) and (entry.alpha < 0 or entry.beta < 0 or entry.alpha + entry.beta == 0):
        raise ValueError(f"boundary: Robin needs alpha >= 0 and beta >= 0, not both zero, got {entry!r}")
    return entry
