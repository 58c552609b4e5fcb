"""Solvers of the equations of implicit stages, `v - γ A(t, v) = f`; see `protocol`."""

from .fixed_point import FixedPoint
from .krylov import BiCGStab, ConjugateGradients
from .multigrid import Multigrid
from .newton import NewtonKrylov

__all__ = ["BiCGStab", "ConjugateGradients", "FixedPoint", "Multigrid", "NewtonKrylov"]
