"""Exponential time differencing: constant coefficients are integrated exactly, by fast transforms, and the rest explicitly.

`A = L + N`, `L` the linear terms with constant coefficients, of which the waves of the grid are eigenvectors, `N` all
others, and what walls and data prescribe. Without `N` the step is the flow `exp(τL)` itself, at any step size; of arrays
only the waves that outlive it are transformed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..arrays import Number, State, exp, is_torch, namespace
from ..operators.combine import Zero
from ..operators.fused import takes_apart
from ..operators.protocol import Operator
from ..operators.spectrum import Waves, divided, symbol
from ..solvers.hierarchies import kept

TERMS = 16  # of the series of φ_m for |z| < 1/2: the next one is below 1e-18


@dataclass(frozen=True)
class ExponentialEuler:
    """`u⁺ = e^(τL) u + τ φ_1(τL) N(t, u)`, `φ_1(z) = (e^z - 1)/z`; order 1, exact without `N` (Hochbruck, Ostermann 2010).

    For sums with a linear term with constant coefficients on a grid with periodic, reflecting, Neumann or Dirichlet walls
    (TypeError otherwise): diffusion and its fourth-order form, fidelity; on periodic grids convection as well.

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((64,), h=1 / 64))
    >>> wave = np.cos(np.pi * A.grid.coordinates()[0])
    >>> u = pn.solve(A, wave, pn.ExponentialEuler(), 0.1, tau=0.1).u  # one step
    >>> round(float(u[0] / wave[0]), 4)  # exp(-π²/10) = 0.3727 on a fine grid
    0.3728
    """

    order: ClassVar[int] = 1

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """Two transforms, three where there is a rest; see `Scheme`."""
        flow = Flow(self, A, t, u, tau, lambda z: phi(z, 1))
        if flow.exact is not None:
            return flow.exact
        e, p1 = flow.factors
        return flow.state(e * flow.waves.forward(u) + p1 * flow.rest(t, u))


@dataclass(frozen=True)
class ETDRK2:
    """`a` of `ExponentialEuler`, `u⁺ = a + τ φ_2(τL) (N(t + τ, a) - N(t, u))`; order 2 (Cox and Matthews 2002).

    `φ_2(z) = (e^z - 1 - z)/z²`. For the same operators as `ExponentialEuler`; exact without `N`.
    """

    order: ClassVar[int] = 2

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """Two stages; see `Scheme`."""
        flow = Flow(self, A, t, u, tau, lambda z: phi(z, 2))
        if flow.exact is not None:
            return flow.exact
        e, p1, p2 = flow.factors
        first = flow.rest(t, u)
        a = e * flow.waves.forward(u) + p1 * first
        return flow.state(a + p2 * (flow.rest(t + tau, flow.state(a)) - first))


@dataclass(frozen=True)
class ETDRK4:
    """Four stages, order 4 (Cox and Matthews 2002; with the functions `φ` of Kassam and Trefethen 2005).

    For the same operators as `ExponentialEuler`; exact without `N`.
    """

    order: ClassVar[int] = 4

    @takes_apart
    def step(self, A: Operator, t: Number, u: State, tau: Number) -> State:
        """Four stages, of which three begin at `t`, `t + τ/2` twice, and `t + τ`; see `Scheme`."""
        flow = Flow(self, A, t, u, tau, _fourth_order)
        if flow.exact is not None:
            return flow.exact
        half, p, e, b1, b2, b3 = flow.factors
        c, n1 = flow.waves.forward(u), flow.rest(t, u)
        a = half * c + p * n1
        n2 = flow.rest(t + tau / 2, flow.state(a))
        n3 = flow.rest(t + tau / 2, flow.state(half * c + p * n2))
        n4 = flow.rest(t + tau, flow.state(half * a + p * (2 * n3 - n1)))
        return flow.state(e * c + b1 * n1 + b2 * (n2 + n3) + b3 * n4)


Exponential = ExponentialEuler | ETDRK2 | ETDRK4


def _fourth_order(z: Any) -> list[Any]:
    half, p = phi(z / 2, 1)
    e, p1, p2, p3 = phi(z, 3)
    return [half, p / 2, e, p1 - 3 * p2 + 4 * p3, 2 * p2 - 4 * p3, 4 * p3 - p2]


class Plan(NamedTuple):
    """What steps of one size have in common."""

    rest: Any  # N
    waves: Waves
    source: Any  # coefficients of what walls and data prescribe, 0.0 where they prescribe nothing
    alone: bool  # whether there is no rest at all
    widths: Any  # of the waves that outlive the step where there is no rest
    factors: list[Any]  # functions of τL on the coefficients: exponentials as they are, others times τ


class Flow:
    """`du/dt = L u + N(t, u)` over one step, in the waves of the grid.

    Attributes
    ----------
    exact : state or None
        The state after the step where there is no `N`.
    """

    def __init__(self, scheme: Any, A: Any, t: Number, u: Any, tau: Number, functions: Callable[[Any], list[Any]]):
        def make() -> Plan:
            return planned(A, t, u, tau, functions)

        key = (scheme, tau, type(u), u.dtype, u.shape, getattr(u, "device", None))
        plan = make() if is_torch(tau) else kept(A, key, make)
        self.N = A.part(plan.rest) if hasattr(A, "part") else plan.rest
        self.waves, self.source, self.factors = plan.waves, plan.source, plan.factors
        self.exact = self.state(plan.factors[0] * plan.waves.forward(u, plan.widths)) if plan.alone else None

    def rest(self, t: Number, u: Any) -> Any:
        """The coefficients of `N(t, u)`."""
        return self.waves.forward(self.N(t, u)) + self.source

    def state(self, coefficients: Any) -> Any:
        """The state with these coefficients."""
        return self.waves.backward(coefficients)


def planned(A: Any, t: Number, u: Any, tau: Number, functions: Callable[[Any], list[Any]]) -> Plan:
    """The plan of a step; of terms with constant coefficients walls and data prescribe the same at all times."""
    constant, others = divided(A)
    waves, rates = Waves(A.grid), symbol(constant)
    at_zero = constant(t, 0.0 * u)
    prescribed = bool((at_zero != 0).any())
    alone = isinstance(others, Zero) and not prescribed
    z = tau * (namespace(u).as_tensor(rates, device=u.device) if is_torch(u) else rates)
    if alone:
        factor = _cast(exp(z), u)
        if is_torch(u):
            return Plan(others, waves, 0.0, True, None, [factor])
        widths = waves.widths(factor)
        return Plan(others, waves, 0.0, True, widths, [factor[tuple(map(slice, widths))]])
    exponentials = (0, 2) if functions is _fourth_order else (0,)
    factors = [_cast(f if i in exponentials else tau * f, u) for i, f in enumerate(functions(z))]
    return Plan(others, waves, waves.forward(at_zero) if prescribed else 0.0, False, None, factors)


def _cast(factor: Any, u: Any) -> Any:
    """In the precision of the state."""
    if not is_torch(u):
        return factor.astype(np.result_type(u.dtype, np.complex64) if np.iscomplexobj(factor) else u.dtype, copy=False)
    torch = namespace(u)
    return factor.to(torch.promote_types(u.dtype, torch.complex64) if factor.is_complex() else u.dtype)


def phi(z: Any, last: int) -> list[Any]:
    """`φ_0, ..., φ_last` of `φ_0(z) = e^z`, `φ_(m+1)(z) = (φ_m(z) - 1/m!)/z`, `φ_m(0) = 1/m!`; a series for `|z| < 1/2`."""
    where, near = namespace(z).where, abs(z) < 0.5
    small, large = where(near, z, 0.0 * z), where(near, 0.0 * z + 1.0, z)  # neither divides by zero, nor do gradients
    found = [exp(z)]
    for m in range(last):
        series = 0.0 * z
        for k in reversed(range(TERMS)):
            series = series * small + 1 / math.factorial(k + m + 1)
        found.append(where(near, series, (found[-1] - 1 / math.factorial(m)) / large))
    return found
