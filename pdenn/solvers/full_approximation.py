"""The nonlinear side of multigrid: the same equation on coarser grids, for whole states instead of corrections."""

from functools import cached_property

from ..operators.transfer import coarsened, interpolated, prolongated, restricted
from .implicit import norm
from .problem import linear_problem

SOLVES = 20  # with held coefficients, on the coarsest grid


class FullApproximation:
    """`M(v) = m v - γ A(t, v)` on one grid, for states as they are, arrays or tensors."""

    def __init__(self, A, t, gamma, mass):
        self.A, self.t, self.gamma, self.mass = A, t, gamma, mass

    @cached_property
    def coarse(self):
        """The same equation on the next coarser grid; None on the coarsest."""
        B = coarsened(self.A)
        return None if B is None else FullApproximation(B, self.t, self.gamma, self.mass)

    def __call__(self, v):
        """`M(v)`."""
        return self.mass * v - self.gamma * self.A(self.t, v)

    def residual(self, v, f):
        return f - self(v)

    def coarse_problem(self, v, f):
        """`R v`, and the right-hand side that makes it the solution wherever `v` is."""
        start = restricted(v, self.A.grid)
        return start, restricted(self.residual(v, f), self.A.grid) + self.coarse(start)

    def corrected(self, v, before, after):
        """`v + P (after - before)`."""
        return v + prolongated(after - before, self.coarse.A.grid, self.A.grid)

    def restricted(self, f):
        """`R f`."""
        return restricted(f, self.A.grid)

    def prolonged(self, v):
        """A solution of the coarse problem on this grid, as full multigrid begins with."""
        return interpolated(v, self.coarse.A.grid, self.A.grid)

    @staticmethod
    def zero(f):
        return 0.0 * f

    def smoothed(self, smoother, v, f):
        """A step of the smoother on the linear problem with coefficients held at `v`."""
        held = self.held(v)
        r = held.lifted(self.residual(v, f))
        return v + held.lowered(held.smoothed(smoother, held.zero(r), r), v)

    def solved(self, v, f):
        """Solutions with coefficients held, until the residual is a thousandth or has stopped decreasing."""
        before = start = norm(self.residual(v, f))
        for _ in range(SOLVES):
            held = self.held(v)
            r = held.lifted(self.residual(v, f))
            w = v + held.lowered(held.solved(held.zero(r), r), v)
            size = norm(self.residual(w, f))
            if not size < before:
                return v
            v, before = w, size
            if size < 1e-3 * start:
                return v
        return v

    def held(self, v):
        return linear_problem(self.A.hold(self.t, v), self.t, v, self.gamma, self.mass)

    @property
    def symmetric(self):
        return self.A.bound.symmetric
