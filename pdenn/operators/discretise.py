"""From a statement to an operator; one `register` per kind of equation."""

from functools import singledispatch

from ..equations import Diffusion, Sum
from ..grids import Grid
from .combine import SumOperator
from .diffusion import GridDiffusion


@singledispatch
def discretise(equation, grid: Grid):
    """The operator `A(t, u) = du/dt` of an equation on a grid.

    Parameters
    ----------
    equation : Diffusion, or a sum of statements
    grid : Grid

    Returns
    -------
    Operator
        Acts on states of shape `(..., *grid.shape)`, dtype float32 or float64, NumPy or torch.

    Raises
    ------
    TypeError
        `equation` or `grid` is of an unknown kind.
    """
    raise TypeError(f"equation must be a statement such as pn.Diffusion(pn.Charbonnier(0.1)), got {equation!r}")


@discretise.register
def _(equation: Diffusion, grid):
    if not isinstance(grid, Grid):
        raise TypeError(f"grid must be a pn.Grid, got {grid!r}")
    return GridDiffusion(equation, grid)


@discretise.register
def _(equation: Sum, grid):
    return SumOperator(tuple(discretise(term, grid) for term in equation.terms))
