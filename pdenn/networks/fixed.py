"""A symmetric net that is done with learning: its steps are numbers, so that no norm is computed any more."""

import copy

import torch
from torch import nn

from ..certificates import certify
from .symmetric import SymmetricNet


class FixedNet(nn.Module):
    """The forward pass of a `SymmetricNet` at its present weights, for use and for export.

    It needs convolutions and the law only, no Fourier transforms nor singular values, which formats such as ONNX lack:
    `torch.onnx.export(FixedNet(network), (u,), dynamo=True).save("net.onnx")` with `pip install pdenn[onnx]`. The certificates are those of the network it was made from.

    Parameters
    ----------
    network : SymmetricNet

    Attributes
    ----------
    certificates : tuple of Certificate
    """

    def __init__(self, network: SymmetricNet) -> None:
        super().__init__()
        self.blocks = copy.deepcopy(network.blocks).requires_grad_(False)
        self.schemes, self.repeats = network.schemes(), network.repeats
        self.tau = [float(tau.detach()) for tau in network.steps()]
        self.certificates = certify(network)

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        """The state after all steps, of the shape `(batch, channels, *shape)` of `u`."""
        t = 0.0
        for _ in range(self.repeats):
            for block, scheme, tau in zip(self.blocks, self.schemes, self.tau, strict=True):
                u = scheme.step(block, t, u, tau)
                t = t + tau
        return u
