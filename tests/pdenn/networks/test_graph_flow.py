"""Diffusion on a graph as a layer: it is the solver, its steps cannot leave the claim, and gradients pass."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import GraphFlow

GRAPH = pn.Graph.coin(np.random.default_rng(0).standard_normal((30, 3)))
DIFFUSION = pn.discretise(pn.Diffusion(), GRAPH)
WALK = pn.Graph.from_points(np.random.default_rng(0).standard_normal((30, 3)), 5, normalisation="row", directed=True)
CONJUGATE = pn.ImplicitEuler(pn.ConjugateGradients())
SCHEMES = [pn.ExplicitEuler(), pn.FSI(4), pn.SSPRK3(), CONJUGATE]
X = torch.tensor(np.random.default_rng(1).standard_normal((2, 30, 4)))


def solved(A, scheme, time, steps, x):
    u = np.swapaxes(x.numpy(), -1, -2)
    u = pn.solve(A, u, scheme, time, tau=time / steps, certificate=None).u
    return torch.tensor(np.swapaxes(u, -1, -2).copy())


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(0.5)], ids=repr)
def test_a_layer_is_the_solver(law, scheme):
    if scheme is CONJUGATE and law != pn.Linear():
        scheme = pn.SemiImplicit()
    A = pn.discretise(pn.Diffusion(law), GRAPH)
    flow = GraphFlow(A, 2.0, scheme=scheme)
    assert (flow(X) - solved(A, scheme, 2.0, flow.steps, X)).abs().max() < 1e-8  # the tolerance of the inner solver
    assert flow(X.float()).dtype == torch.float32
    assert (flow(X.float()) - flow(X)).abs().max() < 1e-4


@pytest.mark.parametrize("form", ["advective", "conservative"])
def test_transport_is_a_layer_too(form):
    A = pn.discretise(pn.GraphConvection(form), WALK)
    flow = GraphFlow(A, 1.0, steps=4, claim=None)
    assert (flow(X) - solved(A, pn.ExplicitEuler(), 1.0, 4, X)).abs().max() < 1e-13


@pytest.mark.parametrize("claim", ["max-min", "bounded", "contractive"])
@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_the_steps_are_the_fewest_of_the_claim(scheme, claim):
    limit = pn.certificate(scheme, DIFFUSION, claim).tau
    flow = GraphFlow(GRAPH, 7.0, scheme=scheme, claim=claim)
    assert flow.tau <= limit
    assert flow.steps == 1 or 7.0 / (flow.steps - 1) > limit
    assert claim in {c.claim for c in pn.certify(flow)}
    if flow.steps > 1:
        with pytest.raises(pn.StepTooLarge, match=f"{claim}.*Take steps >= {flow.steps}"):
            GraphFlow(GRAPH, 7.0, flow.steps - 1, scheme, claim)


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("graph", [GRAPH, WALK], ids=["symmetric", "walk"])
def test_extrema_are_kept(graph, scheme):
    if graph is WALK and scheme is CONJUGATE:
        scheme = pn.ImplicitEuler(pn.BiCGStab())
    y = GraphFlow(graph, 5.0, scheme=scheme)(X)
    for v, u in zip(y.transpose(1, 2).reshape(-1, 30), X.transpose(1, 2).reshape(-1, 30), strict=True):
        assert u.min() - 1e-8 <= v.min()
        assert v.max() <= u.max() + 1e-8


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_gradients_and_batches_of_networks(scheme):
    flow = GraphFlow(GRAPH, 1.0, scheme=scheme)
    x = X[0, :, :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(flow, x, atol=1e-6)
    if scheme is not CONJUGATE:
        assert torch.autograd.gradgradcheck(flow, x, atol=1e-6)
        assert (torch.func.vmap(flow)(X) - flow(X)).abs().max() < 1e-13
        assert (torch.func.vmap(flow, 1, 1)(X.transpose(0, 1)) - flow(X).transpose(0, 1)).abs().max() < 1e-13
        change = torch.func.jvp(flow, (X,), (X,))[1]
        assert (change - flow(X)).abs().max() < 1e-13  # it is linear


def test_gradients_without_symmetry():
    flow, x = GraphFlow(WALK, 1.0, scheme=pn.SSPRK2()), X[0, :, :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(flow, x)
    assert torch.autograd.gradgradcheck(flow, x)


def test_no_time_is_no_layer_and_dropout_is_for_training():
    assert GraphFlow(GRAPH, 0.0)(X) is X
    flow = GraphFlow(GRAPH, 1.0, dropout=0.5)
    assert not torch.equal(flow(X), flow(X))
    assert torch.equal(flow.eval()(X), GraphFlow(GRAPH, 1.0)(X))


class Textbook:
    """Diffusion by its definition, for the rows of a matrix."""

    def __call__(self, t, u):
        return DIFFUSION.definition(t, u)

    def hold(self, t, u):
        return self


def test_accelerated_steps_keep_extrema_as_a_whole_with_fewer_calls():
    """The kernel has no negative entry, computed here by the textbook definition."""
    scheme, time = pn.FSI(4), 21.0
    whole, proved = GraphFlow(GRAPH, time, scheme=scheme, whole=True), GraphFlow(GRAPH, time, scheme=scheme)
    assert 4 * whole.steps < GraphFlow(GRAPH, time).steps < 4 * proved.steps
    kernel = np.eye(30)
    for k in range(whole.steps):
        kernel = scheme.step(Textbook(), 0.0, kernel, whole.tau)
        if k == 0:
            assert kernel.min() < -1e-3  # a single step leaves the extrema
    assert kernel.min() >= -1e-12
    found = {c.claim: c for c in pn.certify(whole)}
    assert set(found) == {"contractive", "bounded", "max-min"}
    assert f"all {whole.steps} steps together" in found["max-min"].because
    assert "max-min" not in {c.claim for c in pn.certify(GraphFlow(GRAPH, time, whole.steps, scheme, "bounded"))}
    assert whole.steps > 1
    with pytest.raises(pn.StepTooLarge, match=f"Take steps >= {whole.steps}"):
        GraphFlow(GRAPH, time, whole.steps - 1, scheme, whole=True)


def test_bounded_steps_do_not_keep_extrema_as_a_whole():
    """A box filter of one cycle is bounded, and has a negative kernel here: more cycles are taken until it has none."""
    bounded = GraphFlow(GRAPH, 10.0, scheme=pn.FSI(8), claim="bounded")
    whole = GraphFlow(GRAPH, 10.0, scheme=pn.FSI(8), whole=True)
    kernel = bounded(torch.eye(30, dtype=torch.float64))
    assert kernel.min() < -1e-3
    assert bounded.steps < whole.steps
    assert whole(torch.eye(30, dtype=torch.float64)).min() >= -1e-12


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"time": -1.0}, ValueError, "time must be a finite number >= 0, got -1.0"),
        ({"time": float("nan")}, ValueError, "time must be"),
        ({"steps": 0}, ValueError, "steps must be a positive integer, got 0"),
        ({"claim": None}, ValueError, "steps must be given with claim=None"),
        ({"claim": "stable"}, ValueError, "certificate must be one of"),
        ({"A": pn.discretise(pn.Diffusion(), pn.Grid((4,)))}, TypeError, "A must be a pn.Graph or an operator on one"),
        ({"A": 3}, TypeError, "A must be a pn.Graph"),
        ({"A": WALK, "claim": "bounded"}, pn.NoCertificate, "not symmetric"),
        ({"whole": True, "claim": "bounded"}, ValueError, "whole must be False"),
        ({"whole": True, "A": pn.discretise(pn.Diffusion(pn.Charbonnier()), GRAPH)}, ValueError, "linear diffusion"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        GraphFlow(**{"A": GRAPH, "time": 1.0, **arguments})


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (torch.zeros(4, 30), ValueError, r"x must have shape \(..., 30, features\), got \(4, 30\)"),
        (torch.zeros(30), ValueError, r"x must have shape \(..., 30, features\), got \(30,\)"),
        (torch.zeros(30, 4, dtype=torch.int64), TypeError, "x must be of dtype float32 or float64, got torch.int64"),
        (np.zeros((30, 4)), TypeError, "x must be a torch tensor, got ndarray"),
    ],
)
@pytest.mark.parametrize("time", [0.0, 1.0])
def test_bad_features_are_refused(time, x, error, words):
    with pytest.raises(error, match=words):
        GraphFlow(GRAPH, time)(x)
