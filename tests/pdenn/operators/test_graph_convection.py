"""Upwind transport on directed graphs: equal to the matrices and to the grid, and what each form keeps."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.graphs import Graph

FORMS = ("advective", "conservative")


@st.composite
def flows(draw):
    """Random directed graphs, and a state."""
    n, rng = draw(st.integers(1, 12)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    w = (rng.random((n, n)) < 0.4) * rng.exponential(1.0, (n, n))
    return Graph(sp.csr_array(w), directed=True), rng.standard_normal((2, n))


def matrix(graph, form):
    w = graph.couplings.toarray()
    return w - np.diag(w.sum(1) if form == "advective" else w.sum(0))


@pytest.mark.parametrize("form", FORMS)
@given(flow=flows(), weights=st.tuples(*[st.floats(-2, 2)] * 3))
def test_call_definition_torch_hold_and_mix_are_the_matrix(form, flow, weights):
    graph, u = flow
    A, expected = pn.discretise(pn.GraphConvection(form), graph), u @ matrix(graph, form).T
    size = 4 * (graph.couplings.sum() + 1) * (abs(u).max() + 1)
    for result in (A(0.0, u), A.definition(0.0, u), A.hold(0.0, u)(0.0, u), A(0.0, torch.tensor(u))):
        testing.assert_same(result, expected, size)
    a, b, c = weights
    testing.assert_same(A.mix(0.0, u, weights, u[:, ::-1]), a * u + b * u[:, ::-1] + c * expected, 3 * size)


@given(flow=flows())
def test_the_advective_form_keeps_extrema_and_the_conservative_one_amounts_and_signs(flow):
    graph, u = flow
    A = pn.discretise(pn.GraphConvection(), graph)
    assert "max-min" in {c.claim for c in pn.certify(pn.ExplicitEuler(), A)}
    for scheme in (pn.ExplicitEuler(), pn.FSI(3), pn.SSPRK2()):
        testing.assert_max_min(scheme, A, u)
    B, u = pn.discretise(pn.GraphConvection("conservative"), graph), abs(u)
    tau = 1 / B.outflow.max() if B.outflow.max() > 0 else 1.0
    after = u + tau * B(0.0, u)
    rounding = 100 * np.finfo(float).eps * u.sum()
    assert after.min() >= -rounding
    assert abs(after.sum(-1) - u.sum(-1)).max() <= rounding


def cycle(speeds):
    n = len(speeds)
    return Graph.from_flow([(k, (k + 1) % n) for k in range(n)], speeds)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_cycle_is_a_periodic_grid(form, sign):
    """As much enters every node as leaves it: both forms are upwind convection, with all three claims of it."""
    n, h = 8, 0.5
    A = pn.discretise(pn.GraphConvection(form), cycle(np.full(n, sign / h)))
    on_grid = pn.discretise(pn.Convection((sign,)), pn.Grid((n,), h, "periodic"))
    u, v = np.random.default_rng(0).standard_normal((2, 3, n))
    testing.assert_same(A(0.0, u), on_grid.definition(0.0, u), 4 / h * abs(u).max())
    found = {c.claim: c.tau for c in pn.certify(pn.ExplicitEuler(), A)}
    assert found == pytest.approx({c.claim: c.tau for c in pn.certify(pn.ExplicitEuler(), on_grid)})
    assert set(found) == {"contractive", "bounded", "max-min"}
    testing.assert_bounded(pn.ExplicitEuler(), A, u)
    testing.assert_contractive(pn.ExplicitEuler(), A, u, v)


def test_without_balance_the_norm_may_grow_and_amounts_pile_up():
    star = Graph.from_flow([(0, k) for k in range(1, 6)], np.ones(5))  # all see node 0
    A = pn.discretise(pn.GraphConvection(), star)
    assert [c.claim for c in pn.certify(pn.ExplicitEuler(), A)] == ["max-min"]
    hub = 1.0 * (np.arange(6) == 0)
    assert np.linalg.norm(hub + A(0.0, hub)) > 2
    with pytest.raises(pn.NoCertificate, match="2-norm may grow because 0 enters node 0 and 5 leaves it"):
        pn.certificate(pn.ExplicitEuler(), A, "bounded")
    sink = Graph.from_flow([(k, 0) for k in range(1, 6)], np.ones(5))
    B = pn.discretise(pn.GraphConvection("conservative"), sink)
    assert pn.certify(pn.ExplicitEuler(), B) == ()
    assert (np.ones(6) + B(0.0, np.ones(6))).max() == 6.0
    with pytest.raises(pn.NoCertificate, match="amounts may pile up .* signs up to τ = 1"):
        pn.certificate(pn.ExplicitEuler(), B, "max-min")


def test_symmetric_couplings_are_diffusion():
    graph = Graph.from_edges([(0, 1), (1, 2)])
    A, B = pn.discretise(pn.GraphConvection(), graph), pn.discretise(pn.Diffusion(), graph)
    assert pn.certify(pn.FSI(4), A) == pn.certify(pn.FSI(4), B)


def test_diffusion_and_convection_add_up():
    graph = cycle([1.0, 1.0, 1.0])
    A = pn.discretise(pn.Diffusion() + pn.GraphConvection(), graph)
    u = np.array([1.0, 0.0, 0.0])
    np.testing.assert_allclose(A(0.0, u), 2 * pn.discretise(pn.GraphConvection(), graph)(0.0, u))
    assert pn.certificate(pn.ExplicitEuler(), A, "max-min").tau == pytest.approx(0.5)
    solution = pn.solve(A, u, pn.ImplicitEuler(pn.BiCGStab()), 30.0, tau=10.0, certificate="max-min")
    np.testing.assert_allclose(solution.u, 1 / 3, atol=1e-4)  # 1/(1 + 10 · 3)³


def test_the_statement():
    assert str(pn.GraphConvection()) == "∂u/∂t = Σ_j w_ij (u_j - u_i)"
    assert str(pn.GraphConvection("conservative")) == "∂u/∂t = Σ_j (w_ij u_j - w_ji u_i)"
    with pytest.raises(ValueError, match="form must be one of .* got 'upwind'"):
        pn.GraphConvection("upwind")
    with pytest.raises(TypeError, match=r"grid must be a pn.Graph"):
        pn.discretise(pn.GraphConvection(), pn.Grid((4,)))
    with pytest.raises(ValueError, match=r"u must have shape \(..., 3\)"):
        pn.discretise(pn.GraphConvection(), cycle([1.0, 1.0, 1.0]))(0.0, np.zeros(4))
