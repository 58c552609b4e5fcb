"""Operators `A(t, u) = du/dt` on grids; see `protocol` for what every one of them promises."""

from .combine import SumOperator
from .compiled import compiled
from .diffusion import GridDiffusion, HeldDiffusion
from .discretise import discretise
from .protocol import Bound, Operator

__all__ = ["Bound", "GridDiffusion", "HeldDiffusion", "Operator", "SumOperator", "compiled", "discretise"]
