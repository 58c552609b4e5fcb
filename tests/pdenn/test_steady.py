"""Stationary states solve their equation, whatever the solver, and are what a long flow tends to."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.steady import recommended_solver

RNG = np.random.default_rng(3)
DATA, MASK = RNG.random((24, 17)), (RNG.random((24, 17)) < 0.1).astype(float)
GRID = pn.Grid((24, 17))
FIDELITY = pn.Fidelity(DATA, MASK, 50.0)
CHARBONNIER = pn.Charbonnier(0.2)
INPAINTINGS = {
    "homogeneous": pn.Diffusion() + FIDELITY,
    "nonlinear": pn.Diffusion(CHARBONNIER) + FIDELITY,
    "edge-enhancing": pn.AnisotropicDiffusion(pn.EdgeEnhancing(CHARBONNIER, 1.0)) + FIDELITY,
}


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("equation", INPAINTINGS.values(), ids=INPAINTINGS)
def test_inpainting_solves_its_equation(equation, kind):
    """To the tolerance of the recommended solver, 1e-8 of the data's weight and of the residual of the guess."""
    A, u0 = pn.discretise(equation, GRID), kind(np.full(GRID.shape, 0.5))
    found = pn.solve_steady(A, u0)
    assert isinstance(found, pn.SteadyState) and type(found.u) is type(u0) and found.u.dtype == u0.dtype
    residual = np.linalg.norm(np.asarray(A(0.0, found.u)))
    scale = np.linalg.norm(50.0 * MASK * DATA) + np.linalg.norm(np.asarray(A(0.0, u0)))
    assert found.residual == pytest.approx(residual, rel=1e-6) and residual <= 1e-8 * scale


def test_it_is_what_the_flow_tends_to():
    """The slowest mode decays at least like the least eigenvalue λ of -A, so that e^(-λT) < 1e-9 here."""
    grid = pn.Grid((12,), boundary=pn.Dirichlet(0.3))
    A, source = pn.discretise(pn.Diffusion(), grid), RNG.random(12)
    u = pn.solve_steady(A, np.zeros(12), source).u
    B = pn.discretise(pn.Diffusion() + pn.Reaction(lambda v: np.asarray(source, v.dtype), slope=(0.0, 0.0)), grid)
    least = 4 * np.sin(np.pi / 24) ** 2
    flow = pn.solve(B, np.zeros(12), pn.ImplicitEuler(), t_end=1e4, tau=100.0, certificate=None).u
    assert np.exp(-least * 1e4) < 1e-9
    assert abs(flow - u).max() < 1e-6 * abs(u).max()


def test_poisson_with_closed_walls_keeps_the_mean():
    """The exact solution of the five-point stencil for a discrete cosine: the source is its eigenvalue times itself."""
    n = 40
    x = (np.arange(n) + 0.5) / n
    mode = np.cos(3 * np.pi * x)[:, None] * np.cos(2 * np.pi * x)[None]
    eigenvalue = sum(4 * n**2 * np.sin(k * np.pi / (2 * n)) ** 2 for k in (3, 2))
    A = pn.discretise(pn.Diffusion(), pn.Grid((n, n), h=1 / n))
    found = pn.solve_steady(A, np.full((n, n), 2.5), eigenvalue * mode)
    assert abs(found.u - (2.5 + mode)).max() < 1e-7


