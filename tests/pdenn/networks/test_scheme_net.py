"""Derived networks equal their solver, train, and are certified at the weights they have."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.networks import freeze, lipschitz, verify_proof, write_proof
from pdenn.networks.weights import load, save

WALLS = ["reflecting", "periodic", pn.Dirichlet(0.3), [(pn.Dirichlet(0.0), "reflecting"), "periodic"]]
SCHEMES = [pn.ExplicitEuler(), pn.FSI(4), pn.FSI(4, "updated"), pn.SSPRK3(), pn.RKL1(3), pn.FED(3)]
LAWS = [pn.Charbonnier(0.1), pn.PeronaMalik(0.2), pn.Linear(), pn.Weickert(0.3), pn.TotalVariation(0.05)]


def operator(law=pn.Charbonnier(0.1), shape=(6, 5), walls="reflecting", form="isotropic"):  # noqa: B008
    return pn.discretise(pn.Diffusion(law, form=form), pn.Grid(shape, h=0.5, boundary=walls))


def state(*shape, seed=0):
    return np.random.default_rng(seed).random(shape)


@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_a_network_is_its_solver(walls, scheme, form):
    A = operator(walls=walls, form=form)
    u0 = state(2, 6, 5)
    network = pn.derive(A, scheme, tau=0.05, steps=3, certificate=None)
    solution = pn.solve(A, u0, scheme, t_end=0.15, tau=0.05, certificate=None)
    assert np.abs(network(torch.from_numpy(u0)).detach().numpy() - solution.u).max() < 1e-13


@pytest.mark.parametrize(
    "scheme",
    [pn.ImplicitEuler(), pn.CrankNicolson(), pn.SDIRK2(), pn.BDF2(3), pn.SemiImplicit(), pn.AOS(), pn.ADI(), pn.RKC2(4),
     pn.DuFortFrankel(4), pn.StrangSplitting(), pn.ARS222(), pn.Adaptive()],
    ids=lambda s: type(s).__name__,
)  # fmt: skip
def test_implicit_schemes_are_recurrent_networks(scheme):
    """Equal to the solver within the tolerance of its inner iterations (1e-10), with gradients in all parameters."""
    A, u0 = operator(), state(6, 5)
    network = pn.derive(A, scheme, tau=0.3, steps=2, certificate=None)
    solution = pn.solve(A, u0, scheme, t_end=0.6, tau=0.3, certificate=None)
    v = network(torch.from_numpy(u0))
    assert np.abs(v.detach().numpy() - solution.u).max() < 1e-9
    v.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in network.parameters() if p.numel())


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_every_law_can_be_learned(law):
    A = operator(law)
    tau = pn.certificate(pn.FSI(3), A, "bounded").tau
    network = pn.derive(A, pn.FSI(3), tau=tau, steps=2)
    u0 = state(6, 5)
    solution = pn.solve(A, u0, pn.FSI(3), t_end=2 * tau, tau=tau)
    v = network(torch.from_numpy(u0))
    assert np.abs(v.detach().numpy() - solution.u).max() < 1e-13
    v.square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.numel())


@pytest.mark.parametrize("shape", [(7,), (3, 4, 5), (1,), (2, 1)])
def test_networks_in_every_dimension(shape):
    A = operator(shape=shape)
    network = pn.derive(A, pn.FSI(3), tau=0.04, steps=2, certificate=None)
    u0 = state(*shape)
    solution = pn.solve(A, u0, pn.FSI(3), t_end=0.08, tau=0.04, certificate=None)
    assert np.abs(network(torch.from_numpy(u0)).detach().numpy() - solution.u).max() < 1e-13


def test_gradients_are_exact():
    network = pn.derive(operator(shape=(4, 3), walls=pn.Dirichlet(0.2)), pn.FSI(3), 0.05, 2, None)
    names, values = zip(*network.named_parameters(), strict=True)

    def run(u, *parameters):
        return torch.func.functional_call(network, dict(zip(names, parameters, strict=True)), (u,))

    u = torch.from_numpy(state(4, 3)).requires_grad_()
    assert torch.autograd.gradcheck(run, (u, *values))
    assert torch.autograd.gradgradcheck(lambda u: network(u), (u,))


def test_training_lowers_the_loss_and_a_second_backward_pass_works():
    generator = torch.Generator().manual_seed(0)
    clean = torch.zeros(8, 16, dtype=torch.float64)
    clean[:, 8:] = 1.0
    noisy = clean + 0.5 * torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    network = pn.derive(operator(pn.PeronaMalik(0.5), shape=(16,)), pn.FSI(3), tau=0.2, steps=3)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = (network(noisy) - clean).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_the_layer_and_its_adjoint_at_random_weights():
    """`<K u, F> = <u, K* F>` with a wall face counted one half, for weights that no scheme has."""
    for walls in ("reflecting", "periodic", pn.Dirichlet(0.0)):
        layer = pn.derive(operator(walls=walls), pn.ExplicitEuler(), tau=0.05, steps=1).layers[0]
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            layer.taps.copy_(torch.randn(2, 2, generator=generator, dtype=torch.float64))
        for axis, shape in enumerate([(7, 5), (6, 6)]):
            u = torch.randn(6, 5, generator=generator, dtype=torch.float64)
            flux = torch.randn(shape, generator=generator, dtype=torch.float64)
            weight = torch.ones(shape, dtype=torch.float64)
            ends = [0, shape[axis] - 1]
            weight.index_fill_(axis, torch.tensor(ends), 0.5)
            if walls == "periodic":  # the first and the last face are one
                flux.index_copy_(axis, torch.tensor([shape[axis] - 1]), flux.narrow(axis, 0, 1).clone())
            left = (weight * layer.operator.difference(u, axis) * flux).sum()
            right = (u * layer.operator.adjoint(flux, axis)).sum()
            torch.testing.assert_close(left, right, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("walls", ["reflecting", "periodic", pn.Dirichlet(0.0)], ids=str)
def test_certified_networks_keep_the_norm_at_random_weights(seed, form, walls):
    """The bound holds for the norm of the held operator, by dense linear algebra, whatever the weights."""
    network = pn.derive(operator(walls=walls, form=form, shape=(5, 4)), pn.ExplicitEuler(), tau=0.05, steps=1)
    layer, generator = network.layers[0], torch.Generator().manual_seed(seed)
    with torch.no_grad():
        layer.taps.copy_(torch.randn(2, 2, generator=generator, dtype=torch.float64))
        u = torch.randn(5, 4, generator=generator, dtype=torch.float64)
        held = layer.hold(0.0, u)
        basis = torch.eye(20, dtype=torch.float64).reshape(20, 5, 4)
        matrix = held(0.0, basis).reshape(20, 20)
    torch.testing.assert_close(matrix, matrix.T, rtol=0, atol=1e-12)
    eigenvalues = torch.linalg.eigvalsh(matrix)
    assert eigenvalues.max() < 1e-12
    assert -eigenvalues.min() <= layer.bound.spectral.value * (1 + 1e-12)


def test_claims_follow_the_weights():
    network = pn.derive(operator(), pn.ExplicitEuler(), tau=0.05, steps=2)
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded", "max-min"}
    with torch.no_grad():
        network.layers[1].taps.mul_(1.5)
    assert pn.certify(network) == ()
    with torch.no_grad():
        network.tau.mul_(0.1)
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded", "max-min"}
    with torch.no_grad():
        network.layers[0].taps[0, 0] += 0.1
    assert {c.claim for c in pn.certify(network)} == {"contractive", "bounded"}
    with torch.no_grad():
        network.tau[0] = -1e-3
    assert pn.certify(network) == ()


def test_single_precision_goes_through():
    network = pn.derive(operator(), pn.FSI(3), tau=0.05, steps=2)
    u = torch.from_numpy(state(6, 5)).float()
    assert network(u).dtype == torch.float32
    assert (network(u) - network(u.double())).abs().max() < 1e-5


def test_walls_without_an_energy_have_no_layer():
    with pytest.raises(ValueError, match="a layer needs reflecting, periodic or Dirichlet walls"):
        pn.derive(operator(walls=pn.Robin(1.0, 1.0)), pn.ExplicitEuler(), tau=0.05, steps=1)


def test_networks_are_saved_and_loaded(tmp_path):
    network = pn.derive(operator(), pn.FSI(3), tau=0.05, steps=2)
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other = pn.derive(operator(pn.Charbonnier(0.7)), pn.FSI(3), tau=0.01, steps=2)
    other.load_state_dict(torch.load(tmp_path / "weights.pt"))
    u = torch.from_numpy(state(6, 5))
    torch.testing.assert_close(other(u), network(u), rtol=0, atol=0)


@pytest.mark.parametrize("scheme", [*SCHEMES, pn.Extrapolation((1.2, 1.4)), pn.SemiImplicit()], ids=str)
def test_tied_networks_are_recurrent_and_do_not_grow(scheme):
    A, u0 = operator(), state(2, 6, 5)
    network = pn.derive(A, scheme, tau=0.05, steps=5, certificate=None, tied=True)
    solution = pn.solve(A, u0, scheme, t_end=0.25, tau=0.05, certificate=None)
    assert np.abs(network(torch.from_numpy(u0)).detach().numpy() - solution.u).max() < 1e-12
    one = pn.derive(A, scheme, tau=0.05, steps=1, certificate=None)
    assert {k: p.shape for k, p in network.named_parameters()} == {k: p.shape for k, p in one.named_parameters()}


def test_tied_networks_are_the_untied_ones_with_equal_weights(tmp_path):
    """At trained weights; their gradient is the sum over the steps; certificate, Lipschitz constant and files agree."""
    A, u = operator(pn.PeronaMalik(0.2)), torch.from_numpy(state(6, 5))
    tied, untied = (pn.derive(A, pn.ExplicitEuler(), 0.05, 3, tied=tied) for tied in (True, False))
    with torch.no_grad():
        tied.layers[0].taps.mul_(1.1)
        tied.layers[0].logarithms.add_(0.2)
        tied.tau.mul_(0.9)
        for layer in untied.layers:
            layer.load_state_dict(tied.layers[0].state_dict())
        untied.tau.copy_(tied.tau.expand(3))
    assert torch.equal(tied(u), untied(u))
    for network in (tied, untied):
        network(u).square().sum().backward()
    torch.testing.assert_close(tied.tau.grad[0], untied.tau.grad.sum(), rtol=1e-12, atol=0)
    total = sum(layer.taps.grad for layer in untied.layers)
    torch.testing.assert_close(tied.layers[0].taps.grad, total, rtol=1e-11, atol=1e-14)
    assert pn.certify(tied) == pn.certify(untied) != ()
    assert lipschitz(tied) == pytest.approx(lipschitz(untied), rel=1e-14) and lipschitz(tied) > 1
    write_proof(tmp_path / "proof.json", tied)
    assert verify_proof(tmp_path / "proof.json", tied) == pn.certify(tied)
    with pytest.raises(ValueError, match="another network"):
        verify_proof(tmp_path / "proof.json", pn.derive(A, pn.ExplicitEuler(), 0.05, 4, tied=True))
    save(tied, tmp_path / "weights.safetensors")
    other = pn.derive(A, pn.ExplicitEuler(), 0.01, 3, tied=True)
    load(other, tmp_path / "weights.safetensors")
    assert torch.equal(other(u), tied(u))


@pytest.mark.parametrize("part", ["kernels", "laws", "steps", "extrapolation"])
@pytest.mark.parametrize("tied", [False, True])
def test_each_part_can_be_switched_off(part, tied):
    """Kernels, laws, steps and extrapolation weights: the frozen part stays, to the bit, and all others move."""
    names = {"kernels": "taps", "laws": "logarithms", "steps": "tau", "extrapolation": "extrapolation"}
    network = freeze(pn.derive(operator(), pn.Extrapolation((1.2, 1.4)), 0.05, 2, tied=tied), part)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    network(torch.from_numpy(state(6, 5))).square().sum().backward()
    torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 1e-2).step()
    kept = {name.rpartition(".")[2] for name, p in network.named_parameters() if torch.equal(p, before[name])}
    assert kept == {names[part]}


def test_arrays_are_refused():
    with pytest.raises(
        TypeError, match="u must be a torch tensor, got ndarray: torch.from_numpy makes one of an array"
    ):
        pn.derive(operator(), pn.FSI(4), tau=0.05, steps=1)(state(6, 5))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_of_half_precision_are_read(dtype):
    A = pn.discretise(pn.Diffusion(conductivity=state(6, 5)), pn.Grid((6, 5)))
    network = pn.derive(A, pn.ExplicitEuler(), tau=0.05, steps=1).to(dtype)
    assert [c.claim for c in pn.certify(network)] == ["contractive", "bounded", "max-min"]
    u = state(6, 5)
    found, stored = pn.inspect(network).chain(u), network.double()(torch.from_numpy(u)).detach().numpy()
    # The square of a root is rounded in half precision in the one, not in the other.
    np.testing.assert_allclose(found, stored, rtol=0, atol=4 * 0.05 * 4 * torch.finfo(dtype).eps)
