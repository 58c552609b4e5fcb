"""Coherence-enhancing diffusion: along flow-like structures, and hardly across."""

from typing import Any, NamedTuple

from ..arrays import State, exp, maximum, sqrt, where
from ..laws.identity import digest, same
from .matrix_function import matrix_function


class CoherenceEnhancing(NamedTuple):
    """`D` with the eigenvalues `α` across and `α + (1 - α) exp(-λ⁴/(μ1 - μ2)²)` along the structure.

    The structure lies along the eigenvector of the smaller eigenvalue `μ2` of the structure tensor
    `J_ρ(∇u_σ) = G_ρ * (∇u_σ ∇u_σᵀ)` (Weickert 1999, Coherence-enhancing diffusion filtering). `0 < alpha < 1`; the
    contrast `λ > 0` is a slope; `sigma` and `rho` are the standard deviations of the noise scale and of the scale of
    integration, lengths `≥ 0`.

    In space `D` has the eigenvectors of `J_ρ` too, and the eigenvalues `α + (1 - α) exp(-λ⁴/m²)` where
    `m = (μ_j + μ_k)/2 - μ_i > 0` and `α` elsewhere: it diffuses along lines, in both directions of planes, and where all
    directions are alike hardly at all. In the plane the same formula, with `m = μ_j - μ_i`, is the one above. It makes
    `D` a smooth function of `J_ρ`, as well-posedness asks. Diffusion along the eigenvector of the least eigenvalue alone
    would jump where the two lower ones cross.
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

    def check(self) -> None:
        """Raise ValueError unless `0 < alpha < 1` and `contrast > 0`."""
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must be in (0, 1), got {self.alpha!r}")
        if not self.contrast > 0:
            raise ValueError(f"contrast must be > 0, got {self.contrast!r}")

    def of(self, *j: Any) -> tuple[Any, ...]:
        """`α I + (1 - α) φ(M)` with `φ(m) = exp(-λ⁴/m²)` for `m > 0` and 0 elsewhere, `M = (tr(J) I - J)/(d - 1) - J`."""
        return self.in_the_plane(*j) if len(j) == 3 else self.in_space(*j)

    def in_the_plane(self, j11: State, j12: State, j22: State) -> tuple[State, State, State]:
        """`α I + (λ2 - α) w wᵀ`, `w wᵀ = (I - dev(J)/(μ1 - μ2)) / 2` with `dev(J) = 2 J - tr(J) I`.

        Compiled kernels take these very lines.
        """
        difference = j11 - j22
        square = difference * difference + 4.0 * j12 * j12
        # Below this the exponential is zero, and so is everything that is multiplied by it.
        tiny = square <= self.contrast**4 * 1e-3
        square = where(tiny, 1.0, square)
        root = sqrt(square)
        along = where(tiny, 0.0, (0.5 - 0.5 * self.alpha) * exp(-(self.contrast**4) / square))
        cosine, sine = difference / root, 2.0 * j12 / root
        return self.alpha + along * (1.0 - cosine), -along * sine, self.alpha + along * (1.0 + cosine)

    def in_space(self, j11: State, j12: State, j13: State, j22: State, j23: State, j33: State) -> tuple[State, ...]:
        """`α I + (1 - α) φ(M)`; compiled kernels find it from `matrix` and `eigenvalue`."""
        m = self.matrix(j11, j12, j13, j22, j23, j33)
        return matrix_function(self.eigenvalue, self._slope, self.contrast**2, m)

    def matrix(
        self, j11: State, j12: State, j13: State, j22: State, j23: State, j33: State
    ) -> tuple[State, State, State, State, State, State]:
        """`M`."""
        half = 0.5 * (j11 + j22 + j33)
        return half - 1.5 * j11, -1.5 * j12, -1.5 * j13, half - 1.5 * j22, -1.5 * j23, half - 1.5 * j33

    def eigenvalue(self, m: State) -> State:
        """`α + (1 - α) φ(m)`."""
        # Below this the exponential is zero, and so is everything that is multiplied by it.
        tiny = m <= self.contrast**2 * 0.03
        root = self.contrast**2 / where(tiny, 1.0, m)
        return self.alpha + where(tiny, 0.0, (1.0 - self.alpha) * exp(-root * root))

    def _slope(self, m: State) -> State:
        """`(1 - α) φ'(m) = (1 - α) φ(m) 2λ⁴/m³`."""
        m = maximum(m, self.contrast**2 * 0.03)
        return (self.eigenvalue(m) - self.alpha) * (self.contrast**2 / m) ** 2 * 2.0 / m
