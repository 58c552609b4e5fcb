"""Gradients and structure tensors at the corners of the cells of a plane grid."""

from dataclasses import replace

from ..grids import Dirichlet, Grid, Periodic
from .differences import after, before, pad
from .smoothing import smooth


def corners(u, grid: Grid):
    """`(u00, u10, u01, u11)`: the four cells around each of the `(n1 + 1, n2 + 1)` corners, ghost cells included."""
    padded = pad(u, grid, 0)
    padded = pad(padded, replace(grid, shape=padded.shape[-2:]), 1)
    lower, upper = before(padded, grid, 0), after(padded, grid, 0)
    return before(lower, grid, 1), before(upper, grid, 1), after(lower, grid, 1), after(upper, grid, 1)


def gradient(u, grid: Grid):
    """`(∂_1 u, ∂_2 u)` at the corners, each the mean of two differences; the normal one vanishes on reflecting walls."""
    u00, u10, u01, u11 = corners(u, grid)
    return ((u10 - u00) + (u11 - u01)) / (2 * grid.h[0]), ((u01 - u00) + (u11 - u10)) / (2 * grid.h[1])


def structure_tensor(u, sigma: float, rho: float, grid: Grid):
    """`J_ρ(∇u_σ)`: the three components `(j11, j12, j22)` of `∇u_σ ∇u_σᵀ`, smoothed with `ρ`, at the corners.

    For `ρ > 0` the products are averaged to the cells, smoothed, and averaged back. A reflection in a wall turns the
    sign of `j12`, which is therefore smoothed with the value 0 on reflecting walls.
    """
    x, y = gradient(smooth(u, sigma, grid), grid)
    products = (x * x, x * y, y * y)
    if rho == 0:
        return products
    odd = replace(grid, boundary=tuple(tuple(map(_odd, pair)) for pair in grid.boundary))
    grids = (grid, odd, grid)
    cells = (_mean(p, grid) for p in products)
    smoothed = (smooth(c, rho, g) for c, g in zip(cells, grids, strict=True))
    return tuple(sum(corners(c, g)) / 4 for c, g in zip(smoothed, grids, strict=True))


def _mean(p, grid):
    """The mean of the four corners of every cell."""
    p = before(p, grid, 0) + after(p, grid, 0)
    return (before(p, grid, 1) + after(p, grid, 1)) / 4


def _odd(wall):
    return wall if isinstance(wall, Periodic) else Dirichlet(0.0)
