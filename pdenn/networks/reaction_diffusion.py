"""Networks that restore images: diffusion that is pulled back to what was measured, certified at every weight."""

from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import Number
from .lipschitz import lipschitz, of_step
from .symmetric import SymmetricNet
from .weights import check_weights


class ReactionDiffusionNet(SymmetricNet):
    """Steps of `u' = A_k(u) + λ (f - u)` from `u = f`: what a measured `f` was before the noise.

    Each is a step of the scheme for `A_k`, and an implicit one for the reaction:

        v = step_k(u),    u ← (v + μ_k f) / (1 + μ_k),    μ_k = exp(η_k) > 0.

    The second line is a mean of `v` and `f`, with the shares `1 - σ(η_k)` and `σ(η_k)`. So the claim holds for the whole network at every weight: with
    "contractive" it brings no two `f` further apart, with "bounded" its norm is at most that of `f`; both by induction
    over the steps. Trainable reaction-diffusion is due to Chen and Pock (2017), whose steps are free of any claim.

    Parameters
    ----------
    reaction : float
        `μ > 0` of all steps at initialisation.
    *args, **kwargs
        Of `SymmetricNet`.

    Raises
    ------
    ValueError
        As `SymmetricNet`, or `reaction` is not positive.
    """

    def __init__(self, *args: Any, reaction: float = 0.05, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not 0 < reaction < float("inf"):
            raise ValueError(f"reaction must be positive and finite, got {reaction!r}")
        self.eta = nn.Parameter(torch.full_like(self.theta, reaction).log())

    def reactions(self) -> tuple[Tensor, ...]:
        """`μ_k` of every block."""
        return self.eta.exp().unbind()

    def forward(self, f: Tensor) -> Tensor:
        """The restored state, of the shape `(batch, channels, *shape)` of `f`."""
        steps, schemes, shares, u = self.steps(), self._learnt(), torch.sigmoid(self.eta).unbind(), f
        t: Number = 0.0
        for _ in range(self.repeats):
            for block, scheme, tau, share in zip(self.blocks, schemes, steps, shares, strict=True):
                v = scheme.step(block, t, u, tau)
                u = (1 - share) * v + share * f  # as it stands above, where `exp` would overflow too
                t = t + tau
        return u


@lipschitz.register
def _(network: ReactionDiffusionNet) -> float:
    """`L ← (L_k L + μ_k) / (1 + μ_k)` from `L = 1`."""
    check_weights(network)
    steps = [float(tau.detach()) for tau in network.steps()]
    found = [of_step(*part, network.rounding) for part in zip(network.schemes(), network.blocks, steps, strict=True)]
    largest = 1.0
    for _ in range(network.repeats):
        for one, share in zip(found, torch.sigmoid(network.eta.detach()).tolist(), strict=True):
            largest = (1 - share) * one * largest + share
    return largest
