"""Training: it learns, is repeatable, and an interrupted run that is resumed ends with the same weights to the bit."""

import math

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import Plan, SymmetricNet, freeze, train
from pdenn.networks.training import _halvings


def signals(n=24, seed=0):
    """Steps at random places."""
    places = np.random.default_rng(seed).integers(4, 12, (n, 1, 1))
    return torch.from_numpy((np.arange(16) >= places).astype(np.float32))


def net(seed=0, **arguments):
    torch.manual_seed(seed)
    return SymmetricNet(**{"dim": 1, "features": 2, "blocks": 2, "law": pn.PeronaMalik(0.5)} | arguments)


def denoising(network, clean):
    """A loss that draws its noise."""
    return (network(clean + 0.3 * torch.randn_like(clean)) - clean).square().mean()


def same(one, other) -> bool:
    return all(torch.equal(x, other.state_dict()[name]) for name, x in one.state_dict().items())


@pytest.mark.parametrize("schedule", ["cosine", "plateau", "constant"])
def test_it_learns_and_tells_its_history(schedule):
    network, plan = net(), Plan(epochs=30, batch=8, rate=0.03, schedule=schedule)
    history = train(network, denoising, signals(), plan, validation=signals(40, 1))
    assert history.sizes == {"epoch": 30}
    assert history.validation[-1] < 0.8 * history.validation[0]
    assert history.attrs["best_epoch"] == int(history.validation.values.argmin()) + 1
    assert history.attrs["parameters"] == sum(p.numel() for p in network.parameters())
    assert (history.rate[0] > history.rate[-1]) == (schedule == "cosine") or schedule == "plateau"
    assert "bounded" in {c.claim for c in pn.certify(network)}


def test_the_network_carries_the_weights_of_its_best_epoch():
    """The rate is so large that later epochs are worse: the validation loss of the result is the smallest of all."""
    network, validation = net(), signals(40, 1)
    plan = Plan(epochs=12, batch=8, rate=1.0, schedule="constant")
    history = train(network, lambda f, u: (f(u + 0.2 * torch.cos(9 * u.cumsum(2))) - u).square().mean(), signals(), plan,
                    validation=validation)  # fmt: skip
    assert history.attrs["best_epoch"] < 12
    with torch.no_grad():
        again = (network(validation + 0.2 * torch.cos(9 * validation.cumsum(2))) - validation).square().mean()
    assert abs(again - history.validation.min().item()) < 1e-6


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
@pytest.mark.parametrize("calls", [9, 14])  # in the middle of an epoch, and between training and validation
def test_an_interrupted_run_is_resumed_to_the_bit(schedule, calls, tmp_path):
    plan = Plan(epochs=7, batch=10, rate=0.1, decay=0.01, schedule=schedule, clip=0.5, seed=3)
    whole, halted = net(), net()
    expected = train(whole, denoising, signals(), plan, validation=signals(5, 1))
    count = 0

    def interrupted(network, clean):
        nonlocal count
        count += 1
        if count > calls:
            raise KeyboardInterrupt
        return denoising(network, clean)

    with pytest.raises(KeyboardInterrupt):
        train(halted, interrupted, signals(), plan, validation=signals(5, 1), checkpoint=tmp_path / "a.safetensors")
    resumed = net()
    found = train(resumed, denoising, signals(), plan, validation=signals(5, 1), checkpoint=tmp_path / "a.safetensors")
    assert same(whole, resumed)
    assert expected.drop_vars("seconds").identical(found.drop_vars("seconds"))
    # Once more: nothing is left to do.
    assert train(net(), denoising, signals(), plan, validation=signals(5, 1),
                 checkpoint=tmp_path / "a.safetensors").identical(found)  # fmt: skip


def test_random_numbers_outside_go_on_as_if_nothing_had_been():
    torch.manual_seed(7)
    expected = torch.rand(3)
    network = net()
    torch.manual_seed(7)
    train(network, denoising, signals(), Plan(epochs=1))
    assert torch.equal(torch.rand(3), expected)


def test_seeds_matter():
    runs = [net(), net(), net()]
    for network, seed in zip(runs, [0, 0, 1], strict=True):
        train(network, denoising, signals(), Plan(epochs=2, batch=8, seed=seed))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_it_stops_early():
    """A rate of almost nothing, and a validation that does not change in single precision."""
    plan = Plan(epochs=50, rate=1e-30, schedule="constant", patience=3)
    assert train(net(), denoising, signals(), plan, validation=signals(4, 1)).sizes["epoch"] == 4


def test_the_rate_is_halved_on_a_plateau():
    assert [_halvings([3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0][:n], 2) for n in range(8)] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert _halvings([1.0] * 7, 2) == 3


def test_the_first_step_is_that_of_adamw():
    """Its length is the rate in every weight with a gradient, whatever the gradient (Kingma and Ba 2015)."""
    network, before = net(), net()
    plan = Plan(epochs=1, batch=24, rate=0.25, schedule="constant")
    train(network, lambda f, u: 1e3 * (f(u) - u).square().mean(), signals(), plan)
    moved = (network.blocks[0].convolution.weight - before.blocks[0].convolution.weight).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 0.25), rtol=1e-4, atol=0)


