"""Networks derived on graphs equal their solver, learn their law, and are certified at the weights they have."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn import testing
from pdenn.graphs import Graph
from pdenn.networks import DiffusionLayer, GraphDiffusionLayer

GRAPH = Graph.from_points(np.random.default_rng(0).random((12, 2)), 4, normalisation="symmetric")


def operator(law, form="isotropic", graph=GRAPH):
    return pn.discretise(pn.Diffusion(law, form=form), graph)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(4), pn.FSI(4, "updated"), pn.SSPRK3()], ids=str)
@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(0.2), pn.PeronaMalik(0.3)], ids=repr)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_a_network_is_its_solver(form, law, scheme):
    u = np.random.default_rng(1).random((2, 12))
    testing.assert_solver_equals_network(operator(law, form), scheme, 0.3, 3, u)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(3)], ids=str)
def test_gradients_are_exact(scheme):
    network = pn.derive(operator(pn.PeronaMalik(0.4)), scheme, 0.3, 2)
    names, values = zip(*network.named_parameters(), strict=True)
    assert len(names) == 3  # the steps, and one contrast per layer

    def run(u, *parameters):
        return torch.func.functional_call(network, dict(zip(names, parameters, strict=True)), (u,))

    u = torch.from_numpy(np.random.default_rng(2).random(12)).requires_grad_()
    assert torch.autograd.gradcheck(run, (u, *values))


def test_a_law_is_recovered_from_its_flow():
    u = torch.from_numpy(np.random.default_rng(3).random((4, 12)))
    target = pn.derive(operator(pn.Charbonnier(0.2)), pn.ExplicitEuler(), 0.4, 3)(u).detach()
    network = pn.derive(operator(pn.Charbonnier(1.0)), pn.ExplicitEuler(), 0.4, 3)
    network.tau.requires_grad_(False)
    optimiser = torch.optim.Adam((p for p in network.parameters() if p.requires_grad), lr=0.1)
    first = (network(u) - target).square().mean().item()
    for _ in range(150):
        optimiser.zero_grad()
        loss = (network(u) - target).square().mean()
        loss.backward()
        optimiser.step()
    assert loss.item() < 1e-3 * first


def test_claims_follow_the_weights():
    A = operator(pn.TotalVariation(0.5))
    network = pn.derive(A, pn.ExplicitEuler(), pn.certificate(pn.ExplicitEuler(), A, "max-min").tau, 2, "max-min")
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded", "max-min"}
    with torch.no_grad():
        network.layers[1].logarithms.sub_(np.log(1.05))  # a smaller ε is a larger sup g
    assert "max-min" not in {c.claim for c in pn.certify(network)}
    u = torch.from_numpy(np.random.default_rng(4).random((5, 12)))
    with torch.no_grad():
        assert (network(u).norm(dim=-1) <= u.norm(dim=-1) * (1 + 1e-12)).all()


def test_single_precision_goes_through():
    network = pn.derive(operator(pn.Charbonnier(0.2)), pn.FSI(3), 0.3, 2)
    u = torch.from_numpy(np.random.default_rng(5).random((3, 12))).float()
    assert network(u).dtype == torch.float32
    assert (network(u) - network(u.double())).abs().max() < 1e-5


def test_layers_refuse_what_they_do_not_represent():
    grid = pn.discretise(pn.Diffusion(), pn.Grid((4,)))
    with pytest.raises(ValueError, match="the layer represents"):
        GraphDiffusionLayer(grid)
    with pytest.raises(ValueError, match="the layer represents"):
        DiffusionLayer(operator(pn.Linear()))
    with pytest.raises(ValueError, match=r"u must have shape \(..., 12\)"):
        GraphDiffusionLayer(operator(pn.Linear()))(0.0, torch.zeros(11))


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(4)], ids=str)
def test_features_in_the_place_of_nodes_are_refused(scheme):
    """Held coefficients see the state before the operator does."""
    network = pn.derive(operator(pn.Charbonnier(0.2)), scheme, 0.1, 1)
    with pytest.raises(ValueError, match=r"u must have shape \(..., 12\), got \(12, 3\)"):
        network(torch.zeros(12, 3))
