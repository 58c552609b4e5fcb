"""Closed-form solutions: the oracles of the tests and of the accuracy studies. They import no operator.

A continuous solution is a frozen dataclass with `u(t, *x)`, one array per axis as `grid.coordinates()` gives them; a
discrete one solves the semi-discrete system itself, so that a scheme can be compared with it to rounding.
"""

from .discrete import discrete_solution, eigenpair
from .linear import GaussianOnLine, HeatKernel, HeatKernelOnBox, Mode, SlopedWalls, SteadyRamp
from .nonlinear import TranslatingProfile
from .porous import Barenblatt
from .shocks import BuckleyLeverettRiemann, BurgersFront, BurgersRiemann
from .transport import AdvectedGaussian, OgataBanks, RotatingGaussian, SteadyLayer

__all__ = [
    "AdvectedGaussian",
    "Barenblatt",
    "BuckleyLeverettRiemann",
    "BurgersFront",
    "BurgersRiemann",
    "GaussianOnLine",
    "HeatKernel",
    "HeatKernelOnBox",
    "Mode",
    "OgataBanks",
    "RotatingGaussian",
    "SlopedWalls",
    "SteadyLayer",
    "SteadyRamp",
    "TranslatingProfile",
    "discrete_solution",
    "eigenpair",
]
