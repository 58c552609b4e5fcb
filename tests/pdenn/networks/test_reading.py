"""Networks are read back as the equations that they are, and handed back to the solver."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import AnisotropicDiffusion, ConvectionDiffusion, Fidelity
from pdenn.networks import SchemeNet, SplineFlux, SymmetricNet
from pdenn.tensors import EdgeEnhancing

SCHEMES = [pn.ExplicitEuler(), pn.FSI(4), pn.FSI(3, "updated"), pn.SSPRK3(), pn.RKL1(3), pn.DuFortFrankel(4)]
GRID = pn.Grid((6, 5), h=0.5)
U = np.random.default_rng(0).random((2, 6, 5))


def derived(law=pn.PeronaMalik(0.3), form="isotropic", grid=GRID, scheme=pn.FSI(3), tau=0.05, steps=3):  # noqa: B008
    return pn.derive(pn.discretise(pn.Diffusion(law, form=form), grid), scheme, tau, steps, certificate=None)


def trained(network, seed=0):
    """All weights moved."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(0.1 * p.abs() * torch.randn(p.shape, generator=generator, dtype=p.dtype))
    return network


@given(testing.laws(), st.sampled_from(["isotropic", "separable"]), st.sampled_from(SCHEMES), st.floats(1e-3, 10),
       st.integers(1, 4), st.floats(1e-2, 10), st.sampled_from(["reflecting", "periodic", pn.Dirichlet(0.3)]),
       st.sampled_from([(4,), (3, 4), (2, 3, 2)]))  # fmt: skip
def test_the_round_trip_is_exact(law, form, scheme, tau, steps, h, walls, shape):
    """`inspect(derive(s)) == s`, to the last bit of every number."""
    grid, equation = pn.Grid(shape, h=h, boundary=walls), pn.Diffusion(law, form=form)
    network = pn.derive(pn.discretise(equation, grid), scheme, tau, steps, certificate=None)
    found = pn.inspect(network)
    assert (found.equation, found.grid, found.scheme, found.tau, found.steps) == (equation, grid, scheme, tau, steps)
    assert [d.order for d in found.parts[0].derivatives] == [1] * len(shape)


