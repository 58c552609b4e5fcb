"""Attacks stay in their ball and find what is known to be the worst; certified radii are right where they are known."""

import numpy as np
import pytest
import torch
from torch import nn

from pdenn.networks import Plan
from validation.adversarial_robustness import Setting, half_moons
from validation.robust.attacks import attacks, outvoted, probabilities, wrong
from validation.robust.nets import DROPOUT, INJECTED, NETS, NOISY, PLAIN, SYMMETRIC, is_random, made

SETTING = Setting(half_moons(40, 20), 3, 8, 2, 0.15, (0.0, 0.1), Plan(1), 10, 2, 100, 1)


@pytest.fixture
def line():
    """Two scores of the plane: the label changes where the first coordinate changes its sign."""
    net = nn.Linear(2, 2)
    net.weight.data, net.bias.data = torch.tensor([[3.0, 0.0], [-3.0, 0.0]]), torch.zeros(2)
    return net.requires_grad_(False)


def test_the_attack_goes_straight_to_the_line(line):
    torch.manual_seed(0)
    x, labels = torch.tensor([[0.5, 1.0], [0.2, -1.0], [-0.3, 0.0]]), torch.tensor([0, 0, 1])
    found = attacks(line, x, labels, 0.25, noise=0.0, paths=1, steps=20, restarts=8)
    assert found.shape == (8, 3, 2) and ((found - x).norm(dim=2) <= 0.25 * (1 + 1e-5)).all()
    towards = torch.tensor([[-0.25, 0.0], [-0.25, 0.0], [0.25, 0.0]])
    # On the circle steps of 2.5 radii in all shrink tan(θ/2) by exp(-2.5), θ the angle from the way across the line; one
    # of eight random starts lies within a right angle of it. The chord is 2 sin(θ/2) radii.
    missed = (found - x - towards).norm(dim=2).amin(0)
    assert (missed <= 0.25 * 2 * np.exp(-2.5)).all()
    fallen = torch.tensor(np.array([wrong(line, points, labels, 1) for points in found])).any(0)
    assert fallen.tolist() == [False, True, False]


def test_votes_refute_only_where_the_other_side_is_more_probable(line):
    """With noise of deviation one the label has the probability Φ(first coordinate)."""
    torch.manual_seed(0)
    x = torch.tensor([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    assert outvoted(line, x, torch.zeros(3, dtype=torch.int64), 1.0, 1000).tolist() == [False, False, True]


def test_probabilities_are_a_mean_over_noise(line):
    """At the line both are one half, to the deviation 1/2 of a value over the root of the number of paths."""
    torch.manual_seed(0)
    p = probabilities(line, torch.zeros(1, 2), 4000, noise=2.0)
    assert p.sum().item() == pytest.approx(1) and abs(p[0, 0].item() - 0.5) < 4 * 0.5 / 4000**0.5


def test_the_scores_of_the_symmetric_net_are_lipschitz_and_its_radius_holds():
    torch.manual_seed(0)
    net = made(SYMMETRIC, 5, SETTING).requires_grad_(False)
    x = torch.randn(200, 5)
    y = x + 0.3 * torch.randn(200, 5)
    assert ((net.scores(x) - net.scores(y)).abs() <= (x - y).norm(dim=1, keepdim=True) * (1 + 1e-5)).all()
    label, radius = net.certified(x)
    assert (label == net(x).argmax(1).numpy()).all() and (radius >= 0).all() and radius.max() > 0
    direction = nn.functional.normalize(torch.randn(200, 5), dim=1)
    inside = x + 0.999 * torch.from_numpy(radius)[:, None] * direction
    assert (net(inside).argmax(1).numpy() == label).all()


def test_the_radius_of_a_linear_classifier_is_its_distance_to_the_line():
    torch.manual_seed(0)
    net = made(SYMMETRIC, 2, SETTING._replace(classes=2)).requires_grad_(False)
    for block in net.net.blocks:
        block.convolution.weight.zero_()
    weights, x = net.weights, torch.randn(10, 2)
    gap = (net.scores(x) @ torch.tensor([1.0, -1.0])).abs()
    torch.testing.assert_close(torch.from_numpy(net.certified(x)[1]), gap / (weights[0] - weights[1]).norm())


@pytest.mark.parametrize(
    ("name", "random"), [(PLAIN, False), (INJECTED, True), (DROPOUT, True), (NOISY, True), (SYMMETRIC, False)]
)
def test_random_nets_are_known(name, random):
    torch.manual_seed(0)
    net = made(name, 2, SETTING)
    x = torch.randn(6, 2)
    assert is_random(net) is random and (not torch.equal(net(x), net(x))) is random and name in NETS
