"""A scheme as a network: its forward pass is the scheme's own `step`, with operators that learn."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from ..certificates import Certificate, certify
from .layers import layer_of


class SchemeNet(nn.Module):
    """`steps` steps of a scheme, each with its own layer (`DiffusionLayer`, `GraphDiffusionLayer`) and step size.

    Parameters
    ----------
    A : GridDiffusion or GraphDiffusion
    scheme : Scheme
    tau : float
        Step size of every step at initialisation.
    steps : int
        Number of steps.
    recompute : bool
        Whether the backward pass computes the inside of each step again instead of keeping it: memory for time.
    """

    def __init__(self, A, scheme, tau: float, steps: int, recompute: bool = False):
        super().__init__()
        self.scheme, self.recompute = scheme, recompute
        self.layers = nn.ModuleList(layer_of(A) for _ in range(steps))
        self.tau = nn.Parameter(torch.full((steps,), tau, dtype=torch.float64))

    def forward(self, u):
        """The state after all steps, for tensors of shape `(..., *grid.shape)`."""
        t = torch.zeros((), dtype=self.tau.dtype, device=self.tau.device)
        for layer, tau in zip(self.layers, self.tau, strict=True):
            if self.recompute:
                u = checkpoint(self.scheme.step, layer, t, u, tau, use_reentrant=False)
            else:
                u = self.scheme.step(layer, t, u, tau)
            t = t + tau
        return u

    def extra_repr(self):
        return f"scheme={self.scheme}"


@certify.register
def _(network: SchemeNet, A=None) -> tuple[Certificate, ...]:
    """The claims that hold for every step of the network at its present weights; `tau` is the smallest limit."""
    held = []
    for layer, tau in zip(network.layers, network.tau.tolist(), strict=True):
        found = {c.claim: c for c in certify(network.scheme, layer)}
        held.append({claim: c for claim, c in found.items() if 0 <= tau <= c.tau * (1 + 1e-12)})
    common = [claim for claim in held[0] if all(claim in layer for layer in held)]
    return tuple(min((layer[claim] for layer in held), key=lambda c: c.tau) for claim in common)
