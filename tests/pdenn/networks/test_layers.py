"""Layers of diffusion with conductivity, presmoothing and channels: the solver at first, and certified whatever is learned."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.networks import DiffusionLayer, GraphDiffusionLayer, SplineFlux, lipschitz

SHAPE = (6, 5)
FIELD = np.random.default_rng(0).random(SHAPE)
SCHEMES = [pn.ExplicitEuler(), pn.FSI(3), pn.FSI(3, "updated"), pn.DuFortFrankel(3), pn.AOS(), pn.SemiImplicit()]
KINDS = {
    "conductivity": {"conductivity": 2.0},
    "field": {"conductivity": FIELD},
    "presmoothing": {"presmoothing": 0.7},
    "channels": {"channels": 3},
    "all": {"conductivity": FIELD, "presmoothing": 0.7, "channels": 3},
}


def operator(kind, law=pn.PeronaMalik(0.3), form="isotropic", walls="reflecting"):  # noqa: B008
    return pn.discretise(pn.Diffusion(law, form=form, **KINDS[kind]), pn.Grid(SHAPE, h=0.5, boundary=walls))


def state(kind, seed=0):
    return np.random.default_rng(seed).random((2, *(3,) * ("channels" in KINDS[kind]), *SHAPE))


def moved(network, seed):
    """Every weight far away from where it began."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.layers.parameters():
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype))
    return network


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_a_network_is_its_solver(kind, form, scheme):
    A, u = operator(kind, form=form), state(kind)
    network = pn.derive(A, scheme, 0.02, 2, certificate=None)
    v = network(torch.from_numpy(u))
    expected = pn.solve(A, u, scheme, 0.04, tau=0.02, certificate=None).u
    assert np.abs(v.detach().numpy() - expected).max() < 1e-12
    v.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())
    # Once the coefficients are held, the last state does not see the tap that only shifts its own faces.
    assert all(p.grad.abs().sum() > 0 for name, p in network.named_parameters() if "roots" in name or name == "tau")
    assert {c.claim for c in pn.certify(network)} == {c.claim for c in pn.certify(scheme, A) if c.tau >= 0.02}


@given(st.sampled_from([*KINDS]), st.sampled_from(["isotropic", "separable"]), st.integers(0, 10**6),
       st.sampled_from(["reflecting", "periodic", pn.Dirichlet(0.0)]))  # fmt: skip
def test_held_they_are_symmetric_and_within_their_bound_at_every_weight(kind, form, seed, walls):
    layer = moved(pn.derive(operator(kind, form=form, walls=walls), pn.ExplicitEuler(), 0.01, 1, None), seed).layers[0]
    u = torch.from_numpy(state(kind, seed)[0])
    with torch.no_grad():
        basis = torch.eye(u.numel(), dtype=u.dtype).reshape(-1, *u.shape)
        matrix = layer.hold(0.0, u)(0.0, basis).reshape(u.numel(), u.numel())
    # Rounding is that of the largest entry; rows have at most nine entries.
    scale = max(1.0, matrix.abs().max().item())
    torch.testing.assert_close(matrix, matrix.T, rtol=0, atol=1e-14 * scale)
    values = torch.linalg.eigvalsh(matrix)
    assert values.max() < 1e-12 * scale and -values.min() <= layer.bound.spectral.value * (1 + 1e-12)


@pytest.mark.parametrize("kind", ["field", "channels"])
@pytest.mark.parametrize("law", [pn.Charbonnier(0.3), pn.PeronaMalik(0.3)], ids=repr)
def test_the_lipschitz_constant_knows_conductivity_and_channels(kind, law):
    """The Jacobian of a trained step, by dense linear algebra, never exceeds it."""
    network = moved(pn.derive(operator(kind, law), pn.ExplicitEuler(), 0.1, 1, None), 1)
    u = torch.from_numpy(state(kind)[0])
    jacobian = torch.autograd.functional.jacobian(network, u).reshape(u.numel(), u.numel())
    assert torch.linalg.matrix_norm(jacobian, 2) <= lipschitz(network) * (1 + 1e-12)
    assert lipschitz(network) < np.inf


def test_nothing_bounds_the_lipschitz_constant_behind_a_smoothed_gradient():
    A = operator("presmoothing", pn.Charbonnier(0.3))
    assert lipschitz(pn.derive(A, pn.ExplicitEuler(), 0.02, 1)) == np.inf
    linear = pn.derive(operator("presmoothing", pn.Linear()), pn.ExplicitEuler(), 0.02, 1, "contractive")
    assert lipschitz(linear) == 1.0


def test_a_conductivity_stays_nonnegative_and_where_it_is_zero():
    field = FIELD.copy()
    field[:3] = 0.0
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3), conductivity=field), pn.Grid(SHAPE, h=0.5))
    network = pn.derive(A, pn.ExplicitEuler(), 0.02, 2)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.5)
    for _ in range(5):
        optimiser.zero_grad()
        network(torch.from_numpy(state("field"))).square().sum().backward()
        optimiser.step()
    for layer in network.layers:
        c = layer.conductivity.detach().numpy()
        assert (c >= 0).all() and (c[:3] == 0).all() and not np.allclose(c[3:], field[3:])


def test_single_precision_goes_through():
    network = pn.derive(operator("all"), pn.FSI(3), 0.02, 2, certificate=None)
    u = torch.from_numpy(state("all"))
    assert network(u.float()).dtype == torch.float32
    assert (network(u.float()) - network(u)).abs().max() < 1e-5


def test_a_free_flux_takes_the_place_of_the_law_under_a_conductivity():
    A, flux = operator("field"), SplineFlux(pn.PeronaMalik(0.3), 4.0, 400)
    u = torch.from_numpy(state("field"))
    with torch.no_grad():
        near = pn.derive(A, pn.ExplicitEuler(), 0.02, 1, law=flux)(u)
        exact = pn.derive(A, pn.ExplicitEuler(), 0.02, 1)(u)
    assert 0 < (near - exact).abs().max() < 1e-3


def test_other_operators_are_refused():
    fourth = pn.discretise(pn.Diffusion(order=2), pn.Grid(SHAPE))
    for layer in (DiffusionLayer, GraphDiffusionLayer):
        with pytest.raises(ValueError, match="the layer represents Diffusion of order 1"):
            layer(fourth)
    for kind in ("field", "channels"):
        with pytest.raises(ValueError, match="a layer needs reflecting, periodic or Dirichlet walls"):
            pn.derive(operator(kind, walls=pn.Robin(1.0, 1.0)), pn.ExplicitEuler(), 0.01, 1, certificate=None)
