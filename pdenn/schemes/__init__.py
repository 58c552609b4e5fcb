"""Schemes in time: frozen dataclasses with one method, `step`; their constants are computed from it."""

from .adaptive import Adaptive
from .axis_splitting import ADI, AOS
from .constants import Constants, constants
from .du_fort_frankel import DuFortFrankel
from .explicit import SSPRK2, SSPRK3, ExplicitEuler
from .exponential import ETDRK2, ETDRK4, ExponentialEuler
from .extrapolation import Extrapolation
from .fed import FED
from .fsi import FSI
from .imex import ARS222
from .implicit import BDF2, SDIRK2, CrankNicolson, ImplicitEuler, SemiImplicit
from .integrators import SciPyIntegrator, TorchDiffEqIntegrator
from .protocol import Scheme
from .runge_kutta_chebyshev import RKC2
from .runge_kutta_legendre import RKL1, RKL2
from .semi_lagrangian import SemiLagrangian
from .splitting import IMEXEuler, LieSplitting, StrangSplitting
from .trace import Butcher, trace

__all__ = [
    "ADI",
    "AOS",
    "ARS222",
    "BDF2",
    "ETDRK2",
    "ETDRK4",
    "FED",
    "FSI",
    "RKC2",
    "RKL1",
    "RKL2",
    "SDIRK2",
    "SSPRK2",
    "SSPRK3",
    "Adaptive",
    "Butcher",
    "Constants",
    "CrankNicolson",
    "DuFortFrankel",
    "ExplicitEuler",
    "ExponentialEuler",
    "Extrapolation",
    "IMEXEuler",
    "ImplicitEuler",
    "LieSplitting",
    "Scheme",
    "SciPyIntegrator",
    "SemiImplicit",
    "SemiLagrangian",
    "StrangSplitting",
    "TorchDiffEqIntegrator",
    "constants",
    "trace",
]
