"""Velocities that learn: the solver at first, certified at every velocity, and found from data."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.equations import ConvectionDiffusion
from pdenn.fluxes import MUSCL, WENO5, Central
from pdenn.networks import ConvectionLayer

GRID = pn.Grid((6, 5), h=0.5, boundary="periodic")
U = np.random.default_rng(0).random((2, 6, 5))
EQUATIONS = [
    pn.Convection((1.0, -0.5)),
    pn.Convection((1.0, -0.5), Central()),
    pn.Convection((1.0, 0.5), MUSCL()),
    pn.Convection((-1.0, 0.5), WENO5()),
    ConvectionDiffusion((1.0, -0.5), 0.3),
]
SCHEMES = [pn.ExplicitEuler(), pn.SSPRK3(), pn.RKL1(3), pn.ImplicitEuler(), pn.StrangSplitting()]


@pytest.mark.parametrize("equation", EQUATIONS, ids=str)
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: type(s).__name__)
def test_a_network_is_its_solver(equation, scheme):
    A = pn.discretise(equation, GRID)
    network = pn.derive(A, scheme, 0.02, 2, certificate=None)
    v = network(torch.from_numpy(U))
    expected = pn.solve(A, U, scheme, 0.04, tau=0.02, certificate=None).u
    assert np.abs(v.detach().numpy() - expected).max() < 1e-12
    v.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() and p.grad.abs().min() > 0 for p in network.parameters())
    assert {c.claim for c in pn.certify(network)} == {c.claim for c in pn.certify(scheme, A) if c.tau >= 0.02}


@pytest.mark.parametrize(
    "walls", [pn.Dirichlet(0.3), "reflecting", pn.Outflow(), ["periodic", pn.Neumann(0.1)]], ids=str
)
def test_walls_are_those_of_the_operator(walls):
    A = pn.discretise(pn.Convection((1.0, -0.5)), pn.Grid((6, 5), h=0.5, boundary=walls))
    layer = ConvectionLayer(A)
    np.testing.assert_allclose(layer(0.0, torch.from_numpy(U)).detach().numpy(), A(0.0, U), rtol=0, atol=1e-14)
    assert layer.bound == A.bound


@given(st.floats(-3, 3), st.floats(-3, 3), st.sampled_from([EQUATIONS[0], EQUATIONS[4]]))
def test_trained_it_is_the_operator_of_its_velocity_and_certified(a, b, equation):
    layer = ConvectionLayer(pn.discretise(equation, GRID))
    with torch.no_grad():
        layer.velocity.copy_(torch.tensor([a, b], dtype=torch.float64))
        v = layer(0.0, torch.from_numpy(U)).numpy()
    np.testing.assert_allclose(v, layer.frozen(0.0, U), rtol=0, atol=1e-12)
    assert layer.frozen.equation.velocity == (a, b)
    limits = {c.claim: c.tau for c in pn.certify(pn.ExplicitEuler(), layer)}
    assert set(limits) == {"contractive", "bounded", "max-min"}
    tau = min(1.0, limits["max-min"])
    w = U + tau * v
    assert w.min() >= U.min() - 1e-12 and w.max() <= U.max() + 1e-12
    assert np.linalg.norm(w) <= np.linalg.norm(U) * (1 + 1e-12)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.SemiLagrangian()], ids=lambda s: type(s).__name__)
def test_a_velocity_is_found_from_where_a_wave_goes(scheme):
    """Its sign included: the layer begins with the opposite one."""
    grid = pn.Grid(16, h=1 / 16, boundary="periodic")
    u = np.cos(2 * np.pi * grid.coordinates()[0])
    target = pn.solve(pn.discretise(pn.Convection(0.8), grid), u, scheme, 0.1, tau=0.025, certificate=None).u
    network = pn.derive(pn.discretise(pn.Convection(-0.4), grid), scheme, 0.025, 4, certificate=None, tied=True)
    network.tau.requires_grad_(False)
    optimiser = torch.optim.Adam(network.layers.parameters(), lr=0.1)
    for _ in range(120):
        optimiser.zero_grad()
        (network(torch.from_numpy(u)) - torch.from_numpy(target)).square().sum().backward()
        optimiser.step()
    assert network.layers[0].velocity.item() == pytest.approx(0.8, abs=0.02)


def test_gradients_are_exact():
    layer = ConvectionLayer(pn.discretise(ConvectionDiffusion((1.0, -0.5), 0.3), pn.Grid((3, 4), boundary="periodic")))

    def run(u, velocity):
        return torch.func.functional_call(layer, {"velocity": velocity}, (0.0, u))

    u = torch.from_numpy(U[0, :3, :4].copy()).requires_grad_()
    assert torch.autograd.gradcheck(run, (u, layer.velocity.detach().requires_grad_()))


def test_weights_hold_the_velocity_alone():
    assert list(ConvectionLayer(pn.discretise(EQUATIONS[0], GRID)).state_dict()) == ["velocity"]


def test_other_velocities_are_refused():
    for velocity in ((U[0], U[0]), lambda t, x, y: (x, y)):
        with pytest.raises(ValueError, match="a velocity that is one number per axis"):
            ConvectionLayer(pn.discretise(pn.Convection(velocity), GRID))
