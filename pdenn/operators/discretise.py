"""From a statement to an operator; one `register` per kind of equation."""

from functools import singledispatch

from ..equations import (
    AnisotropicDiffusion,
    ConservationLaw,
    Convection,
    ConvectionDiffusion,
    Diffusion,
    Fidelity,
    GraphConvection,
    PorousMedium,
    Reaction,
    Statement,
    Sum,
)
from ..graphs import Graph
from ..grids import Grid
from .anisotropic import GridAnisotropicDiffusion
from .combine import SumOperator
from .conservation_law import GridConservationLaw
from .convection import GridConvection
from .convection_diffusion import GridConvectionDiffusion
from .diffusion import GridDiffusion
from .graph_convection import GraphTransport
from .graph_diffusion import GraphDiffusion
from .modulated import ModulatedDiffusion
from .pointwise import GridFidelity, GridReaction
from .porous_medium import GridPorousMedium
from .protocol import Operator
from .second_order import FourthOrderDiffusion


@singledispatch
def discretise(equation: Statement, grid: Grid | Graph) -> Operator:
    """The operator `A(t, u) = du/dt` of an equation on a grid or graph.

    Parameters
    ----------
    equation : Diffusion, or a sum of statements
    grid : Grid or Graph
        On a graph: `Diffusion` of order 1, `GraphConvection`, `Reaction`, `Fidelity` and their sums.

    Returns
    -------
    Operator
        Acts on states of shape `(..., *grid.shape)`, dtype float32 or float64, NumPy or torch.

    Raises
    ------
    TypeError
        `equation` or `grid` is of an unknown kind, or the equation needs a grid.
    ValueError
        The equation does not fit the grid.

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((4,), h=0.5))
    >>> A(0.0, np.array([0.0, 1.0, 4.0, 9.0]))
    array([  4.,   8.,   8., -20.])
    >>> A.bound.spectral.value
    16.0
    """
    raise TypeError(f"equation must be a statement such as pn.Diffusion(pn.Charbonnier(0.1)), got {equation!r}")


@discretise.register
def _(equation: Diffusion, grid: Grid | Graph) -> Operator:
    if isinstance(grid, Graph):
        return GraphDiffusion(equation, grid)
    grid = _checked(grid)
    if equation.order == 2:
        return FourthOrderDiffusion(equation, grid)
    return GridDiffusion(equation, grid) if equation.plain else ModulatedDiffusion(equation, grid)


@discretise.register
def _(equation: Sum, grid: Grid | Graph) -> Operator:
    return SumOperator(tuple(discretise(term, grid) for term in equation.terms))


@discretise.register
def _(equation: Convection, grid: Grid | Graph) -> Operator:
    return GridConvection(equation, _checked(grid))


@discretise.register
def _(equation: GraphConvection, grid: Grid | Graph) -> Operator:
    if not isinstance(grid, Graph):
        raise TypeError(f"grid must be a pn.Graph for this equation, got {grid!r}")
    return GraphTransport(equation, grid)


@discretise.register
def _(equation: ConvectionDiffusion, grid: Grid | Graph) -> Operator:
    return GridConvectionDiffusion(equation, _checked(grid))


@discretise.register
def _(equation: ConservationLaw, grid: Grid | Graph) -> Operator:
    return GridConservationLaw(equation, _checked(grid))


@discretise.register
def _(equation: PorousMedium, grid: Grid | Graph) -> Operator:
    return GridPorousMedium(equation, _checked(grid))


@discretise.register
def _(equation: Reaction, grid: Grid | Graph) -> Operator:
    return GridReaction(equation, grid)


@discretise.register
def _(equation: Fidelity, grid: Grid | Graph) -> Operator:
    return GridFidelity(equation, grid)


@discretise.register
def _(equation: AnisotropicDiffusion, grid: Grid | Graph) -> Operator:
    return GridAnisotropicDiffusion(equation, _checked(grid))


def _checked(grid: object) -> Grid:
    if not isinstance(grid, Grid):
        raise TypeError(f"grid must be a pn.Grid for this equation, got {grid!r}")
    return grid
