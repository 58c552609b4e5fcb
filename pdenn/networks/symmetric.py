"""Symmetric residual networks whose steps cannot leave their claim, whatever is learned (Alt et al. 2022)."""

import torch
from torch import nn

from ..certificates import CLAIMS, Certificate, certify, claims
from ..laws import Charbonnier, check_law
from ..operators import Bound
from ..operators.protocol import Constant, no_bound
from ..schemes import ExplicitEuler
from .convolution import Convolution

FLOOR = 1e-6  # of ‖K‖²: below it the step stops growing, and stays certified because the bound is smaller still


class DiffusionBlock(nn.Module):
    """`A(u) = -K* Φ(K u)` on states `(batch, channels, *shape)` with a trainable convolution and law.

    Parameters
    ----------
    convolution : Convolution
    law : law
        Its parameters are trained as logarithms.
    coupled : bool
        Whether the diffusivity of a place sees all its features, `g(Σ_j (K_j u)²)`, or each feature its own.
    """

    def __init__(self, convolution: Convolution, law, coupled: bool = False):
        super().__init__()
        check_law(law)
        self.convolution, self.coupled, self.kind = convolution, coupled, type(law)
        self.logarithms = nn.Parameter(torch.tensor(list(law), dtype=torch.get_default_dtype()).log())

    @property
    def law(self):
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*self.logarithms.exp())

    def forward(self, t, u):
        features = self.convolution(u)
        return -self.convolution.adjoint(self.diffusivity(features) * features)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u` (they remain functions of the weights)."""
        return HeldBlock(self.convolution, self.diffusivity(self.convolution(u)))

    def diffusivity(self, features):
        """`g` at every place and feature."""
        squares = features * features
        return self.law.g(squares.sum(1, keepdim=True) if self.coupled else squares)

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now."""
        law = self.kind(*(float(x) for x in self.logarithms.detach().exp()))
        square = float(self.convolution.norm_bound().detach()) ** 2
        if not law.nonnegative:
            return no_bound(f"g of {law!r} takes negative values", symmetric=True)
        because = f"with |K|² ≤ {square:.6g} for the present weights"
        slope = law.sup_slope * square
        contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux, {because}")
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        diagonal = Constant(None, "a trained K does not annihilate constants: extrema may grow")
        spectral = Constant(law.sup_g * square, f"ρ = sup g · |K|² = {law.sup_g * square:.6g} {because}")
        return Bound(spectral, contraction, diagonal, self.kind.__name__ == "Linear", True)


class HeldBlock:
    """A block with its diffusivities frozen."""

    def __init__(self, convolution, g):
        self.convolution, self.g = convolution, g

    def __call__(self, t, u):
        return -self.convolution.adjoint(self.g * self.convolution(u))

    def hold(self, t, u):
        return self


class SymmetricNet(nn.Module):
    """A chain of steps of a scheme on `DiffusionBlock`s, certified at every weight.

    The step of block `k` is `τ_k = σ(θ_k) τ*(W)`, `σ` the logistic function and `τ*(W) = c / (s max(‖K‖², floor))` the limit
    of the claim: a differentiable function of the weights, defined at zero weights, that no training can exceed.

    Parameters
    ----------
    channels, features : int
    blocks : int
        Number of steps.
    scheme : Scheme
        With a Butcher table.
    law : law
        Initial law, not negative; monotone for the claim "contractive".
    claim : {"bounded", "contractive"}
    kernel, dim, padding
        Of the convolutions.
    tied : bool
        Whether all steps share one block and step size (a recurrent network).
    coupled : bool
        Of the blocks.

    Raises
    ------
    ValueError
        An argument is out of range, or the claim cannot be made with this scheme and law.
    """

    def __init__(self, channels=1, features=8, blocks=5, scheme=None, law=None, claim="bounded", kernel=3, dim=2,
                 padding="valid", tied=False, coupled=False):  # fmt: skip
        super().__init__()
        if isinstance(blocks, bool) or not isinstance(blocks, int) or blocks < 1:
            raise ValueError(f"blocks must be a positive integer, got {blocks!r}")
        self.scheme = ExplicitEuler() if scheme is None else scheme
        law = Charbonnier(1.0) if law is None else law
        self.blocks = nn.ModuleList(
            DiffusionBlock(Convolution(channels, features, kernel, dim, padding), law, coupled)
            for _ in range(1 if tied else blocks)
        )
        self.repeats = blocks if tied else 1
        self.claim, self.factor = claim, _factor(self.scheme, law, claim)
        self.theta = nn.Parameter(torch.zeros(len(self.blocks)))

    def steps(self):
        """`τ_k` of every block."""
        return [torch.sigmoid(theta) * self._limit(block) for theta, block in zip(self.theta, self.blocks, strict=True)]

    def forward(self, u):
        """The state after all steps, of the shape `(batch, channels, *shape)` of `u`."""
        steps, t = self.steps(), 0.0
        for _ in range(self.repeats):
            for block, tau in zip(self.blocks, steps, strict=True):
                u = self.scheme.step(block, t, u, tau)
                t = t + tau
        return u

    def _limit(self, block):
        law = block.law
        size = law.sup_g if self.claim == "bounded" else law.sup_slope
        return self.factor / (size * (block.convolution.norm_bound() ** 2).clamp(min=FLOOR))


@certify.register
def _(network: SymmetricNet, A=None) -> tuple[Certificate, ...]:
    """The claims that hold for every step at the present weights; `tau` is the smallest limit."""
    limits = []
    for block, tau in zip(network.blocks, network.steps(), strict=True):
        # The step was computed in the precision of the weights.
        slack = 1 + 16 * torch.finfo(tau.dtype).eps
        limits.append({c.claim: c for c in certify(network.scheme, block) if float(tau.detach()) <= c.tau * slack})
    common = [claim for claim in CLAIMS if all(claim in found for found in limits)]
    return tuple(min((found[claim] for found in limits), key=lambda c: c.tau) for claim in common)


class _Unit:
    """An operator whose constants are one: the limit of a claim on it is the constant of the scheme."""

    bound = Bound(Constant(1.0, ""), Constant(1.0, ""), Constant(None, ""), False, True)


def _factor(scheme, law, claim) -> float:
    if claim not in ("bounded", "contractive"):
        raise ValueError(f"claim must be 'bounded' or 'contractive', got {claim!r}")
    if not law.nonnegative or (claim == "contractive" and not law.monotone):
        raise ValueError(
            f"claim={claim!r} cannot be made with {law!r}: its flux is not {'monotone' if law.nonnegative else 'dissipative'}"
        )
    found = claims(scheme, _Unit())[claim]
    if not isinstance(found, Certificate):
        raise ValueError(f"claim={claim!r} cannot be made with {scheme}: {found}")
    return found.tau
