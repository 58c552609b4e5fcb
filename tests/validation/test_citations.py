"""The fast computation of the networks is that of the package's own, and the protocol is the published one."""

import json

import numpy as np
import pytest
import scipy
import torch

import pdenn as pn
from validation import node_classification
from validation.citations import networks, protocol, runs
from validation.citations.machine import drop, fours, product
from validation.citations.networks import RATE
from validation.citations.protocol import PAPER, Problem, Split, accuracy_of, split
from validation.citations.wide import ResidualBase, Thinning

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


def gradients_and_steps(mine, theirs, block, small, loss):
    """Output, loss and gradient of both networks; then two steps of Adam, and the output again."""
    nodes, labels = np.arange(0, NODES, 2), torch.tensor(small.labels)[::2]
    rows, adam = mine.rows(nodes), torch.optim.Adam(theirs.parameters(), RATE, weight_decay=5e-4)
    for step in range(3):
        state, ours = mine.evaluated_and_loss(rows, labels)
        out = theirs(dense(small))
        other = loss(out[nodes], labels)
        torch.testing.assert_close(ours, other, rtol=1e-5, atol=1e-6)
        if step == 2:
            return mine.read(state, rows), out[nodes].detach()
        adam.zero_grad()
        other.backward()
        ours.backward()
        if step == 0:
            compare(mine.base, block, np.ascontiguousarray(mine.base.z.grad))
        adam.step()
        mine.base.step()


def compare(base, block, gz):
    """The gradient of the first layer, block by block; the hidden units that fill up the last block have none."""
    for k in range(len(base.W)):
        W, b, _ = (slope.copy() for slope in base.slopes(k, gz))
        here = slice(64 * k, 64 * k + 64)
        units = block.inner.weight.grad[here].shape[0]
        torch.testing.assert_close(torch.tensor(W[:, :units].T), block.inner.weight.grad[here], rtol=1e-4, atol=1e-7)
        torch.testing.assert_close(torch.tensor(b[0, :units]), block.inner.bias.grad[here], rtol=1e-4, atol=1e-7)
        assert not W[:, units:].any()


def test_coin_is_that_of_the_package(small):
    """Output, loss, gradient and two steps of Adam to rounding, from the same seed."""
    mine = networks.Diffused(ResidualBase(small.features, CLASSES, 5), kernel(small, 0.2, 10))
    torch.manual_seed(5)
    theirs = pn.networks.COIN(small.A, WORDS, CLASSES, time=2.0, steps=10, claim=None)
    nll = torch.nn.functional.nll_loss
    logs, u = gradients_and_steps(mine, theirs, theirs.base[0], small, lambda u, y: nll(u.log(), y))
    torch.testing.assert_close(logs.exp(), u, rtol=1e-4, atol=1e-6)


def test_diff_resnet_is_that_of_the_package(small):
    """The same without dropout."""
    S = fours(scipy.sparse.eye_array(NODES) - 0.2 * small.A.graph.laplacian)
    base = ResidualBase(small.features, CLASSES, 5, Thinning(S, 10, np.uint32(0)))
    mine = networks.DiffResNet(base, kernel(small, 0.2, 10))
    torch.manual_seed(5)
    theirs = pn.networks.DiffResNet(small.A, WORDS, CLASSES, time=2.0, steps=10, claim=None)
    found = gradients_and_steps(mine, theirs, theirs.blocks[0], small, torch.nn.functional.cross_entropy)
    torch.testing.assert_close(found[0], found[1].log_softmax(1), rtol=1e-4, atol=1e-6)


def test_the_gradient_of_diff_resnet_is_that_of_its_masks(small):
    """Of the second step, by the masks that the scores were computed with."""
    S, p = scipy.sparse.eye_array(NODES) - 0.2 * small.A.graph.laplacian, 0.25
    base = ResidualBase(small.features, CLASSES, 5, Thinning(fours(S), 3, np.uint32(p * 65536)))
    base(True).square().sum().backward()
    base.step()
    W, b, C = (torch.tensor(w, requires_grad=True) for w in (base.W, base.b, base.C))
    z = torch.tensor(base.c)
    for k in range(len(base.W)):
        y = torch.tensor(base.x[k]) + torch.relu(dense(small) @ W[k] + b[k])
        for seeds in base.seeds[k]:
            y = torch.tensor(S.toarray(), dtype=torch.float32) @ (y * mask(seeds, p) / (1 - p))
        z = z + y @ C[k]
    torch.testing.assert_close(base(True), z, rtol=1e-4, atol=1e-6)
    z.square().sum().backward()
    base(True).square().sum().backward()
    gz = np.ascontiguousarray(base(True).grad)
    for k in range(len(base.W)):
        for mine, theirs in zip(base.slopes(k, gz), (W.grad[k], b.grad[k], C.grad[k]), strict=True):
            torch.testing.assert_close(torch.tensor(mine), theirs, rtol=1e-4, atol=1e-5)


