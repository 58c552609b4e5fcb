"""Networks go through torch.export and torch.compile with equal results; fixed ones need neither norms nor gradients."""

import pytest
import torch

import pdenn as pn
from pdenn.networks import ConvexPotentialNet, FixedNet, ResidualNet, SplineFlux, SymmetricNet, UNet

GRID = pn.Grid((8, 12), h=0.5)
U = torch.rand(2, 1, 8, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
SPLINE = SplineFlux(pn.PeronaMalik(0.5), 2.0, 8)


def derived(scheme=pn.FSI(2)):  # noqa: B008
    return pn.derive(pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3)), GRID), scheme, 0.05, 1, certificate=None)


NETWORKS = {
    "symmetric": lambda: SymmetricNet(features=3, blocks=2),
    "symmetric, free flux, coupled": lambda: SymmetricNet(features=4, blocks=2, law=SPLINE, coupled=2),
    "symmetric, extrapolating, tied": lambda: SymmetricNet(features=3, scheme=pn.Extrapolation((1.2, 1.4)), tied=True),
    "symmetric, periodic": lambda: SymmetricNet(features=3, blocks=2, padding="periodic", kernel=5),
    "fixed": lambda: FixedNet(SymmetricNet(features=3, blocks=2).double()),
    "derived": derived,
    "derived, extrapolating": lambda: derived(scheme=pn.Extrapolation((1.2, 1.4))),
    "residual": lambda: ResidualNet(features=3, blocks=2),
    "U-net": lambda: UNet(features=3, levels=2),
    "convex potential": lambda: ConvexPotentialNet(features=3, blocks=2),
}


def made(name):
    torch.manual_seed(0)
    return NETWORKS[name]().double()


@pytest.mark.parametrize("name", NETWORKS)
def test_export_has_equal_results(name):
    network = made(name)
    program = torch.export.export(network, (U,))
    v = torch.rand(2, 1, 8, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(program.module()(v), network(v), rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["symmetric", "derived", "residual"])
def test_compiled_training_steps_have_equal_gradients(name):
    """Dynamo and AOTAutograd, whole graphs. Inductor is left out: its first call runs a C++ compiler for half a minute."""
    network = made(name)
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    gradients = []
    for f in (network, compiled):
        network.zero_grad()
        f(U).square().sum().backward()
        gradients.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("law", [pn.PeronaMalik(0.5), SPLINE], ids=["Perona-Malik", "spline"])
@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.Extrapolation((1.2, 1.4))], ids=str)
def test_a_fixed_net_is_its_network(law, scheme):
    torch.manual_seed(0)
    network = SymmetricNet(features=3, blocks=2, law=law, scheme=scheme, tied=True).double()
    fixed = FixedNet(network)
    v = fixed(U)
    assert not v.requires_grad
    torch.testing.assert_close(v, network(U).detach(), rtol=0, atol=1e-14)
    assert fixed.certificates == pn.certify(network)
    with torch.no_grad():
        network.blocks[0].convolution.weight.mul_(2)
    torch.testing.assert_close(fixed(U), v, rtol=0, atol=0)
    words = str(torch.export.export(fixed, (U,)).graph)
    assert "fft" not in words and "svd" not in words
