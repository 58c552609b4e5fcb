"""Diffusion on graphs: equal to the grid, to the textbook and to its kernels; the claims at their limits."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import Fidelity, PorousMedium
from pdenn.graphs import Graph

LAWS = [pn.Linear(), pn.Charbonnier(0.5), pn.PeronaMalik(0.7), pn.Weickert(0.3), pn.TotalVariation(0.1)]
FORMS = ("isotropic", "separable")
EPS = np.finfo(float).eps


@st.composite
def graphs(draw, normalisations=("none", "symmetric"), directed=(False,), most=14):
    """Random graphs, sparse to complete, isolated nodes and weights of many sizes included."""
    n, rng = draw(st.integers(1, most)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    present = rng.random((n, n)) < draw(st.sampled_from([0.0, 0.1, 0.3, 1.0]))
    w = present * 10 ** rng.uniform(-draw(st.sampled_from([0.0, 3.0])), 1, (n, n))
    unsymmetric = draw(st.sampled_from(directed))
    return Graph(sp.csr_array(w if unsymmetric else np.triu(w) + np.triu(w, 1).T),
                 draw(st.sampled_from(normalisations)), unsymmetric)  # fmt: skip


@st.composite
def problems(draw, laws=st.sampled_from(LAWS), dtype=np.float64, **on):  # noqa: B008
    graph = draw(graphs(**on))
    A = pn.discretise(pn.Diffusion(draw(laws), form=draw(st.sampled_from(FORMS))), graph)
    return A, draw(testing.states(graph, dtype, draw(st.sampled_from([(), (3,), (2, 1)]))))


ANY = {"normalisations": ("none", "symmetric", "row"), "directed": (False, True)}


def size_of(A, u) -> float:
    """Magnitude of the terms that are added in `A(u)`; the slope of a law amplifies the rounding of its argument."""
    law = A.equation.law
    return 4 * max(law.sup_slope, law.sup_g) * A.graph.degrees.max() * abs(u).max()


def matrix(B) -> np.ndarray:
    return B.definition(0.0, np.eye(B.graph.size)).T


def grid_as_graph(grid: pn.Grid) -> Graph:
    """The neighbours in a grid with the couplings 1/h²."""
    total = sp.csr_array((grid.size, grid.size))
    for axis, (n, h) in enumerate(zip(grid.shape, grid.h, strict=True)):
        line = sp.diags_array(np.ones(n - 1), offsets=1, shape=(n, n)).tolil()
        if grid.ghosts(axis) is None:
            line[0, n - 1] = 1.0
        line = sp.csr_array(line + line.T) / h**2
        before, after = np.prod(grid.shape[:axis], dtype=int), np.prod(grid.shape[axis + 1 :], dtype=int)
        total = total + sp.kron(sp.kron(sp.eye_array(before), line), sp.eye_array(after))
    return Graph(sp.csr_array(total))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("walls", ["reflecting", "periodic", ("periodic", "reflecting")], ids=str)
def test_a_grid_is_a_graph(walls, law, form):
    grid = pn.Grid((5, 4), (0.5, 2.0), walls)
    on_grid = pn.discretise(pn.Diffusion(law, form=form), grid)
    A = pn.discretise(pn.Diffusion(law, form=form), grid_as_graph(grid))
    u = np.random.default_rng(0).standard_normal((2, 5, 4))
    flat = u.reshape(2, 20)
    for name in ("__call__", "definition"):
        result = getattr(A, name)(0.0, flat)
        testing.assert_same(result, on_grid.definition(0.0, u).reshape(2, 20), size_of(A, u))
    x, y = torch.tensor(u), torch.tensor(u).flip(1, 2)  # tensors on the grid, which need no kernel
    held, expected = A.hold(0.0, flat)(0.0, flat[:, ::-1]), on_grid.hold(0.0, x)(0.0, y)
    testing.assert_same(held, expected.reshape(2, 20), size_of(A, u))
    testing.assert_same(A.energy(flat), on_grid.energy(u), 20 * size_of(A, u) * abs(u).max())
    assert A.bound.spectral.value <= on_grid.bound.spectral.value * (1 + 1e-12)
    assert A.bound.diagonal.value <= on_grid.bound.diagonal.value * (1 + 1e-12)


@given(problem=problems())
def test_the_operator_is_minus_the_adjoint_of_the_flux(problem):
    """`-K* Φ(K u)` and `-K* G K u`, with the incidence matrix `K` of the edges written down."""
    A, u = problem
    upper = sp.coo_array(sp.triu(A.graph.couplings))
    i, j, root = upper.row, upper.col, np.sqrt(upper.data)
    K = np.zeros((len(root), A.graph.size))
    K[np.arange(len(root)), i], K[np.arange(len(root)), j] = -root, root
    slopes, law = u @ K.T, A.equation.law
    if A.equation.form == "separable":
        flux = law.flux(slopes)
    else:
        g = law.g(slopes**2 @ (K != 0) / 2)
        flux = slopes * (g[..., i] + g[..., j]) / 2
    testing.assert_same(A.definition(0.0, u), -flux @ K, size_of(A, u))


@given(problem=problems(st.just(pn.Linear()), **ANY))
def test_the_linear_law_is_the_laplacian(problem):
    A, u = problem
    testing.assert_same(A(0.0, u), -u @ A.graph.laplacian.toarray().T, size_of(A, u))


@given(problem=problems(**ANY), weights=st.tuples(*[st.floats(-2, 2)] * 3))
def test_kernel_definition_torch_hold_and_mix_agree(problem, weights):
    A, u = problem
    x, expected, size = torch.tensor(u), A.definition(0.0, u), size_of(A, u)
    B = A.hold(0.0, u)
    for result in (A(0.0, u), A(0.0, x), B(0.0, u), B.definition(0.0, u), A.hold(0.0, x)(0.0, x)):
        testing.assert_same(result, expected, size)
    a, b, c = weights
    v = u[..., ::-1]
    for C, y in ((A, u), (B, u), (A, x), (B, x)):
        if C is B and y is x:
            C = A.hold(0.0, x)
        result = C.mix(0.0, y, weights, torch.tensor(v.copy()) if y is x else v)
        testing.assert_same(result, a * u + b * v + c * expected, 2 * (size + 2 * abs(u).max()))
    assert B.hold(0.0, 2 * u) is B


@given(problem=problems(st.just(pn.Charbonnier(2.0)), dtype=np.float32, **ANY))
def test_single_precision_stays_single(problem):
    A, u = problem
    expected = A.definition(0.0, u)
    assert expected.dtype == np.float32
    for result in (A(0.0, u), A.hold(0.0, u)(0.0, u), A(0.0, torch.tensor(u))):
        testing.assert_same(result, expected, size_of(A, u))


def test_many_threads_and_many_states_give_the_same():
    """Enough arcs for the parallel kernels."""
    x = np.random.default_rng(3).standard_normal((1500, 3))
    graph = Graph.from_points(x, 12)
    u = np.random.default_rng(4).standard_normal((2, 1500))
    for form in FORMS:
        A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3), form=form), graph)
        expected = A.definition(0.0, u)
        testing.assert_same(A(0.0, u), expected, size_of(A, u))
        testing.assert_same(A(0.0, u[0]), expected[0], size_of(A, u))
        testing.assert_same(A.hold(0.0, u)(0.0, u), expected, size_of(A, u))


@given(problem=problems())
def test_minus_the_operator_is_the_gradient_of_the_energy(problem):
    A, u = problem
    x = torch.tensor(u, requires_grad=True)
    gradient = torch.autograd.grad(A.energy(x).sum(), x)[0]
    testing.assert_same(-gradient, A(0.0, u), size_of(A, u))


@given(problem=problems(**ANY))
def test_the_bounds_hold_for_dense_held_operators(problem):
    A, u = problem
    m, bound = matrix(A.hold(0.0, u.reshape(-1, A.graph.size)[0])), A.bound
    rounding = 100 * EPS * (A.equation.law.sup_g * A.graph.degrees.max())
    assert (m + bound.diagonal.value * np.eye(len(m))).min() >= -rounding
    assert abs(m.sum(1)).max() <= rounding * len(m)
    assert bound.symmetric is A.graph.symmetric
    if A.graph.symmetric:
        assert abs(m - m.T).max() <= rounding
        eigenvalues = np.linalg.eigvalsh((m + m.T) / 2)
        assert eigenvalues[-1] <= rounding * len(m)
        assert -eigenvalues[0] <= bound.spectral.value + rounding * len(m)


@given(problem=problems(), data=st.data())
def test_the_three_claims_at_their_limits(problem, data):
    A, u = problem
    v = data.draw(testing.states(A.graph, batch=u.shape[:-1]))
    for scheme in (pn.ExplicitEuler(), pn.FSI(4), pn.FSI(3, "updated"), pn.RKL1(3)):
        claims = {c.claim for c in pn.certify(scheme, A)}
        assert "max-min" in claims
        held = getattr(scheme, "coefficients", "updated") == "held"
        assert ("contractive" in claims) is (A.equation.law.monotone and (A.bound.linear or not held))
        if "bounded" in claims:
            testing.assert_bounded(scheme, A, u)
        if "contractive" in claims:
            testing.assert_contractive(scheme, A, u, v)
        testing.assert_max_min(scheme, A, u)
        tau = min(pn.certificate(scheme, A, "max-min").tau, 1.0)
        testing.assert_conservative(scheme, A, u, tau)


@given(problem=problems(normalisations=("row",), directed=(False, True)))
def test_without_symmetry_only_the_extrema_are_certified(problem):
    A, u = problem
    assert [c.claim for c in pn.certify(pn.ExplicitEuler(), A)] == ["max-min"]
    testing.assert_max_min(pn.ExplicitEuler(), A, u)
    with pytest.raises(pn.NoCertificate, match="not symmetric.*'max-min'"):
        pn.certificate(pn.ExplicitEuler(), A, "bounded")
    with pytest.raises(ValueError, match="needs symmetric couplings"):
        A.energy(u)


def test_the_limits_are_sharp():
    """Beyond `2/λ_max` the top mode grows; beyond `1/d` a spike overshoots; a random walk may raise the 2-norm."""
    graph = Graph.from_edges([(0, 1), (0, 2), (0, 3), (3, 4), (1, 2)], normalisation="symmetric")
    A = pn.discretise(pn.Diffusion(), graph)
    mode = np.linalg.eigh(graph.laplacian.toarray())[1][:, -1]
    tau = pn.certificate(pn.ExplicitEuler(), A, "bounded").tau
    testing.assert_bounded(pn.ExplicitEuler(), A, mode)
    with pytest.raises(AssertionError, match="bounded"):
        testing.assert_bounded(pn.ExplicitEuler(), A, mode, tau * 1.001)
    spike = 1.0 * (np.arange(5) == graph.degrees.argmax())
    tau = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    with pytest.raises(AssertionError, match="max-min"):
        testing.assert_max_min(pn.ExplicitEuler(), A, spike, tau * 1.001)
    walk = pn.discretise(pn.Diffusion(), Graph.from_edges([(0, k) for k in range(1, 6)], normalisation="row"))
    hub = 1.0 * (np.arange(6) == 0)
    assert np.linalg.norm(hub + walk(0.0, hub)) > 2


def test_a_law_with_negative_values_has_no_claim():
    A = pn.discretise(pn.Diffusion(pn.ForwardBackward()), Graph.from_edges([(0, 1)]))
    assert pn.certify(pn.ExplicitEuler(), A) == ()


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_tensors(form):
    graph = Graph.from_points(np.random.default_rng(0).random((6, 2)), 3)
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.5), form=form), graph)
    x = torch.tensor(np.random.default_rng(1).random((2, 6)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda u: A(0.0, u), x)
    assert torch.autograd.gradgradcheck(lambda u: A(0.0, u), x)


def test_solutions_decay_as_the_spectrum_says_and_become_labelled_arrays():
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)], [1.0, 2.0, 0.5, 1.0, 1.5])
    A = pn.discretise(pn.Diffusion(), graph)
    eigenvalues, modes = np.linalg.eigh(graph.laplacian.toarray())
    u0 = np.random.default_rng(0).random((3, 4))
    solution = pn.solve(A, u0, pn.SSPRK3(), 1.0, tau=1e-3, times=(0.5, 1.0))
    exact = u0 @ modes * np.exp(-eigenvalues) @ modes.T
    assert abs(solution.u - exact).max() <= (1e-3 * eigenvalues[-1]) ** 3
    data = solution.to_xarray()
    assert data["u"].dims == ("time", "batch0", "node")
    assert data["node"].values.tolist() == [0, 1, 2, 3]
    assert "Graph of 4 nodes" in data.attrs["operator"]
    implicit = pn.solve(A, u0, pn.CrankNicolson(), 1.0, tau=0.01, certificate=None).u
    assert abs(implicit - exact).max() <= (0.01 * eigenvalues[-1]) ** 2


def test_terms_in_the_nodes_add_up():
    graph, data = Graph.from_edges([(0, 1), (1, 2)]), np.array([1.0, 0.0, 2.0])
    A = pn.discretise(pn.Diffusion() + Fidelity(data, weight=0.5), graph)
    u = np.array([0.0, 1.0, 0.0])
    np.testing.assert_allclose(A(0.0, u), [1.5, -2.5, 2.0], rtol=1e-14)


@pytest.mark.parametrize(
    "equation", [pn.Diffusion(order=2), pn.Diffusion(conductivity=2.0), pn.Diffusion(channels=3)], ids=str
)
def test_other_diffusions_are_refused(equation):
    with pytest.raises(ValueError, match="on a graph must be of order 1"):
        pn.discretise(equation, Graph.from_edges([(0, 1)]))


def test_bad_input_is_refused():
    A = pn.discretise(pn.Diffusion(), Graph.from_edges([(0, 1)]))
    for B in (A, A.hold(0.0, np.zeros(2))):
        with pytest.raises(ValueError, match=r"u must have shape \(..., 2\)"):
            B(0.0, np.zeros(3))
    with pytest.raises(TypeError, match="dtype float32 or float64"):
        A(0.0, np.zeros(2, int))
    for equation in (pn.Convection((1.0,)), PorousMedium()):
        with pytest.raises(TypeError, match="grid must be a pn.Grid for this equation"):
            pn.discretise(equation, A.graph)
