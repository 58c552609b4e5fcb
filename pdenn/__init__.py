"""pdenn makes partial differential equations and neural networks one thing: certify, solve, derive.

Importing it loads neither torch nor compiled kernels; those come with the first call that needs them.
"""

from .certificates import Certificate, certificate, certify
from .derive import derive
from .equations import Diffusion
from .errors import Diverged, NoCertificate, StepTooLarge
from .grids import Dirichlet, Grid, Neumann, Robin
from .laws import (
    Charbonnier,
    ForwardBackward,
    Linear,
    PeronaMalik,
    PeronaMalikExponential,
    TotalVariation,
    Weickert,
)
from .operators import discretise
from .schemes import FED, FSI, RKL1, RKL2, SSPRK2, SSPRK3, ExplicitEuler, constants
from .solution import Solution
from .solve import solve

__version__ = "0.1.0"

__all__ = [
    "FED",
    "FSI",
    "RKL1",
    "RKL2",
    "SSPRK2",
    "SSPRK3",
    "Certificate",
    "Charbonnier",
    "Diffusion",
    "Dirichlet",
    "Diverged",
    "ExplicitEuler",
    "ForwardBackward",
    "Grid",
    "Linear",
    "Neumann",
    "NoCertificate",
    "PeronaMalik",
    "PeronaMalikExponential",
    "Robin",
    "Solution",
    "StepTooLarge",
    "TotalVariation",
    "Weickert",
    "certificate",
    "certify",
    "constants",
    "derive",
    "discretise",
    "solve",
]
