"""Discrete eigenpairs against the operator, and schemes against what they must do to an eigenvector, to rounding."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

import pdenn as pn
from pdenn.exact import Mode, discrete_solution, eigenpair
from pdenn.grids import Reflecting
from pdenn.testing import grids

EPS = np.finfo(float).eps
ZERO = pn.Dirichlet(0.0)
WALLS = ("periodic", "reflecting", ZERO, ("reflecting", ZERO), (ZERO, "reflecting"), (pn.Neumann(0.0), Reflecting()))


@st.composite
def problems(draw):
    """A grid and a mode on it."""
    grid = draw(grids(boundaries=WALLS))
    return grid, tuple(draw(st.integers(0, n - 1)) for n in grid.shape)


def laplacian(grid):
    return pn.discretise(pn.Diffusion(pn.Linear()), grid)


def rounding(grid):
    """Of an entry of `A v`: arguments of the cosines up to `n π` have relative error ε, the stencil weighs with `ρ`."""
    return 4 * EPS * (4 + math.pi * max(grid.shape)) * sum(4 / h**2 for h in grid.h)


@given(problems())
def test_eigenpair_of_the_operator(problem):
    grid, numbers = problem
    eigenvalue, v = eigenpair(grid, numbers)
    assert v.shape == grid.shape
    assert abs(laplacian(grid)(0.0, v) + eigenvalue * v).max() <= rounding(grid)


@pytest.mark.parametrize("pair", WALLS, ids=str)
@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_every_eigenpair_of_a_line(pair, n):
    grid = pn.Grid(n, h=0.3, boundary=[pair])
    pairs = [eigenpair(grid, k) for k in range(n)]
    eigenvalues, vectors = np.array([value for value, _ in pairs]), np.array([v for _, v in pairs])
    assert abs(laplacian(grid)(0.0, vectors) + eigenvalues[:, None] * vectors).max() <= rounding(grid)
    assert np.linalg.matrix_rank(vectors) == n


@given(grids(boundaries=WALLS, max_cells=24))
def test_the_eigenvectors_are_a_basis_and_orthogonal(grid):
    vectors = np.array([eigenpair(grid, numbers)[1].ravel() for numbers in np.ndindex(grid.shape)])
    gram = vectors @ vectors.T
    # A mode has at least the squared norm N / 2^d; it is N where all cosines are ±1.
    assert gram.diagonal().min() >= grid.size / 2**grid.dim * (1 - 1e-12)
    assert abs(gram - np.diag(gram.diagonal())).max() <= 8 * EPS * grid.size * (4 + math.pi * grid.size)


@given(grids(dims=(1,), boundaries=WALLS))
def test_eigenvalues_are_sorted(grid):
    eigenvalues = [eigenpair(grid, k)[0] for k in range(grid.size)]
    assert all(b >= a for a, b in pairwise(eigenvalues))


@given(problems())
def test_eigenvectors_are_samples_of_the_continuous_modes(problem):
    grid, numbers = problem
    samples = Mode(grid, numbers).u(0.0, *grid.coordinates())
    assert abs(samples - eigenpair(grid, numbers)[1]).max() <= 12 * EPS * (4 + math.pi * max(grid.shape))


@given(problems())
def test_the_eigenvalue_is_that_of_the_mode_to_second_order(problem):
    """`ω² - ω⁴ h²/12 ≤ λ ≤ ω²` on each axis."""
    grid, numbers = problem
    omega = np.array([w for w, _ in Mode(grid, numbers).waves])
    eigenvalue, upper = eigenpair(grid, numbers)[0], (omega**2).sum()
    lower = (omega**2 - omega**4 * np.square(grid.h) / 12).sum()
    assert lower - 1e-12 * upper <= eigenvalue <= upper * (1 + 1e-12)


@given(problems(), st.floats(0.01, 1.0), st.integers(1, 6))
def test_explicit_euler_on_an_eigenvector(problem, fraction, steps):
    """It multiplies by `1 - τλ` in each step, whose sum of terms is at most 3 for `τρ ≤ 2`."""
    grid, numbers = problem
    A, (eigenvalue, u) = laplacian(grid), eigenpair(grid, numbers)
    v, tau = u, fraction * 2 / A.bound.spectral.value
    for _ in range(steps):
        u = pn.ExplicitEuler().step(A, 0.0, u, tau)
    assert abs(u - (1 - tau * eigenvalue) ** steps * v).max() <= steps * tau * rounding(grid) + 8 * steps * EPS


@given(problems(), st.floats(0.01, 1.0), st.integers(1, 8))
def test_fsi_on_an_eigenvector_is_a_box_filter(problem, fraction, n):
    """`sin((2n + 1) φ/2) / ((2n + 1) sin(φ/2))`, `cos φ = 1 - θλ`: the symbol of a box of 2n + 1 cells."""
    grid, numbers = problem
    A, (eigenvalue, u) = laplacian(grid), eigenpair(grid, numbers)
    theta = fraction * 2 / A.bound.spectral.value
    # The same Dirichlet kernel as a sum, which has no removable singularity.
    cosine = 1 - theta * eigenvalue
    phi = math.acos(min(1.0, max(-1.0, cosine)))
    factor = (1 + 2 * sum(math.cos(k * phi) for k in range(1, n + 1))) / (2 * n + 1)
    result = pn.FSI(n=n).step(A, 0.0, u, theta * n * (n + 1) / 3)
    # A perturbation of one step grows at most as Chebyshev polynomials of the second kind do: n-fold; n of them.
    assert abs(result - factor * u).max() <= 4 * n**2 * (theta * rounding(grid) + 8 * EPS)


@given(problems(), st.floats(0.0, 0.5))
def test_the_discrete_solution_is_the_matrix_exponential(problem, t):
    """Of the matrix of the operator; its rounding is `ε` times the norm `tρ` of the exponent."""
    grid, numbers = problem
    A, v = laplacian(grid), eigenpair(grid, numbers)[1]
    matrix = A(0.0, np.eye(grid.size).reshape(-1, *grid.shape)).reshape(grid.size, grid.size).T
    u = expm(t * matrix) @ v.ravel()
    tolerance = 32 * EPS * (1 + t * A.bound.spectral.value) + t * rounding(grid)
    assert abs(discrete_solution(grid, numbers, t).ravel() - u).max() <= tolerance


@pytest.mark.parametrize("wall", [pn.Robin(1.0, 1.0, 0.0), ZERO.__class__(1.0), pn.Neumann(2.0)])
def test_walls_without_closed_form_are_refused(wall):
    with pytest.raises(ValueError, match="boundary"):
        eigenpair(pn.Grid((4,), boundary=[("reflecting", wall)]), 0)
    with pytest.raises(ValueError, match="boundary"):
        discrete_solution(pn.Grid((4,), boundary=[(wall, "reflecting")]), 0, 1.0)


@pytest.mark.parametrize("wall", [pn.Robin(0.0, 2.0, 0.0), pn.Robin(2.0, 0.0, 0.0)])
def test_robin_walls_that_are_neumann_or_dirichlet_walls_are_not(wall):
    same = "reflecting" if wall.alpha == 0 else ZERO
    for a, b in zip(eigenpair(pn.Grid(4, boundary=wall), 1), eigenpair(pn.Grid(4, boundary=same), 1), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("numbers", [(4, 0), (0, 5), (-1, 0), 1, (1, 2, 3), (0.5, 0), (True, 0), None])
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(ValueError, match="numbers"):
        eigenpair(pn.Grid((4, 5)), numbers)


@pytest.mark.parametrize(("t", "error"), [(math.nan, ValueError), (math.inf, ValueError), ("1", TypeError)])
def test_a_time_that_is_no_finite_number_is_refused(t, error):
    with pytest.raises(error, match="t must be"):
        discrete_solution(pn.Grid(4), 1, t)


def test_what_is_no_grid_is_refused():
    with pytest.raises(TypeError, match="grid"):
        eigenpair((4, 5), (0, 0))
