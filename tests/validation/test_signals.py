"""Stacked training is training; networks are the schemes they are named after; attacks find what there is to find."""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import scipy.stats
import torch

import pdenn as pn
from pdenn.datasets import sources
from pdenn.networks import ConvexPotentialNet
from validation import attacked_nets, signal_denoising
from validation.signal_denoising import Configuration, gain
from validation.signals import resume
from validation.signals.data import LENGTH, NOISE, SHORTEST, Signals, psnr, signals
from validation.signals.networks import (
    CYCLES,
    FAMILIES,
    FAST,
    FRANKEL,
    LAWS,
    STANDARD,
    SYMMETRIC,
    InTurn,
    calls,
    network,
)
from validation.signals.training import Stack, Training, best_rate, errors, made, trained

ACTIVATIONS = [(family, name) for family in FAMILIES for name in LAWS if (family, name) != (CYCLES, "ReLU")]


def in_double(data: Signals) -> Signals:
    return Signals(*(x.double() for x in data))


def test_signals_are_affine_pieces_within_their_range():
    data = signals(50, 3)
    assert data.clean.shape == (50, 1, LENGTH) and data.clean.abs().max() <= 0.5
    bends = data.clean.diff(n=2).abs() > 1e-5
    assert bends.sum(2).max() <= 2 * (LENGTH // SHORTEST)  # a jump bends two second differences
    assert bends.any()
    assert torch.equal(signals(50, 3).noisy, data.noisy) and not torch.equal(signals(50, 4).noisy, data.noisy)


def test_the_noise_has_its_deviation():
    data = signals(400, 0)
    n = data.clean.numel()
    assert abs((data.noisy - data.clean).std() / NOISE - 1) < 5 / math.sqrt(2 * n)  # five deviations of the estimate


def test_psnr():
    assert psnr(0.01) == pytest.approx(20) and psnr(0.0) == math.inf


@pytest.mark.parametrize(("family", "activation"), ACTIVATIONS)
def test_networks_keep_shapes_and_learn(family, activation):
    net = made(partial(network, family, activation, 3, 2), 0)
    u = signals(2, 0).noisy
    assert net(u).shape == u.shape
    net(u).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters() if p.numel())
    assert calls(family, 2) == (8 if family == CYCLES else 2)


@pytest.mark.parametrize("family", [FAST, FRANKEL])
def test_equal_blocks_in_turn_are_a_cycle_of_the_scheme(family):
    net = network(family, "Perona-Malik", 3, 5).double()
    assert isinstance(net, InTurn)
    for block in net.net.blocks[1:]:
        block.load_state_dict(net.net.blocks[0].state_dict())
    tau = net.net.steps()[0]
    scheme = {FAST: pn.FSI(5, "updated"), FRANKEL: pn.DuFortFrankel(5, coefficients="updated")}[family]
    u = signals(2, 0).noisy.double()
    expected = scheme.step(net.net.blocks[0], 0.0, u, tau * net.time)
    assert torch.allclose(net(u), expected, rtol=0, atol=1e-13)


def test_accelerated_nets_begin_with_the_diffusion_time_of_the_explicit_one():
    for family in (FAST, FRANKEL):
        net = network(family, "Charbonnier", 2, 6)
        with torch.no_grad():
            begun = torch.stack(net.net.steps()) * net.time
            net.net.theta.zero_()  # half the limit
            assert torch.allclose(begun, 6 * torch.stack(net.net.steps()))


def test_the_rectified_block_is_the_convex_potential_layer_and_contracts():
    net = made(partial(network, SYMMETRIC, "ReLU", 3, 1), 0).double()
    torch.nn.init.constant_(net.blocks[0].bias, 0.1)
    torch.nn.init.constant_(net.theta, 40.0)  # the step at its limit
    other = ConvexPotentialNet(1, 3, 1, dim=1, padding="valid").double()
    other.load_state_dict({"convolutions.0.weight": net.blocks[0].convolution.weight, "biases.0": net.blocks[0].bias})
    u = signals(3, 0).noisy.double()
    assert torch.allclose(net(u), other(u), rtol=0, atol=1e-11)  # the constant of the scheme comes by bisection
    assert [c.claim for c in pn.certify(net)] == ["contractive"]


@pytest.mark.parametrize("activation", LAWS)
def test_a_stack_is_trained_as_each_network_by_itself(activation):
    def make():
        return network(SYMMETRIC, activation, 2, 2).double()

    data = in_double(signals(30, 0))
    stack = trained(make, [0, 1], [1e-3, 1e-2], data, 6, 4)
    alone = made(make, 1)
    optimiser, random = torch.optim.Adam(alone.parameters()), torch.Generator().manual_seed(1)
    for k in range(6):
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * (1 + math.cos(math.pi * k / 6)) / 2
        seen = torch.randint(30, (4,), generator=random)
        optimiser.zero_grad()
        ((alone(data.noisy[seen]) - data.clean[seen]) ** 2).mean().backward()
        optimiser.step()
    found = stack.single(1).state_dict()
    assert len(stack) == 4
    for name, x in alone.state_dict().items():
        assert torch.allclose(found[name], x, rtol=0, atol=1e-9), name
    assert errors(stack, data)[1] == pytest.approx(float(((alone(data.noisy) - data.clean) ** 2).mean()), rel=1e-7)


