"""Schemes that are implicit along one axis at a time: every step costs a few tridiagonal systems."""

from dataclasses import dataclass, field
from typing import ClassVar

from ..arrays import Number, State
from ..operators.axis import axes, mean_resolvent
from ..operators.fused import takes_apart
from ..operators.protocol import Operator


@dataclass(frozen=True)
class AOS:
    """Additive operator splitting, `u⁺ = 1/m Σ_l (I - mτ A_l(u))⁻¹ u` (Weickert, ter Haar Romeny, Viergever 1998).

    Order 1; keeps extrema and the norm at every step size, and treats all axes alike. The coefficients are held at `u`.
    For isotropic or separable diffusion.
    """

    coefficients: str = field(default="held", init=False)
    order: ClassVar[int] = 1

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        held = axes(A.hold(t, u), A.grid)
        return mean_resolvent(held, u, len(held) * tau)


@dataclass(frozen=True)
class ADI:
    """Alternating directions in the form of Douglas (1962): Crank-Nicolson corrected along one axis after the other.

    `v_0 = u + τ Σ_l A_l u`, `v_l = v_(l-1) + τ/2 A_l (v_l - u)`, `u⁺ = v_m`; order 2 for linear problems, with the
    coefficients held at `u`; in two dimensions stable at every step size (Peaceman and Rachford 1955).
    """

    coefficients: str = field(default="held", init=False)
    order: ClassVar[int] = 2

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        held = axes(A.hold(t, u), A.grid)
        slopes = [B(t, u) for B in held]
        first, *rest = slopes
        v = u + tau * sum(rest, first)
        for B, slope in zip(held, slopes, strict=True):
            v = B.resolvent(v - (tau / 2) * slope, tau / 2)
        return v