def test_a_source_that_no_state_balances_is_reported():
    """With closed walls the mean of a source has nowhere to go."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((16, 16)))
    with pytest.raises(pn.NotConverged) as caught:
        pn.solve_steady(A, np.zeros((16, 16)), np.ones((16, 16)))
    assert len(caught.value.residuals) > 1


def test_the_solver_follows_the_operator():
    grid = pn.Grid((8, 8))
    velocity = pn.Convection((1.0, 0.5))
    expected = {
        pn.ConjugateGradients: pn.Diffusion(),
        pn.BiCGStab: pn.Diffusion() + velocity,
        pn.Multigrid: pn.Diffusion(CHARBONNIER),
        pn.NewtonKrylov: pn.Diffusion(CHARBONNIER) + velocity,
    }
    for solver, equation in expected.items():
        assert isinstance(recommended_solver(pn.discretise(equation, grid)), solver)
    graph = pn.Graph.from_edges(np.array([[0, 1], [1, 2]]))
    assert isinstance(recommended_solver(pn.discretise(pn.Diffusion(), graph)), pn.ConjugateGradients)


def test_the_solution_has_the_gradient_of_the_implicit_function_theorem():
    """Against differences: `dv = -A'⁻¹ df` for one entry of the source, by central differences of step 1e-4."""
    A = pn.discretise(pn.Diffusion(CHARBONNIER), pn.Grid((10,), boundary=pn.Dirichlet(0.2)))
    source = torch.linspace(0, 0.03, 10, dtype=torch.float64, requires_grad=True)
    u0, weights = torch.zeros(10, dtype=torch.float64), torch.linspace(-1, 1, 10, dtype=torch.float64)
    solver = pn.NewtonKrylov(1e-12)
    (gradient,) = torch.autograd.grad((pn.solve_steady(A, u0, source, solver=solver).u * weights).sum(), source)
    shift = torch.zeros(10, dtype=torch.float64)
    shift[3] = 1e-4
    with torch.no_grad():
        values = [(pn.solve_steady(A, u0, source + s * shift, solver=solver).u * weights).sum() for s in (1, -1)]
    # The central difference is off by O(1e-8) relative, and the solver by 1e-12 / 1e-4.
    assert float((values[0] - values[1]) / 2e-4) == pytest.approx(float(gradient[3]), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((24, 16)),), "u0 must have shape"),
        ((np.full((24, 17), np.nan),), "u0 must be finite"),
        ((np.zeros((24, 17)), np.zeros((2, 24, 17))), "source must be like u0"),
        ((np.zeros((24, 17)), np.full((24, 17), np.inf)), "source must be finite"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        pn.solve_steady(pn.discretise(pn.Diffusion(), GRID), *arguments)


@pytest.mark.parametrize(
    ("A", "options", "error", "words"),
    [
        (pn.Diffusion(), {}, TypeError, "A must be an operator from pn.discretise.*got Diffusion"),
        (None, {"solver": pn.FSI()}, TypeError, "solver must be an instance such as pn.Multigrid.*got FSI"),
        (None, {"solver": pn.Multigrid}, TypeError, "solver must be an instance"),
        (None, {"t": float("nan")}, ValueError, "t must be finite, got nan"),
    ],
    ids=str,
)
def test_what_is_no_operator_solver_or_time_is_named(A, options, error, words):
    A = pn.discretise(pn.Diffusion(), pn.Grid((4,))) if A is None else A
    with pytest.raises(error, match=words):
        pn.solve_steady(A, np.zeros(4), **options)


@pytest.mark.parametrize("contrast", [1.0, 1e-6, 1e-9])
def test_the_mean_is_kept_however_small_the_contrast(contrast):
    """To the tolerance 1e-8 of the residual over the smallest eigenvalue (π/12)² of slopes far below the contrast."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(contrast)), pn.Grid((12, 12)))
    u0 = contrast * np.random.default_rng(0).random((12, 12))
    found = pn.solve_steady(A, u0).u
    assert abs(found - u0.mean()).max() <= 1e-8 * np.linalg.norm(A(0.0, u0)) * (12 / np.pi) ** 2


@pytest.mark.parametrize("weight", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("guess", [0.0, 50.0, 255.0])
def test_single_precision_does_not_hide_what_fixes_the_mean(weight, guess):
    """Data of magnitude 255 in float32: a pull of moderate weight is no rounding of the diffusion."""
    rng = np.random.default_rng(1)
    data, mask = 255 * rng.random((20, 20)), rng.random((20, 20)) < 0.3
    A = pn.discretise(pn.Diffusion() + pn.Fidelity(data, mask, weight), pn.Grid((20, 20)))
    u0 = np.full((20, 20), guess) + 0.1 * rng.random((20, 20))
    found, expected = (pn.solve_steady(A, u0.astype(dtype)).u for dtype in (np.float32, float))
    assert abs(found - expected).max() <= 0.05
