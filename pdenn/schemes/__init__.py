"""Schemes in time: frozen dataclasses with one method, `step`; their constants are computed from it."""

from .constants import Constants, constants
from .explicit import SSPRK2, SSPRK3, ExplicitEuler
from .fed import FED
from .fsi import FSI
from .protocol import Scheme
from .runge_kutta_legendre import RKL1, RKL2
from .trace import Butcher, trace

__all__ = [
    "FED",
    "FSI",
    "RKL1",
    "RKL2",
    "SSPRK2",
    "SSPRK3",
    "Butcher",
    "Constants",
    "ExplicitEuler",
    "Scheme",
    "constants",
    "trace",
]
