"""Symmetric residual networks whose steps cannot leave their claim, whatever is learned (Alt et al. 2022)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import Number
from ..certificates import CLAIMS, Certificate, certify, claims
from ..equations.law import Law
from ..laws import Charbonnier, Linear, check_law
from ..operators import Bound
from ..operators.protocol import Constant, no_bound
from ..schemes import ExplicitEuler, Extrapolation
from ..schemes.protocol import Scheme
from .convolution import Convolution
from .extrapolation import heights, present
from .extrapolation import learnt as learnt_scheme
from .layers import law_of, learnt, positive
from .weights import check_weights

FLOOR = 1e-6  # of ‖K‖²: below it the step stops growing, and stays certified because the bound is smaller still


class DiffusionBlock(nn.Module):
    """`A(u) = -K* Φ(K u)` on states `(batch, channels, *shape)` with a trainable convolution and law.

    Parameters
    ----------
    convolution : Convolution
    law : law, SplineFlux or GaussianFlux
        The parameters of a law are trained as logarithms; a free flux is copied.
    coupled : bool or int
        Which features share a diffusivity `g(Σ_j (K_j u)²)`: none (each sees itself), all, or groups of so many that
        follow each other. It is the same for every rotation of the features of a group (Alt et al. 2022b).
    individual : bool
        Whether every feature has parameters of the law of its own: contrasts of its own, say. For uncoupled features and
        laws whose suprema do not depend on their parameters.

    Raises
    ------
    ValueError
        `coupled` does not divide the number of features, or they cannot have laws of their own.
    """

    def __init__(
        self,
        convolution: Convolution,
        law: Law | nn.Module,
        coupled: bool | int = False,
        individual: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(law, nn.Module):
            check_law(law)
        features = len(convolution.weight)
        self.group = features if coupled is True else int(coupled) or 1
        if self.group < 1 or features % self.group:
            raise ValueError(f"coupled must divide the number of features ({features}), got {coupled!r}")
        self.convolution = convolution
        self.kind, logs = learnt(law)
        if individual:
            if self.group > 1 or not len(logs) or not isinstance(getattr(self.kind, "sup_g", None), float):
                raise ValueError(f"individual must be False for {law!r} in groups of {self.group} features, got True")
            logs = logs.view(-1, *[1] * (1 + convolution.dim)).repeat(1, features, *[1] * convolution.dim)
        self.logarithms = nn.Parameter(logs.to(torch.get_default_dtype()))

    @property
    def law(self) -> Any:
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*positive(self.logarithms))

    def extra_repr(self) -> str:
        return f"{getattr(self.kind, '__name__', 'learnt')}, group={self.group}"

    def forward(self, t: Number, u: Tensor) -> Tensor:
        """`A(u)`, of the shape `(batch, channels, *shape)` of `u`."""
        return -self.convolution.adjoint(self.flux(self.convolution(u)))

    def hold(self, t: Number, u: Tensor) -> "HeldBlock":
        """The linear operator with the diffusivities frozen at `u` (they remain functions of the weights)."""
        return HeldBlock(self.convolution, self.diffusivity(self.convolution(u)))

    def flux(self, features: Tensor) -> Tensor:
        """`Φ` at every place and feature."""
        return self.diffusivity(features) * features

    def diffusivity(self, features: Tensor) -> Tensor:
        """`g` at every place and feature."""
        squares = features * features
        if self.group == 1:
            return self.law.g(squares)
        groups = squares.unflatten(1, (-1, self.group)).sum(2)
        return self.law.g(groups).repeat_interleave(self.group, 1)

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now."""
        law, square = law_of(self), self.square
        if not law.nonnegative:
            return no_bound(f"g of {law!r} takes negative values", symmetric=True)
        because = f"with |K|² ≤ {square:.6g} for the present weights"
        rho, slope = float(law.sup_g) * square, float(law.sup_slope) * square
        contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux, {because}")
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        spectral = Constant(rho, f"ρ = sup g · |K|² = {rho:.6g} {because}")
        return Bound(spectral, contraction, self._diagonal(law), self.kind is Linear, True)

    @property
    def square(self) -> float:
        """An upper bound of `‖K‖²` at the present weights."""
        return float(self.convolution.norm_bound().detach()) ** 2

    def _diagonal(self, law: Law) -> Constant:
        """`d` where every feature is a difference of two places of one channel: then `K* G K` is a graph Laplacian."""
        taps = self.convolution.weight.detach().flatten(2).double()
        used = taps != 0
        two = (used.sum((1, 2)) == 2) & (used.any(2).sum(1) == 1) & (taps.sum((1, 2)) == 0)
        if self.convolution.padding == "zero" or not (two | ~used.any(2).any(1)).all():
            return Constant(None, "K is not made of differences of two places: it does not annihilate constants only")
        d = float(law.sup_g) * float((taps**2).sum((0, 2)).max())
        return Constant(d, f"A = -d I + N with N ≥ 0 and d = {d:.6g}: every feature is a difference of two places")


