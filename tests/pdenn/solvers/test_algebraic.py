"""Algebraic multigrid against a direct solver, on graphs of points, of citations, and inside implicit schemes."""

import sys

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from scipy.sparse.linalg import spsolve

import pdenn as pn
from pdenn.solvers.algebraic import METHODS, hierarchy
from pdenn.solvers.implicit import norm, tolerance

RNG = np.random.default_rng(7)
POINTS = RNG.random((1000, 2))
GEOMETRIC = {name: pn.Graph.from_points(POINTS, 8, normalisation=name) for name in ("none", "symmetric", "row")}
DIRECTED = pn.Graph.from_points(POINTS, 8, directed=True)
SMALL = pn.Graph.from_points(POINTS[:12], 3)


def citations(n=1500, seed=1):
    """Every paper cites two earlier ones, old ones more often; a tenth of all nodes have no neighbours."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, int(i * rng.random() ** 2)) for i in range(1, n) for _ in range(2)])
    return pn.Graph.from_edges(np.unique(pairs, axis=0), nodes=n + n // 10, normalisation="symmetric")


def direct(graph, f, gamma):
    return spsolve(sp.csc_array(sp.eye_array(graph.size) + gamma * graph.laplacian), f)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gamma", [1.0, 1e4])
@pytest.mark.parametrize(
    "graph", [*GEOMETRIC.values(), DIRECTED, citations()], ids=[*GEOMETRIC, "directed", "citations"]
)
def test_the_direct_solution(graph, gamma, method):
    """No entry of the error exceeds the residual: `I + γL` has row sums 1 and no positive couplings, `‖(I + γL)⁻¹‖_∞ = 1`."""
    f = RNG.random(graph.size)
    v = pn.AlgebraicMultigrid(1e-9, method=method)(pn.discretise(pn.Diffusion(), graph), 0.0, f, gamma)
    rounding = 4e-16 * (1 + 2 * gamma * graph.degrees.max())
    assert abs(v - direct(graph, f, gamma)).max() <= (1e-9 + rounding) * np.linalg.norm(f)


@pytest.mark.parametrize("method", METHODS)
def test_fewer_iterations_than_plain_conjugate_gradients(method):
    A, f = pn.discretise(pn.Diffusion(), GEOMETRIC["none"]), RNG.random(1000)
    v = pn.AlgebraicMultigrid(1e-8, iterations=20, method=method)(A, 0.0, f, 1e4)
    assert np.isfinite(v).all()
    with pytest.raises(pn.NotConverged):
        pn.ConjugateGradients(1e-8, iterations=80)(A, 0.0, f, 1e4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_states_keep_shape_dtype_and_kind(dtype, kind):
    """The residual is as small as it may be; measuring it adds no more rounding than the tolerance grants."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)) + pn.Fidelity(0.5, 0.2), GEOMETRIC["none"])
    given = RNG.random((2, 3, 1000)).astype(dtype)
    u = kind(given.copy())
    held = A.hold(0.0, u)
    v = pn.AlgebraicMultigrid(1e-5)(held, 0.0, u, 30.0)
    assert v.shape == u.shape and v.dtype == u.dtype and type(v) is type(u)
    np.testing.assert_array_equal(u, given)
    assert norm(v - 30.0 * held(0.0, v) - u) <= 2 * tolerance(1e-5, u, held, 0.0, 30.0)


def test_it_is_an_inner_solver_of_implicit_schemes():
    graph, u = citations(), RNG.random((2, 1650))
    A = pn.discretise(pn.Diffusion(), graph)
    v = pn.solve(A, u, pn.ImplicitEuler(pn.AlgebraicMultigrid()), t_end=20.0, tau=10.0).u
    for given, found in zip(u, v, strict=True):
        expected = direct(graph, direct(graph, given, 10.0), 10.0)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_nonlinear_laws_are_solved_with_their_coefficients_held(form):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3), form=form), GEOMETRIC["none"])
    u = RNG.random((2, 1000))
    v = pn.solve(A, u, pn.SemiImplicit(pn.AlgebraicMultigrid(1e-11)), t_end=2.0, tau=1.0).u
    w = pn.solve(A, u, pn.SemiImplicit(pn.ConjugateGradients(1e-12)), t_end=2.0, tau=1.0).u
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-8)


