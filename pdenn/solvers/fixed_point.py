"""Fixed-point iteration: the recurrent network (Alt et al. 2022)."""

from dataclasses import dataclass

from .implicit import check_tolerances, missed, norm, tolerance, with_gradient


@dataclass(frozen=True)
class FixedPoint:
    """`v ← f + γ A(t, v)`: one block with shared weights, the input fed back in every pass.

    Converges for `γ ρ' < 1`, half of the explicit limit: its value is conceptual (papers of Alt et al., implicit schemes).

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
    def __call__(self, A, t, f, gamma):
        v, allowed, residuals = f, tolerance(self.rtol, f, A, t, gamma), []
        for _ in range(self.iterations + 1):
            after = f + gamma * A(t, v)
            residuals.append(norm(after - v))
            if residuals[-1] <= allowed:
                return v
            if not residuals[-1] < 1e3 * max(residuals[0], allowed):
                break
            v = after
        raise missed(self, residuals, allowed)
