"""What the walls of a grid say about a solution on the box `[0, n h]` of each axis. Rests on `grids` alone.

The ghost cells of `grids` are not used: a mistake in them must not reach the solutions that they are judged by.
"""

from typing import TypeAlias

from ..grids import Dirichlet, Grid, Neumann, Periodic, Reflecting, Robin, Wall

Pair: TypeAlias = tuple[Wall | Periodic, Wall | Periodic]  # at the lower and the upper end of an axis


def lengths(grid: Grid) -> tuple[float, ...]:
    """The edges of the box that a grid covers."""
    return tuple(n * h for n, h in zip(grid.shape, grid.h, strict=True))


def periodic(pair: Pair) -> bool:
    """Whether a pair of walls closes its axis upon itself."""
    return isinstance(pair[0], Periodic)


def condition(wall: Wall | Periodic) -> tuple[float, float, float]:
    """`(α, β, γ)` of the condition `α u + β ∂u/∂n = γ` with the outer normal `n`."""
    match wall:
        case Reflecting():
            return 0.0, 1.0, 0.0
        case Dirichlet(value):
            return 1.0, 0.0, value
        case Neumann(slope):
            return 0.0, 1.0, slope
        case Robin(alpha, beta, gamma):
            return alpha, beta, gamma
    raise ValueError(f"boundary must be reflecting, Dirichlet, Neumann or Robin for this solution, got {wall!r}")


def homogeneous(wall: Wall | Periodic) -> tuple[float, float]:
    """`(α, β)` of a wall that prescribes zero; ValueError for any other."""
    alpha, beta, gamma = condition(wall)
    if gamma != 0:
        raise ValueError(f"boundary must be homogeneous for this solution, got {wall!r}")
    return alpha, beta


def parity(wall: Wall | Periodic) -> int:
    """1 where a solution continues evenly beyond the wall (`∂u/∂n = 0`), -1 where oddly (`u = 0`).

    Raises ValueError for every other wall: it has no images.
    """
    alpha, beta = homogeneous(wall)
    if alpha * beta != 0:
        raise ValueError(f"boundary must be 'periodic', 'reflecting' or Dirichlet(0) for a closed form, got {wall!r}")
    return 1 if alpha == 0 else -1
