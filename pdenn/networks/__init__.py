"""Networks derived from schemes. Importing this package imports torch."""

from .layers import DiffusionLayer
from .scheme_net import SchemeNet

__all__ = ["DiffusionLayer", "SchemeNet"]
