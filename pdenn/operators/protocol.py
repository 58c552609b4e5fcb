"""What an operator is, and what it knows of itself for the certificates."""

from typing import NamedTuple, Protocol

from ..arrays import Number, State
from ..graphs import Graph
from ..grids import Grid


class Constant(NamedTuple):
    """A number that a certificate rests on, and the words that derive it; `value` is None where there is none.

    `because` says where the number comes from, or why there is none.
    """

    value: float | None
    because: str

    def times(self, c: float, name: str = "c") -> "Constant":
        """The constant of `c A`, `c ≥ 0`."""
        if self.value is None or c == 1:
            return self
        return Constant(c * self.value, f"{c * self.value:.6g} = {name} · ({self.because}), {name} = {c:.6g}")


class Bound(NamedTuple):
    """What an operator supplies to the three claims (docs/decisions/006).

    Attributes
    ----------
    spectral : Constant
        `ρ` with `⟨u, A(u)⟩ ≤ -|A(u)|²/ρ` for every `u`; where `A` is symmetric once its coefficients are held, its
        spectrum lies in `[-ρ, 0]`.
    contraction : Constant
        `ρ'` with `⟨u - v, A(u) - A(v)⟩ ≤ -|A(u) - A(v)|²/ρ'` for all `u`, `v`; for symmetric `A` this says that `-A` is
        the gradient of a convex energy with a `ρ'`-Lipschitz gradient.
    diagonal : Constant
        `d`: `A(u) = -d u + N u` with `N ≥ 0` entrywise and row sums zero (walls that prescribe a value counted in).
    linear : bool
        Whether `A` is linear up to a constant, so that holding its coefficients changes nothing.
    symmetric : bool
        Whether `A` is symmetric with coefficients held, so that a polynomial in it is bounded by its values on the real
        interval `[-ρ, 0]`.
    """

    spectral: Constant
    contraction: Constant
    diagonal: Constant
    linear: bool
    symmetric: bool


def no_bound(because: str, linear: bool = False, symmetric: bool = False) -> Bound:
    """A bound that supports no claim, with the reason."""
    nothing = Constant(None, because)
    return Bound(nothing, nothing, nothing, linear, symmetric)


class Operator(Protocol):
    """`A(t, u) = du/dt`.

    1. `A(t, u)` takes a state `(..., *shape)` and returns a new one of the same shape, dtype, kind and device.
    2. It never writes into `u`.
    3. `A.hold(t, u)` is an operator of the same protocol with the coefficients frozen at `(t, u)`;
       `A.hold(t, u)(t, u)` equals `A(t, u)` to rounding.
    4. `A.definition(t, u)` is the composed textbook definition, equal to `A(t, u)` to rounding.
    5. `A.mix(t, u, (α, β, γ), v)` equals `α u + β v + γ A(t, u)` to rounding, if possible in one sweep over memory.
    6. Where it can, `A.recur(t, u, rows, a, b)` takes arrays through many steps of a recurrence (docs/decisions/016).
    7. `A.bound` holds the constants for the certificates, upper bounds for every state.
    8. Where it can, `A.jacobian(t, u)` is `w -> A'(t, u) w` for arrays, faster than by a complex step through the definition.
    """

    @property
    def grid(self) -> Grid | Graph: ...

    @property
    def bound(self) -> Bound: ...

    def __call__(self, t: Number, u: State) -> State: ...

    def hold(self, t: Number, u: State) -> "Operator": ...

    def mix(self, t: Number, u: State, coefficients: tuple[Number, Number, Number], v: State) -> State: ...

    def definition(self, t: Number, u: State) -> State: ...


def mixed(A: Operator, t: Number, u: State, coefficients: tuple[Number, Number, Number], v: State) -> State:
    """`α u + β v + γ A(t, u)` in plain arithmetic."""
    alpha, beta, gamma = coefficients
    return alpha * u + beta * v + gamma * A(t, u)
