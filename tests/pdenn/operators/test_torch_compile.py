"""The torch path is one graph for torch.compile, schemes and networks included.

Compiled by the backend that runs the traced graph without a C++ compiler, which the tests cannot ask for.
"""

import pytest
import torch

import pdenn as pn

U = torch.rand(7, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def fresh():
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("scheme", [pn.FSI(3), pn.SSPRK3()], ids=str)
def test_a_step_is_one_graph(form, scheme):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1), form=form), pn.Grid((7, 6), boundary=pn.Dirichlet(0.2)))
    compiled = torch.compile(lambda u: scheme.step(A, 0.0, u, 0.1), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(U), scheme.step(A, 0.0, U, 0.1), rtol=0, atol=1e-14)


def test_a_network_is_one_graph_and_its_gradients_too():
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3)), pn.Grid((7, 6)))
    network = pn.derive(A, pn.FSI(3), 0.1, 2)
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    gradients = []
    for run in (network, compiled):
        network.zero_grad()
        run(U).square().sum().backward()
        gradients.append([p.grad.clone() for p in network.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
