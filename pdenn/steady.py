"""Stationary problems, `A(t, u) + f = 0`: what a flow tends to, without the time on the way."""

import math
import time
from typing import Any, Generic, NamedTuple

import numpy as np

from .arrays import State, check_finite, check_state, is_torch, namespace
from .operators.protocol import Operator
from .operators.transfer import coarsens
from .solvers import BiCGStab, ConjugateGradients, Multigrid, NewtonKrylov
from .solvers.implicit import largest, norm
from .solvers.protocol import Solver


class SteadyState(NamedTuple, Generic[State]):
    """What `solve_steady` returns.

    Attributes
    ----------
    u : array or tensor
        Of the shape, dtype and kind of the initial guess.
    residual : float
        `‖A(t, u) + f‖₂`.
    solver : Solver
        The one that was used.
    seconds : float
        Wall-clock time.
    """

    u: State
    residual: float
    solver: Solver
    seconds: float


def solve_steady(
    A: Operator, u0: State, source: State | None = None, *, solver: Solver | None = None, t: float = 0.0
) -> SteadyState[State]:
    """The stationary state `A(t, u) + f = 0`.

    Parameters
    ----------
    A : Operator
        Such as that of `Diffusion(law) + Fidelity(data, mask)`, which is inpainting.
    u0 : array or tensor of shape `(..., *A.grid.shape)`
        The first guess. Where only the slope of `u` is determined (closed walls), its mean is kept.
    source : array or tensor like `u0`, optional
        `f`; by default zero.
    solver : Solver, optional
        By default multigrid, as `recommended_solver` chooses it.
    t : float
        The time at which `A` is taken.

    Returns
    -------
    SteadyState

    Raises
    ------
    NotConverged
        With the norms of the residuals.
    TypeError, ValueError
        Naming the argument.

    Examples
    --------
    >>> grid = pn.Grid((4,), boundary=[(pn.Dirichlet(0.0), pn.Dirichlet(1.0))])
    >>> pn.solve_steady(pn.discretise(pn.Diffusion(), grid), np.zeros(4)).u.round(6)
    array([0.125, 0.375, 0.625, 0.875])
    """
    if not hasattr(A, "bound"):
        raise TypeError(f"A must be an operator from pn.discretise(equation, grid), got {A!r}")
    if solver is not None and (isinstance(solver, type) or not callable(solver)):
        raise TypeError(f"solver must be an instance such as pn.Multigrid(), got {solver!r}")
    if not math.isfinite(t):
        raise ValueError(f"t must be finite, got {t!r}")
    check_state(u0, A.grid.shape, "u0")
    check_finite(u0, "u0")
    if source is None:
        source = namespace(u0).zeros_like(u0)
    else:
        check_state(source, A.grid.shape, "source")
        check_finite(source, "source")
        if tuple(source.shape) != tuple(u0.shape) or source.dtype != u0.dtype:
            raise ValueError(
                f"source must be like u0, {tuple(u0.shape)} of {u0.dtype}, got {tuple(source.shape)} of {source.dtype}"
            )
    solver = recommended_solver(A) if solver is None else solver
    begin = time.perf_counter()
    u = solver(A, t, source, 1.0, 0.0, u0)
    if _ignores_constants(A, t, u0):
        axes = tuple(range(-A.grid.dim, 0))
        u = u + (u0 - u).mean(axes)[(..., *[None] * A.grid.dim)]
    left = A(t, u) + source
    residual = norm(left.detach() if is_torch(left) else left)
    return SteadyState(u, residual, solver, time.perf_counter() - begin)


def _ignores_constants(A: Operator, t: float, u: Any) -> bool:
    """Whether `A(u + c) = A(u)` to rounding, `c` as large as `u`, measured by what `A` does to a slight checkerboard."""
    eps = float(namespace(u).finfo(u.dtype).eps)
    unit, value = largest(u) or 1.0, A(t, u)
    signs = (-1.0) ** np.indices(A.grid.shape).sum(0)
    slight = eps**0.5 * unit * (namespace(u).as_tensor(signs, device=u.device) if is_torch(u) else signs)
    by_constant, by_signs = (
        largest(A(t, v.astype(u.dtype) if not is_torch(u) else v.to(u.dtype)) - value) for v in (u + unit, u + slight)
    )
    return by_constant <= 100 * eps**0.5 * by_signs


def recommended_solver(A: Operator, rtol: float = 1e-8) -> Solver:
    """Krylov methods with multigrid where `A` is linear, nonlinear multigrid where it has coarse grids, or Newton's method."""
    if not hasattr(A.grid, "coarsen"):
        return (ConjugateGradients if A.bound.linear and A.bound.symmetric else NewtonKrylov)(rtol)
    if A.bound.linear and A.bound.symmetric:
        return ConjugateGradients(rtol, 200, Multigrid())
    if A.bound.linear:
        return BiCGStab(rtol, 200, Multigrid(cycle="W"))
    return Multigrid(rtol, 200) if coarsens(A) else NewtonKrylov(rtol, preconditioner=Multigrid(cycle="W"))
