"""Networks whose extrapolation weights learn keep their claim at every weight."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import SymmetricNet

SCHEME = pn.Extrapolation((1.2, 1.4, 1.6))


def net(**arguments):
    torch.manual_seed(0)
    return SymmetricNet(**{"dim": 1, "features": 2, "blocks": 2, "scheme": SCHEME} | arguments).double()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_the_norm_never_grows(seed, scale):
    """Random weights, steps at their limit."""
    network = net(law=pn.PeronaMalik(0.5))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(scale * torch.randn(p.shape, generator=generator, dtype=p.dtype))
        network.theta.fill_(40.0)
        u = torch.randn(50, 1, 20, generator=generator, dtype=torch.float64) * torch.logspace(-3, 1, 50)[:, None, None]
        assert (network(u).norm(dim=(1, 2)) <= u.norm(dim=(1, 2)) * (1 + 1e-12)).all()
    assert "bounded" in {c.claim for c in pn.certify(network)}


def test_training_moves_the_weights_and_cannot_leave_the_claim():
    network = net(tied=True)
    u = torch.randn(8, 1, 16, dtype=torch.float64)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.3)
    for _ in range(30):
        optimiser.zero_grad()
        (-network(u).square().sum()).backward()
        optimiser.step()
    assert network(u).norm() <= u.norm()
    assert "bounded" in {c.claim for c in pn.certify(network)}
    [scheme] = network.schemes()
    assert max(abs(a - b) for a, b in zip(scheme.weights, SCHEME.weights, strict=True)) > 0.1
    assert all(1 <= w <= 2 for w in scheme.weights)


def test_derived_networks_learn_them_per_step_and_are_read_back():
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3)), pn.Grid((5, 4)))
    network = pn.derive(A, SCHEME, 0.5, 2)
    assert pn.inspect(network).scheme == SCHEME
    u = torch.rand(3, 5, 4, dtype=torch.float64)
    network(u).square().sum().backward()
    assert network.extrapolation.grad.shape == (2, 3) and (network.extrapolation.grad != 0).all()
    with torch.no_grad():
        network.extrapolation.add_(torch.tensor([[1.0, -1.0, 0.5], [0.0, 0.0, 0.0]]))
        found = pn.inspect(network)
        assert found.scheme[1] == SCHEME != found.scheme[0]
        np.testing.assert_allclose(found.chain(u.numpy()), network(u).numpy(), rtol=0, atol=1e-13)
        network.tau.fill_(
            0.99 * min(c.tau for s in network.schemes() for c in pn.certify(s, A) if c.claim == "bounded")
        )
        assert (network(u).flatten(1).norm(dim=1) <= u.flatten(1).norm(dim=1) * (1 + 1e-12)).all()
    assert "bounded" in {c.claim for c in pn.certify(network)}


@pytest.mark.parametrize("arguments", [{"claim": "contractive"}, {"scheme": pn.Extrapolation((1.0,), "updated")}])
def test_only_what_is_proved_can_be_asked_for(arguments):
    with pytest.raises(ValueError, match="with learnt weights only claim='bounded' with held coefficients"):
        net(**arguments)
