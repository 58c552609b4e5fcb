"""Krylov methods for operators that are linear up to a constant (Saad, Iterative Methods for Sparse Linear Systems)."""

from dataclasses import dataclass

from ..operators.linearised import affine_part
from .implicit import check_tolerances, dot, missed, norm, tolerance, with_gradient


@dataclass(frozen=True)
class ConjugateGradients:
    """For symmetric `A`: diffusion that is linear, or with its coefficients held.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    """

    rtol: float = 1e-10
    iterations: int = 2000

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)

    @with_gradient
    def __call__(self, A, t, f, gamma):
        return _linear(self, conjugate_gradients, A, t, f, gamma)


@dataclass(frozen=True)
class BiCGStab:
    """For linear `A` without symmetry, such as convection-diffusion (van der Vorst 1992).

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    """

    rtol: float = 1e-10
    iterations: int = 2000

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)

    @with_gradient
    def __call__(self, A, t, f, gamma):
        return _linear(self, bicgstab, A, t, f, gamma)


def _linear(solver, method, A, t, f, gamma):
    if not A.bound.linear:
        raise ValueError(f"{solver} needs a linear operator, got {A!r}: use NewtonKrylov, or SemiImplicit in time")
    constant = affine_part(A, t, f)

    def apply(v):
        return v - gamma * (A(t, v) - constant)

    right, allowed = f + gamma * constant, tolerance(solver.rtol, f, A, t, gamma)
    v, residuals = method(apply, right, f, allowed, solver.iterations)
    if not residuals[-1] <= allowed:
        raise missed(solver, residuals, allowed)
    return v


def conjugate_gradients(apply, b, x, allowed, iterations):
    """The solution of `apply(x) = b` from the guess `x`, and the norms of the residuals."""
    r = b - apply(x)
    p, residuals = r, [norm(r)]
    square = dot(r, r)
    while residuals[-1] > allowed and len(residuals) <= iterations:
        q = apply(p)
        alpha = square / dot(p, q)
        x, r = x + alpha * p, r - alpha * q
        before, square = square, dot(r, r)
        residuals.append(norm(r))
        p = r + (square / before) * p
    return x, residuals


def bicgstab(apply, b, x, allowed, iterations):
    """The solution of `apply(x) = b` from the guess `x`, and the norms of the residuals."""
    r = b - apply(x)
    shadow, p, residuals = r, r, [norm(r)]
    rho = dot(shadow, r)
    while residuals[-1] > allowed and len(residuals) <= iterations:
        v = apply(p)
        alpha = rho / dot(shadow, v)
        s = r - alpha * v
        w = apply(s)
        square = dot(w, w)
        omega = dot(w, s) / square if square > 0 else 0.0 * square
        x, r = x + alpha * p + omega * s, s - omega * w
        before, rho = rho, dot(shadow, r)
        residuals.append(norm(r))
        if omega == 0:
            break
        if abs(float(rho)) < 1e-14 * norm(shadow) * residuals[-1]:
            # The shadow residual has become orthogonal: start again from here.
            r = b - apply(x)
            shadow, p, rho = r, r, dot(r, r)
            continue
        p = r + (rho / before) * (alpha / omega) * (p - omega * v)
    return x, residuals
