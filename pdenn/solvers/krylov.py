"""Krylov methods for operators that are linear up to a constant (Saad, Iterative Methods for Sparse Linear Systems)."""

from dataclasses import dataclass

from ..operators.linearised import affine_part
from .implicit import check_tolerances, dot, missed, norm, tolerance, unchanged, with_gradient


@dataclass(frozen=True)
class ConjugateGradients:
    """For symmetric `A`: diffusion that is linear, or with its coefficients held.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    preconditioner : Multigrid, optional
        One of its cycles is applied in every iteration. It need not be symmetric: the directions are those of the
        flexible method (Notay 2000).
    """

    rtol: float = 1e-10
    iterations: int = 2000
    preconditioner: object = None

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        return _linear(self, conjugate_gradients, A, t, f, gamma, mass, start)


@dataclass(frozen=True)
class BiCGStab:
    """For linear `A` without symmetry, such as convection-diffusion (van der Vorst 1992).

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    preconditioner : Multigrid, optional
        One of its cycles is applied, from the right, twice in every iteration.
    """

    rtol: float = 1e-10
    iterations: int = 2000
    preconditioner: object = None

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        return _linear(self, bicgstab, A, t, f, gamma, mass, start)


def _linear(solver, method, A, t, f, gamma, mass, start):
    if not A.bound.linear:
        raise ValueError(f"{solver} needs a linear operator, got {A!r}: use NewtonKrylov, or SemiImplicit in time")
    constant = affine_part(A, t, f)

    def apply(v):
        return mass * v - gamma * (A(t, v) - constant)

    right, allowed = f + gamma * constant, tolerance(solver.rtol, f, A, t, gamma, mass, start)
    given = solver.preconditioner
    inverse = unchanged if given is None else given.preconditioner(A, t, f, gamma, mass)
    v, residuals = method(apply, right, f if start is None else start, allowed, solver.iterations, inverse)
    if not residuals[-1] <= allowed:
        raise missed(solver, residuals, allowed)
    return v


def conjugate_gradients(apply, b, x, allowed, iterations, inverse=unchanged):
    """The solution of `apply(x) = b` from the guess `x`, and the norms of the residuals; `inverse` preconditions."""
    r = b - apply(x)
    residuals = [norm(r)]
    z = inverse(r)
    p, product = z, dot(r, z)
    while residuals[-1] > allowed and len(residuals) <= iterations:
        q = apply(p)
        curvature = dot(p, q)
        # Not positive: the operator is singular and the right-hand side outside its range, or it is not definite.
        if not curvature > 0:
            break
        alpha = product / curvature
        x, change = x + alpha * p, alpha * q
        r = r - change
        residuals.append(norm(r))
        if residuals[-1] <= allowed:
            break
        z = inverse(r)
        # Without a preconditioner `change` is orthogonal to `r`, and this is the usual formula.
        before, product = product, dot(r, z)
        p = z + ((product if inverse is unchanged else -dot(change, z)) / before) * p
    return x, residuals


def bicgstab(apply, b, x, allowed, iterations, inverse=unchanged):
    """The solution of `apply(x) = b` from the guess `x`, and the norms of the residuals; `inverse` preconditions."""
    r = b - apply(x)
    shadow, p, residuals = r, r, [norm(r)]
    rho = dot(shadow, r)
    while residuals[-1] > allowed and len(residuals) <= iterations:
        y = inverse(p)
        v = apply(y)
        alpha = rho / dot(shadow, v)
        s = r - alpha * v
        z = inverse(s)
        w = apply(z)
        square = dot(w, w)
        omega = dot(w, s) / square if square > 0 else 0.0 * square
        x, r = x + alpha * y + omega * z, s - omega * w
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
