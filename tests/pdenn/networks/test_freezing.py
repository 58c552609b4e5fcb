"""What is frozen stays, what is not learns; and the options of symmetric nets: kernels, channels, dimensions, ties."""

import pytest
import torch

import pdenn as pn
from pdenn.networks import SplineFlux, SymmetricNet, freeze

PARTS = {"kernels": "weight", "laws": "logarithms", "steps": "theta", "extrapolation": "extrapolation"}


def moved(network, u) -> set[str]:
    """The last names of the parameters that a step of gradient descent moves."""
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    network(u).square().sum().backward()
    torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 1e-2).step()
    return {name.rpartition(".")[2] for name, p in network.named_parameters() if not torch.equal(p, before[name])}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_symmetric_net_can_be_frozen(part):
    torch.manual_seed(0)
    network = SymmetricNet(2, 3, 2, pn.Extrapolation((1.3, 1.5)), pn.PeronaMalik(0.5)).double()
    u = torch.randn(2, 2, 6, 6, dtype=torch.float64)
    assert freeze(network, part) is network
    assert moved(network, u) == set(PARTS.values()) - {PARTS[part]}
    freeze(network, part, learn=True)
    freeze(network, *(PARTS.keys() - {part}))
    assert moved(network, u) == {PARTS[part]}


def test_derived_networks_and_splines():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid((4, 4)))
    u = torch.rand(3, 4, 4, dtype=torch.float64)
    assert moved(freeze(pn.derive(A, pn.FSI(2), 0.1, 2), "kernels", "steps"), u) == {"logarithms"}
    assert moved(freeze(pn.derive(A, pn.FSI(2), 0.1, 2), "laws"), u) == {"taps", "tau"}
    network = SymmetricNet(law=SplineFlux(pn.Charbonnier(0.3)))
    assert moved(freeze(network, "laws"), torch.rand(1, 1, 5, 5)) == {"weight", "theta"}


def test_unknown_parts_are_refused():
    with pytest.raises(ValueError, match="parts must be of .* got 'biases'"):
        freeze(SymmetricNet(), "biases")
    with pytest.raises(ValueError, match="SymmetricNet has no extrapolation that learn"):
        freeze(SymmetricNet(), "extrapolation")
    linear = pn.derive(pn.discretise(pn.Diffusion(), pn.Grid(6)), pn.ExplicitEuler(), 0.1, 1)
    with pytest.raises(ValueError, match="SchemeNet has no laws that learn"):
        freeze(linear, "laws")


@pytest.mark.parametrize(("dim", "kernel"), [(1, 1), (1, 3), (1, 7), (2, 1), (2, 5), (2, 7), (3, 1), (3, 3)])
@pytest.mark.parametrize("padding", ["valid", "periodic", "zero"])
def test_kernels_of_any_odd_size_in_every_dimension_with_channels(kernel, dim, padding):
    torch.manual_seed(0)
    network = SymmetricNet(2, 2, 1, law=pn.PeronaMalik(0.5), kernel=kernel, dim=dim, padding=padding).double()
    with torch.no_grad():
        network.theta.fill_(30.0)
        u = torch.randn(3, 2, *[7] * dim, dtype=torch.float64)
        v = network(u)
    assert v.shape == u.shape and not torch.equal(v, u)
    assert (v.flatten(1).norm(dim=1) <= u.flatten(1).norm(dim=1) * (1 + 1e-12)).all()
    assert "bounded" in {c.claim for c in pn.certify(network)}
