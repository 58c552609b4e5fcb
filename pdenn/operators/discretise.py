"""From a statement to an operator; one `register` per kind of equation."""

from functools import singledispatch

from ..equations import (
    AnisotropicDiffusion,
    ConservationLaw,
    Convection,
    ConvectionDiffusion,
    Diffusion,
    Fidelity,
    PorousMedium,
    Reaction,
    Sum,
)
from ..grids import Grid
from .anisotropic import GridAnisotropicDiffusion
from .combine import SumOperator
from .conservation_law import GridConservationLaw
from .convection import GridConvection
from .convection_diffusion import GridConvectionDiffusion
from .diffusion import GridDiffusion
from .modulated import ModulatedDiffusion
from .pointwise import GridFidelity, GridReaction
from .porous_medium import GridPorousMedium
from .second_order import FourthOrderDiffusion


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
    if equation.order == 2:
        return FourthOrderDiffusion(equation, grid)
    return GridDiffusion(equation, grid) if equation.plain else ModulatedDiffusion(equation, grid)


@discretise.register
def _(equation: Sum, grid):
    return SumOperator(tuple(discretise(term, grid) for term in equation.terms))


@discretise.register
def _(equation: Convection, grid):
    return GridConvection(equation, grid)


@discretise.register
def _(equation: ConvectionDiffusion, grid):
    return GridConvectionDiffusion(equation, grid)


@discretise.register
def _(equation: ConservationLaw, grid):
    return GridConservationLaw(equation, grid)


@discretise.register
def _(equation: PorousMedium, grid):
    return GridPorousMedium(equation, grid)


@discretise.register
def _(equation: Reaction, grid):
    return GridReaction(equation, grid)


@discretise.register
def _(equation: Fidelity, grid):
    return GridFidelity(equation, grid)


@discretise.register
def _(equation: AnisotropicDiffusion, grid):
    return GridAnisotropicDiffusion(equation, grid)