@pytest.mark.parametrize(
    "law", [pn.Linear(), pn.PeronaMalik(0.3), pn.TotalVariation(0.2), pn.ForwardBackward(0.3)], ids=repr
)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_scaled_differences_are_a_conductivity_and_another_contrast(law, form):
    network = derived(law, form, steps=2)
    with torch.no_grad():
        for layer in network.layers:
            layer.taps.mul_(1.3)
    found = pn.inspect(network)
    factor = 1.3 if isinstance(law, pn.TotalVariation) else 1.69
    assert float(found.equation.conductivity) == pytest.approx(factor, rel=1e-12)
    if len(law):
        assert found.equation.law[0] == pytest.approx(law[0] / 1.3, rel=1e-12)
    with torch.no_grad():
        expected = network(torch.from_numpy(U)).numpy()
    np.testing.assert_allclose(found.chain(U), expected, rtol=0, atol=1e-12)
    A = pn.discretise(found.equation, GRID)
    np.testing.assert_allclose(
        pn.solve(A, U, pn.FSI(3), 0.1, tau=0.05, certificate=None).u, expected, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_a_trained_network_runs_on_arrays(form, scheme):
    network = trained(derived(form=form, scheme=scheme))
    found = pn.inspect(network)
    assert found.equation is None and len(set(found.tau)) == 3
    v = found.chain(U)
    assert isinstance(v, np.ndarray)
    with torch.no_grad():
        np.testing.assert_allclose(v, network(torch.from_numpy(U)).numpy(), rtol=0, atol=1e-12)


def test_a_learnt_flux_runs_on_arrays():
    A = pn.discretise(pn.Diffusion(), GRID)
    network = trained(SchemeNet(A, pn.FSI(3), 0.05, 2, law=SplineFlux(pn.PeronaMalik(0.5), 2.0, 8)))
    found = pn.inspect(network)
    with torch.no_grad():
        np.testing.assert_allclose(found.chain(U), network(torch.from_numpy(U)).numpy(), rtol=0, atol=1e-12)
        s = found.parts[0].flux.s
        expected = network.layers[0].law.g(torch.from_numpy(s * s)).numpy()
    np.testing.assert_allclose(found.parts[0].flux.g, expected, rtol=0, atol=1e-14)


def test_what_is_handed_back_needs_no_torch(tmp_path):
    """Its words are Python that builds it again; a process without torch has the same result."""
    network = trained(derived(steps=2))
    np.save(tmp_path / "u.npy", U)
    code = f"""
import sys
sys.modules["torch"] = None  # importing it is an error from now on
import numpy as np
from pdenn import *
from pdenn.chain import Chain
from pdenn.grids import Reflecting
from pdenn.operators.taps import TapDiffusion
np.save({str(tmp_path / "v.npy")!r}, {pn.inspect(network).chain!r}(np.load({str(tmp_path / "u.npy")!r})))
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=300)
    with torch.no_grad():
        np.testing.assert_allclose(
            np.load(tmp_path / "v.npy"), network(torch.from_numpy(U)).numpy(), rtol=0, atol=1e-12
        )


def test_on_another_grid_and_with_another_step():
    """A network derived there is the same; and each operator goes into `solve` with a step of one's own."""
    grid = pn.Grid((8, 12), h=0.25)
    moved = pn.inspect(derived(tau=0.01)).chain.on(grid)
    v = np.random.default_rng(1).random((8, 12))
    with torch.no_grad():
        expected = derived(grid=grid, tau=0.01)(torch.from_numpy(v)).numpy()
    np.testing.assert_allclose(moved(v), expected, rtol=0, atol=1e-13)
    A = pn.inspect(trained(derived())).chain.on(grid).operators[0]
    assert pn.solve(A, v, pn.ExplicitEuler(), 0.1).certificate.claim == "bounded"


def test_taps_that_do_not_cancel_are_a_term_of_order_zero():
    network = derived(steps=1)
    with torch.no_grad():
        network.layers[0].taps[1, 1] += 0.5
    found = pn.inspect(network)
    # (t0 + t1) + (t1 - t0) h/2 ∂ with t = (-2, 2.5), h = 1/2
    assert found.parts[0].derivatives[1].coefficients == pytest.approx({(0, 0): 0.5, (0, 1): 1.125, (1, 0): 0})
    assert found.equation is None
    assert "∂1" in str(found)


@pytest.mark.parametrize(
    ("law", "backward"),
    [
        (pn.PeronaMalik(0.3), [(0.3, 1.2)]),  # beyond the contrast
        (pn.PeronaMalikExponential(0.3), [(0.3, 1.2)]),
        (pn.Weickert(0.3), [(0.3, 0.6)]),  # the flux then grows again, towards s itself
        (pn.Charbonnier(0.3), []),
        (pn.Linear(), []),
    ],
    ids=repr,
)
def test_forward_and_backward_ranges(law, backward):
    flux = pn.inspect(derived(law, steps=1)).parts[0].flux
    found = list(flux.backward)
    assert len(found) == len(backward)
    for (a, b), (c, d) in zip(found, backward, strict=True):
        assert a == pytest.approx(c, abs=2 * flux.s[1])
        assert law[0] == 0.3 and (b == pytest.approx(d, abs=2 * flux.s[1]) or isinstance(law, pn.Weickert))
    assert flux.forward[0][0] == 0


def test_the_effective_time_of_slow_waves():
    """The amplitude `exp(-k² time)`, for a wave so long that differences and steps are derivatives, to `k² h²/12`."""
    n = 64
    torch.manual_seed(0)
    network = SymmetricNet(1, 2, 3, law=pn.PeronaMalik(1.0), dim=1, padding="periodic").double()
    with torch.no_grad():
        for block in network.blocks:
            block.convolution.weight[:, 0] = torch.tensor([[0.0, -1.0, 1.0], [-0.3, 0.0, 0.3]])
        k = 2 * np.pi / n
        wave = 1e-6 * torch.cos(k * torch.arange(n, dtype=torch.float64)).reshape(1, 1, n)
        decay = (network(wave)[0, 0, 0] / wave[0, 0, 0]).item()
    found = pn.inspect(network)
    assert found.time == pytest.approx(-np.log(decay) / k**2, rel=5e-3)
    assert found.steps == 3 and found.chain is None
    derived_time = pn.inspect(derived(pn.Charbonnier(0.3))).time
    assert derived_time == pytest.approx(3 * 0.05)


def test_symmetric_nets_show_their_derivatives():
    torch.manual_seed(0)
    network = SymmetricNet(2, 3, 4, law=pn.PeronaMalik(0.3), tied=True).double()
    with torch.no_grad():
        weight = network.blocks[0].convolution.weight.zero_()
        weight[0, 1, 1, 1:] = torch.tensor([-1.0, 1.0])
        weight[1, 0, :, 1] = torch.tensor([1.0, -2.0, 1.0])
        weight[2, 0, 1, 1] = 3.0
    found = pn.inspect(network)
    assert [d.order for d in found.parts[0].derivatives] == [0, 1, 2, 0, 0, 0]
    assert found.parts[0].derivatives[1].angle == 90 and found.parts[0].derivatives[2].angle == 0
    assert found.steps == 4 and len(found.parts) == 4 and isinstance(found.tau, float)
    # One first difference of size 1 for two channels in two dimensions: a quarter of each step, four steps.
    assert found.time == pytest.approx(found.tau)
    assert "backward (0.3" in str(found)


STATEMENTS = [
    pn.Diffusion(pn.PeronaMalik(0.3), conductivity=2.0),
    pn.Diffusion(pn.PeronaMalik(0.3), conductivity=U[0], presmoothing=0.7),
    pn.Convection((1.0, -0.5)),
    ConvectionDiffusion((1.0, -0.5), 0.3),
    pn.Convection((1.0, -0.5)) + pn.Diffusion(pn.PeronaMalik(0.3)),
    pn.Diffusion(pn.PeronaMalik(0.3)) + Fidelity(0.5),
    AnisotropicDiffusion(EdgeEnhancing()),
]


@pytest.mark.parametrize("equation", STATEMENTS, ids=str)
@pytest.mark.parametrize("tied", [False, True])
def test_other_equations_are_read_and_handed_back(equation, tied):
    """The round trip is exact; after training, arrays give what the network gives."""
    grid = pn.Grid((6, 5), h=0.5, boundary="periodic")
    network = pn.derive(pn.discretise(equation, grid), pn.SSPRK3(), 0.02, 3, certificate=None, tied=tied)
    found = pn.inspect(network)
    assert (found.equation, found.tau, found.steps) == (equation, 0.02, 3)
    with torch.no_grad():
        np.testing.assert_allclose(found.chain(U), network(torch.from_numpy(U)).numpy(), rtol=0, atol=1e-13)
        for p in network.parameters():
            p.add_(0.1 * torch.rand(p.shape, generator=torch.Generator().manual_seed(0), dtype=p.dtype))
        found = pn.inspect(network)
        np.testing.assert_allclose(found.chain(U), network(torch.from_numpy(U)).numpy(), rtol=0, atol=1e-12)
    assert found.steps == 3 and (isinstance(found.tau, float) if tied else len(found.tau) == 3)


def test_moved_conductivities_are_read():
    equation = pn.Diffusion(pn.PeronaMalik(0.3), conductivity=U[0])
    network = pn.derive(pn.discretise(equation, GRID), pn.FSI(3), 0.05, 2, certificate=None, tied=True)
    assert pn.inspect(network).time == pytest.approx(2 * 0.05 * U[0].mean())
    with torch.no_grad():
        network.layers[0].roots.mul_(2.0)
        network.layers[0].taps.mul_(1.3)
    found = pn.inspect(network).equation
    np.testing.assert_allclose(found.conductivity.array, 4 * 1.69 * U[0], rtol=1e-12)
    assert found.law.contrast == pytest.approx(0.3 / 1.3)


def test_a_sum_goes_to_another_grid():
    """With its rates; cells of its own do not fit there."""
    grid, other = (pn.Grid(shape, h=0.5, boundary="periodic") for shape in ((6, 5), (4, 7)))
    equation = pn.Convection((1.0, -0.5)) + pn.Diffusion(pn.Charbonnier(0.3)) + Fidelity(0.5)
    networks = [pn.derive(pn.discretise(equation, g), pn.SSPRK3(), 0.02, 2, certificate=None) for g in (grid, other)]
    with torch.no_grad():
        for network in networks:
            for layer in network.layers:
                layer.terms[1].taps[0].mul_(1.1)
                layer.terms[2].log_rate.fill_(0.3)
        expected = networks[1](torch.from_numpy(U[:, :4, :1] + np.zeros((2, 4, 7)))).numpy()
    moved = pn.inspect(networks[0]).chain.on(other)
    np.testing.assert_allclose(moved(U[:, :4, :1] + np.zeros((2, 4, 7))), expected, rtol=0, atol=1e-13)
    network = pn.derive(pn.discretise(pn.Diffusion(conductivity=U[0]), GRID), pn.SSPRK3(), 0.02, 1, certificate=None)
    with torch.no_grad():
        network.layers[0].taps[0].mul_(1.1)
    with pytest.raises(ValueError, match="conductivity is given on cells of shape"):
        pn.inspect(network).chain.on(other)


def test_the_law_is_printed_as_it_was_given_and_its_fall_as_far_as_it_was_looked():
    """`exp(log 0.1)` is another number, and the flux of Perona and Malik falls for ever."""
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.1)), pn.Grid(6))
    assert "g = PeronaMalik(contrast=0.1), backward (0.1, ≥ 0.4)" in str(pn.inspect(pn.derive(A, pn.FSI(3), 0.1, 1)))
