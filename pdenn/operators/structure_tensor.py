"""Gradients and structure tensors at the corners of the cells of a grid with two or three axes."""

from dataclasses import replace

from ..arrays import is_torch
from ..grids import Dirichlet, Grid, Periodic
from .differences import after, before, pad
from .smoothing import smooth


def corners(u, grid: Grid):
    """The cells around each of the `(n1 + 1, ..., nd + 1)` corners, ghost cells included, the first axis fastest.

    On two axes `(u00, u10, u01, u11)`.
    """
    parts = [_padded(u, grid)]
    for axis in range(grid.dim):
        parts = [cut(part, grid, axis) for cut in (before, after) for part in parts]
    return tuple(parts)


def mode(values, grid: Grid, axes: tuple[int, ...]):
    """Differences of neighbours along `axes`, means of neighbours along all others; each axis gets shorter by one.

    From a padded state to the corners; from the corners to the cells it is `(-1)^len(axes)` times the adjoint.
    """
    # Differences first: they are exact where neighbours are alike.
    for axis in sorted(range(grid.dim), key=lambda axis: axis not in axes):
        upper, lower = after(values, grid, axis), before(values, grid, axis)
        values = upper - lower if axis in axes else (lower + upper) / 2
    return values


def modes(u, grid: Grid, choices):
    """`mode` of the state `u` at the corners, for each of several tuples of axes."""
    padded = _padded(u, grid)
    return [mode(padded, grid, axes) for axes in choices]


def gradient(u, grid: Grid):
    """`∂_i u` at the corners, each the mean of all differences; the normal one vanishes on reflecting walls."""
    slopes = modes(u, grid, [(axis,) for axis in range(grid.dim)])
    return tuple(slope / h for slope, h in zip(slopes, grid.h, strict=True))


def diffusion_tensor(tensor, u, grid: Grid):
    """`D(J_ρ(∇u_σ))` at the corners on closed walls; of arrays by compiled kernels, equal to the definition to rounding."""
    if is_torch(u) or u.dtype.kind == "c" or not hasattr(tensor, "in_the_plane"):
        return tensor.of(*structure_tensor(u, tensor.sigma, tensor.rho, grid))
    from ..kernels import structure

    j = structure.products(smooth(u, tensor.sigma, grid), grid)
    if tensor.rho > 0:
        pairs = [(i, k) for i in range(grid.dim) for k in range(i, grid.dim)]
        for component, cells, (i, k) in zip(j, structure.to_cells(j, grid), pairs, strict=True):
            walls, odd = (grid, ()) if i == k else (_odd(grid, (i, k)), (i, k))
            structure.to_corners(smooth(cells, tensor.rho, walls), odd, grid, component)
    return structure.evaluate(tensor, j)


def structure_tensor(u, sigma: float, rho: float, grid: Grid):
    """`J_ρ(∇u_σ)`: the components of `∇u_σ ∇u_σᵀ`, smoothed with `ρ`, at the corners.

    The upper triangle row by row: `(j11, j12, j22)`, in space `(j11, j12, j13, j22, j23, j33)`. For `ρ > 0` the
    products are averaged to the cells, smoothed, and averaged back. A reflection in a wall turns the sign of the mixed
    components with its normal, which are therefore smoothed with the value 0 on it.
    """
    slopes = gradient(smooth(u, sigma, grid), grid)
    pairs = [(i, j) for i in range(grid.dim) for j in range(i, grid.dim)]
    products = tuple(slopes[i] * slopes[j] for i, j in pairs)
    if rho == 0:
        return products
    grids = [grid if i == j else _odd(grid, (i, j)) for i, j in pairs]
    smoothed = (smooth(mode(p, grid, ()), rho, g) for p, g in zip(products, grids, strict=True))
    return tuple(sum(corners(c, g)) / 2**grid.dim for c, g in zip(smoothed, grids, strict=True))


def _padded(u, grid):
    """One ghost cell beyond every wall."""
    for axis in range(grid.dim):
        u = pad(u, grid, axis)
    return u


def _odd(grid, axes):
    """The grid on which a state changes its sign by a reflection in a wall normal to one of `axes`."""
    walls = list(grid.boundary)
    for axis in axes:
        walls[axis] = tuple(wall if isinstance(wall, Periodic) else Dirichlet(0.0) for wall in walls[axis])
    return replace(grid, boundary=tuple(walls))
