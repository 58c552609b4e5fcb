"""Every other operator learns its rate, and every sum has a layer for each term: equal to the solver, and certified."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.equations import AnisotropicDiffusion, ConservationLaw, ConvectionDiffusion, Fidelity, PorousMedium, Reaction
from pdenn.networks import ConvectionLayer, DiffusionLayer, RateLayer, SumLayer, freeze
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

PLANE = pn.Grid((6, 5), h=0.5, boundary="periodic")
SPACE = pn.Grid((3, 4, 4), h=0.5)
GRAPH = pn.Graph.from_edges([[0, 1], [1, 2], [2, 3], [0, 3]], nodes=4)
RANDOM = np.random.default_rng(0).random((6, 5))


def logistic(u):
    return u * (1 - u)


def turning(t, x, y):
    return (y + t, 1.0 - 0.0 * x)


ALONE = {
    "edge-enhancing": (AnisotropicDiffusion(EdgeEnhancing()), PLANE),
    "coherence-enhancing": (AnisotropicDiffusion(CoherenceEnhancing()), PLANE),
    "edge-enhancing in space": (AnisotropicDiffusion(EdgeEnhancing()), SPACE),
    "fourth order": (pn.Diffusion(pn.PeronaMalik(0.3), order=2), PLANE),
    "porous medium": (PorousMedium(), PLANE),
    "Burgers": (ConservationLaw(), pn.Grid(9, h=0.5, boundary="periodic")),
    "velocity field": (pn.Convection((RANDOM, 0.5 - RANDOM)), PLANE),
    "velocity that is a function": (pn.Convection(turning), PLANE),
    "transport on a graph": (pn.GraphConvection(), GRAPH),
}
PERONA_MALIK = pn.Diffusion(pn.PeronaMalik(0.3))
SUMS = {
    "convection, diffusion": (pn.Convection((1.0, -0.5)) + PERONA_MALIK, PLANE),
    "in space": (pn.Convection((1.0, -0.5, 0.2)) + PERONA_MALIK, pn.Grid((3, 4, 4), boundary="periodic")),
    "reaction": (PERONA_MALIK + Reaction(logistic, slope=(-3.0, 1.0)), PLANE),
    "fidelity": (PERONA_MALIK + Fidelity(RANDOM), PLANE),
    "four terms": (pn.Convection((1.0, 0.5)) + pn.Diffusion() + Fidelity(0.2) + Reaction(logistic), PLANE),
    "on a graph": (pn.Diffusion(pn.Charbonnier(0.3)) + Fidelity(0.0), GRAPH),
}
CASES = ALONE | SUMS
SPLITTINGS = [pn.LieSplitting(), pn.StrangSplitting(), pn.IMEXEuler(pn.SemiImplicit()), pn.ARS222()]


def made(name):
    equation, grid = CASES[name]
    return pn.discretise(equation, grid), np.random.default_rng(1).random((2, *grid.shape))


def agrees(A, u, scheme, tau=0.01):
    """The network, after a check of its value, its gradients and its claims."""
    network = pn.derive(A, scheme, tau, 2, certificate=None)
    v = network(torch.from_numpy(u))
    expected = pn.solve(A, u, scheme, 2 * tau, tau=tau, certificate=None).u
    assert np.abs(v.detach().numpy() - expected).max() < 1e-12
    v.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.numel())
    assert any(p.grad.abs().sum() > 0 for p in network.layers.parameters())
    assert {c.claim for c in pn.certify(network)} == {c.claim for c in pn.certify(scheme, A) if c.tau >= tau}
    return network


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(3), pn.SSPRK3()], ids=str)
def test_explicit_networks_are_their_solver(name, scheme):
    agrees(*made(name), scheme)


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("scheme", SPLITTINGS, ids=lambda s: type(s).__name__)
def test_splittings_are_a_block_for_each_term(name, scheme):
    network = agrees(*made(name), scheme)
    assert all(isinstance(layer, SumLayer) for layer in network.layers)


@pytest.mark.parametrize("name", ["edge-enhancing", "porous medium", "velocity field", "velocity that is a function"])
def test_implicit_networks_are_their_solver(name):
    agrees(*made(name), pn.ImplicitEuler())


@pytest.mark.parametrize("name", ["velocity field", "velocity that is a function"])
def test_characteristics_follow_the_rate(name):
    """A rate of two is a step of twice the size where the velocity is steady, and a velocity of twice the size."""
    A, u = made(name)
    network = agrees(A, u, pn.SemiLagrangian())
    with torch.no_grad():
        for layer in network.layers:
            layer.log_rate.fill_(np.log(2.0))
        v = network(torch.from_numpy(u)).numpy()
    velocity = A.equation.velocity
    double = tuple(2 * c.values for c in velocity) if isinstance(velocity, tuple) else None
    twice = pn.Convection(double or (lambda t, x, y: tuple(2 * c for c in velocity(t, x, y))))
    expected = pn.solve(pn.discretise(twice, PLANE), u, pn.SemiLagrangian(), 0.02, tau=0.01, certificate=None).u
    np.testing.assert_allclose(v, expected, rtol=0, atol=1e-13)


def test_splitting_along_axes_takes_multiples():
    agrees(*made("porous medium"), pn.AOS())


@pytest.mark.parametrize("name", ["edge-enhancing", "velocity field", "transport on a graph"])
def test_claims_follow_the_rate(name):
    """`c A` with steps of `1/c`: half the rate, twice the limit; and the network is that of the other step."""
    A, u = made(name)
    network = pn.derive(A, pn.ExplicitEuler(), 0.01, 1, certificate=None)
    first = pn.certify(pn.ExplicitEuler(), network.layers[0])
    with torch.no_grad():
        network.layers[0].log_rate.fill_(np.log(0.5))
        v = network(torch.from_numpy(u)).numpy()
    for one, other in zip(first, pn.certify(pn.ExplicitEuler(), network.layers[0]), strict=True):
        assert other.tau == pytest.approx(2 * one.tau, rel=1e-14)
    np.testing.assert_allclose(v, u + 0.005 * A(0.0, u), rtol=0, atol=1e-15)
    assert first == pn.certify(pn.ExplicitEuler(), A)


def test_a_sum_knows_the_layers_of_its_terms():
    A, _ = made("four terms")
    layer = pn.derive(A, pn.ExplicitEuler(), 0.01, 1, certificate=None).layers[0]
    kinds = [type(term) for term in layer.terms]
    assert kinds == [ConvectionLayer, DiffusionLayer, RateLayer, RateLayer]
    assert layer.bound == A.bound


def test_what_they_learn_can_be_frozen():
    A, _ = made("four terms")
    network = freeze(pn.derive(A, pn.ExplicitEuler(), 0.01, 1, certificate=None), "laws", "steps")
    free = {name.rpartition(".")[2] for name, p in network.named_parameters() if p.requires_grad}
    assert free == {"taps", "velocity"}
    freeze(freeze(network, "laws", learn=True), "kernels")
    free = {name.rpartition(".")[2] for name, p in network.named_parameters() if p.requires_grad}
    assert free == {"log_rate", "logarithms"}


def test_the_weight_of_the_data_is_learned():
    """`u⁺ = u + τ c (f - u)` reaches a target of its own kind."""
    A = pn.discretise(Fidelity(RANDOM), PLANE)
    network = freeze(pn.derive(A, pn.ExplicitEuler(), 0.1, 1, certificate=None), "steps")
    u = torch.zeros(6, 5, dtype=torch.float64)
    optimiser = torch.optim.Adam(network.layers.parameters(), lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        (network(u) - 0.3 * torch.from_numpy(RANDOM)).square().sum().backward()
        optimiser.step()
    assert network.layers[0].rate.item() == pytest.approx(3.0, rel=1e-2)


def test_only_operators_have_a_layer():
    with pytest.raises(TypeError, match="A must be an operator"):
        RateLayer(pn.Diffusion())
    A = pn.discretise(pn.Convection(1.0) + pn.Diffusion(), pn.Grid(5, boundary=pn.Robin(1.0, 1.0)))
    with pytest.raises(ValueError, match="a layer needs reflecting, periodic or Dirichlet walls"):
        pn.derive(A, pn.ExplicitEuler(), 0.01, 1, certificate=None)
    with pytest.raises(ValueError, match="the layer represents Diffusion of order 1"):
        pn.derive(made("reaction")[0], pn.ExplicitEuler(), 0.01, 1, None, law=pn.networks.SplineFlux(pn.Linear()))


def test_the_fitted_flux_is_no_sum():
    A = pn.discretise(ConvectionDiffusion((RANDOM, RANDOM), 0.3), PLANE)
    assert isinstance(agrees(A, RANDOM, pn.ExplicitEuler()).layers[0], RateLayer)
