"""Baselines are what their papers say: their parameters are counted, and what is claimed of them is attacked."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.networks import ConvexPotentialNet, ResidualNet, SymmetricNet, UNet


def count(network) -> int:
    return sum(p.numel() for p in network.parameters())


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 4), st.sampled_from([1, 3, 5]), st.sampled_from([1, 2, 3]))
def test_a_symmetric_block_has_half_the_kernels_of_a_residual_one(channels, features, blocks, kernel, dim):
    """`2 kᵈ C F` with `F + C` biases, against `kᵈ C F` with a contrast and a step."""
    taps = kernel**dim * channels * features
    same = {"channels": channels, "features": features, "blocks": blocks, "kernel": kernel, "dim": dim}
    assert count(ResidualNet(**same)) == blocks * (2 * taps + features + channels)
    assert count(SymmetricNet(**same, law=pn.PeronaMalik(1.0))) == blocks * (taps + 2)
    assert count(ConvexPotentialNet(**same)) == blocks * (taps + features)


def test_the_parameters_of_a_u_net():
    """Levels of 4 and 8 features: 2·(1·4 + 4·4) taps down, (4·8 + 8·8) below, (12·4 + 4·4) up, and the biases."""
    assert count(UNet(1, 4, 2, kernel=3, dim=2)) == 9 * (4 + 16 + 32 + 64 + 48 + 16) + 4 * 4 + 2 * 8 + 4 + 1


@pytest.mark.parametrize("kind", [ResidualNet, UNet, ConvexPotentialNet])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_shapes_and_gradients(kind, dim):
    torch.manual_seed(0)
    network = kind(channels=2, features=3, dim=dim)
    u = torch.randn(2, 2, *[8, 4, 12][:dim])
    v = network(u)
    assert v.shape == u.shape
    v.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())


def test_a_residual_block_is_its_formula():
    torch.manual_seed(0)
    network = ResidualNet(1, 2, 1, 3, 1)
    u = torch.randn(1, 1, 5)
    padded = torch.cat([u[..., :1], u, u[..., -1:]], -1)
    windows = padded[0, 0].unfold(0, 3, 1)
    hidden = torch.relu(network.first[0].weight[:, 0] @ windows.T + network.first[0].bias[:, None])
    hidden = torch.cat([hidden[:, :1], hidden, hidden[:, -1:]], 1)
    second = sum(network.second[0].weight[0, j] @ hidden[j].unfold(0, 3, 1).T for j in range(2))
    torch.testing.assert_close(network(u)[0, 0], u[0, 0] + second + network.second[0].bias)


def test_without_weights_a_u_net_is_the_identity_and_its_levels_reach_far():
    torch.manual_seed(0)
    network = UNet(1, 4, 3, dim=1).double()
    u = torch.randn(1, 1, 32, dtype=torch.float64)
    reach = (torch.autograd.functional.jacobian(network, u)[0, 0, 16] != 0).nonzero()[:, -1]
    assert reach.min() < 4 and reach.max() > 28  # two levels down, a cell is four
    with torch.no_grad():
        network.last.weight.zero_()
        network.last.bias.zero_()
    torch.testing.assert_close(network(u), u, rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"u must have axes divisible by 4, got \(30,\)"):
        network(u[..., :30])


@given(st.integers(0, 10**6), st.floats(0, 30), st.sampled_from(["zero", "periodic", "valid"]))
def test_convex_potential_layers_never_expand(seed, scale, padding):
    """The Jacobian at random states and weights, zero among them."""
    torch.manual_seed(seed)
    network = ConvexPotentialNet(2, 3, 2, dim=1, padding=padding).double()
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(scale * torch.randn_like(p))
    u = torch.randn(1, 2, 9, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(network, u).reshape(18, 18)
    assert torch.linalg.matrix_norm(jacobian, 2) <= 1 + 1e-12
    network(u).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


def test_a_convex_potential_block_is_a_reflection_where_it_acts():
    """All units active and one kernel of one tap: `u - 2 (u + b/w)`, the reflection about `-b/w`."""
    network = ConvexPotentialNet(1, 1, 1, kernel=1, dim=1).double()
    with torch.no_grad():
        network.convolutions[0].weight.fill_(3.0)
        network.biases[0].fill_(1.0)
    u = torch.tensor([[[0.5, 2.0]]], dtype=torch.float64)
    torch.testing.assert_close(network(u), -u - 2 / 3)


@pytest.mark.parametrize("kind", [ResidualNet, UNet, ConvexPotentialNet])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"features": 0}, "features must be a positive integer, got 0"),
        ({"kernel": 2}, "kernel must be"),
        ({"dim": 4}, "dim must be"),
    ],
)
def test_bad_input_is_refused(kind, arguments, words):
    with pytest.raises(ValueError, match=words):
        kind(**arguments)
