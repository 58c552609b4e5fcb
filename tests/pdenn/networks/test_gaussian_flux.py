"""Fluxes of Gaussians: they begin close to a law, keep their shape, are certified, learn, and run without torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.networks import GaussianFlux, SymmetricNet, lipschitz

LAWS = [pn.Linear(), pn.Charbonnier(0.3), pn.PeronaMalik(0.3), pn.PeronaMalikExponential(0.3), pn.Weickert(0.3)]
GRID = pn.Grid((6, 5), h=0.5)
U = np.random.default_rng(0).random((2, 6, 5))


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("knots", [16, 64])
def test_it_begins_close_to_its_law(law, knots):
    """Within what its docstring says, for `g` or for `Φ'`."""
    flux = GaussianFlux(law, 2.0, knots).double()
    s, width = np.linspace(1e-3, 2, 2001), 2.0 / knots
    wide = np.linspace(0, 2 + 5 * width, 8001)

    def wanted(x):
        return (law.flux(x + 1e-6) - law.flux(x - 1e-6)) / 2e-6 if law.monotone else law.g(x * x)

    second = np.abs(np.diff(wanted(wide), 2)).max() / wide[1] ** 2 if type(law) is not pn.Linear else 0.0
    with torch.no_grad():
        if law.monotone:
            h = 1e-6
            found = (flux().flux(torch.from_numpy(s + h)) - flux().flux(torch.from_numpy(s - h))).numpy() / (2 * h)
        else:
            found = flux().g(torch.from_numpy(s * s)).numpy()
    assert np.abs(found - wanted(s)).max() <= width**2 / 2 * second * 1.01 + 4e-4 * flux.ceiling
    assert flux.monotone == law.monotone and flux.nonnegative


@given(st.integers(0, 10**6), st.sampled_from(["monotone", "dissipative"]), st.floats(0, 30))
def test_the_ceiling_holds_at_every_weight(seed, shape, scale):
    flux = GaussianFlux(pn.Charbonnier(0.5), 2.0, 7, shape).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        flux.heights.add_(scale * torch.randn(flux.heights.shape, generator=generator, dtype=torch.float64))
        s = torch.linspace(0, 6, 3001, dtype=torch.float64)
        law = flux()
        slopes = law.flux(s).diff() / s.diff()
        assert (law.g(s * s) >= 0).all() and law.g(s * s).max() <= law.sup_g * (1 + 1e-12) and law.sup_g <= flux.ceiling
        assert (slopes.abs() <= law.sup_slope * (1 + 1e-5)).all()
        assert shape == "dissipative" or (slopes >= -1e-9).all()
        torch.testing.assert_close(law.flux(-s), -law.flux(s), rtol=0, atol=0)


@pytest.mark.parametrize("claim", ["bounded", "contractive"])
def test_symmetric_nets_cannot_leave_their_claim(claim):
    """A loss that asks for growth; an attacker finds no expansion that the Lipschitz constant does not know."""
    torch.manual_seed(0)
    law = GaussianFlux(pn.Charbonnier(0.5), 2.0, 8, "monotone" if claim == "contractive" else "dissipative")
    network = SymmetricNet(features=3, blocks=2, dim=1, law=law, claim=claim).double()
    start = network.blocks[0].kind.heights.detach().clone()
    u = torch.randn(8, 1, 16, dtype=torch.float64)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.3)
    for _ in range(30):
        optimiser.zero_grad()
        (-network(u).square().sum()).backward()
        optimiser.step()
    assert claim in {c.claim for c in pn.certify(network)}
    assert network(u).norm() <= u.norm()
    assert (network.blocks[0].kind.heights - start).abs().max() > 0.1
    jacobian = torch.autograd.functional.jacobian(network, u[:1]).reshape(16, 16)
    assert torch.linalg.matrix_norm(jacobian, 2) <= lipschitz(network) * (1 + 1e-9)
    assert claim == "bounded" or lipschitz(network) == 1


def test_derived_networks_learn_a_flux():
    """The flux of a Perona-Malik flow is recovered by Gaussians that began as another law."""
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.4)), pn.Grid((8, 8)))
    network = pn.derive(A, pn.ExplicitEuler(), 0.1, 2, law=GaussianFlux(pn.PeronaMalik(1.5), 1.5, 8), tied=True)
    network.tau.requires_grad_(False)
    u = torch.from_numpy(np.random.default_rng(0).random((4, 8, 8)))
    target = pn.derive(A, pn.ExplicitEuler(), 0.1, 2)(u).detach()
    optimiser = torch.optim.Adam([layer.kind.heights for layer in network.layers], lr=0.1)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = (network(u) - target).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-2 * losses[0]
    assert {c.claim for c in pn.certify(network)} >= {"bounded"}


@pytest.mark.parametrize("shape", ["monotone", "dissipative"])
def test_it_is_handed_back_to_arrays(shape):
    A = pn.discretise(pn.Diffusion(), GRID)
    network = pn.derive(A, pn.FSI(3), 0.05, 2, None, law=GaussianFlux(pn.Charbonnier(0.5), 2.0, 8, shape))
    with torch.no_grad():
        for layer in network.layers:
            layer.kind.heights.add_(torch.linspace(-1, 1, len(layer.kind.heights)))
        expected = network(torch.from_numpy(U)).numpy()
    found = pn.inspect(network)
    assert found.equation is None
    np.testing.assert_allclose(found.chain(U), expected, rtol=0, atol=1e-12)
    assert found.parts[0].flux.s[-1] == pytest.approx(1.5 * (2.0 + 5 * 0.25))


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"law": 3}, TypeError, "law must be an instance of a law"),
        ({"law": pn.Linear(), "reach": 0.0}, ValueError, "reach must be positive and finite, got 0.0"),
        ({"law": pn.Linear(), "knots": 0}, ValueError, "knots must be a positive integer, got 0"),
        ({"law": pn.Linear(), "shape": "signed"}, ValueError, "shape must be one of"),
        ({"law": pn.ForwardBackward()}, ValueError, "shape must be one of"),
        ({"law": pn.PeronaMalik(), "shape": "monotone"}, ValueError, "whose flux is dissipative only"),
    ],
)
def test_bad_input_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        GaussianFlux(**arguments)
