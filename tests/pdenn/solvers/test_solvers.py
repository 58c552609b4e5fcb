"""Inner solvers meet their tolerance, or say by how much they missed it."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.errors import NotConverged
from pdenn.operators.linearised import adjoint_derivative, derivative
from pdenn.solvers import BiCGStab, ConjugateGradients, FixedPoint, NewtonKrylov
from pdenn.solvers.implicit import dot

GRID = pn.Grid((9, 8), boundary=[pn.Dirichlet(0.4), "reflecting"])
LINEAR = pn.discretise(pn.Diffusion(), GRID)
NONLINEAR = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.4)), GRID)
CONVEX = pn.discretise(pn.Diffusion(pn.Charbonnier(0.4)), GRID)
F = np.random.default_rng(0).random(GRID.shape)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("solver", "A", "gamma"),
    [
        (FixedPoint(1e-8), NONLINEAR, 0.1),
        (NewtonKrylov(1e-8), NONLINEAR, 0.9),
        (NewtonKrylov(1e-8), CONVEX, 5.0),
        (NewtonKrylov(1e-8), LINEAR, 50.0),
        (ConjugateGradients(1e-8), LINEAR, 50.0),
        (BiCGStab(1e-8), LINEAR, 50.0),
    ],
)
def test_solvers_meet_their_tolerance(solver, A, gamma, dtype, kind):
    f = kind(F.astype(dtype))
    v = solver(A, 0.0, f, gamma)
    residual = v - gamma * A(0.0, v) - f
    # The rounding of the residual itself, and the drift of a residual that is updated by recursion.
    allowed = max(1e-8, 8 * np.finfo(dtype).eps * (1 + 8 * gamma))
    walls = np.linalg.norm(A(0.0, np.zeros(GRID.shape)))
    assert np.linalg.norm(residual) <= allowed * (np.linalg.norm(F) + gamma * walls)
    assert v.dtype == f.dtype


def test_solutions_equal_dense_algebra():
    constant = LINEAR(0.0, np.zeros(GRID.shape))
    matrix = np.array([(LINEAR(0.0, e) - constant).ravel() for e in np.eye(72).reshape(72, 9, 8)]).T
    exact = np.linalg.solve(np.eye(72) - 3.0 * matrix, (F + 3.0 * constant).ravel()).reshape(9, 8)
    for solver in (ConjugateGradients(1e-13), BiCGStab(1e-13), NewtonKrylov(1e-13)):
        np.testing.assert_allclose(solver(LINEAR, 0.0, F, 3.0), exact, rtol=0, atol=1e-11)


def test_a_missed_tolerance_is_an_error_with_its_history():
    with pytest.raises(NotConverged, match="missed its tolerance") as error:
        ConjugateGradients(1e-10, iterations=3)(LINEAR, 0.0, F, 50.0)
    assert len(error.value.residuals) == 4
    with pytest.raises(NotConverged, match="FixedPoint"):
        FixedPoint()(NONLINEAR, 0.0, F, 5.0)
    with pytest.raises(NotConverged, match="NewtonKrylov"):
        NewtonKrylov(iterations=1)(CONVEX, 0.0, F, 5.0)


def test_krylov_methods_ask_for_linear_operators():
    with pytest.raises(ValueError, match="needs a linear operator"):
        ConjugateGradients()(NONLINEAR, 0.0, F, 1.0)


@pytest.mark.parametrize("kind", [FixedPoint, ConjugateGradients, BiCGStab, NewtonKrylov])
def test_bad_tolerances_are_refused(kind):
    with pytest.raises(ValueError, match="rtol must lie between 0 and 1, got 0"):
        kind(rtol=0)
    with pytest.raises(ValueError, match="iterations must be a positive integer, got 0"):
        kind(iterations=0)


@pytest.mark.parametrize(
    "law", [pn.Charbonnier(0.2), pn.PeronaMalik(0.3), pn.Weickert(0.5), pn.TotalVariation(0.1)], ids=str
)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_derivatives_are_exact(law, form):
    """Complex steps, forward differentiation and its adjoint agree, and meet the central difference to its order."""
    A = pn.discretise(pn.Diffusion(law, form=form), GRID)
    rng = np.random.default_rng(1)
    v, w = rng.standard_normal((2, *GRID.shape))
    found = derivative(A, 0.0, F, v)
    tensor = derivative(A, 0.0, torch.from_numpy(F), torch.from_numpy(v)).numpy()
    scale = np.abs(found).max()
    np.testing.assert_allclose(tensor, found, rtol=0, atol=1e-12 * scale)
    adjoint = adjoint_derivative(A, 0.0, torch.from_numpy(F), torch.from_numpy(w)).numpy()
    assert abs((w * found).sum() - (adjoint * v).sum()) < 1e-11 * scale * np.linalg.norm(w)
    h = 1e-5
    central = (A.definition(0.0, F + h * v) - A.definition(0.0, F - h * v)) / (2 * h)
    np.testing.assert_allclose(central, found, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("of", [(np.float64, np.float64), (np.float32, np.float64), (np.int64, np.int64)])
def test_inner_products_of_other_shapes_and_dtypes(of):
    """What the kernel does not take, arrays of two shapes or dtypes, is multiplied as NumPy does."""
    u, v = (
        np.arange(size, dtype=real).reshape(shape) for real, size, shape in zip(of, (6, 3), ((2, 3), (3,)), strict=True)
    )
    assert dot(u, v) == 5 + 14
    assert dot(u[0], v) == 5
