"""What runs on tensors is differentiable in everything: state, law, stencils, velocity, step size; in little memory."""

import numpy as np
import pytest
import torch

import pdenn as pn

GRID = pn.Grid((5, 4), h=0.5)
U = torch.from_numpy(np.random.default_rng(0).random((5, 4)))
SCHEMES = [pn.ExplicitEuler(), pn.SSPRK3(), pn.FSI(3), pn.RKL2(3), pn.DuFortFrankel(3), pn.SemiImplicit(), pn.SDIRK2(),
           pn.AOS(), pn.ADI()]  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("law", [pn.Charbonnier(0.3), pn.PeronaMalik(0.5)], ids=str)
def test_state_and_step_size(scheme, law):
    A = pn.discretise(pn.Diffusion(law), GRID)
    tau = torch.tensor(0.05, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda u, tau: scheme.step(A, 0.0, u, tau), (U.clone().requires_grad_(), tau), atol=1e-6
    )


@pytest.mark.parametrize("flux", [pn.Upwind(), pn.Central(), pn.MUSCL(), pn.WENO5()], ids=str)
def test_velocity(flux):
    grid = pn.Grid((7, 6), 0.5, "periodic")
    u = torch.from_numpy(np.random.default_rng(1).random((7, 6)))

    def run(a, b):
        A = pn.discretise(pn.Convection(lambda t, x, y: (a + 0 * x, b * x), flux=flux), grid)
        return pn.SSPRK2().step(A, 0.0, u, 0.05)

    a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, -0.4))
    assert torch.autograd.gradcheck(run, (a, b), atol=1e-6)


@pytest.mark.parametrize(
    "law", [pn.Charbonnier(0.3), pn.TotalVariation(0.2), pn.Weickert(0.6), pn.ForwardBackward(0.5)], ids=str
)
def test_law_parameters_and_stencils(law):
    network = pn.derive(pn.discretise(pn.Diffusion(law), GRID), pn.FSI(2), 0.02, 1, certificate=None)
    names, values = zip(*network.named_parameters(), strict=True)

    def run(*parameters):
        return torch.func.functional_call(network, dict(zip(names, parameters, strict=True)), (U,))

    assert torch.autograd.gradcheck(run, values, atol=1e-6)


def test_recomputed_steps_have_the_same_gradients():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), GRID)
    gradients = []
    for recompute in (False, True):
        network = pn.derive(A, pn.FSI(3), 0.05, 4, recompute=recompute)
        network(U).square().sum().backward()
        gradients.append([p.grad for p in network.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-14)


def test_recomputed_steps_keep_less():
    """What the graph keeps grows with the stages of a step; recomputed, only with the number of steps."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), GRID)
    kept = []
    for recompute in (False, True):
        total = [0]

        def pack(x, total=total):
            total[0] += x.numel()
            return x

        network = pn.derive(A, pn.FSI(8), 0.05, 4, recompute=recompute)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            network(U)
        kept.append(total[0])
    assert kept[1] < kept[0] / 5


def test_the_adjoint_equation_gives_the_gradient():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), GRID)
    layer = pn.networks.DiffusionLayer(A)
    found = []
    for adjoint in (False, True):
        u = U.clone().requires_grad_()
        v = pn.TorchDiffEqIntegrator(rtol=1e-9, atol=1e-11, adjoint=adjoint).step(layer, 0.0, u, 0.3)
        found.append(torch.autograd.grad(v.square().sum(), (u, layer.taps)))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
