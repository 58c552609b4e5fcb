"""The parts of the study of few shots: its networks are the package's, task by task; folders go the way of Omniglot."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import softmax

import pdenn as pn
from validation import few_shot
from validation.shots import images, methods, tasks


@pytest.fixture
def two():
    """Two tasks of three classes, two shots and five queries a class, in four dimensions."""
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(2, 3, 4, generator=random)
    y = torch.cat((torch.arange(3).repeat_interleave(2), torch.arange(3).repeat_interleave(5))).expand(2, -1)
    x = centres[torch.arange(2)[:, None], y] + 0.4 * torch.randn(2, 21, 4, generator=random)
    return tasks.Tasks(x, y, 3, 2)


def test_episodes_are_drawn_without_repetition():
    x = torch.arange(60.0)[:, None]
    found = tasks.episodes(x, np.repeat(np.arange(6), 10), 7, ways=4, shots=2, queries=3)
    assert found.x.shape == (7, 20, 1) and found.support.shape == (7, 8, 1) and found.queries.shape == (7, 12, 1)
    for points, classes in zip(found.x[..., 0].long().tolist(), found.y.tolist(), strict=True):
        assert len(set(points)) == 20
        assert len({(point // 10, c) for point, c in zip(points, classes, strict=True)}) == 4


def test_prototypes_are_means(two):
    means = np.array([two.support[1, 2 * c : 2 * c + 2].numpy().mean(0) for c in range(3)])
    distances = ((two.queries[1].numpy()[:, None] - means) ** 2).sum(-1)
    assert methods.prototypes(two)[1].numpy() == pytest.approx(-distances, abs=1e-5)
    assert two.accuracy(torch.nn.functional.one_hot(two.y[:, 6:])).tolist() == [100.0, 100.0]


def test_laplacian_shot_is_its_recurrence(two):
    """Written out for one task, with the two nearest other queries of every query."""
    q, a = two.queries[0].numpy(), -methods.prototypes(two)[0].numpy()
    distances = ((q[:, None] - q) ** 2).sum(-1) + np.diag(np.full(len(q), np.inf))
    y = softmax(-a, 1)
    for _ in range(20):
        y = softmax(0.5 * y[distances.argsort(1)[:, :2]].sum(1) - a, 1)
    assert methods.laplacian_shot(two)[0].numpy() == pytest.approx(y, abs=1e-5)


def test_coin_of_tasks_is_coin_of_each(two):
    graph, base = methods.graph_of(two), methods.Classifier(2, 4, 3)
    both = pn.networks.COIN(graph, base=base, **methods.flow(graph, 10, 0.5))
    found = both(two.x.flatten(0, 1)).unflatten(0, (2, -1))
    for k in range(2):
        one = pn.networks.COIN(pn.Graph.coin(two.x[k].numpy(), 8, 4), 4, 3, time=5.0, steps=10, claim=None)
        block, classifier, _ = one.base
        copied(block.inner, base.inner, k)
        copied(classifier, base.outer, k)
        assert one(two.x[k]).detach().numpy() == pytest.approx(found[k].detach().numpy(), abs=1e-5)


def test_diff_resnet_of_tasks_is_diff_resnet_of_each(two):
    graph = methods.graph_of(two)
    both = methods.Diffused(pn.networks.GraphFlow(graph, **methods.flow(graph, 6, 0.5)), 2, 4, 3)
    found = both(two.x.flatten(0, 1)).unflatten(0, (2, -1))
    for k in range(2):
        own = pn.Graph.coin(two.x[k].numpy(), 8, 4)
        one = pn.networks.DiffResNet(own, 4, 3, hidden=4, time=3.0, steps=6, claim=None)
        copied(one.blocks[0].inner, both.first, k)
        copied(one.blocks[0].outer, both.second, k)
        copied(one.classifier, both.outer, k)
        assert one(two.x[k]).softmax(-1).detach().numpy() == pytest.approx(found[k].detach().numpy(), abs=1e-5)


def copied(linear, source, k):
    with torch.no_grad():
        linear.weight.copy_(source.W[k].T)
        linear.bias.copy_(source.b[k, 0])


def test_training_learns_the_support(two):
    """The centres lie far apart: what is trained on the support knows the queries."""
    torch.manual_seed(0)
    far = two._replace(x=two.x * 0.1 + torch.nn.functional.one_hot(two.y, 4))
    graph = methods.graph_of(far)
    for method in (methods.coin, methods.diff_resnet):
        assert far.accuracy(method(far, graph, 6, 0.5)).tolist() == [100.0, 100.0]
        assert far.accuracy(method(far, graph, 0)).tolist() == [100.0, 100.0]


def test_a_step_beyond_the_limit_has_no_claim(two):
    graph = methods.graph_of(two)
    assert methods.flow(graph, 3, methods.limit(graph))["claim"] == "max-min"
    assert methods.flow(graph, 3, 1.01 * methods.limit(graph))["claim"] is None


def test_folders_of_a_user_go_the_way_of_omniglot(tmp_path, monkeypatch):
    """Coloured noise, a colour a class: three base classes, five novel ones."""
    random, hues = np.random.default_rng(0), np.array([[c >> 2 & 1, c >> 1 & 1, c & 1] for c in range(8)])
    for part, classes in (("base", range(3)), ("novel", range(3, 8))):
        for c in classes:
            folder = tmp_path / "few_shot" / "cub" / part / f"class{c}"
            folder.mkdir(parents=True)
            for k in range(20):
                noise = random.integers(0, 100, (20, 20, 3)) + 150 * hues[c]
                Image.fromarray(noise.astype(np.uint8)).save(folder / f"{k:02}.png")
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    ((name, path),) = images.folders().items()
    base, novel = (images.photographs(path, part) for part in ("base", "novel"))
    assert name == "cub" and base.x.shape == (60, 3, 84, 84) and novel.y.bincount().tolist() == [20] * 5
    for data, setting, found in few_shot.drawn(name, base, novel, few_shot.Effort(8, 3, 10)):
        assert data == "cub" and setting in ("5-way 1-shot", "5-way 5-shot")
        assert found.accuracy(methods.prototypes(found)).mean() > 40  # chance is 20


def test_characters_of_both_sets_count_once():
    """136 characters in five alphabets, and 106 in the three that the second set has alone; turned, four times as many."""
    both = images.characters((1, 2))
    assert both.y.bincount().tolist() == [20] * (136 + 106) and both.x.shape == (4840, 1, 28, 28)
    assert images.characters((2,), without=("Greek", "Latin")).y.bincount().tolist() == [20] * 106
    turned = images.turned(images.Images(both.x[:40], both.y[:40]))
    assert turned.y.bincount().tolist() == [20] * 8
    assert torch.equal(turned.x[45, 0], both.x[5, 0].rot90()) and int(turned.y[45]) == 2 + int(both.y[5])


def test_claims_of_the_runs_can_fail():
    """Made accuracies: neighbours that harm or not, prototypes above or below the published distance."""
    random = np.random.default_rng(0)
    level = {"nearest prototype": 80.0, "COIN": 30.0, "COIN, one neighbour": 85.0, "COIN's base alone": 80.0}
    level |= {"Diff-ResNet": 80.0, "Diff-ResNet, one neighbour": 60.0, "Diff-ResNet's block alone": 80.0}
    found = {("Omniglot", few_shot.RUNS, name): mean + random.normal(size=20) for name, mean in level.items()}
    assert [claim.held for claim in few_shot.of_the_runs(found)] == [True, True, True, False, False]
    found["Omniglot", few_shot.RUNS, "nearest prototype"] = np.full(20, 60.0)
    assert not few_shot.of_the_runs(found)[0].held
