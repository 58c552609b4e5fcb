"""Multigrid: the full approximation scheme, whose cycle is a U-net (Brandt 1977; Alt et al. 2022)."""

from dataclasses import dataclass
from numbers import Integral

from ..arrays import is_torch
from ..operators.linearised import near_derivative
from .hierarchies import kept
from .implicit import check_tolerances, missed, norm, tolerance, with_gradient
from .smoothers import SMOOTHERS, recommended

# What a cycle does on the next coarser grid.
CYCLES = {"V": ("V",), "W": ("W", "W"), "F": ("F", "V")}


@dataclass(frozen=True)
class Multigrid:
    """`m v - γ A(t, v) = f` by cycles over coarser and coarser grids, at a cost proportional to the number of cells.

    On each grid `pre` steps of the smoother damp what the next coarser grid cannot see, that grid corrects the rest, and
    `post` steps follow: `v_H` solves `M_H(v_H) = R (f - M(v)) + M_H(R v)`, and `v ← v + P (v_H - R v)`.

    Linear operators with compact stencils, on grids of any shape, get operator-dependent transfer and Galerkin products
    (`galerkin`, after Dendy 1982), which follow jumps, anisotropy and convection. Nonlinear diffusion of first order,
    porous media, tensors, and sums of these with fidelity are discretised again on coarse grids (`full_approximation`). For
    other nonlinear operators, use `NewtonKrylov(preconditioner=Multigrid())`, which is the safe choice for tensors too;
    where the cycle alone is slow, `ConjugateGradients` or `BiCGStab` with it as a preconditioner.

    Parameters
    ----------
    rtol : float
        Relative tolerance of the residual.
    iterations : int
        Largest number of cycles.
    cycle : {"V", "W", "F"}
        One coarse problem a cycle, two, or a V-cycle after an F-cycle.
    pre, post : int
        Steps of the smoother before and after the coarse correction; not both zero.
    smoother : Jacobi, GaussSeidel, Chebyshev or LineGaussSeidel, optional
        By default what suits the operator: Gauss-Seidel over colours where it is symmetric, lines where it is not.
    full : bool
        Begin with full multigrid: the problem is solved on the coarsest grid first, and its solution, interpolated and
        improved by one cycle on each grid, is the first guess.
    single : bool
        Cycles in single precision, whatever the state's: half the memory and time. The residual that they correct is that
        of the state, so that the tolerance is kept. For linear operators.
    bottom : int, optional
        Steps of the smoother on the coarsest grid; by default the problem is solved there. With them a cycle is a fixed
        sequence of operations, as that of a network must be (`pdenn.networks.MultigridNet`).
    """

    rtol: float = 1e-10
    iterations: int = 50
    cycle: str = "V"
    pre: int = 2
    post: int = 1
    smoother: object = None
    full: bool = False
    single: bool = False
    bottom: int | None = None

    def __post_init__(self):
        check_tolerances(self.rtol, self.iterations)
        if self.cycle not in CYCLES:
            raise ValueError(f"cycle must be one of {tuple(CYCLES)}, got {self.cycle!r}")
        for name in ("pre", "post"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
                raise ValueError(f"{name} must be an integer >= 0, got {value!r}")
        if self.bottom is not None and (type(self.bottom) is not int or self.bottom < 1):
            raise ValueError(f"bottom must be None or a positive integer, got {self.bottom!r}")
        if self.pre + self.post == 0:
            raise ValueError("pre and post must not both be zero")
        if self.smoother is not None and not isinstance(self.smoother, SMOOTHERS):
            raise ValueError(
                f"smoother must be None or one of {[s.__name__ for s in SMOOTHERS]}, got {self.smoother!r}"
            )

    @with_gradient
    def __call__(self, A, t, f, gamma, mass=1.0, start=None):
        """`v` with `m v - γ A(t, v) = f`, from the guess `start` (by default `f`)."""
        step = float(gamma.detach() if is_torch(gamma) else gamma)
        allowed = tolerance(self.rtol, f, A, t, step, mass, start)
        v = f if start is None else start

        def residual(v):
            return A.mix(t, v, (-mass, 1.0, step), f) if hasattr(A, "mix") else f - mass * v + step * A(t, v)

        if A.bound.linear:
            corrected = self.preconditioner(A, t, f, step, mass)
            v = self.first_state(A, t, f, step, mass) if self.full else v
            return self.iterated(v, residual, lambda v, r: v + corrected(r), allowed)
        problem = self.problem(A, t, f, step, mass)
        v = self.first_guess(problem, f) if self.full else v
        return self.iterated(v, residual, lambda v, r: self.improved(problem, v, f), allowed)

    def iterated(self, v, residual, improve, allowed):
        """Cycles until the residual is small enough; raises NotConverged if it does not become so."""
        r = residual(v)
        residuals = [norm(r)]
        while not residuals[-1] <= allowed:
            if len(residuals) > self.iterations or not residuals[-1] <= 1e6 * max(residuals[0], allowed):
                raise missed(self, residuals, allowed)
            v = improve(v, r)
            r = residual(v)
            residuals.append(norm(r))
        return v

    def problem(self, A, t, f, gamma, mass=1.0):
        """The hierarchy of grids for `m v - γ A(t, v)`."""
        step = float(gamma.detach() if is_torch(gamma) else gamma)
        # Inside, since both rest on compiled code.
        from .full_approximation import FullApproximation
        from .problem import linear_problem

        if not A.bound.linear:
            return FullApproximation(A, t, step, mass)
        key = (t, step, mass, self.single, tuple(f.shape), str(f.dtype))
        return kept(A, key, lambda: linear_problem(A, t, f, step, mass, self.single))

    def improved(self, level, v, f, cycle=None):
        """One cycle for `M(v) = f`: the body of the U-net. It may write into `v`, which is the solver's own."""
        if level.coarse is None:
            return level.solved(v, f) if self.bottom is None else self.relaxed(level, v, f, self.bottom)
        v = self.relaxed(level, v, f, self.pre)
        w, right = level.coarse_problem(v, f)
        correction = w
        for kind in CYCLES[self.cycle if cycle is None else cycle]:
            correction = self.improved(level.coarse, correction, right, kind)
        return self.relaxed(level, level.corrected(v, w, correction), f, self.post)

    def relaxed(self, level, v, f, steps: int):
        """Steps of the smoother on one grid."""
        smoother = recommended(level) if self.smoother is None else self.smoother
        for _ in range(steps):
            v = level.smoothed(smoother, v, f)
        return v

    def first_state(self, A, t, f, gamma, mass=1.0):
        """The first guess of full multigrid for a linear operator."""
        problem = self.problem(A, t, f, gamma, mass)
        return problem.lowered(self.first_guess(problem, problem.right(f)), f)

    def first_guess(self, level, f):
        """Full multigrid: one cycle on each grid, from the coarsest to this one."""
        if level.coarse is None:
            return level.solved(level.zero(f), f)
        v = level.prolonged(self.first_guess(level.coarse, level.restricted(f)))
        return self.improved(level, v, f)

    def preconditioner(self, A, t, u, gamma, mass=1.0):
        """The map of a residual to one cycle's correction, for `m I - γ A'(u)` or, where its stencil is wide, the held `A`."""
        problem = self.problem(near_derivative(A, t, u), t, u, gamma, mass)

        def corrected(r):
            f = problem.lifted(r)
            return problem.lowered(self.improved(problem, problem.zero(f), f), r)

        return corrected
