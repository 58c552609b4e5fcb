"""Reaction-diffusion nets keep their claim for the whole map from what was measured to what is restored."""

import pytest
import torch

import pdenn as pn
from pdenn.networks import ReactionDiffusionNet, SymmetricNet, averaged, lipschitz


def net(seed=0, scale=0.0, **arguments):
    torch.manual_seed(seed)
    given = {"dim": 1, "features": 3, "blocks": 3, "individual": True, "law": pn.Charbonnier(0.5)} | arguments
    network = ReactionDiffusionNet(**given).double()
    with torch.no_grad():
        for p in network.parameters():
            p.add_(scale * torch.randn_like(p))
    return network


def sharpest(network, u):
    jacobian = torch.autograd.functional.jacobian(network, u).reshape(u.numel(), u.numel())
    return float(torch.linalg.matrix_norm(jacobian, 2)), jacobian


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_no_two_inputs_are_brought_further_apart(scale):
    network = net(scale=scale, claim="contractive")
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded"} and lipschitz(network) == 1.0
    for seed in range(3):
        u = torch.randn(1, 1, 20, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        assert sharpest(network, u)[0] <= 1 + 1e-12


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("law", [pn.PeronaMalik(0.5), pn.PeronaMalikExponential(0.3)], ids=str)
@pytest.mark.parametrize("tied", [False, True])
def test_the_norm_is_at_most_that_of_the_input(scale, law, tied):
    network = net(scale=scale, law=law, tied=tied)
    assert "bounded" in {c.claim for c in pn.certify(network)}
    f = torch.randn(16, 1, 24, dtype=torch.float64)
    with torch.no_grad():
        assert (network(f).flatten(1).norm(dim=1) <= f.flatten(1).norm(dim=1) * (1 + 1e-12)).all()


@pytest.mark.parametrize("tied", [False, True])
def test_the_lipschitz_constant_of_steps_that_expand(tied):
    network = net(law=pn.PeronaMalik(0.5), scale=1.0, tied=tied)
    bound = lipschitz(network)
    assert 1 < bound < lipschitz_without_reaction(network)
    for scale in (0.3, 1.0, 3.0):
        u = scale * torch.randn(1, 1, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        assert sharpest(network, u)[0] <= bound


def lipschitz_without_reaction(network):
    """The product over the steps."""
    return lipschitz.dispatch(SymmetricNet)(network)


def test_it_is_averaged():
    """`(N = (f - (1 - α) I)/α)` has a Jacobian of norm at most one, and pulling back makes `α` smaller."""
    network = net(claim="contractive", scale=0.5)
    alpha = averaged(network)
    u = torch.randn(1, 1, 20, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    rest = (sharpest(network, u)[1] - (1 - alpha) * torch.eye(20, dtype=torch.float64)) / alpha
    assert torch.linalg.matrix_norm(rest, 2) <= 1 + 1e-12
    with torch.no_grad():
        network.eta.fill_(-30.0)
    free = averaged(network)
    assert alpha < free < 1
    plain = SymmetricNet(dim=1, features=3, blocks=3, individual=True, law=pn.Charbonnier(0.5), claim="contractive")
    plain.double().load_state_dict({k: x for k, x in network.state_dict().items() if k != "eta"})
    assert averaged(plain) == pytest.approx(free, rel=1e-12)
    with torch.no_grad():
        assert (plain(u) - network(u)).abs().max() < 1e-12


def test_a_strong_reaction_keeps_the_input():
    network = net(reaction=1e12)
    f = torch.randn(2, 1, 20, dtype=torch.float64)
    with torch.no_grad():
        assert (network(f) - f).abs().max() < 1e-10


def test_gradients_are_finite_at_zero_weights():
    network = net()
    with torch.no_grad():
        for block in network.blocks:
            block.convolution.weight.zero_()
    network(torch.randn(2, 1, 16, dtype=torch.float64)).square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("reaction", [0.0, -1.0, float("nan"), float("inf")])
def test_a_reaction_out_of_range_is_named(reaction):
    with pytest.raises(ValueError, match="reaction must be positive"):
        net(reaction=reaction)


def test_every_feature_has_a_contrast_of_its_own():
    network = net()
    block = network.blocks[0]
    assert block.logarithms.shape == (1, 3, 1)
    with torch.no_grad():
        block.logarithms[0, 1] += 1.0
    features = torch.ones(1, 3, 4, dtype=torch.float64)
    g = block.diffusivity(features)[0, :, 0]
    assert g[0] == g[2] and g[1] > g[0]
    for law, how in ((pn.Linear(), {}), (pn.TotalVariation(0.1), {}), (pn.Charbonnier(1.0), {"coupled": 3})):
        with pytest.raises(ValueError, match="individual must be False"):
            net(law=law, **how)


def test_it_is_read_feature_by_feature():
    """Contrasts that differ, and where the flux falls: beyond the contrast of each."""
    network = net(law=pn.PeronaMalik(0.5), blocks=1)
    with torch.no_grad():
        network.blocks[0].logarithms[0, :, 0] = torch.tensor([0.1, 0.5, 2.0], dtype=torch.float64).log()
    (step,) = pn.inspect(network).parts
    assert [flux.law.contrast for flux in step.flux] == pytest.approx([0.1, 0.5, 2.0])
    for flux in step.flux:
        ((start, _),) = flux.backward
        assert start == pytest.approx(flux.law.contrast, abs=2 * flux.s[1])
    assert str(step).count("backward") == 3


@pytest.mark.parametrize("eta", [-1e3, 1e3])
def test_the_claim_holds_at_extreme_reactions(eta):
    network = net(claim="contractive").float()
    with torch.no_grad():
        network.eta.fill_(eta)
        f = torch.randn(4, 1, 20)
        assert (network(f).flatten(1).norm(dim=1) <= f.flatten(1).norm(dim=1) * (1 + 1e-6)).all()
    assert lipschitz(network) == 1.0
