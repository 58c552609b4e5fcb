"""Sums of operators, and their division into explicit and implicit terms."""

from dataclasses import dataclass
from functools import cached_property, partial, reduce, singledispatch
from typing import Any

import numpy as np

from ..arrays import is_torch
from ..equations.values import Values
from ..grids import Grid
from .fused import Fused
from .linearised import jacobian, near_derivative
from .pointwise import GridFidelity
from .protocol import Bound, Constant, mixed


@dataclass(frozen=True)
class SumOperator:
    """`A(t, u) = Σ_i A_i(t, u)`; the terms live on one grid."""

    terms: tuple

    @property
    def grid(self):
        return self.terms[0].grid

    def __call__(self, t, u):
        return _total([A(t, u) for A in self.terms])

    def definition(self, t, u):
        """The sum of the definitions."""
        return _total([A.definition(t, u) for A in self.terms])

    def hold(self, t, u):
        """The sum of the held terms."""
        return SumOperator(tuple(A.hold(t, u) for A in self.terms))

    def tangent(self, t, u):
        """The sum of what is near the derivatives of the terms."""
        return SumOperator(tuple(near_derivative(A, t, u) for A in self.terms))

    def jacobian(self, t, u):
        """The sum of the derivatives of the terms."""
        parts = [jacobian(A, t, u) for A in self.terms]
        return lambda w: _total([part(w) for part in parts])

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`: the first term takes the states, each other adds itself in a sweep of its own."""
        first, *rest = self.terms
        mixture = first.mix(t, u, coefficients, v)
        for A in rest:
            mixture = A.mix(t, u, (0.0, 1.0, coefficients[2]), mixture)
        return mixture

    @property
    def recur(self):
        """See `GridDiffusion.recur`, where one term recurs and all others are `λ (f - u)`, `λ` a number; AttributeError elsewhere."""
        others = [A for A in self.terms if not _pulls(A)]
        if len(others) != 1 or not hasattr(others[0], "recur"):
            raise AttributeError("recur")
        return partial(_recur_pulled, self, others[0])

    @cached_property
    def bound(self) -> Bound:
        """All constants add up, by the triangle and the Cauchy-Schwarz inequality."""
        found = reduce(_added, (A.bound for A in self.terms))
        if not any(_leads_out(A, B) for A in self.terms for B in self.terms):
            return found
        beyond = "the data of the fidelity lie beyond the maximum that PorousMedium states for u"
        return found._replace(diagonal=Constant(None, beyond))


def _leads_out(A, B) -> bool:
    """Whether the data of `A` lie where the bound of `B` does not hold."""
    most = getattr(getattr(B, "equation", None), "maximum", None)
    return isinstance(A, GridFidelity) and most is not None and float(abs(np.asarray(A.equation.data)).max()) > most


def _pulls(A) -> bool:
    """Whether `A(u) = λ (f - u)` with a number `λ`."""
    return isinstance(A, GridFidelity) and not isinstance(A.equation.mask, Values)


def _recur_pulled(total, A, t, u, rows, a, b):
    """`-λ w` is a part of `α w`, and `λ f`, the pull at 0, takes the place of a given state if one is free."""
    pulls, rows = [B for B in total.terms if _pulls(B)], np.array(rows, float)
    towards = _total([B(t, np.zeros_like(u)) for B in pulls])
    if a is not None and b is not None and towards.any():
        w, before = u, u
        for alpha, beta, gamma, delta, epsilon in rows.tolist():
            w, before = total.mix(t, w, (alpha, beta, gamma), before) + delta * a + epsilon * b, w
        return w
    rows[:, 0] -= rows[:, 2] * sum(B.equation.rate for B in pulls)
    if a is None:
        a, rows[:, 3] = towards, rows[:, 2]
    elif b is None:
        b, rows[:, 4] = towards, rows[:, 2]
    return A.recur(t, u, rows, a, b)


def _added(a: Bound, b: Bound) -> Bound:
    return Bound(
        _sum("ρ", a.spectral, b.spectral),
        _sum("ρ'", a.contraction, b.contraction),
        _sum("d", a.diagonal, b.diagonal),
        a.linear and b.linear,
        a.symmetric and b.symmetric,
    )


def _sum(symbol: str, a: Constant, b: Constant) -> Constant:
    if a.value is None or b.value is None:
        return a if a.value is None else b
    return Constant(
        a.value + b.value, f"{symbol} = {a.value + b.value:.6g}, the sum over the terms: {a.because}; {b.because}"
    )


def _total(values):
    return reduce(lambda a, b: a + b, values)


@dataclass(frozen=True)
class Multiple:
    """`c A(t, u)` with a number `c > 0`, which may be a tensor that learns."""

    c: Any
    A: Any

    @property
    def grid(self):
        return self.A.grid

    def __call__(self, t, u):
        return self.c * self.A(t, u)

    def definition(self, t, u):
        """`c` times the definition."""
        return self.c * self.A.definition(t, u)

    def hold(self, t, u):
        """`c` times the held operator."""
        return Multiple(self.c, self.A.hold(t, u))

    def tangent(self, t, u):
        """`c` times what is near the derivative."""
        return Multiple(self.c, near_derivative(self.A, t, u))

    def jacobian(self, t, u):
        """`c` times the derivative."""
        part = jacobian(self.A, t, u)
        return lambda w: self.c * part(w)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ c A(t, u)`."""
        alpha, beta, gamma = coefficients
        return self.A.mix(t, u, (alpha, beta, gamma * self.c), v)

    @property
    def bound(self) -> Bound:
        """All constants times `c`."""
        c = float(self.c.detach() if is_torch(self.c) else self.c)
        return self.A.bound._replace(
            **{name: x.times(c) for name, x in zip(Bound._fields, self.A.bound[:3], strict=False)}
        )


@dataclass(frozen=True)
class Zero:
    """`A(t, u) = 0`."""

    grid: Grid

    def __call__(self, t, u):
        return 0.0 * u

    definition = __call__

    def mix(self, t, u, coefficients, v):
        """`α u + β v`."""
        return mixed(self, t, u, coefficients, v)

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """Nothing moves: all constants are zero."""
        zero = Constant(0.0, "there is no such term")
        return Bound(zero, zero, zero, True, True)


@singledispatch
def split(A):
    """`(explicit, implicit)`: the terms that are not symmetric with their coefficients held, and those that are.

    Convection on one side, diffusion and fidelity on the other; an empty side is `Zero`.
    """
    terms = A.terms if isinstance(A, SumOperator) else (A,)
    free = tuple(term for term in terms if not term.bound.symmetric)
    stiff = tuple(term for term in terms if term.bound.symmetric)
    return sum_of(free, A.grid), sum_of(stiff, A.grid)


@split.register
def _(A: Fused):
    return tuple(Fused(part, recurs=False) for part in split(A.A))


def sum_of(terms, grid):
    """The operator of some terms on a grid: `Zero` of none, a term alone as it is."""
    return Zero(grid) if not terms else terms[0] if len(terms) == 1 else SumOperator(terms)