def test_a_network_that_diverges_leaves_the_others_alone():
    make, data = partial(network, STANDARD, "ReLU", 2, 2), signals(30, 0)
    both = trained(make, [0], [1e-2, 1e30], data, 5, 4)
    alone = trained(make, [0], [1e-2], data, 5, 4)
    assert errors(both, data)[0] == pytest.approx(errors(alone, data)[0], rel=1e-4) and errors(both, data)[1] > 1e3
    assert best_rate(make, [0], (1e30, 1e-2), data, data, Training(5, 4, 5)) == 1e-2


def test_an_interval_is_that_of_the_paired_test():
    one, other = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.0, 3.5])
    a, b = Configuration(SYMMETRIC, "ReLU", 1, 1), Configuration(STANDARD, "ReLU", 1, 1)
    found = gain({a: {"psnr": list(one)}, b: {"psnr": list(other)}}, [(a, b)])
    low, high = scipy.stats.ttest_rel(one, other).confidence_interval(0.95)
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert math.isnan(gain({}, [(a, b)]).mean)


def test_messages_that_the_numbers_do_not_bear_out_fail():
    def runs(better):
        value = {c: 20.0 + better * (c.family == SYMMETRIC) for c in signal_denoising.wanted()}
        return {c: {"psnr": [x, x + 0.1], "parameters": 10} for c, x in value.items()}

    assert not any(claim.held for claim in signal_denoising.messages({}))
    for better in (1, -1):
        said = [
            claim
            for claim in signal_denoising.messages(runs(better))
            if " the standard ones " in claim.sentence or " usual " in claim.sentence
        ]
        assert [claim.held for claim in said] == [better == 1] * (len(LAWS) + 1)


def test_long_studies_go_on_where_they_stopped(tmp_path, monkeypatch):
    class Case(NamedTuple):
        number: int

    asked = []

    def measure(case):
        asked.append(case.number)
        if case.number == 2 and asked.count(2) == 1:
            raise KeyboardInterrupt
        return {"number": case.number, "square": case.number**2}

    monkeypatch.setattr(sources, "cache", lambda: tmp_path)
    cases = [Case(1), Case(2)]
    assert resume.resumed("squares", cases, measure) == [{"number": 1, "square": 1}]
    assert resume.resumed("squares", cases, measure)[1] == {"number": 2, "square": 4}
    assert asked == [1, 2, 2]


def test_attacks_reach_the_norm_of_a_matrix_and_no_more():
    random = torch.Generator().manual_seed(0)
    matrix = torch.randn(2, 1, 12, 12, generator=random, dtype=torch.float64)
    largest = torch.linalg.matrix_norm(matrix[:, 0], 2)
    u = torch.randn(2, 3, 1, 12, generator=random, dtype=torch.float64)
    found = attacked_nets.attacked(lambda x: x @ matrix, u, 200)
    # Differences of states that are 1e-4 apart keep twelve digits.
    limits = (largest * (1 + 1e-10)).tolist()
    assert all(a <= b for key in found for a, b in zip(found[key], limits, strict=True))
    assert found["distance"] == pytest.approx(largest.tolist(), rel=1e-3)
    assert found["norm"] == pytest.approx(largest.tolist(), rel=1e-2)
    assert all(a < b for a, b in zip(found["random"], found["distance"], strict=True))


def test_an_attack_beyond_a_certificate_is_said():
    def run(kind, growth, certified):
        return {"kind": kind, "blocks": 4, "norm": [growth], "distance": [growth], "random": [0.5], "psnr": [20.0],
                "norm_certified": certified, "distance_certified": certified}  # fmt: skip

    held = [run("standard", 2.0, None), run("bounded", 1.0, 1.0), run("contractive", 1.0, 1.0)]
    broken = [*held[:2], run("contractive", 1.01, 1.0)]
    assert [c.held for c in attacked_nets.claims(held)] == [True, True, True, False, True]
    assert [c.held for c in attacked_nets.claims(broken)] == [False, False, False, False, True]


def test_a_standard_net_begins_as_identity_and_a_symmetric_one_slowly():
    u = signals(2, 0).noisy
    assert torch.equal(attacked_nets.deep(attacked_nets.Depth("standard", 20))(u), u)
    share = torch.sigmoid(attacked_nets.deep(attacked_nets.Depth("bounded", 80)).theta)
    assert torch.allclose(share, torch.tensor(0.05))


def test_a_stack_calls_its_networks():
    nets = [made(partial(network, STANDARD, "Charbonnier", 2, 2), seed) for seed in (0, 1)]
    stack = Stack(nets[0], torch.func.stack_module_state(nets)[0])
    u = signals(6, 0).noisy.unflatten(0, (2, 3))
    for k, net in enumerate(nets):
        assert torch.allclose(stack(u)[k], net(u[k]), rtol=0, atol=1e-6)
