"""Statements of partial differential equations, without a grid; they print as mathematics.

`pdenn.discretise` turns a statement into an operator `A(t, u) = du/dt` on a grid.
"""

from .anisotropic_diffusion import AnisotropicDiffusion
from .conservation_law import ConservationLaw
from .convection import Convection
from .convection_diffusion import ConvectionDiffusion
from .diffusion import Diffusion
from .graph_convection import GraphConvection
from .porous_medium import PorousMedium
from .reaction import Fidelity, Reaction
from .sum import Statement, Sum

__all__ = [
    "AnisotropicDiffusion",
    "ConservationLaw",
    "Convection",
    "ConvectionDiffusion",
    "Diffusion",
    "Fidelity",
    "GraphConvection",
    "PorousMedium",
    "Reaction",
    "Statement",
    "Sum",
]
