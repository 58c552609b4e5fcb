"""The fast computation of the networks is that of the package's own, and the protocol is the published one."""

import json

import numpy as np
import pytest
import scipy
import torch

import pdenn as pn
from validation import node_classification
from validation.citations import networks, protocol
from validation.citations.protocol import PAPER, Problem, Split, accuracy_of, split

CLASSES, NODES, WORDS = 3, 40, 70  # two blocks of columns


@pytest.fixture(scope="module")
def small():
    """A ring with chords, and bags of words."""
    ring = np.column_stack((np.arange(NODES), (np.arange(NODES) + 1) % NODES))
    edges = np.concatenate((ring, ring[::3] * [1, 7] % NODES))
    weights = pn.Graph.from_edges(edges).weights + scipy.sparse.eye_array(NODES)
    A = pn.discretise(pn.Diffusion(), pn.Graph(weights, "symmetric"))
    words = (np.random.default_rng(0).random((NODES, WORDS)) < 0.1) + np.eye(NODES, WORDS)
    features = scipy.sparse.csr_array(words / words.sum(1, keepdims=True))
    return Problem(A, features, np.arange(NODES) % CLASSES, CLASSES)


def dense(small):
    return torch.tensor(small.features.toarray(), dtype=torch.float32)


def kernel(small, step, steps):
    solution = pn.solve(small.A, np.eye(NODES), pn.ExplicitEuler(), step * steps, tau=step, certificate=None)
    return torch.tensor(solution.u.T.astype(np.float32))


def losses_and_gradients(mine, theirs, small, labels, loss):
    nodes = np.arange(0, NODES, 2)
    state, ours = mine.evaluated_and_loss(mine.rows(nodes), labels[nodes])
    out = theirs(dense(small))
    other = loss(out[nodes], labels[nodes])
    ours.backward()
    other.backward()
    gradients = torch.cat([w.grad for w in mine.base.W], 1).T
    return mine.read(state, mine.rows(nodes)), out[nodes], ours, other, gradients


def test_coin_is_that_of_the_package(small):
    """Output, loss and gradient to rounding, from the same seed."""
    mine = networks.Diffused(networks.ResidualBase(networks.Sparse(small.features), CLASSES, 5), kernel(small, 0.2, 10))
    torch.manual_seed(5)
    theirs = pn.networks.COIN(small.A, WORDS, CLASSES, time=2.0, steps=10, claim=None)
    labels = torch.tensor(small.labels)
    found = losses_and_gradients(mine, theirs, small, labels, lambda u, y: torch.nn.functional.nll_loss(u.log(), y))
    logs, u, ours, other, gradients = found
    torch.testing.assert_close(logs.exp(), u, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours, other, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradients, theirs.base[0].inner.weight.grad, rtol=1e-4, atol=1e-7)