class HeldBlock:
    """A block with its diffusivities frozen."""

    def __init__(self, convolution: Convolution, g: Tensor) -> None:
        self.convolution, self.g = convolution, g

    def __call__(self, t: Number, u: Tensor) -> Tensor:
        return -self.convolution.adjoint(self.g * self.convolution(u))

    def hold(self, t: Number, u: Tensor) -> "HeldBlock":
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
        With a Butcher table. The weights of `Extrapolation` learn too, for each block on its own.
    law : law
        Initial law, not negative; monotone for the claim "contractive".
    claim : {"bounded", "contractive"}
    kernel, dim, padding
        Of the convolutions.
    tied : bool
        Whether all steps share one block and step size (a recurrent network).
    coupled, individual : bool
        Of the blocks.

    Raises
    ------
    ValueError
        An argument is out of range, or the claim cannot be made with this scheme and law.

    Examples
    --------
    >>> network = SymmetricNet(features=4, blocks=3, dim=1)
    >>> u = torch.randn(8, 1, 16)
    >>> bool((network(u).norm(dim=(1, 2)) <= u.norm(dim=(1, 2))).all())
    True
    >>> [proof.claim for proof in pn.certify(network)]
    ['contractive', 'bounded']
    """

    blocks: Any  # nn.ModuleList of DiffusionBlock
    extrapolation: nn.Parameter | None

    def __init__(self, channels: int = 1, features: int = 8, blocks: int = 5, scheme: Scheme | None = None,
                 law: Law | nn.Module | None = None, claim: str = "bounded", kernel: int = 3, dim: int = 2,
                 padding: str = "valid", tied: bool = False, coupled: bool | int = False,
                 individual: bool = False) -> None:  # fmt: skip
        super().__init__()
        if isinstance(blocks, bool) or not isinstance(blocks, int) or blocks < 1:
            raise ValueError(f"blocks must be a positive integer, got {blocks!r}")
        self.scheme: Scheme = ExplicitEuler() if scheme is None else scheme
        law = Charbonnier(1.0) if law is None else law
        self.blocks = nn.ModuleList(
            DiffusionBlock(Convolution(channels, features, kernel, dim, padding), law, coupled, individual)
            for _ in range(1 if tied else blocks)
        )
        self.repeats = blocks if tied else 1
        self.claim, self.factor = claim, _factor(self.scheme, law, claim)
        self.theta = nn.Parameter(torch.zeros(len(self.blocks)))
        self.register_parameter("extrapolation", heights(self.scheme, len(self.blocks)))
        self.to(torch.get_default_dtype())

    def steps(self) -> list[Tensor]:
        """`τ_k` of every block."""
        limits = (self._limit(block, scheme) for block, scheme in zip(self.blocks, self._learnt(), strict=True))
        return [torch.sigmoid(theta) * limit for theta, limit in zip(self.theta, limits, strict=True)]

    def schemes(self) -> list[Scheme]:
        """The scheme of every block, with numbers for its extrapolation weights."""
        return [present(self.scheme, row) for row in self._rows()]

    def _learnt(self) -> list[Scheme]:
        return [learnt_scheme(self.scheme, row) for row in self._rows()]

    def _rows(self) -> Sequence[Tensor | None]:
        return [None] * len(self.blocks) if self.extrapolation is None else self.extrapolation.unbind()

    @property
    def rounding(self) -> float:
        """To what the steps are computed, relative."""
        return rounding_of(self.theta)

    def forward(self, u: Tensor) -> Tensor:
        """The state after all steps, of the shape `(batch, channels, *shape)` of `u`."""
        steps, schemes = self.steps(), self._learnt()
        t: Number = 0.0
        for _ in range(self.repeats):
            for block, scheme, tau in zip(self.blocks, schemes, steps, strict=True):
                u = scheme.step(block, t, u, tau)
                t = t + tau
        return u

    def extra_repr(self) -> str:
        return f"scheme={self.scheme}, claim={self.claim!r}, repeats={self.repeats}"

    def _limit(self, block: DiffusionBlock, scheme: Scheme) -> Tensor:
        law = block.law
        size = law.sup_g if self.claim == "bounded" else law.sup_slope
        # Each step of a cycle of extrapolated ones may be as long as an explicit one, whatever their weights.
        factor = 2 * scheme.times()[-1] if isinstance(scheme, Extrapolation) else self.factor
        square = (block.convolution.norm_bound() ** 2).clamp(min=FLOOR)
        return factor / (size * square).clamp(min=FLOOR**2)  # a free flux may vanish


@certify.register
def _(network: SymmetricNet, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold for every step at the present weights; `tau` is the smallest limit."""
    check_weights(network)
    limits = []
    for scheme, block, tau in zip(network.schemes(), network.blocks, network.steps(), strict=True):
        slack = 1 + network.rounding
        limits.append({c.claim: c for c in certify(scheme, block) if float(tau.detach()) <= c.tau * slack})
    common = [claim for claim in CLAIMS if all(claim in found for found in limits)]
    return tuple(min((found[claim] for found in limits), key=lambda c: c.tau) for claim in common)


def rounding_of(steps: Tensor) -> float:
    """Of steps that are computed in the precision of the weights; `β` is found by bisection to 1e-12."""
    return 16 * torch.finfo(steps.dtype).eps + 1e-11


class _Unit:
    """An operator whose constants are one: the limit of a claim on it is the constant of the scheme."""

    bound = Bound(Constant(1.0, ""), Constant(1.0, ""), Constant(None, ""), False, True)


def _factor(scheme: Scheme, law: Any, claim: str) -> float:
    if isinstance(scheme, Extrapolation) and (claim, scheme.coefficients) != ("bounded", "held"):
        raise ValueError(f"with learnt weights only claim='bounded' with held coefficients can be made, got {claim!r}")
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
