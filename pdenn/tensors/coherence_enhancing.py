"""Coherence-enhancing diffusion: along flow-like structures, and hardly across."""

from typing import NamedTuple

from ..arrays import exp, namespace
from ..laws.identity import digest, same


class CoherenceEnhancing(NamedTuple):
    """`D` with the eigenvalues `α` across and `α + (1 - α) exp(-λ⁴/(μ1 - μ2)²)` along the structure.

    The structure lies along the eigenvector of the smaller eigenvalue `μ2` of the structure tensor
    `J_ρ(∇u_σ) = G_ρ * (∇u_σ ∇u_σᵀ)` (Weickert 1999, Coherence-enhancing diffusion filtering). `0 < alpha < 1`; the
    contrast `λ > 0` is a slope; `sigma` and `rho` are the standard deviations of the noise scale and of the scale of
    integration, lengths `≥ 0`.
    """

    alpha: float = 0.001
    contrast: float = 0.1
    sigma: float = 0.5
    rho: float = 4.0
    largest = 1.0
    __eq__ = same
    __hash__ = digest

    @property
    def least(self) -> float:
        """The eigenvalue across the structure."""
        return self.alpha

    def check(self):
        """Raise ValueError unless `0 < alpha < 1` and `contrast > 0`."""
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must be in (0, 1), got {self.alpha!r}")
        if not self.contrast > 0:
            raise ValueError(f"contrast must be > 0, got {self.contrast!r}")

    def of(self, j11, j12, j22):
        """`α I + (λ2 - α) w wᵀ`, `w wᵀ = (I - dev(J)/(μ1 - μ2)) / 2` with `dev(J) = 2 J - tr(J) I`."""
        difference = j11 - j22
        square = difference * difference + 4.0 * j12 * j12
        xp = namespace(square)
        # Below this the exponential is zero, and so is everything that is multiplied by it.
        tiny = square <= self.contrast**4 * 1e-3
        square = xp.where(tiny, xp.ones_like(square), square)
        root = xp.sqrt(square)
        along = xp.where(tiny, xp.zeros_like(square), (0.5 - 0.5 * self.alpha) * exp(-(self.contrast**4) / square))
        cosine, sine = difference / root, 2.0 * j12 / root
        return self.alpha + along * (1.0 - cosine), -along * sine, self.alpha + along * (1.0 + cosine)