def test_mixed_precision_learns_within_its_precision():
    one, mixed = net(), net()
    first = train(one, denoising, signals(), Plan(epochs=3, batch=8, rate=0.03))
    second = train(mixed, denoising, signals(), Plan(epochs=3, batch=8, rate=0.03, bfloat16=True))
    assert not same(one, mixed)
    assert abs(first.loss[-1] - second.loss[-1]) < 0.02 * first.loss[-1]  # bfloat16 has 8 bits


def test_frozen_parameters_stay():
    network, before = net(), net()
    network.blocks[0].convolution.weight.requires_grad_(False)
    train(network, denoising, signals(), Plan(epochs=1, rate=0.1))
    assert torch.equal(network.blocks[0].convolution.weight, before.blocks[0].convolution.weight)
    assert not torch.equal(network.blocks[1].convolution.weight, before.blocks[1].convolution.weight)


def test_divergence_is_an_error_that_keeps_the_checkpoint(tmp_path):
    epochs = []

    def loss(network, u):
        epochs.append(1)
        return denoising(network, u) * (math.nan if len(epochs) > 2 else 1.0)

    with pytest.raises(pn.Diverged, match="the loss is nan in epoch 3"):
        train(net(), loss, signals(), Plan(epochs=5), checkpoint=tmp_path / "a.safetensors")
    assert train(net(), denoising, signals(), Plan(epochs=5), checkpoint=tmp_path / "a.safetensors").sizes["epoch"] == 5


def test_infinite_weights_are_an_error():
    plan = Plan(epochs=1, rate=1e308, schedule="constant")
    with pytest.raises(pn.Diverged, match="after epoch 1"):
        train(net(), denoising, signals(), plan)


def test_other_runs_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    train(net(), denoising, signals(), Plan(epochs=1), checkpoint=path)
    for network, data, plan in [(net(1), signals(), Plan(epochs=1)), (net(), signals(seed=1), Plan(epochs=1)),
                                (net(), signals(), Plan(epochs=2)), (net().double(), signals(), Plan(epochs=1))]:  # fmt: skip
        with pytest.raises(ValueError, match="belongs to another run"):
            train(network, denoising, data, plan, checkpoint=path)


def test_progress_is_shown_on_demand(capsys):
    train(net(), denoising, signals(), Plan(epochs=2), progress=True)
    assert "2/2" in capsys.readouterr().err
    train(net(), denoising, signals(), Plan(epochs=2))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"epochs": 0}, "epochs must be a positive integer, got 0"),
        ({"batch": 2.5}, "batch must be a positive integer, got 2.5"),
        ({"patience": 0}, "patience must be a positive integer, got 0"),
        ({"rate": math.nan}, "rate must be a finite number > 0, got nan"),
        ({"decay": -1.0}, "decay must be a finite number >= 0, got -1.0"),
        ({"clip": 0.0}, "clip must be a finite number > 0, got 0.0"),
        ({"schedule": "linear"}, "schedule must be one of"),
        ({"rate": None}, "rate must be a finite number > 0, got None"),
        ({"rate": "0.1"}, "rate must be a finite number > 0, got '0.1'"),
        ({"decay": None}, "decay must be a finite number >= 0, got None"),
        ({"seed": 1.5}, "seed must be an integer, got 1.5"),
        ({"bfloat16": "no"}, "bfloat16 must be True or False, got 'no'"),
    ],
)
def test_bad_plans_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Plan(**arguments)


def test_the_mode_of_the_network_is_as_it_was():
    network = net().eval()
    train(network, denoising, signals(), Plan(epochs=1), validation=signals(4))
    assert not network.training
    train(network.train(), denoising, signals(), Plan(epochs=1), validation=signals(4))
    assert network.training


def test_something_must_learn():
    with pytest.raises(ValueError, match="network must have weights that learn, got SymmetricNet with none"):
        train(net().requires_grad_(False), denoising, signals())


def test_what_learns_belongs_to_a_run(tmp_path):
    """Otherwise another run would be taken for this one, finished already or with the optimiser of other weights."""
    path = tmp_path / "a.safetensors"
    train(freeze(net(), "kernels"), denoising, signals(), Plan(epochs=1), checkpoint=path)
    for other in (net(), freeze(net(), "laws")):
        with pytest.raises(ValueError, match="belongs to another run"):
            train(other, denoising, signals(), Plan(epochs=1), checkpoint=path)


@pytest.mark.parametrize(("value", "given"), [(1.0, "1.0"), (None, "None"), (torch.zeros(3), r"\(3,\)")])
def test_a_loss_gives_a_number(value, given):
    with pytest.raises(TypeError, match=f"loss must give a tensor with one number, got {given}"):
        train(net(), lambda network, u: value, signals())


def test_a_plan_is_a_plan():
    with pytest.raises(TypeError, match="plan must be a Plan, got {'epochs': 1}"):
        train(net(), denoising, signals(), {"epochs": 1})


def test_nan_in_the_data_is_not_blamed_on_the_rate():
    wrong = signals()
    wrong[3, 0, 2] = torch.nan
    with pytest.raises(ValueError, match="data must be finite, got 1 NaN or infinite values of 384"):
        train(net(), denoising, wrong)
    with pytest.raises(ValueError, match="validation must be finite"):
        train(net(), denoising, signals(), validation=wrong)


@pytest.mark.parametrize("data", [(), [1.0], (torch.zeros(2, 1), torch.zeros(3, 1)), torch.zeros(0, 1)])
def test_bad_data_are_refused(data):
    with pytest.raises(ValueError, match="data must"):
        train(net(), denoising, data)
