"""Networks derived from schemes. Importing this package imports torch."""

from .baselines import ConvexPotentialNet, ResidualNet, UNet
from .convection import ConvectionLayer
from .convolution import Convolution
from .fixed import FixedNet
from .freezing import freeze
from .gaussian_flux import GaussianFlux
from .graph_convection import GraphConvectionLayer
from .graph_flow import GraphFlow
from .graph_layers import GraphDiffusionLayer
from .graph_nets import COIN, DiffResNet, ResidualBlock
from .layers import DiffusionLayer
from .likelihood import negative_log_likelihood
from .lipschitz import averaged, lipschitz
from .moments import Derivative, derivative
from .multigrid_net import MultigridNet
from .plan import Plan
from .proof import verify_proof, write_proof
from .rates import RateLayer, SumLayer
from .reaction_diffusion import ReactionDiffusionNet
from .reading import Reading
from .saved import read_network, write_network
from .scheme_net import SchemeNet
from .spline_flux import SplineFlux
from .stochastic import Dropout, NoiseInjected, RandomisedSmoothing, estimate
from .symmetric import DiffusionBlock, SymmetricNet
from .training import train

__all__ = [
    "COIN",
    "ConvexPotentialNet",
    "ConvectionLayer",
    "Convolution",
    "Derivative",
    "DiffResNet",
    "DiffusionBlock",
    "DiffusionLayer",
    "Dropout",
    "FixedNet",
    "GaussianFlux",
    "GraphConvectionLayer",
    "GraphDiffusionLayer",
    "GraphFlow",
    "MultigridNet",
    "NoiseInjected",
    "Plan",
    "RandomisedSmoothing",
    "RateLayer",
    "ReactionDiffusionNet",
    "Reading",
    "ResidualBlock",
    "ResidualNet",
    "SchemeNet",
    "SplineFlux",
    "SumLayer",
    "SymmetricNet",
    "UNet",
    "averaged",
    "derivative",
    "estimate",
    "freeze",
    "lipschitz",
    "negative_log_likelihood",
    "read_network",
    "train",
    "verify_proof",
    "write_network",
    "write_proof",
]
