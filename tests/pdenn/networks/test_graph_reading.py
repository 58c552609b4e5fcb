"""Networks on graphs are read back: equation, time, steps, eigenvalues, claims, and the solver that they are."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.equations import Fidelity
from pdenn.networks import COIN, DiffResNet, GraphFlow

GRAPH = pn.Graph.coin(np.random.default_rng(0).standard_normal((30, 3)))
X = np.random.default_rng(1).standard_normal((30, 4))


def eigenvalues(A):
    """Of the matrix of a linear operator."""
    return np.linalg.eigvals(A(0.0, np.eye(A.grid.size)).T)


def test_a_flow_is_read():
    flow = GraphFlow(GRAPH, 2.0, scheme=pn.FSI(3))
    found = pn.inspect(flow)
    assert found.equation == pn.Diffusion() and found.graph is GRAPH and found.scheme == pn.FSI(3)
    assert found.steps == flow.steps and found.tau == flow.tau and found.time == pytest.approx(2.0, rel=1e-14)
    assert found.certificates == pn.certify(flow)
    values = eigenvalues(flow.A)
    assert -found.largest * (1 + 1e-12) <= values.real.min() and values.real.max() <= 1e-12
    assert found.largest <= 1.01 * -values.real.min()  # Lanczos, with its proof
    np.testing.assert_allclose(found.chain(X.T).T, flow(torch.from_numpy(X)).numpy(), rtol=0, atol=1e-13)
    assert all(words in str(found) for words in ("div", "effective time 2", "eigenvalues in [-", "max-min"))


def test_the_networks_of_the_seed_papers():
    coin = COIN(GRAPH, 4, 3, time=3.0)
    assert pn.inspect(coin).time == pytest.approx(3.0) and pn.inspect(coin).certificates == pn.certify(coin)
    found = pn.inspect(DiffResNet(GRAPH, 4, 3, blocks=2, time=5.0, steps=20, claim="bounded"))
    assert [(part.time, part.steps, part.tau) for part in found] == [(pytest.approx(5.0), 20, 0.25)] * 2


def test_transport_has_no_spectrum_here():
    walk = pn.Graph.from_points(
        np.random.default_rng(0).standard_normal((30, 3)), 5, normalisation="row", directed=True
    )
    A = pn.discretise(pn.GraphConvection(), walk)
    found = pn.inspect(GraphFlow(A, 1.0, steps=4, claim=None))
    assert found.equation == pn.GraphConvection() and found.time == pytest.approx(1.0)
    assert (found.largest is None) == (A.bound.spectral.value is None)
    assert ("unknown" in str(found)) == (found.largest is None)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_derived_networks_on_graphs(form, tied):
    """The round trip is exact; trained, each step has its law, and arrays give what the network gives."""
    equation = pn.Diffusion(pn.ForwardBackward(0.3) if tied else pn.PeronaMalik(0.7), form=form)
    A = pn.discretise(equation, GRAPH)
    network = pn.derive(A, pn.FSI(2), 0.1, 3, certificate=None, tied=tied)
    found = pn.inspect(network)
    at_rest = float(equation.law.g(np.zeros(1))[0])
    assert (found.equation, found.tau, found.steps) == (equation, 0.1, 3)
    assert found.time == pytest.approx(0.3 * at_rest) and (found.largest is None) == tied
    with torch.no_grad():
        network.layers[0].logarithms.mul_(0.5)
        network.tau.mul_(1.1)
        expected = network(torch.from_numpy(X.T.copy())).numpy()
    found = pn.inspect(network)
    assert (found.equation is None) == (not tied)
    np.testing.assert_allclose(found.chain(X.T), expected, rtol=0, atol=1e-12)
    assert found.certificates == pn.certify(network)


def test_sums_on_graphs_are_read():
    equation = pn.Diffusion(pn.Charbonnier(0.5)) + Fidelity(0.2)
    found = pn.inspect(pn.derive(pn.discretise(equation, GRAPH), pn.SSPRK3(), 0.1, 2, certificate=None))
    assert found.equation == equation
