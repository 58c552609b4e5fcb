"""Fixed-point iteration: the recurrent network (Alt et al. 2022)."""

from dataclasses import dataclass

from .implicit import check_tolerances, missed, norm, tolerance, with_gradient


@dataclass(frozen=True)
class FixedPoint:
    """`v ← f + γ A(t, v) + (1 - m) v`: one block with shared weights, the input fed back in every pass.

    Implicit steps have `m = 1`; at `m = 0` this is explicit marching to a stationary state. Converges for `m + γ ρ' < 2`, half of the explicit limit: its value is conceptual (papers of Alt et al., implicit schemes).

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of iterations.
    """

    rtol: float = 1e-10
    iterations: int = 1000

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        v, allowed, residuals = f if start is None else start, tolerance(self.rtol, f, A, t, gamma, mass, start), []
        for _ in range(self.iterations + 1):
            after = f + gamma * A(t, v) + (1.0 - mass) * v
            residuals.append(norm(after - v))
            if residuals[-1] <= allowed:
                return v
            if not residuals[-1] < 1e3 * max(residuals[0], allowed):
                break
            v = after
        raise missed(self, residuals, allowed)
