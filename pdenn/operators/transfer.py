"""Transfer between a grid and the grid with pairs of its cells merged."""

from functools import singledispatch

from ..arrays import namespace
from ..grids import Dirichlet, Grid, Neumann, Periodic, Reflecting
from .combine import SumOperator
from .differences import pad
from .diffusion import GridDiffusion, HeldDiffusion
from .protocol import Bound, Constant


@singledispatch
def coarsened(A):
    """The operator of the same equation on the coarsened grid; None where every axis is odd or the grid is small.

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
def _(A: HeldDiffusion):
    grid = _coarse(A.grid)
    return None if grid is None else HeldDiffusion(restricted(A.g, A.grid), grid, _scaled(A, grid))


@coarsened.register
def _(A: SumOperator):
    terms = [coarsened(term) for term in A.terms]
    return None if any(term is None for term in terms) else SumOperator(tuple(terms))


def restricted(u, grid: Grid):
    """`R u`: the mean of the cells that are merged, for states on `grid`."""
    for axis, n in enumerate(grid.shape):
        if n % 2 == 0:
            where = axis - grid.dim
            u = (_strided(u, where, 0) + _strided(u, where, 1)) / 2
    return u


def prolongated(u, coarse: Grid, fine: Grid):
    """`P u`: linear interpolation between coarse cell centres, of corrections that vanish at Dirichlet walls."""
    walls = _homogeneous(coarse)
    for axis, n in enumerate(fine.shape):
        if n % 2 == 0:
            u = _refined(u, walls, axis)
    return u


def _refined(u, grid, axis):
    where = axis - grid.dim
    padded, n = pad(u, grid, axis), u.shape[where]
    below, above = _cut(padded, where, 0, n), _cut(padded, where, 2, n + 2)
    pair = namespace(u).stack([0.75 * u + 0.25 * below, 0.75 * u + 0.25 * above], where)
    shape = list(u.shape)
    shape[where] = 2 * n
    return pair.reshape(shape)


def _homogeneous(grid: Grid) -> Grid:
    """The same grid with the walls that a correction sees: values and slopes that are prescribed do not change."""
    pairs = [tuple(_correction(wall) for wall in pair) for pair in grid.boundary]
    return Grid(grid.shape, grid.h, pairs)


def _correction(wall):
    if isinstance(wall, Dirichlet):
        return Dirichlet(0.0)
    return wall if isinstance(wall, Periodic) else Neumann(0.0) if isinstance(wall, Neumann) else Reflecting()


def _coarse(grid: Grid) -> Grid | None:
    return grid.coarsen() if any(n % 2 == 0 and n > 2 for n in grid.shape) else None


def _scaled(A: HeldDiffusion, coarse: Grid) -> Bound:
    """The bound of a held diffusion on the coarse grid: its constants scale with `Σ 1/h²`."""
    ratio = sum(1 / h**2 for h in coarse.h) / sum(1 / h**2 for h in A.grid.h)
    found = A.bound_of_law
    scaled = [c if c.value is None else Constant(c.value * ratio, f"{c.because}, coarse") for c in found[:3]]
    return Bound(scaled[0], scaled[1], scaled[2], found.linear, found.symmetric)


def _strided(u, where, start):
    return u[(..., slice(start, None, 2), *[slice(None)] * (-where - 1))]


def _cut(u, where, start, stop):
    return u[(..., slice(start, stop), *[slice(None)] * (-where - 1))]
