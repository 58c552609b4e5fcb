"""Multigrid: the full approximation scheme, whose cycle is a U-net (Brandt 1977; Alt et al. 2022)."""

import math
from dataclasses import dataclass
from numbers import Integral

from ..operators.transfer import coarsened, prolongated, restricted
from .implicit import check_tolerances, missed, norm, tolerance, with_gradient


@dataclass(frozen=True)
class Multigrid:
    """`v - γ A(t, v) = f` by cycles over coarser and coarser grids, for linear and nonlinear diffusion.

    On each grid `smoothing` steps of a Chebyshev polynomial damp the upper part of the spectrum `[1, 1 + γρ]`; the smooth
    rest is corrected on the grid with half the cells: `v_H - γ A_H(v_H) = R r + (R v - γ A_H(R v))`, `v ← v + P (v_H - R v)`.
    Coarse operators are the same equation on the coarse grid. `R` is the mean of the cells that are merged, `P` linear
    interpolation between coarse centres. Axes of odd length keep their cells.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of cycles.
    smoothing : int
        Steps of the smoother before and after the correction.
    visits : int
        Coarse problems solved in each cycle: 1 for V-cycles, 2 for W-cycles.
    """

    rtol: float = 1e-10
    iterations: int = 50
    smoothing: int = 2
    visits: int = 1

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)
        for name in ("smoothing", "visits"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a positive integer, got {value!r}")

    @with_gradient
    def __call__(self, A, t, f, gamma):
        v, allowed = f, tolerance(self.rtol, f, A, t, gamma)
        residuals = [norm(_residual(A, t, f, gamma, v))]
        while not residuals[-1] <= allowed:
            if len(residuals) > self.iterations or not residuals[-1] <= 1e6 * max(residuals[0], allowed):
                raise missed(self, residuals, allowed)
            v = self.cycle(A, t, f, gamma, v)
            residuals.append(norm(_residual(A, t, f, gamma, v)))
        return v

    def cycle(self, A, t, f, gamma, v):
        """One cycle from the iterate `v`: the body of the U-net."""
        B = coarsened(A)
        if B is None:
            return self.coarsest(A, t, f, gamma, v)
        v = self.smoothed(A, t, f, gamma, v)
        start = restricted(v, A.grid)
        right = restricted(_residual(A, t, f, gamma, v), A.grid) + start - gamma * B(t, start)
        w = start
        for _ in range(self.visits):
            w = self.cycle(B, t, right, gamma, w)
        v = v + prolongated(w - start, B.grid, A.grid)
        return self.smoothed(A, t, f, gamma, v)

    def smoothed(self, A, t, f, gamma, v):
        """Chebyshev steps on the part of the spectrum that the next coarser grid does not see."""
        top = 1 + float(gamma) * _rho(A)
        return _chebyshev(A, t, f, gamma, v, max(1.0, top / 4), top, self.smoothing)

    def coarsest(self, A, t, f, gamma, v):
        """Chebyshev steps on the whole spectrum, as many as reduce the error a hundredfold."""
        top = 1 + float(gamma) * _rho(A)
        steps = math.ceil(math.acosh(100) / math.acosh((top + 1) / (top - 1))) if top > 1 else 1
        return _chebyshev(A, t, f, gamma, v, 1.0, top, steps)


def _chebyshev(A, t, f, gamma, v, low, top, steps):
    """The semi-iteration that is smallest on `[low, top]` (Golub and Varga 1961), stable for any number of steps."""
    mean, ratio = (top + low) / 2, (top - low) / (top + low)
    before, omega = v, 1.0
    for k in range(steps):
        omega = 1.0 if k == 0 else 1 / (1 - ratio**2 / (2 if k == 1 else 4 / omega))
        after = before + omega * (v + _residual(A, t, f, gamma, v) / mean - before)
        before, v = v, after
    return v


def _residual(A, t, f, gamma, v):
    return f - v + gamma * A(t, v)


def _rho(A) -> float:
    found = [c.value for c in (A.bound.contraction, A.bound.spectral) if c.value is not None]
    if not found:
        raise ValueError(f"Multigrid needs an operator with a spectral bound, got {A!r}: {A.bound.spectral.because}")
    return max(found)
