"""Transport at learned speeds: equal to the operator, and its extrema are kept whatever is learned."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import GraphConvectionLayer

GRAPH = pn.Graph.from_edges(np.random.default_rng(0).integers(0, 12, (40, 2)), nodes=12, directed=True)
X = torch.tensor(np.random.default_rng(1).standard_normal((2, 12, 3)))


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.SSPRK3(), pn.FSI(3)], ids=str)
def test_it_is_the_operator_with_these_speeds(scheme):
    layer = GraphConvectionLayer(GRAPH, steps=2, scheme=scheme).double()
    torch.nn.init.normal_(layer.theta)
    speeds = GRAPH.couplings.copy()
    speeds.data = layer.speeds(X).detach().numpy()
    assert speeds.sum(1).max() == pytest.approx(1.0)
    A = pn.discretise(pn.GraphConvection(), pn.Graph(speeds, directed=True))
    u, tau = np.swapaxes(X.numpy(), 1, 2), layer.step().item()
    expected = pn.solve(A, u, scheme, 2 * tau, tau=tau, certificate="max-min").u
    assert abs(layer(X).detach().numpy() - np.swapaxes(expected, 1, 2)).max() < 1e-12


@pytest.mark.parametrize("features", [None, 3])
@pytest.mark.parametrize("size", [0.0, 1.0, 100.0, -100.0])
def test_extrema_are_kept_at_every_weight(features, size):
    layer = GraphConvectionLayer(GRAPH, features, steps=5, scheme=pn.SSPRK2()).double()
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(size * torch.randn(p.shape, generator=torch.Generator().manual_seed(0)))
        layer.theta_step.fill_(50.0)  # the step is at its limit
        y = layer(X)
    assert torch.isfinite(y).all()
    assert (y.amax(1) <= X.amax(1) + 1e-12).all()
    assert (y.amin(1) >= X.amin(1) - 1e-12).all()
    assert [c.claim for c in pn.certify(layer)] == ["max-min"]
    assert layer.step().item() <= pn.certify(layer)[0].tau * (1 + 1e-7)  # of single precision


@pytest.mark.parametrize("features", [None, 3])
def test_gradients(features):
    layer = GraphConvectionLayer(GRAPH, features, keys=2).double()
    names, values = zip(*layer.named_parameters(), strict=True)

    def run(x, *parameters):
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))

    assert torch.autograd.gradcheck(run, (X.clone().requires_grad_(), *values))


def test_speeds_from_features_see_each_state_by_itself():
    layer = GraphConvectionLayer(GRAPH, 3).double()
    assert layer.speeds(X).shape == (2, 1, GRAPH.couplings.nnz)
    assert (layer(X) - torch.stack([layer(x) for x in X])).abs().max() < 1e-14


def test_a_direction_is_learned():
    """Values that move one node around a cycle: the arcs that carry them gain, those against them lose."""
    n = 6
    cycle = pn.Graph.from_edges([(k, (k + 1) % n) for k in range(n)])  # an arc in each direction
    layer = GraphConvectionLayer(cycle, steps=1).double()
    u = torch.tensor(np.random.default_rng(0).standard_normal((20, n, 1)))
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.2)
    for _ in range(200):
        optimiser.zero_grad()
        (layer(u) - u.roll(1, 1)).square().mean().backward()
        optimiser.step()
    speeds, (tails, heads) = layer.speeds(u), (layer.tails, layer.heads)
    forward = heads == (tails - 1) % n  # node i receives from i - 1
    assert speeds[forward].min() > 0.9
    assert speeds[~forward].max() < 0.05
    assert (layer(u) - u.roll(1, 1)).square().mean() < 0.02


def test_bad_arguments_are_refused():
    for arguments, error, words in (
        ({"graph": 3}, TypeError, "graph must be a pn.Graph"),
        ({"steps": 0}, ValueError, "steps must be a positive integer, got 0"),
        ({"scheme": pn.ImplicitEuler()}, ValueError, "scheme must have a step limit"),
        ({"scheme": pn.RKL2(3)}, pn.NoCertificate, "max-min"),
    ):
        with pytest.raises(error, match=words):
            GraphConvectionLayer(**{"graph": GRAPH, **arguments})
    with pytest.raises(ValueError, match=r"x must have shape \(..., 12, features\)"):
        GraphConvectionLayer(GRAPH)(torch.zeros(11, 3))


def test_nothing_moves_without_arcs():
    layer = GraphConvectionLayer(pn.Graph.from_edges([(0, 0)], nodes=3))
    assert torch.equal(layer(X[0, :3].float()), X[0, :3].float())


def test_nothing_is_said_of_speeds_that_are_no_numbers():
    layer = GraphConvectionLayer(GRAPH)
    with torch.no_grad():
        layer.theta[3] = torch.nan
    with pytest.raises(ValueError, match="network must have finite weights, got 1 NaN .* in theta"):
        pn.certify(layer)
