"""pdenn makes partial differential equations and neural networks one thing: certify, solve, derive.

Importing it loads neither torch nor compiled kernels; those come with the first call that needs them.
"""

from importlib import import_module
from typing import Any

from .audit import Audit, audit
from .certificates import Certificate, certificate, certify
from .derive import derive
from .equations import (
    AnisotropicDiffusion,
    ConservationLaw,
    Convection,
    ConvectionDiffusion,
    Diffusion,
    Fidelity,
    GraphConvection,
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
from .inspect import Coefficients, inspect
from .laws import (
    Charbonnier,
    ForwardBackward,
    Linear,
    PeronaMalik,
    PeronaMalikExponential,
    TotalVariation,
    Weickert,
)
from .local_fourier import constant_stencil, smoothing_factor, two_grid
from .operators import compiled, discretise
from .particles import FeynmanKac
from .schemes import (
    ADI,
    AOS,
    ARS222,
    BDF2,
    ETDRK2,
    ETDRK4,
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
    ExponentialEuler,
    Extrapolation,
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
from .solvers import (
    AlgebraicMultigrid,
    BiCGStab,
    Chebyshev,
    ConjugateGradients,
    FixedPoint,
    GaussSeidel,
    Jacobi,
    LineGaussSeidel,
    Multigrid,
    NewtonKrylov,
)
from .steady import SteadyState, solve_steady
from .tensors import CoherenceEnhancing, EdgeEnhancing


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    # Exact solutions need SciPy's special functions, networks torch, testing Hypothesis: they load when they are named.
    if name in ("complexity", "datasets", "exact", "networks", "robustness", "separation", "separator", "testing"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    """What pyproject.toml says, by way of the metadata of the installation."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:  # a folder on the path that nobody installed
        return "0+unknown"


__all__ = [
    "ADI",
    "AOS",
    "ARS222",
    "BDF2",
    "ETDRK2",
    "ETDRK4",
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
    "AlgebraicMultigrid",
    "AnisotropicDiffusion",
    "Audit",
    "BiCGStab",
    "BuckleyLeverett",
    "Burgers",
    "Central",
    "Certificate",
    "Charbonnier",
    "Coefficients",
    "Chebyshev",
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
    "ExponentialEuler",
    "Extrapolation",
    "FeynmanKac",
    "Fidelity",
    "FixedPoint",
    "ForwardBackward",
    "GaussSeidel",
    "Godunov",
    "Graph",
    "GraphConvection",
    "Grid",
    "IMEXEuler",
    "ImplicitEuler",
    "Jacobi",
    "LaxFriedrichs",
    "LieSplitting",
    "LineGaussSeidel",
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
    "SteadyState",
    "StepTooLarge",
    "StrangSplitting",
    "TorchDiffEqIntegrator",
    "TotalVariation",
    "Upwind",
    "Weickert",
    "audit",
    "certificate",
    "certify",
    "compiled",
    "constant_stencil",
    "constants",
    "derive",
    "discretise",
    "inspect",
    "smoothing_factor",
    "solve",
    "solve_steady",
    "two_grid",
]
