"""Networks derived from schemes. Importing this package imports torch."""

from .baselines import ConvexPotentialNet, ResidualNet, UNet
from .convolution import Convolution
from .fixed import FixedNet
from .freezing import freeze
from .graph_convection import GraphConvectionLayer
from .graph_flow import GraphFlow
from .graph_layers import GraphDiffusionLayer
from .graph_nets import COIN, DiffResNet, ResidualBlock
from .layers import DiffusionLayer
from .likelihood import negative_log_likelihood
from .lipschitz import averaged, lipschitz
from .moments import Derivative, derivative
from .plan import Plan
from .proof import verify_proof, write_proof
from .reading import Reading
from .scheme_net import SchemeNet
from .spline_flux import SplineFlux
from .stochastic import Dropout, NoiseInjected, RandomisedSmoothing, estimate
from .symmetric import DiffusionBlock, SymmetricNet
from .training import train

__all__ = [
    "COIN",
    "ConvexPotentialNet",
    "Convolution",
    "Derivative",
    "DiffResNet",
    "DiffusionBlock",
    "DiffusionLayer",
    "Dropout",
    "FixedNet",
    "GraphConvectionLayer",
    "GraphDiffusionLayer",
    "GraphFlow",
    "NoiseInjected",
    "Plan",
    "RandomisedSmoothing",
    "Reading",
    "ResidualBlock",
    "ResidualNet",
    "SchemeNet",
    "SplineFlux",
    "SymmetricNet",
    "UNet",
    "averaged",
    "derivative",
    "estimate",
    "freeze",
    "lipschitz",
    "negative_log_likelihood",
    "train",
    "verify_proof",
    "write_proof",
]
