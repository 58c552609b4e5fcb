"""Values and velocities at the feet of characteristics, by multilinear interpolation between cell centres."""

import sys
from itertools import product

from ..arrays import is_torch, namespace
from ..equations.velocity import CellField
from .differences import pad


def departure_points(A, t, u, tau):
    """Where the characteristics that arrive at the cell centres at `t + τ` were at `t`, by the midpoint rule.

    `x* = x - τ/2 v(t + τ/2, x)`, `X = x - τ v(t + τ/2, x*)`; one array per axis, of the kind of `u`.
    """
    x = tuple(_like(c, u) for c in A.grid.coordinates())
    half = [c - (tau / 2) * v for c, v in zip(x, velocity_at(A, t + tau / 2, x, u), strict=True)]
    return [c - tau * v for c, v in zip(x, velocity_at(A, t + tau / 2, half, u), strict=True)]


def velocity_at(A, t, x, u):
    """The velocity of a convection at points: cell values are interpolated, a function is evaluated.

    A layer has a `velocity` of its own, or a `rate` that multiplies that of its equation.
    """
    velocity, rate = getattr(A, "velocity", A.equation.velocity), getattr(A, "rate", 1.0)
    if callable(velocity):
        return [rate * v + 0.0 * x[0] for v in velocity(t, *x)]
    return [
        rate * (interpolated(_like(v.values, u), A.grid, x, plain=True) if isinstance(v, CellField) else v + 0.0 * x[0])
        for v in velocity
    ]


def interpolated(u, grid, x, plain=False):
    """`u` at the points `x` (one array of coordinates per axis), a convex combination of cells and wall values.

    Points beyond a wall take the value on it; a periodic axis goes round. `plain`: beyond the last cell centre its own
    value, for fields that know no walls.
    """
    xp, lower, weights = namespace(u), [], []
    for axis, (c, h, n) in enumerate(zip(x, grid.h, grid.shape, strict=True)):
        periodic = grid.ghosts(axis) is None
        if plain and not periodic:
            first = u[(..., slice(0, 1), *[slice(None)] * (grid.dim - axis - 1))]
            last = u[(..., slice(n - 1, n), *[slice(None)] * (grid.dim - axis - 1))]
            u = xp.concatenate([first, u, last], axis - grid.dim)
        else:
            u = pad(u, grid, axis)
        position = xp.remainder(c / h, n) if periodic else xp.clip(c / h, 0, n)
        cell = xp.clip(xp.floor(position + 0.5), 0, n)
        lower.append(_whole(cell))
        weights.append(position + 0.5 - cell)
    result = 0.0
    for corner in product((0, 1), repeat=grid.dim):
        weight = 1.0
        for w, k in zip(weights, corner, strict=True):
            weight = weight * (w if k else 1 - w)
        result = result + weight * u[(..., *(i + k for i, k in zip(lower, corner, strict=True)))]
    return result


def _whole(x):
    return x.long() if is_torch(x) else x.astype(int)


def _like(c, u):
    return sys.modules["torch"].tensor(c, dtype=u.dtype, device=u.device) if is_torch(u) else c.astype(u.dtype)
