"""Closed-form solutions: the oracles of the tests and of the accuracy studies. They import no operator.

A continuous solution is a frozen dataclass with `u(t, *x)`, one array per axis as `grid.coordinates()` gives them; a
discrete one solves the semi-discrete system itself, so that a scheme can be compared with it to rounding.
"""

from .discrete import discrete_solution, eigenpair
from .filters import BinomialFilter, BoxFilter
from .fourth_order import FourthOrderMode
from .linear import GaussianOnLine, HeatKernel, HeatKernelOnBox, Mode, SlopedWalls, SteadyRamp
from .manufactured import Manufactured, manufactured
from .nonlinear import TranslatingProfile
from .porous import Barenblatt
from .reaction import BistableFront, FisherFront, Logistic
from .shocks import BuckleyLeverettRiemann, BurgersFront, BurgersRiemann
from .tensor_gaussian import TensorGaussian
from .transport import AdvectedGaussian, OgataBanks, RotatingGaussian, SteadyLayer

__all__ = [
    "AdvectedGaussian",
    "Barenblatt",
    "BinomialFilter",
    "BistableFront",
    "BoxFilter",
    "BuckleyLeverettRiemann",
    "BurgersFront",
    "BurgersRiemann",
    "FisherFront",
    "FourthOrderMode",
    "GaussianOnLine",
    "HeatKernel",
    "HeatKernelOnBox",
    "Logistic",
    "Manufactured",
    "Mode",
    "OgataBanks",
    "RotatingGaussian",
    "SlopedWalls",
    "SteadyLayer",
    "SteadyRamp",
    "TensorGaussian",
    "TranslatingProfile",
    "discrete_solution",
    "eigenpair",
    "manufactured",
]
