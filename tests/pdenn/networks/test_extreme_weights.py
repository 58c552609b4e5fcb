"""Weights that are no numbers are refused, and weights far beyond what training finds keep the claims."""

import math

import pytest
import torch

import pdenn as pn
from pdenn.networks import (
    GaussianFlux,
    GraphConvectionLayer,
    ReactionDiffusionNet,
    SplineFlux,
    SymmetricNet,
    averaged,
    lipschitz,
)

CELLS = 8


def net(**arguments):
    torch.manual_seed(0)
    return SymmetricNet(**{"dim": 1, "features": 2, "blocks": 2, "channels": 2} | arguments).double()


def weighty():
    """A network of each kind."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.5)), pn.Grid((6,)))
    graph = pn.Graph.from_points(torch.linspace(0, 1, 6)[:, None].numpy(), neighbours=2)
    return {
        "symmetric": net(),
        "reaction": ReactionDiffusionNet(dim=1, features=2, blocks=2),
        "spline": net(law=SplineFlux(pn.Charbonnier(0.5))),
        "derived": pn.derive(A, pn.ExplicitEuler(), 0.1, 2),
        "convection": GraphConvectionLayer(graph),
    }


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("kind", list(weighty()))
def test_of_weights_that_are_no_numbers_nothing_is_proved(kind, value):
    """Each weight alone: claims about most do not see that of the others is NaN."""
    for name, _ in weighty()[kind].named_parameters():
        network = weighty()[kind]
        weight = dict(network.named_parameters())[name]
        if not weight.numel():
            continue
        with torch.no_grad():
            weight.reshape(-1)[0] = value
        for asked in (pn.certify,) if kind == "convection" else (pn.certify, lipschitz, averaged):
            with pytest.raises(
                ValueError, match=f"network must have finite weights, got .* NaN or infinite ones of .* in {name}"
            ):
                asked(network)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [-1e3, -60.0, 60.0, 1e3])
@pytest.mark.parametrize("law", [pn.Charbonnier(0.5), pn.PeronaMalik(0.5), pn.Weickert(0.5), pn.TotalVariation(0.5), SplineFlux(pn.Charbonnier(0.5)),
                                 GaussianFlux(pn.Charbonnier(0.5))], ids=repr)  # fmt: skip
def test_the_norm_does_not_grow_at_extreme_laws(law, value, dtype):
    """Contrasts whose squares vanish or overflow, free fluxes that vanish altogether; flat states among them."""
    network = net(law=law).to(dtype)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith(("logarithms", "heights")):
                weight.fill_(value)
    u = torch.randn(4, 2, CELLS, dtype=dtype, generator=torch.Generator().manual_seed(0))
    u[2], u[3] = 1.0, 0.0
    assert "bounded" in {c.claim for c in pn.certify(network)}
    with torch.no_grad():
        assert (network(u).flatten(1).norm(dim=1) <= u.flatten(1).norm(dim=1) * (1 + 1e-5)).all()
