"""Diff-ResNet and COIN: their formulas, their published settings, and probabilities that stay probabilities."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import COIN, DiffResNet, ResidualBlock, negative_log_likelihood

EDGES = np.random.default_rng(0).integers(0, 40, (90, 2))
GRAPH = pn.Graph.from_edges(EDGES, nodes=40, normalisation="symmetric")
X = torch.tensor(np.random.default_rng(1).standard_normal((40, 6)))
LABELS = torch.arange(40) % 3


def linear(layer, x):
    return x @ layer.weight.T + layer.bias


def laplacian():
    return torch.tensor(GRAPH.laplacian.toarray())


def test_coin_with_the_published_settings_is_its_formula():
    """Softmax, then 20 explicit steps of 0.35 with `L = diag(W̃ 1) - W̃`, whatever that leads to."""
    net = COIN(GRAPH, 6, 3, time=7.0, steps=20, claim=None).double()
    block, classifier, _ = net.base
    u = torch.softmax(linear(classifier, X + torch.relu(linear(block.inner, X))), -1)
    for _ in range(20):
        u = u - 0.35 * laplacian() @ u
    assert (net(X) - u).abs().max() < 1e-12


def test_diff_resnet_is_its_formula():
    net = DiffResNet(GRAPH, 6, 3, hidden=4, blocks=2, time=2.0, steps=10, claim="bounded").double()
    x = X
    for block in net.blocks:
        x = x + linear(block.outer, torch.relu(linear(block.inner, x)))
        for _ in range(10):
            x = x - 0.2 * laplacian() @ x
    assert (net.diffused(X) - x).abs().max() < 1e-12
    assert (net(X) - linear(net.classifier, x)).abs().max() < 1e-12
    assert sum(p.numel() for p in DiffResNet(GRAPH, 2, 2, hidden=2).parameters()) == 18  # of the toy problems


def test_sparse_features_give_the_same():
    x = (X * (X > 1)).float()
    for layout in (x.to_sparse(), x.to_sparse_csr()):
        for block in (ResidualBlock(6), ResidualBlock(6, 4)):
            assert (block(layout) - block(x)).abs().max() < 1e-6
    net = COIN(GRAPH, 6, 3)
    gradients = [torch.autograd.grad(net(y).square().sum(), tuple(net.parameters())) for y in (x, x.to_sparse())]
    for dense, sparse in zip(*gradients, strict=True):
        assert (dense - sparse).abs().max() < 1e-5


@pytest.mark.parametrize(
    "settings",
    [{}, {"scheme": pn.FSI(4)}, {"scheme": pn.FSI(4), "whole": True},
     {"scheme": pn.ImplicitEuler(pn.ConjugateGradients()), "steps": 2}],
    ids=str,
)  # fmt: skip
def test_probabilities_stay_probabilities_while_training(settings):
    """A rate of learning that drives the softmax to zeros and ones; steps without a claim are negative there."""
    torch.manual_seed(0)
    net = COIN(GRAPH, 6, 3, **settings).double()
    careless = COIN(GRAPH, base=net.base, time=2.0, steps=1, claim=None)
    optimiser = torch.optim.SGD(net.parameters(), lr=20.0)
    for _ in range(20):
        u = net(X)
        assert u.min() > -1e-8
        assert (u.sum(-1) - 1).abs().max() < 1e-8
        loss = negative_log_likelihood(u, LABELS)
        assert torch.isfinite(loss)
        optimiser.zero_grad()
        loss.backward()
        assert all(torch.isfinite(p.grad).all() for p in net.parameters())
        optimiser.step()
    assert careless(X).min() < -1e-3
    assert "max-min" in {c.claim for c in pn.certify(net)}
    assert pn.certify(careless) == ()


def test_another_base_diffuses_what_it_gives():
    """The regression of the epidemic: dropout before every step of a directed graph."""
    walk = pn.Graph.from_points(X.numpy(), 5, normalisation="row", directed=True)
    net = COIN(walk, base=torch.nn.Linear(6, 1), time=5.0, steps=10, dropout=0.25).double().eval()
    assert net(X).shape == (40, 1)
    assert [c.claim for c in pn.certify(net)] == ["max-min"]


def test_claims_of_the_blocks():
    assert {c.claim for c in pn.certify(DiffResNet(GRAPH, 6, 3, blocks=2))} == {"contractive", "bounded", "max-min"}
    limit = pn.certificate(pn.ExplicitEuler(), pn.discretise(pn.Diffusion(), GRAPH), "bounded").tau
    net = DiffResNet(GRAPH, 6, 3, time=10 * limit, steps=10, claim="bounded")
    assert {c.claim for c in pn.certify(net)} == {"contractive", "bounded"}


def test_a_toy_problem_is_learned_with_diffusion_only():
    """Two circles: a line cannot part them, and the diffused points lie in two."""
    torch.manual_seed(0)
    rng, angle = np.random.default_rng(0), np.linspace(0, 2 * np.pi, 100)
    x = np.concatenate([r * np.stack([np.cos(angle), np.sin(angle)], 1) for r in (2, 1)])
    x = x + 0.05 * rng.standard_normal(x.shape)
    x, labels = torch.tensor(x).float(), torch.arange(200) // 100
    graph = pn.Graph.diff_resnet(x.numpy(), 10, 0.5)
    accuracies = []
    for time in (0.0, 200.0):
        net = DiffResNet(graph, 2, 2, hidden=2, time=time)
        optimiser = torch.optim.SGD(net.parameters(), lr=1.0)
        for _ in range(30):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net(x), labels).backward()
            optimiser.step()
        accuracies.append((net(x).argmax(-1) == labels).float().mean().item())
    assert accuracies[1] == 1.0
    assert accuracies[0] < 0.9


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="features and classes must be given where base is not"):
        COIN(GRAPH, 6)
    with pytest.raises(ValueError, match="blocks must be a positive integer, got 0"):
        DiffResNet(GRAPH, 6, 3, blocks=0)
    with pytest.raises(pn.StepTooLarge, match="claim 'max-min'"):
        COIN(GRAPH, 6, 3, steps=2)
