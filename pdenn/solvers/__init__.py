"""Solvers of the equations of implicit stages, `m v - γ A(t, v) = f`; see `protocol`."""

from .algebraic import AlgebraicMultigrid
from .fixed_point import FixedPoint
from .krylov import BiCGStab, ConjugateGradients
from .multigrid import Multigrid
from .newton import NewtonKrylov
from .smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel

__all__ = [
    "AlgebraicMultigrid",
    "BiCGStab",
    "ConjugateGradients",
    "FixedPoint",
    "Multigrid",
    "NewtonKrylov",
    "Chebyshev",
    "GaussSeidel",
    "Jacobi",
    "LineGaussSeidel",
]
