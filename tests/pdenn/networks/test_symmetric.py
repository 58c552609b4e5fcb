"""Symmetric nets keep their claim at every weight: random, zero, trained, attacked."""

import pytest
import torch

import pdenn as pn
from pdenn.networks import SymmetricNet

SCHEMES = [pn.ExplicitEuler(), pn.FSI(4), pn.DuFortFrankel(4), pn.SSPRK3(), pn.RKL1(3)]


def net(seed=0, **arguments):
    torch.manual_seed(seed)
    return SymmetricNet(**{"dim": 1, "features": 3, "blocks": 3} | arguments).double()


def scrambled(network, scale):
    with torch.no_grad():
        for p in network.parameters():
            p.add_(scale * torch.randn_like(p))
    return network


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("law", [pn.Charbonnier(0.5), pn.PeronaMalik(0.5), pn.TotalVariation(0.1)], ids=str)
def test_the_norm_never_grows(scheme, scale, law):
    network = scrambled(net(scheme=scheme, law=law, channels=2), scale)
    assert "bounded" in {c.claim for c in pn.certify(network)}
    u = torch.randn(16, 2, 24, dtype=torch.float64)
    with torch.no_grad():
        before, after = u.flatten(1).norm(dim=1), network(u).flatten(1).norm(dim=1)
    assert (after <= before * (1 + 1e-12)).all()


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(4, "updated"), pn.SSPRK3()], ids=str)
@pytest.mark.parametrize("coupled", [False, True])
def test_an_attacker_finds_no_expansion(scheme, coupled):
    """Power iteration on the Jacobian at random states: its norm, bounded from below, stays below one."""
    network = scrambled(net(scheme=scheme, claim="contractive", coupled=coupled), 1.0)
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded"}
    for seed in range(5):
        u = 3 * torch.randn(1, 1, 20, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(network, u).reshape(20, 20)
        assert torch.linalg.matrix_norm(jacobian, 2) <= 1 + 1e-12


def test_a_nonmonotone_flux_expands_although_it_is_bounded():
    """Perona-Malik at full step: the attacker wins, and the network says that it is not contractive."""
    network = net(law=pn.PeronaMalik(0.5), blocks=1)
    with torch.no_grad():
        network.theta.fill_(20.0)
    assert {c.claim for c in pn.certify(network)} == {"bounded"}
    worst = max(
        torch.linalg.matrix_norm(torch.autograd.functional.jacobian(network, scale * u).reshape(20, 20), 2)
        for scale in (0.5, 1.0, 2.0)
        for u in torch.randn(20, 1, 1, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    )
    assert worst > 1.01


def test_training_cannot_leave_the_claim():
    """A loss that asks for growth: the weights run away, the claim stays."""
    network = net(blocks=2, claim="contractive")
    u = torch.randn(8, 1, 16, dtype=torch.float64)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.3)
    for _ in range(30):
        optimiser.zero_grad()
        (-network(u).square().sum()).backward()
        optimiser.step()
        assert all(torch.isfinite(p).all() for p in network.parameters())
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded"}
    assert network(u).norm() <= u.norm()


def test_zero_weights_have_finite_gradients():
    network = net()
    with torch.no_grad():
        for block in network.blocks:
            block.convolution.weight.zero_()
    u = torch.randn(2, 1, 12, dtype=torch.float64)
    torch.testing.assert_close(network(u), u)
    network(u).square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())
    assert "bounded" in {c.claim for c in pn.certify(network)}


def test_a_symmetric_net_is_its_scheme():
    """With the stencil of a difference it is nonlinear diffusion with reflecting walls, to rounding."""
    network = net(features=1, blocks=1, law=pn.Charbonnier(0.3), scheme=pn.FSI(3))
    with torch.no_grad():
        network.blocks[0].convolution.weight.copy_(torch.tensor([[[-1.0, 1.0, 0.0]]]))
    u = torch.rand(1, 1, 12, dtype=torch.float64)
    tau = float(network.steps()[0])
    # The kernel of width 3 fits in 10 places: the difference at the last face is missing, as if it were held at zero.
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3), form="separable"), pn.Grid((11,)))
    expected = pn.solve(A, u[0, 0, :11].numpy(), pn.FSI(3), t_end=tau, tau=tau, certificate=None).u
    with torch.no_grad():
        found = network(u)[0, 0]
    torch.testing.assert_close(found[:11], torch.from_numpy(expected), rtol=0, atol=1e-7)
    assert found[11] == u[0, 0, 11]


def test_tied_nets_share_their_block():
    tied, untied = net(tied=True, blocks=4), net(blocks=4)
    count = [sum(p.numel() for p in n.parameters()) for n in (tied, untied)]
    assert count[1] == 4 * count[0]
    assert tied(torch.randn(1, 1, 12, dtype=torch.float64)).shape == (1, 1, 12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"blocks": 0}, "blocks must be a positive integer, got 0"),
        ({"claim": "max-min"}, "claim must be 'bounded' or 'contractive'"),
        ({"claim": "contractive", "law": pn.PeronaMalik(1.0)}, "its flux is not monotone"),
        ({"law": pn.ForwardBackward(1.0)}, "its flux is not dissipative"),
        ({"claim": "contractive", "scheme": pn.FSI(4)}, "coefficients='updated'"),
        ({"law": pn.Charbonnier(-1.0)}, "contrast must be a finite number > 0"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        SymmetricNet(**arguments)
