"""What all solvers share: the residual, the norm, the stopping rule, and gradients without iterations."""

import math
from functools import wraps
from numbers import Integral, Real

import numpy as np

from ..arrays import is_torch, namespace
from ..errors import NotConverged
from ..operators.fused import Fused, Lazy
from ..operators.linearised import adjoint_derivative, affine_part


def check_tolerances(rtol, iterations):
    """Raise ValueError unless `0 < rtol < 1` and `iterations` is a positive integer."""
    if not isinstance(rtol, Real) or not 0 < rtol < 1:
        raise ValueError(f"rtol must lie between 0 and 1, got {rtol!r}")
    if not isinstance(iterations, Integral) or iterations < 1:
        raise ValueError(f"iterations must be a positive integer, got {iterations!r}")


def norm(u) -> float:
    """The Euclidean norm over all entries; where their squares overflow or vanish, from multiples of them."""
    square, limits = float(dot(u, u)), namespace(u).finfo(u.dtype)
    if float(limits.tiny) / float(limits.eps) < square < math.inf:
        return math.sqrt(square)
    top = largest(u)
    return top if top == 0 or not math.isfinite(top) else top * math.sqrt(float(dot(u / top, u / top)))


def largest(u) -> float:
    """The largest magnitude of an entry, 0 if there is none."""
    return float(abs(u).max()) if math.prod(u.shape) else 0.0


def dot(u, v):
    """The Euclidean inner product over all entries, of NumPy arrays by all threads."""
    alike = not is_torch(u) and not is_torch(v) and (u.shape, u.dtype) == (v.shape, v.dtype)
    if not alike or u.dtype not in (np.float32, np.float64):
        return (u * v).sum()
    from ..kernels import sums

    return sums.dot(u, v)


def tolerance(rtol, f, A, t, gamma, mass=1.0, start=None) -> float:
    """The norm that a residual may keep: `rtol (‖f‖ + γ ‖A(t, 0)‖)`, never below its own rounding.

    `A(t, 0)` is what the walls prescribe; the rounding of an implicit step is `4ε (1 + γρ)` of the same. A stationary problem
    may have neither: it adds `γ ‖A(t, start)‖`.

    Raises ValueError where the rounding of `γ A` would leave nothing of `f`.
    """
    found = namespace(f).finfo(f.dtype)
    rho = max((c.value for c in A.bound[:3] if c.value is not None), default=0.0)
    step, eps, walls = float(gamma.detach() if is_torch(gamma) else gamma), float(found.eps), affine_part(A, t, f)
    scale = norm(f) + step * norm(walls)
    if mass == 0:
        guess = f if start is None else start
        scale = scale + (0.0 if start is None else step * norm(A(t, start)))
        return rtol * scale + eps * _rounding(A, f, step * rho, guess, step * largest(walls)) + float(found.tiny)
    if 4 * eps * (1 + step * rho) >= 0.1:
        raise ValueError(
            f"tau must be so small that an implicit stage gamma = {step:.3g} times the bound {rho:.3g} of the operator stays "
            f"below {0.1 / (4 * eps):.3g} in {f.dtype}: beyond it nothing of the state is left by rounding. Take smaller "
            "steps, float64, or solve_steady"
        )
    return max(rtol, 4 * eps * (1 + step * rho)) * scale + float(found.tiny)


def _rounding(A, f, rate, guess, walls) -> float:
    """What rounding leaves of a stationary residual, in units of `ε`: `γρ ‖v‖`, the state `v` from the guess, walls, and `f`.

    It does not depend on the unit of time: a state that walls hold is as large as they, with `γ |A(t, 0)| ≤ γρ |v|` beside
    them, and one that a source holds at most as the condition of the operator lets it be, `Σ 4 n²` for second derivatives.
    """
    condition = min(rate, sum(4.0 * n * n for n in A.grid.shape))
    return rate * norm(guess) + 16 * math.sqrt(math.prod(f.shape)) * walls + 4 * (condition + 16) * norm(f)


def unchanged(r):
    """No preconditioner."""
    return r


def missed(solver, residuals, allowed):
    """The error for an iteration that ended too early."""
    return NotConverged(
        f"{solver} missed its tolerance: residual {residuals[-1]:.3g} after {len(residuals) - 1} iterations, allowed "
        f"{allowed:.3g}. Take a smaller step, more iterations, a larger rtol, or another solver",
        residuals,
    )


def with_gradient(solve):
    """A solver `(self, A, t, f, gamma, ...)` whose result on tensors has the gradient of the implicit function theorem.

    `m v = f + γ A(t, v)` gives `dv = (m I - γ A'(v))⁻¹ (df + d(γ A)(v))`: the bracket is evaluated once with its graph, and
    the inverse is applied to the incoming gradient, transposed, when it comes.
    """

    @wraps(solve)
    def solved(self, A, t, f, gamma, mass=1.0, start=None):
        extra = () if mass == 1.0 and start is None else (mass, start)
        if isinstance(A, Fused):
            return Lazy((1.0, solved(self, A.A, t, f.compute(), gamma, *extra)))
        if not is_torch(f):
            return solve(self, A, t, f, gamma, *extra)
        torch = namespace(f)
        with torch.no_grad():
            v = solve(self, A, t, f, gamma, *extra)
        if not torch.is_grad_enabled():
            return v
        change = f + gamma * A(t, v) - mass * v
        if not change.requires_grad:
            return v
        step = float(gamma.detach() if is_torch(gamma) else gamma)
        change.register_hook(lambda g: None if g is None else _adjoint_solve(self, A, t, v, step, mass, g))
        # The value stays that of the iteration; only the derivative comes from `change`.
        return v + (change - change.detach())

    return solved


def _adjoint_solve(solver, A, t, v, gamma, mass, g):
    from .krylov import bicgstab

    def transposed(w):
        return mass * w - gamma * adjoint_derivative(A, t, v, w)

    # The method of a solver that preconditions, or that of the one which a Krylov method was given.
    given = getattr(solver, "preconditioner", None)
    given = getattr(given, "preconditioner", given)
    if given is not None and A.bound.symmetric:
        inverse = given(A, t, v, gamma, mass)
    else:
        inverse = unchanged
    x, residuals = bicgstab(transposed, g, g, 1e-12 * norm(g), 2000, inverse)
    # Near rounding the iteration stagnates; a gradient to seven digits is not refused.
    allowed = max(1e-7, 1e3 * float(namespace(g).finfo(g.dtype).eps)) * norm(g)
    if not residuals[-1] <= allowed:
        raise missed("the adjoint of an implicit stage", residuals, allowed)
    return x
