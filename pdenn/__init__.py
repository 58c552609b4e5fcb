"""pdenn makes partial differential equations and neural networks one thing: certify, solve, derive.

Importing it loads neither torch nor compiled kernels; those come with the first call that needs them.
"""

from importlib import import_module

from .certificates import Certificate, certificate, certify
from .derive import derive
from .equations import (
    AnisotropicDiffusion,
    ConservationLaw,
    Convection,
    ConvectionDiffusion,
    Diffusion,
    Fidelity,
    PorousMedium,
    Reaction,
)
from .errors import Diverged, NoCertificate, NotConverged, StepTooLarge
from .fluxes import (
    MUSCL,
    WENO5,
    BuckleyLeverett,
    Burgers,
    Central,
    Godunov,
    LaxFriedrichs,
    ScharfetterGummel,
    Upwind,
)
from .graphs import Graph
from .grids import Dirichlet, Grid, Neumann, Outflow, Robin
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
from .particles import FeynmanKac
from .schemes import (
    ADI,
    AOS,
    ARS222,
    BDF2,
    FED,
    FSI,
    RKC2,
    RKL1,
    RKL2,
    SDIRK2,
    SSPRK2,
    SSPRK3,
    Adaptive,
    CrankNicolson,
    DuFortFrankel,
    ExplicitEuler,
    IMEXEuler,
    ImplicitEuler,
    LieSplitting,
    SciPyIntegrator,
    SemiImplicit,
    SemiLagrangian,
    StrangSplitting,
    TorchDiffEqIntegrator,
    constants,
)
from .solution import Solution
from .solve import solve
from .solvers import BiCGStab, ConjugateGradients, FixedPoint, Multigrid, NewtonKrylov
from .tensors import CoherenceEnhancing, EdgeEnhancing

__version__ = "0.1.0"


def __getattr__(name):
    # Exact solutions need SciPy's special functions, networks torch, testing Hypothesis: they load when they are named.
    if name in ("exact", "networks", "testing"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ADI",
    "AOS",
    "ARS222",
    "BDF2",
    "FED",
    "FSI",
    "MUSCL",
    "RKC2",
    "RKL1",
    "RKL2",
    "SDIRK2",
    "SSPRK2",
    "SSPRK3",
    "WENO5",
    "Adaptive",
    "AnisotropicDiffusion",
    "BiCGStab",
    "BuckleyLeverett",
    "Burgers",
    "Central",
    "Certificate",
    "Charbonnier",
    "CoherenceEnhancing",
    "ConjugateGradients",
    "ConservationLaw",
    "Convection",
    "ConvectionDiffusion",
    "CrankNicolson",
    "Diffusion",
    "Dirichlet",
    "Diverged",
    "DuFortFrankel",
    "EdgeEnhancing",
    "ExplicitEuler",
    "FeynmanKac",
    "Fidelity",
    "FixedPoint",
    "ForwardBackward",
    "Godunov",
    "Graph",
    "Grid",
    "IMEXEuler",
    "ImplicitEuler",
    "LaxFriedrichs",
    "LieSplitting",
    "Linear",
    "Multigrid",
    "Neumann",
    "NewtonKrylov",
    "NoCertificate",
    "NotConverged",
    "Outflow",
    "PeronaMalik",
    "PeronaMalikExponential",
    "PorousMedium",
    "Reaction",
    "Robin",
    "ScharfetterGummel",
    "SciPyIntegrator",
    "SemiImplicit",
    "SemiLagrangian",
    "Solution",
    "StepTooLarge",
    "StrangSplitting",
    "TorchDiffEqIntegrator",
    "TotalVariation",
    "Upwind",
    "Weickert",
    "certificate",
    "certify",
    "constants",
    "derive",
    "discretise",
    "solve",
]
