"""Networks derived from schemes. Importing this package imports torch."""

from .convolution import Convolution
from .graph_layers import GraphDiffusionLayer
from .layers import DiffusionLayer
from .scheme_net import SchemeNet
from .symmetric import DiffusionBlock, SymmetricNet

__all__ = ["Convolution", "DiffusionBlock", "DiffusionLayer", "GraphDiffusionLayer", "SchemeNet", "SymmetricNet"]