def test_diff_resnet_is_that_of_the_package(small):
    """The same without dropout."""
    X, step = (
        networks.Sparse(small.features),
        networks.Sparse(scipy.sparse.eye_array(NODES) - 0.2 * small.A.graph.laplacian),
    )
    parts = kernel(small, 0.2, 10), dense(small), step, 10, 0.0, 5
    mine = networks.DiffResNet(networks.ResidualBase(X, CLASSES, 5), *parts)
    torch.manual_seed(5)
    theirs = pn.networks.DiffResNet(small.A, WORDS, CLASSES, time=2.0, steps=10, claim=None)
    labels = torch.tensor(small.labels)
    found = losses_and_gradients(mine, theirs, small, labels, torch.nn.functional.cross_entropy)
    logs, z, ours, other, gradients = found
    torch.testing.assert_close(logs, z.log_softmax(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours, other, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradients, theirs.blocks[0].inner.weight.grad, rtol=1e-4, atol=1e-7)


def test_dropout_of_a_diffusion_has_the_gradient_of_its_masks(small):
    S = networks.Sparse(scipy.sparse.eye_array(NODES) - 0.2 * small.A.graph.laplacian)
    y = torch.rand(NODES, 4, requires_grad=True)
    networks.Thinned.apply(y, S.X, 3, 0.4, np.random.default_rng(1)).square().sum().backward()
    plain, random = y.detach().clone().requires_grad_(), np.random.default_rng(1)
    masks = [networks.kept(plain, 0.4, random) for _ in range(3)]
    u = plain
    for mask in masks:
        u = S.X.to_dense() @ (u * mask / 0.6)
    u.square().sum().backward()
    torch.testing.assert_close(y.grad, plain.grad)


def test_dropout_of_sparse_features_is_that_of_dense_ones(small):
    X, w = networks.Sparse(small.features), torch.rand(WORDS, 5, requires_grad=True)
    values = networks.dropped(X.X.values(), 0.5, np.random.default_rng(2))
    full = torch.sparse_csr_tensor(X.X.crow_indices(), X.X.col_indices(), values, X.X.shape, check_invariants=True)
    full = full.to_dense()
    product = X.thinned(w, 0.5, np.random.default_rng(2))
    torch.testing.assert_close(product, full @ w)
    product.square().sum().backward()
    torch.testing.assert_close(w.grad, 2 * full.T @ full @ w.detach())


def test_dropout_keeps_the_mean():
    """Within five standard deviations of 10^5 draws."""
    x = torch.ones(100000)
    for p in (0.25, 0.5, 0.8):
        error = float(networks.dropped(x, p, np.random.default_rng(3)).mean()) - 1
        assert abs(error) < 5 * np.sqrt(p / (1 - p) / 1e5)


def test_gcn_is_two_convolutions(small):
    W = networks.Sparse(node_classification.convolution(small.A.graph))
    net = networks.Convolutions(networks.Sparse(small.features), CLASSES, 1, W, T=W)
    hat = W.X.to_dense()
    expected = hat @ torch.relu(hat @ dense(small) @ net.W + net.b) @ net.C + net.c
    torch.testing.assert_close(net(False), expected, rtol=1e-5, atol=1e-6)


def test_pagerank_iterates_towards_its_limit(small):
    """The error of ten steps is that of the eigenvalues: at most (1 - α)^10."""
    hat, eye = node_classification.convolution(small.A.graph).toarray(), np.eye(NODES)
    error = node_classification.pagerank(scipy.sparse.csr_array(hat)).astype(float) - 0.1 * np.linalg.inv(
        eye - 0.9 * hat
    )
    assert 0 < np.linalg.norm(error, 2) <= 0.9**10 * (1 + 1e-9)


def test_a_split_has_the_published_sizes():
    labels = protocol.problem("cora").labels
    train, validate, test, seeds = split(0, labels)
    assert np.bincount(labels[train]).tolist() == [20] * 7 and np.bincount(labels[validate]).tolist() == [30] * 7
    assert len(test) == 2135 and len(seeds) == 20
    assert len(np.unique(np.concatenate((train, validate, test)))) == 2485
    again = split(1, labels)
    assert not np.array_equal(train, again.train) and np.array_equal(train, split(0, labels).train)


class Scripted:
    """A network whose validation follows a script; its weight counts the steps."""

    def __init__(self, script):
        self.w, self.script, self.epoch = torch.nn.Parameter(torch.zeros(1)), script, -1
        self.groups = [{"params": [self.w]}]

    def rows(self, nodes):
        return nodes

    def evaluated_and_loss(self, rows, labels):
        self.epoch += 1
        return self.epoch, self.w.square().sum() + self.w.sum()

    def read(self, state, rows):
        """Half of the two nodes right, or as scripted: (loss of the right class, number right)."""
        loss, right = self.script(state)
        logs = torch.full((2, 2), -loss)
        logs[:, 1] = -loss - 1
        logs[: 2 - right, 1] = -loss + 1
        return logs


def scripted(script, patience=3):
    problem = Problem(None, None, np.zeros(2, np.int64), 2)
    parts = Split(*[np.arange(2)] * 3, np.zeros(20))
    return accuracy_of(Scripted(script), problem, parts, PAPER._replace(patience=patience))


def test_training_stops_when_nothing_has_been_better_for_long():
    test, validation, epochs = scripted(lambda k: (1.0 / min(k, 5), 1))
    assert (test, validation, epochs) == (0.5, 0.5, 8)


def test_a_better_accuracy_alone_counts():
    """The loss grows all the time; the accuracy rises at step 4, whose state is the one that is tested."""
    assert scripted(lambda k: (float(k), 2 if k == 4 else 0)) == (1.0, 1.0, 7)


def test_an_interrupted_study_goes_on(monkeypatch, tmp_path):
    names, measured = ("a", "b"), []

    def measure(data, name, number, k):
        if len(measured) == 3:
            raise KeyboardInterrupt
        measured.append((number, k, name))
        return {"data": "cora", "network": name, "split": number, "initialisation": k, "test": 0.5}

    monkeypatch.setattr(node_classification, "measure", measure)
    monkeypatch.setattr(node_classification, "SPLITS", 2)
    monkeypatch.setattr(node_classification, "INITIALISATIONS", 2)
    data, path = {"cora": type("Fake", (), {"names": names})}, tmp_path / "runs.jsonl"
    assert len(node_classification.resumed(data, path)) == 3
    first, measured = measured, []
    node_classification.resumed(data, path)
    assert len(path.read_text().splitlines()) == 6 and len(set(first + measured)) == 6
    assert {json.loads(line)["network"] for line in path.read_text().splitlines()} == set(names)
