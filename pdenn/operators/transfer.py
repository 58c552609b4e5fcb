"""Transfer between a grid and the grid with half as many cells, rounded up, for states and for equations."""

from functools import lru_cache, singledispatch

import numpy as np

from ..arrays import is_torch, namespace
from ..equations import Fidelity
from ..grids import Dirichlet, Grid, Neumann, Periodic, Reflecting, Robin
from .anisotropic import GridAnisotropicDiffusion
from .combine import SumOperator
from .differences import pad
from .diffusion import GridDiffusion
from .pointwise import GridFidelity
from .porous_medium import GridPorousMedium

COARSEST = 4  # a grid with no more cells than that along any axis is not coarsened


@singledispatch
def coarsened(A):
    """The operator of the same equation on the coarsened grid; None where the grid is small.

    Raises TypeError for operators that know no coarse grid.
    """
    if hasattr(A, "A"):  # a wrapper, such as one that counts calls
        return coarsened(A.A)
    raise TypeError(f"Multigrid needs diffusion with a coarse grid, got {A!r}")


@coarsened.register
def _(A: GridDiffusion):
    grid = _coarse(A.grid)
    return None if grid is None else GridDiffusion(A.equation, grid)


@coarsened.register
def _(A: GridAnisotropicDiffusion):
    grid = _coarse(A.grid)
    return None if grid is None else GridAnisotropicDiffusion(A.equation, grid)


@coarsened.register
def _(A: GridPorousMedium):
    grid = _coarse(A.grid)
    return None if grid is None else GridPorousMedium(A.equation, grid)


@coarsened.register
def _(A: SumOperator):
    terms = [coarsened(term) for term in A.terms]
    return None if any(term is None for term in terms) else SumOperator(tuple(terms))


@coarsened.register
def _(A: GridFidelity):
    """`c (u - f)` is restricted for constant `u`: the mask by its mean, the data by their mean over the mask."""
    fine = A.grid
    if not isinstance(fine, Grid) or (grid := _coarse(fine)) is None:
        return None
    data, mask = (np.asarray(x, float) for x in (A.equation.data, A.equation.mask))
    whole = np.broadcast_shapes(data.shape, mask.shape, fine.shape)
    coarse = restricted(np.broadcast_to(mask, whole), fine)
    known = restricted(np.broadcast_to(mask * data, whole), fine) / np.where(coarse > 0, coarse, 1.0)
    return GridFidelity(Fidelity(known, np.minimum(coarse, 1.0), A.equation.weight), grid)


def coarsens(A) -> bool:
    """Whether nonlinear multigrid is recommended: `coarsened` knows the operator, and no tensor follows the state.

    With a tensor, cycles may diverge where Newton's method with the tensor held converges.
    """
    if any(isinstance(term, GridAnisotropicDiffusion) for term in getattr(A, "terms", (A,))):
        return False
    try:
        coarsened(A)
    except TypeError:
        return False
    return True


def restricted(u, grid: Grid):
    """`R u` for states on `grid`: the mean of the fine cells over each coarse one, by the lengths that they share."""
    for axis, n in enumerate(grid.shape):
        if n > 1:
            u = _gathered(u, *_shares(n), axis - grid.dim)
    return u


def prolongated(u, coarse: Grid, fine: Grid):
    """`P u`: linear interpolation between coarse cell centres, of corrections that vanish at Dirichlet walls."""
    return interpolated(u, homogeneous(coarse), fine)


def interpolated(u, coarse: Grid, fine: Grid):
    """Linear interpolation between coarse cell centres, of states with the walls of the coarse grid."""
    for axis, n in enumerate(fine.shape):
        if n > 1:
            u = _gathered(pad(u, coarse, axis), *_neighbours(n), axis - fine.dim)
    return u


def _gathered(u, cells, weights, where):
    """`Σ_m weights[m] u[cells[m]]` along an axis counted from the end."""
    xp, shape = namespace(u), (-1, *[1] * (-where - 1))
    total = 0.0
    for c, w in zip(cells, weights, strict=True):
        if is_torch(u):
            index, weight = xp.as_tensor(c, device=u.device), xp.as_tensor(w, dtype=u.dtype, device=u.device)
            total = total + weight.reshape(shape) * xp.index_select(u, u.ndim + where, index)
        else:
            total = total + w.astype(u.dtype).reshape(shape) * xp.take(u, c, where)
    return total


@lru_cache
def _shares(n: int) -> tuple[list, list]:
    """The fine cells that overlap each of `(n + 1) // 2` coarse ones, at most three, and their shares of it."""
    m = (n + 1) // 2
    edges = np.arange(m + 1) * (n / m)
    first = np.floor(edges[:-1] + 1e-9).astype(int)
    cells = [np.minimum(first + k, n - 1) for k in range(3)]
    lengths = [np.minimum(edges[1:], first + k + 1) - np.maximum(edges[:-1], first + k) for k in range(3)]
    return cells, [np.maximum(length, 0.0) * (m / n) for length in lengths]


@lru_cache
def _neighbours(n: int) -> tuple[tuple, tuple]:
    """The two coarse centres beside each fine one, counted in an array with a ghost at each end, and their weights."""
    m = (n + 1) // 2
    place = (np.arange(n) + 0.5) * (m / n) + 0.5
    first = np.floor(place).astype(int)
    return (first, first + 1), (1 - (place - first), place - first)


def homogeneous(grid: Grid) -> Grid:
    """The same grid with the walls that a correction sees: values and slopes that are prescribed do not change."""
    pairs = [tuple(_correction(wall) for wall in pair) for pair in grid.boundary]
    return Grid(grid.shape, grid.h, pairs)


def _correction(wall):
    if isinstance(wall, Dirichlet):
        return Dirichlet(0.0)
    if isinstance(wall, Robin):
        return Robin(wall.alpha, wall.beta, 0.0)
    return wall if isinstance(wall, Periodic) else Neumann(0.0) if isinstance(wall, Neumann) else Reflecting()


def _coarse(grid: Grid) -> Grid | None:
    return grid.coarsen() if max(grid.shape) > COARSEST else None
