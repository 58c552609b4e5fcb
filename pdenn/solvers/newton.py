"""Newton's method with exact Jacobian-vector products and Krylov inner iterations."""

from dataclasses import dataclass

from ..operators.linearised import jacobian
from .implicit import check_tolerances, missed, norm, tolerance, unchanged, with_gradient
from .krylov import bicgstab


@dataclass(frozen=True)
class NewtonKrylov:
    """`v ← v - F'(v)⁻¹ F(v)`, `F(v) = m v - γ A(t, v) - f`, damped by halving while the residual does not decrease.

    The linear systems are solved by BiCGStab to a forcing term that tightens with the residual (Eisenstat and Walker
    1996); on a linear operator it is one linear solve.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of Newton steps.
    inner : int
        Largest number of inner iterations of a Newton step.
    preconditioner : Multigrid, optional
        One of its cycles, for an operator near the derivative, is applied twice in every inner iteration.
    """

    rtol: float = 1e-10
    iterations: int = 50
    inner: int = 500
    preconditioner: object = None

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)
        check_tolerances(self.rtol, self.inner)

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        v, allowed = f if start is None else start, tolerance(self.rtol, f, A, t, gamma, mass, start)
        residual = f + gamma * A(t, v) - mass * v
        residuals = [norm(residual)]
        while not residuals[-1] <= allowed:
            if len(residuals) > self.iterations:
                raise missed(self, residuals, allowed)
            v, residual = self._improved(A, t, f, gamma, mass, v, residual, allowed)
            residuals.append(norm(residual))
            if not residuals[-1] < residuals[-2]:
                raise missed(self, residuals, allowed)
        return v

    def _improved(self, A, t, f, gamma, mass, v, residual, allowed):
        """The next iterate and its residual."""
        change, size = jacobian(A, t, v), norm(residual)

        def apply(w):
            return mass * w - gamma * change(w)

        forcing = max(min(0.1, size / max(norm(f), allowed)) * size, 0.1 * allowed)
        given = self.preconditioner
        inverse = unchanged if given is None else given.preconditioner(A, t, v, gamma, mass)
        step, _ = bicgstab(apply, residual, 0.0 * residual, forcing, self.inner, inverse)
        for _ in range(30):
            trial = v + step
            after = f + gamma * A(t, trial) - mass * trial
            if norm(after) < size:
                break
            step = step / 2
        return trial, after
