"""Splitting of sums: the terms of `A` are stepped one after the other."""

from dataclasses import dataclass, field
from typing import ClassVar

from ..arrays import Number, State
from ..operators.combine import split
from ..operators.protocol import Operator
from .explicit import SSPRK2, ExplicitEuler
from .implicit import CrankNicolson, ImplicitEuler
from .protocol import Scheme, Substeps


@dataclass(frozen=True)
class LieSplitting:
    """`u⁺ = S_2(τ) S_1(τ) u` (order 1): the explicit scheme on the explicit terms, then the implicit one on the others.

    The implicit terms are those that are symmetric with coefficients held (diffusion, fidelity).

    Parameters
    ----------
    explicit, implicit : Scheme
        Both of any order.
    """

    explicit: Scheme = field(default_factory=SSPRK2)
    implicit: Scheme = field(default_factory=ImplicitEuler)
    order: ClassVar[int] = 1

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        free, stiff = split(A)
        return self.implicit.step(stiff, t, self.explicit.step(free, t, u, tau), tau)

    def substeps(self, A: Operator) -> Substeps:
        """`(scheme, operator, fraction of τ)` of each step that is composed: a claim of all of them is one of the whole."""
        free, stiff = split(A)
        return ((self.explicit, free, 1.0), (self.implicit, stiff, 1.0))


@dataclass(frozen=True)
class StrangSplitting:
    """`u⁺ = S_1(τ/2) S_2(τ) S_1(τ/2) u` (Strang 1968), order 2 with schemes of order 2.

    Parameters
    ----------
    explicit, implicit : Scheme
        Of order 2 or more.
    """

    explicit: Scheme = field(default_factory=SSPRK2)
    implicit: Scheme = field(default_factory=CrankNicolson)
    order: ClassVar[int] = 2

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        free, stiff = split(A)
        v = self.explicit.step(free, t, u, tau / 2)
        w = self.implicit.step(stiff, t, v, tau)
        return self.explicit.step(free, t + tau / 2, w, tau / 2)

    def substeps(self, A: Operator) -> Substeps:
        """`(scheme, operator, fraction of τ)` of each step that is composed."""
        free, stiff = split(A)
        return ((self.explicit, free, 0.5), (self.implicit, stiff, 1.0))


@dataclass(frozen=True)
class IMEXEuler:
    """`u⁺ = u + τ A_E(t, u) + τ A_I(t + τ, u⁺)`, order 1: explicit Euler, then implicit Euler from its result.

    Parameters
    ----------
    implicit : Scheme
        `ImplicitEuler` or `SemiImplicit`.
    """

    implicit: Scheme = field(default_factory=ImplicitEuler)
    order: ClassVar[int] = 1

    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        return LieSplitting(ExplicitEuler(), self.implicit).step(A, t, u, tau)

    def substeps(self, A: Operator) -> Substeps:
        """`(scheme, operator, fraction of τ)` of each step that is composed."""
        return LieSplitting(ExplicitEuler(), self.implicit).substeps(A)