def test_grids_are_graphs_too():
    A = pn.discretise(pn.Diffusion() + pn.Fidelity(0.3, 0.1), pn.Grid((15, 20), 0.5, ("periodic", pn.Dirichlet(2.0))))
    f = RNG.random((2, 15, 20))
    v, w = (solver(A, 0.0, f, 50.0) for solver in (pn.AlgebraicMultigrid(1e-12), pn.ConjugateGradients(1e-12)))
    np.testing.assert_allclose(v, w, rtol=0, atol=1e-8)


@pytest.mark.parametrize("scheme", [pn.ImplicitEuler, pn.SemiImplicit])
@pytest.mark.parametrize("normalisation", ["none", "row"])
def test_gradients_come_from_the_implicit_function_theorem(scheme, normalisation):
    law = pn.Linear() if scheme is pn.ImplicitEuler else pn.Charbonnier(0.5)
    A = pn.discretise(pn.Diffusion(law), pn.Graph(SMALL.weights, normalisation))
    u = torch.from_numpy(RNG.random((2, 12))).requires_grad_()
    tau = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    step = scheme(pn.AlgebraicMultigrid(1e-13)).step
    assert torch.autograd.gradcheck(lambda u, tau: step(A, 0.0, u, tau), (u, tau), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_levels_are_set_up_once_and_without_chance(method):
    A, f = pn.discretise(pn.Diffusion(), GEOMETRIC["none"]), RNG.random(1000)
    solver = pn.AlgebraicMultigrid(method=method)
    hierarchy.cache_clear()
    first = solver(A, 0.0, f, 3.0)
    again = solver(pn.discretise(pn.Diffusion(), GEOMETRIC["none"]), 0.0, f, 3.0)
    assert hierarchy.cache_info().misses == 1
    hierarchy.cache_clear()
    np.testing.assert_array_equal(solver(A, 0.0, f, 3.0), first)
    np.testing.assert_array_equal(again, first)
    solver(A, 0.0, f, 4.0)
    assert hierarchy.cache_info().misses == 2


def test_without_pyamg_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyamg", None)
    hierarchy.cache_clear()
    with pytest.raises(ImportError, match=r"AlgebraicMultigrid needs PyAMG: pip install pdenn\[amg\]"):
        pn.AlgebraicMultigrid()(pn.discretise(pn.Diffusion(), SMALL), 0.0, RNG.random(12), 1.0)


def test_a_missed_tolerance_is_an_error():
    A = pn.discretise(pn.Diffusion(), GEOMETRIC["none"])
    with pytest.raises(pn.NotConverged, match="AlgebraicMultigrid.*missed its tolerance") as error:
        pn.AlgebraicMultigrid(1e-12, iterations=2)(A, 0.0, RNG.random((2, 1000)), 1e3)
    assert len(error.value.residuals) == 3
    with pytest.raises(pn.NotConverged):
        pn.AlgebraicMultigrid()(A, 0.0, np.full(1000, np.nan), 1.0)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="method must be one of .*'classical'"):
        pn.AlgebraicMultigrid(method="classical")
    with pytest.raises(ValueError, match="rtol must lie between 0 and 1"):
        pn.AlgebraicMultigrid(rtol=0)
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(1.0)), SMALL)
    with pytest.raises(ValueError, match="needs a linear operator.*SemiImplicit"):
        pn.ImplicitEuler(pn.AlgebraicMultigrid()).step(A, 0.0, RNG.random(12), 1.0)
