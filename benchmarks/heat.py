"""The heat equation with reflecting walls to a fixed time, at equal error against the exact semi-discrete solution.

`scipy.fft` gives the exact solution: cosines are eigenvectors of the discrete Laplacian.
"""

import numba
import numpy as np
from scipy.fft import dctn, idctn

import pdenn as pn
from pdenn.operators.matrix import matrices

from . import integrators
from .fixed_time import WITHOUT_WAVES, compare

ERRORS = (1e-3, 1e-4, 1e-6)
TARGETS = {
    (1e-3, "explicit Euler"): 10.0,
    (1e-3, "SciPy"): 100.0,
    (1e-3, "py-pde"): 300.0,
    (1e-3, "SUNDIALS"): 30.0,
    (1e-6, "SciPy"): 25.0,
    (1e-6, "py-pde"): 60.0,
    (1e-6, "SUNDIALS"): 8.0,
}
STEPS = {256: 5300, 1024: 5300, 64: 600, 16: 40}  # of explicit Euler at its limit: the time
TILE = 64  # cells an axis of the pattern that fills the largest grid: as stiff as 64 x 64 with 256 times as many cells


def measure(settings):
    """Rows of both sizes; on the larger one without the peers that factorise."""
    numba.set_num_threads(1)
    for n in settings.pick((256, 1024), (64,), (16,)):
        yield from case(settings, n)


def case(settings, n):
    """One size, unit square."""
    A, u0, rho = pn.discretise(pn.Diffusion(pn.Linear()), pn.Grid((n, n), h=1 / n)), state(n), 8.0 * n * n
    T = STEPS[n] * 2 / rho
    matrix = matrices(A, 0.0, u0)[0]
    methods = [*integrators.by_waves(A, u0, T), *integrators.ours(A, u0, T, rho, WITHOUT_WAVES)]
    if settings.wants("SciPy"):
        methods += integrators.scipy_methods(lambda t, y: matrix @ y, u0, T, matrix.tocsc(), implicit=n <= 256)
    if settings.wants("SUNDIALS"):
        methods += integrators.sundials_methods(lambda t, y: matrix @ y, u0, T)
    if settings.wants("py-pde"):
        methods += integrators.py_pde_methods(lambda pde: pde.DiffusionPDE(1.0, bc="derivative"), u0, T, rho,
                                              lambda pde: pde.CartesianGrid([[0, 1]] * 2, n))  # fmt: skip
    yield from compare(f"heat {n} x {n}", exact(u0, T), methods, ERRORS, TARGETS, settings)


def state(n):
    """The initial state, on the largest grid a pattern that is reflected again and again."""
    if n <= 256:
        return initial(n)
    return np.pad(initial(TILE), [(0, n - TILE)] * 2, mode="symmetric")


def initial(n):
    """Two hills and a wave, of size one."""
    x, y = np.meshgrid(*[(np.arange(n) + 0.5) / n] * 2, indexing="ij")
    hills = np.exp(-50 * ((x - 0.3) ** 2 + (y - 0.4) ** 2)) + 0.5 * np.exp(-200 * ((x - 0.7) ** 2 + (y - 0.6) ** 2))
    return hills + 0.2 * np.cos(6 * np.pi * x) * np.cos(4 * np.pi * y)


def exact(u0, T):
    """`exp(T A) u0` in the basis of cosines, mesh width 1/n."""
    n = len(u0)
    eigenvalues = -((2 * n * np.sin(np.pi * np.arange(n) / (2 * n))) ** 2)
    return idctn(dctn(u0) * np.exp(T * (eigenvalues[:, None] + eigenvalues)))