def mask(seeds, p):
    """Lanes of xorshift with 32 bits, written once more."""
    kept, s = [], seeds.copy()
    for _ in range(NODES):
        s = s ^ (s << np.uint32(13))
        s = s ^ (s >> np.uint32(17))
        s = s ^ (s << np.uint32(5))
        kept.append((s >> np.uint32(16)) >= p * 65536)
    return torch.tensor(np.array(kept))


def test_a_dropout_by_lanes_is_that_of_random_numbers():
    """Share kept and correlation of lanes, within five standard deviations of 2000 draws in 64 lanes."""
    seeds, u = np.random.default_rng(0).integers(1, 2**32, 64, np.uint32), np.ones((2000, 64), np.float32)
    for p in (0.25, 0.35):
        out = np.empty_like(u)
        drop(u, seeds, np.uint32(round(p * 65536)), out)
        assert abs(out.mean() - 1) < 5 * np.sqrt(p / (1 - p) / u.size)
        assert np.abs(np.corrcoef(out.T) - np.eye(64)).max() < 5 / np.sqrt(2000)


def test_rows_by_fours_multiply_as_the_matrix_does():
    """Empty rows, and rows with one to nine entries."""
    dense = np.tril(np.random.default_rng(0).random((10, 9)), -1).astype(np.float32)
    u, out = np.random.default_rng(1).random((9, 64)).astype(np.float32), np.full((10, 64), np.nan, np.float32)
    product(fours(scipy.sparse.csr_array(dense)), u, out)
    np.testing.assert_allclose(out, dense @ u, rtol=1e-5)


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
    hat, eye = node_classification.convolution(small.A.graph), np.eye(NODES)
    found = node_classification.pagerank(hat, eye).astype(float)
    error = found - 0.1 * np.linalg.inv(eye - 0.9 * hat.toarray())
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
        self.base, self.adam = self, torch.optim.Adam([self.w])

    def rows(self, nodes):
        return nodes

    def step(self):
        self.adam.step()

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
    """Splits come before initialisations; the rare network comes on every tenth split first, later on the others."""
    names, measured = ("a", "rare"), []

    def measure(data, name, number, k):
        if len(measured) == 4:
            raise KeyboardInterrupt
        measured.append((k, number, name))
        return {"data": "cora", "network": name, "split": number, "initialisation": k, "test": 0.5}

    monkeypatch.setattr(runs, "measure", measure)
    monkeypatch.setattr(runs, "SPLITS", 3)
    monkeypatch.setattr(runs, "INITIALISATIONS", 2)
    data, path = {"cora": type("Fake", (), {"names": names})}, tmp_path / "runs.jsonl"
    assert len(runs.resumed(data, path, "rare")) == 4
    assert measured == [(0, 0, "a"), (0, 0, "rare"), (0, 1, "a"), (0, 2, "a")]
    for done in (8, 12):
        measured.clear()
        assert len(runs.resumed(data, path, "rare")) == done
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({(r["network"], r["split"], r["initialisation"]) for r in found}) == len(found) == 12


def test_gains_are_paired_and_their_intervals_are_students():
    """Three splits with gains 1, 2, 3 of the means over two initialisations; `t` with two degrees of freedom is 4.303."""
    found = [
        {"data": "cora", "network": name, "split": number, "initialisation": k, "test": 0.5 + 0.1 * number + more}
        for number in range(3)
        for k in range(2)
        for name, more in (("a", 0.01 * (number + 1) + 0.02 * k - 0.01), ("b", 0.0))
    ]
    found.append({"data": "cora", "network": "a", "split": 7, "initialisation": 0, "test": 0.9})  # without its pair
    more = runs.gain(found, "cora", "a", "b")
    assert more.splits == 3 and abs(more.mean - 2) < 1e-9 and abs(more.half - 4.3027 / np.sqrt(3)) < 1e-3
    assert str(more) == "+2.00 ± 2.48 points on 3 splits"
    assert runs.gain(found[:4], "cora", "a", "b").half == np.inf
