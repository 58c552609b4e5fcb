"""Steps over a given time that keep every claim that can be kept, with their calls of the operator counted."""

import numpy as np
import scipy

from ..certificates import Certificate, claims
from ..counted import Counted
from ..errors import NotConverged
from ..schemes import FSI, ExplicitEuler, ImplicitEuler
from ..schemes.protocol import Scheme
from ..solvers import BiCGStab, ConjugateGradients
from .kernel import NODES, fewest_steps, steps_for
from .matrices import Matrix, OnGraph, matrix_of
from .report import Proposal

CYCLES = tuple(FSI(n) for n in (2, 3, 4, 6))
RTOL = 1e-6  # of inner solvers: that of single precision


def proposals(A: OnGraph, time: float) -> tuple[Proposal, ...]:
    """The proposals, that with the fewest calls first.

    They keep what the explicit scheme keeps at small steps: all three claims with symmetric couplings, extrema otherwise.
    Accelerated ones keep the extrema as a `whole` earlier than step by step, see `kernel`.
    """
    wanted = [claim for claim, c in claims(ExplicitEuler(), A).items() if isinstance(c, Certificate)]
    solver = ConjugateGradients(RTOL) if A.bound.symmetric else BiCGStab(RTOL)
    found = []
    schemes: tuple[Scheme, ...] = (ExplicitEuler(), *CYCLES, ImplicitEuler(solver))
    for scheme in schemes:
        known = [claims(scheme, A)[claim] for claim in wanted]
        limits = [c.tau for c in known if isinstance(c, Certificate)]
        if wanted and len(limits) == len(wanted):
            found.append(measured(scheme, A, time, steps_for(min(limits), time)))
    if A.grid.size <= NODES and "max-min" in wanted:
        found += [measured(scheme, A, time, fewest_steps(A, scheme, time), whole=True) for scheme in CYCLES]
    return tuple(sorted((p for p in found if p is not None), key=lambda p: (p.calls, p.error)))


def measured(scheme: Scheme, A: OnGraph, time: float, steps: int, whole: bool = False) -> Proposal | None:
    """Calls and error of `steps` steps on a random state; None if an inner solver fails."""
    m = matrix_of(A)
    start = np.random.default_rng(0).random(A.grid.size)
    counted, u = Counted(Matrix(m, A)), start
    try:
        for k in range(steps):
            u = scheme.step(counted, k * time / steps, u, time / steps)
    except NotConverged:
        return None
    exact = scipy.sparse.linalg.expm_multiply(time * m, start, traceA=time * m.trace())
    error = float(np.linalg.norm(u - exact) / np.linalg.norm(start))
    return Proposal(scheme, steps, time / steps, counted.calls, error, whole)
