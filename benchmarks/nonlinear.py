"""Charbonnier diffusion of a noisy image, convection-diffusion, and two phases that separate, to a fixed time at equal error.

The reference is SSPRK3 in steps of a sixteenth of the explicit limit, whose error is below a thousandth of the smallest asked for.
"""

import numba
import numpy as np

import pdenn as pn
from pdenn.operators.matrix import matrices

from . import integrators
from .fixed_time import OURS, WITHOUT_WAVES, compare
from .heat import initial

ERRORS = (1e-3, 1e-5)
EPS = 1e-3  # of Allen and Cahn: borders of phases are some 0.1 wide


def measure(settings):
    """Rows of all problems."""
    numba.set_num_threads(1)
    n = settings.pick(256, 48, 12)
    for title, A, rhs, u0, rho, steps in (charbonnier(n), convection_diffusion(n), allen_cahn(n)):
        T = settings.pick(steps, steps, 20) * 2 / rho
        reference = integrators.solved(A, u0, T, pn.SSPRK3(), 16 * settings.pick(steps, steps, 20))
        waves = list(integrators.by_waves(A, u0, T))
        methods = [*waves, *integrators.ours(A, u0, T, rho, WITHOUT_WAVES if waves else OURS)]
        if settings.wants("SciPy"):
            methods += integrators.scipy_methods(rhs, u0, T)
        if settings.wants("SUNDIALS"):
            methods += integrators.sundials_methods(rhs, u0, T)
        if title == "Allen-Cahn" and settings.wants("py-pde"):
            methods += integrators.py_pde_methods(
                lambda pde: pde.AllenCahnPDE(interface_width=EPS),
                u0, T, rho, lambda pde: pde.CartesianGrid([[0, 1]] * 2, n, periodic=True),
            )  # fmt: skip
        yield from compare(f"{title} {n} x {n}", reference, methods, ERRORS, {}, settings)


def charbonnier(n):
    """`rhs` is the same semi-discrete equation in NumPy."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((n, n)))
    u0 = initial(n) + 0.05 * np.random.default_rng(0).standard_normal((n, n))
    return "Charbonnier", A, lambda t, y: A.definition(t, y.reshape(n, n)).ravel(), u0, A.bound.spectral.value, 200


def convection_diffusion(n):
    """Velocity (20, 10), diffusivity 1, unit square, periodic; `rhs` is a sparse matrix."""
    grid = pn.Grid((n, n), h=1 / n, boundary="periodic")
    A = pn.discretise(pn.Diffusion(pn.Linear()) + pn.Convection((20.0, 10.0), pn.Central()), grid)
    u0 = initial(n)
    matrix = matrices(A, 0.0, u0)[0]
    # A quarter more than diffusion alone: the eigenvalues of convection leave the real axis.
    return "convection-diffusion", A, lambda t, y: matrix @ y, u0, 10.0 * n * n, 1000


def allen_cahn(n):
    """`ε Δu + u - u³`, unit square, periodic."""
    grid = pn.Grid((n, n), h=1 / n, boundary="periodic")
    A = pn.discretise(pn.Diffusion(conductivity=EPS) + pn.Reaction(lambda u: u - u * u * u), grid)
    x, y = (2 * np.pi * c for c in grid.coordinates())
    u0 = 0.4 * np.cos(x) * np.cos(2 * y) + 0.3 * np.sin(2 * x + y) + 0.2 * np.cos(3 * x - 2 * y)
    rho = 8.0 * EPS * n * n + 2
    return "Allen-Cahn", A, lambda t, y: A(t, y.reshape(n, n)).ravel(), u0, rho, round(2 * rho)
