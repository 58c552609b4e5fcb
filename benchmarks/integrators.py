"""Methods for `du/dt = A(t, u)` from pdenn and from peers, for the comparison at equal error.

A step count is the setting of schemes with fixed steps, a tolerance (relative and absolute) that of the others.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import scipy.integrate

import pdenn as pn
from pdenn.operators.combine import Zero
from pdenn.operators.spectrum import divided

from .fixed_time import OURS, Method

STEPS = tuple(2**k for k in range(10))
INTERVALS = {
    pn.RKL2: lambda n: (n * n + n - 2) / 2,
    pn.RKC2: lambda n: 0.653 * (n * n - 1),
    pn.FED: lambda n: 2 * n * (n + 1) / 3,
    pn.FSI: lambda n: 2 * n * (n + 1) / 3,
}
TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)


def by_waves(A, u0, T):
    """Exponential schemes: where all of the equation is linear its flow in one step; nothing where no term has waves.

    The operator is a new one each time, so that nothing is at hand.
    """
    try:
        others = divided(A)[1]
    except TypeError:
        return
    linear = isinstance(others, Zero)
    for scheme in (pn.ExponentialEuler(),) if linear else (pn.ETDRK2(), pn.ETDRK4()):

        def run(steps, scheme=scheme):
            return solved(replace(A), u0, T, scheme, steps)

        yield Method(OURS, type(scheme).__name__, (1,) if linear else STEPS, run)


def ours(A, u0, T, rho, group=OURS):
    """Stabilised schemes with as many stages as the step needs, extrapolation of one, SSPRK3, and alternating directions."""
    run = partial(solved, A, u0, T)
    for make in INTERVALS:

        def cycles(steps, make=make):
            return run(make(stages(make, rho * T / steps), coefficients="updated"), steps)

        yield Method(group, make.__name__, STEPS, cycles)

    def richardson(steps):
        coarse, fine = (run(pn.RKL2(stages(pn.RKL2, rho * T / n)), n) for n in (steps, 2 * steps))
        return fine + (fine - coarse) / 3

    yield Method(group, "RKL2, extrapolated", STEPS, richardson)
    least = int(np.ceil(T * rho / 2.51))  # the interval of SSPRK3
    yield Method(group, "SSPRK3", tuple(least * k for k in (1, 2, 4, 8)), lambda steps: run(pn.SSPRK3(), steps))
    if isinstance(getattr(A, "equation", None), pn.Diffusion):
        yield Method(group, "ADI", STEPS, lambda steps: run(pn.ADI(), steps))
    limit = int(np.ceil(T * rho / 2))
    yield Method("explicit Euler", "pdenn, ExplicitEuler", tuple(limit * k for k in (1, 4, 16, 64)),
                 lambda steps: run(pn.ExplicitEuler(), steps))  # fmt: skip


def solved(A, u0, T, scheme, steps):
    """The state at the time `T` after equal steps."""
    return pn.solve(A, u0, scheme, T, tau=T / steps, certificate=None, progress=False).u


def stages(make, z: float) -> int:
    """The least number of stages whose stability interval has the length `z`, by the formula of the scheme's docstring."""
    n = 3
    while INTERVALS[make](n) < z * (1 + 1e-12):
        n += 1
    return n


def scipy_methods(rhs, u0, T, jacobian=None, implicit=True):
    """`solve_ivp`; `rhs(t, y)` takes and gives flat arrays."""

    def run(method, tolerance):
        options = {"jac": jacobian} if method in ("BDF", "Radau") else {}
        found = scipy.integrate.solve_ivp(rhs, (0.0, T), u0.ravel(), method, t_eval=(T,), rtol=tolerance,
                                          atol=tolerance, **options)  # fmt: skip
        return found.y[:, -1].reshape(u0.shape)

    for method in ("RK23", "RK45", *(("BDF", "Radau") if jacobian is not None and implicit else ())):
        yield Method("SciPy", f"solve_ivp {method}", TOLERANCES[::2], partial(run, method))


def sundials_methods(rhs, u0, T):
    """CVODE with Krylov methods inside."""
    from sksundae.cvode import CVODE

    def right_hand_side(t, y, out):
        out[:] = rhs(t, y)

    def run(method, tolerance):
        solver = CVODE(right_hand_side, method=method, linsolver="gmres", rtol=tolerance, atol=tolerance,
                       max_num_steps=1_000_000)  # fmt: skip
        return solver.solve(np.array([0.0, T]), u0.ravel()).y[-1].reshape(u0.shape)

    for method in ("BDF", "Adams"):
        yield Method("SUNDIALS", f"CVODE {method}", TOLERANCES, partial(run, method))


def py_pde_methods(equation, u0, T, rho, bc_grid):
    """Its compiled Euler stepper with fixed steps, and its SciPy solver; `equation(pde)` and `bc_grid(pde)` build both."""
    import pde

    problem, grid = equation(pde), bc_grid(pde)
    least, steppers = int(np.ceil(T * rho / 2)), {}

    def euler(steps):
        field = pde.ScalarField(grid, u0)
        if steps not in steppers:
            steppers[steps] = pde.EulerSolver(problem, backend="numba").make_stepper(field, dt=T / steps)
        return advanced(steppers[steps], field, T)

    def by_scipy(tolerance):
        field = pde.ScalarField(grid, u0)
        if ("scipy", tolerance) not in steppers:
            solver = pde.ScipySolver(problem, backend="numba", method="RK23", rtol=tolerance, atol=tolerance)
            steppers["scipy", tolerance] = solver.make_stepper(field)
        return advanced(steppers["scipy", tolerance], field, T)

    yield Method("py-pde", "py-pde Euler", tuple(least * k for k in (1, 4, 16)), euler)
    yield Method("py-pde", "py-pde by SciPy", TOLERANCES[::2], by_scipy)


def advanced(stepper, field, T):
    """The data of a field after its stepper, which works in place."""
    stepper(field, 0.0, T)
    return field.data
