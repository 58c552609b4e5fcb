"""A scheme as a network: its forward pass is the scheme's own `step`, with operators that learn."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..arrays import check_tensor
from ..certificates import Certificate, certify
from ..equations.law import Law
from ..schemes.exponential import Exponential
from ..schemes.protocol import Scheme
from .extrapolation import heights, learnt, present
from .layers import DiffusionLayer, layer_of
from .rates import rates_of
from .weights import check_weights


class SchemeNet(nn.Module):
    """`steps` steps of a scheme, each with its own layer (of `layer_of(A)`) and step size, or all with the same ones.

    Parameters
    ----------
    A : Operator
    scheme : Scheme
        The weights of `Extrapolation` learn too, for each layer on its own.
    tau : float
        Step size of every step at initialisation.
    steps : int
        Number of steps.
    recompute : bool
        Whether the backward pass computes the inside of each step again instead of keeping it: memory for time.
    law : SplineFlux or GaussianFlux, optional
        Takes the place of the law of `A`, on a grid; each layer learns a copy of its own.
    tied : bool
        Whether all steps share one layer and step size: a recurrent network.
    """

    layers: Any  # nn.ModuleList of layers
    extrapolation: nn.Parameter | None

    def __init__(
        self,
        A: Any,
        scheme: Scheme,
        tau: float,
        steps: int,
        recompute: bool = False,
        law: Law | nn.Module | None = None,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.scheme, self.recompute = scheme, recompute
        own, self.repeats = (1, steps) if tied else (steps, 1)
        self.layers = nn.ModuleList(_layer(A, scheme, law) for _ in range(own))
        self.tau = nn.Parameter(torch.full((own,), tau, dtype=torch.float64))
        self.register_parameter("extrapolation", heights(scheme, own))

    def forward(self, u: Tensor) -> Tensor:
        """The state after all steps, for tensors of shape `(..., *grid.shape)`."""
        check_tensor(u, "u")
        t = torch.zeros((), dtype=self.tau.dtype, device=self.tau.device)
        for k, (layer, tau) in [*enumerate(zip(self.layers, self.tau, strict=True))] * self.repeats:
            step = learnt(self.scheme, self._row(k)).step
            if self.recompute:
                u = checkpoint(step, layer, t, u, tau, use_reentrant=False)
            else:
                u = step(layer, t, u, tau)
            t = t + tau
        return u

    def _row(self, k: int) -> Tensor | None:
        return None if self.extrapolation is None else self.extrapolation[k]

    def schemes(self) -> list[Scheme]:
        """The scheme of every layer, with numbers for its extrapolation weights."""
        return [present(self.scheme, self._row(k)) for k in range(len(self.layers))]

    def extra_repr(self) -> str:
        return f"scheme={self.scheme}, repeats={self.repeats}"


def _layer(A: Any, scheme: Scheme, law: Law | nn.Module | None) -> nn.Module:
    if law is not None:
        return DiffusionLayer(A, law)
    # With free stencils the waves of the grid were no eigenvectors any more.
    return rates_of(A) if isinstance(scheme, Exponential) else layer_of(A)


@certify.register
def _(network: SchemeNet, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold for every step of the network at its present weights; `tau` is the smallest limit."""
    check_weights(network)
    held = []
    for scheme, layer, tau in zip(network.schemes(), network.layers, network.tau.tolist(), strict=True):
        found = {c.claim: c for c in certify(scheme, layer)}
        held.append({claim: c for claim, c in found.items() if 0 <= tau <= c.tau * (1 + 1e-12)})
    common = [claim for claim in held[0] if all(claim in layer for layer in held)]
    return tuple(min((layer[claim] for layer in held), key=lambda c: c.tau) for claim in common)
