"""Statements of partial differential equations, without a grid; they print as mathematics.

`pdenn.discretise` turns a statement into an operator `A(t, u) = du/dt` on a grid.
"""

from .convection import Convection
from .diffusion import Diffusion
from .sum import Statement, Sum

__all__ = ["Convection", "Diffusion", "Statement", "Sum"]
