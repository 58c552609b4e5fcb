"""Claims and Lipschitz constants at every weight: zero, of rank one, huge; attackers never exceed them."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.networks import (
    Convolution,
    DiffusionBlock,
    ReactionDiffusionNet,
    SplineFlux,
    SymmetricNet,
    averaged,
    lipschitz,
)

LAWS = [pn.Charbonnier(0.5), pn.PeronaMalik(0.5), pn.PeronaMalikExponential(0.5), pn.Weickert(0.5), pn.Linear(),
        SplineFlux(pn.PeronaMalik(0.5), 2.0, 6)]  # fmt: skip
CELLS = 8


def net(seed=0, **arguments):
    torch.manual_seed(seed)
    return SymmetricNet(**{"dim": 1, "features": 2, "blocks": 2, "channels": 2} | arguments).double()


@st.composite
def networks(draw, **fixed):
    """Nets whose kernels are zero, of rank one, or random at every scale; all other weights random."""
    arguments = {
        "law": draw(st.sampled_from(LAWS)),
        "padding": draw(st.sampled_from(["valid", "periodic", "zero"])),
        "coupled": draw(st.booleans()),
        "tied": draw(st.booleans()),
    } | fixed
    network = net(draw(st.integers(0, 10**6)), **arguments)
    with torch.no_grad():
        for block in network.blocks:
            weight = block.convolution.weight
            kind, scale = draw(st.sampled_from(["zero", "rank one", "any"])), 10 ** draw(st.floats(-6, 3))
            if kind == "rank one":
                weight.copy_(torch.einsum("i,j,k->ijk", *(torch.randn(n) for n in weight.shape)))
            weight.mul_(0.0 if kind == "zero" else scale)
            block.logarithms.add_(torch.randn_like(block.logarithms))
            if isinstance(block.kind, SplineFlux):
                block.kind.heights.add_(3 * torch.randn_like(block.kind.heights))
        network.theta.add_(10 * torch.randn_like(network.theta))
    return network


def attacked(network, rounds=3, steps=4) -> float:
    """A bound from below of the Lipschitz constant: ascent of the state along `‖J(u) v‖`, power iteration for `v`."""
    u = torch.randn(6, 2, CELLS, dtype=torch.float64) * torch.logspace(-1, 1.5, 6).reshape(6, 1, 1)
    v = torch.randn_like(u)
    best = 0.0
    for _ in range(rounds):
        for _ in range(steps):
            v = v / v.flatten(1).norm(dim=1).clamp(min=1e-300).reshape(6, 1, 1)
            pushed = torch.func.jvp(network, (u,), (v,))[1]
            best = max(best, pushed.flatten(1).norm(dim=1).max().item())
            v = torch.func.vjp(network, u)[1](pushed)[0]
        v = v / v.flatten(1).norm(dim=1).clamp(min=1e-300).reshape(6, 1, 1)
        gradient = torch.func.grad(lambda x, w=v: torch.func.jvp(network, (x,), (w,))[1].square().sum().sqrt())(u)
        u = u + 0.2 * u.abs().mean() * gradient / gradient.abs().amax().clamp(min=1e-300)
    return best


@given(networks())
def test_no_attacker_exceeds_the_constant(network):
    with torch.no_grad():
        for p in network.parameters():
            p.requires_grad_(False)
    assert attacked(network) <= lipschitz(network) * (1 + 1e-9)


@given(networks(claim="contractive", law=pn.Charbonnier(0.5)), st.integers(0, 100))
def test_contractive_nets_have_the_constant_one(network, seed):
    assert lipschitz(network) == 1
    assert {c.claim for c in pn.certify(network)} >= {"contractive", "bounded"}
    torch.manual_seed(seed)
    u, v = torch.randn(2, 5, 2, CELLS, dtype=torch.float64)
    with torch.no_grad():
        apart = (network(u) - network(v)).flatten(1).norm(dim=1)
    assert (apart <= (u - v).flatten(1).norm(dim=1) * (1 + 1e-12)).all()


@given(networks())
def test_gradients_are_finite_at_every_weight(network):
    u = torch.randn(2, 2, CELLS, dtype=torch.float64)
    network(u).square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.numel())
    assert "bounded" in {c.claim for c in pn.certify(network)}
    with torch.no_grad():
        assert (network(u).flatten(1).norm(dim=1) <= u.flatten(1).norm(dim=1) * (1 + 1e-12)).all()


def full_step(law, blocks=3, **arguments):
    network = net(law=law, blocks=blocks, **arguments)
    with torch.no_grad():
        network.theta.fill_(40.0)  # the logistic function is one to rounding
    return network


@pytest.mark.parametrize(("law", "constant"), [(pn.PeronaMalik(0.5), 1.25), (pn.PeronaMalikExponential(0.5), 1 + 4 * math.exp(-1.5)),
                                               (pn.Charbonnier(0.5), 1.0)], ids=repr)  # fmt: skip
def test_the_constant_is_tighter_than_the_product_of_naive_bounds(law, constant):
    """At the full step `τ‖K‖² = 2`, a block counts `1 - 2 inf Φ'`, where the triangle inequality has 3."""
    network = full_step(law)
    assert lipschitz(network) == pytest.approx(constant**3, rel=1e-9)
    assert lipschitz(network) < 3**3
    assert lipschitz(full_step(law, tied=True)) == pytest.approx(constant**3, rel=1e-9)


def test_the_constant_of_a_block_is_sharp():
    """A ramp of slope `√3 λ` under Perona and Malik's exponential diffusivity: the Jacobian reaches `1 + 4 e^(-3/2)`.

    The kernel is a difference, whose norm is met to `O(1/n²)` on 64 cells and within the bound of the convolution.
    """
    network = net(law=pn.PeronaMalikExponential(0.5), blocks=1, channels=1, features=1)
    with torch.no_grad():
        network.theta.fill_(40.0)
        network.blocks[0].convolution.weight.copy_(torch.tensor([[[0.0, -1.0, 1.0]]]))
        ramp = (0.5 * 3**0.5 * torch.arange(64, dtype=torch.float64)).reshape(1, 1, 64)
    jacobian = torch.autograd.functional.jacobian(network, ramp).reshape(64, 64)
    norm = torch.linalg.matrix_norm(jacobian, 2).item()
    assert norm <= lipschitz(network) <= 1.01 * norm


@given(st.integers(0, 1000), st.sampled_from([pn.FSI(3), pn.FSI(3, "updated"), pn.SSPRK3(), pn.RKL1(3)]))
def test_schemes_of_several_stages(seed, scheme):
    network = net(seed, law=pn.PeronaMalik(0.5), scheme=scheme)
    constant = lipschitz(network)
    assert math.isinf(constant) == (getattr(scheme, "coefficients", "updated") == "held")
    for p in network.parameters():
        p.requires_grad_(False)
    assert attacked(network, rounds=1) <= constant


def test_linear_nets_are_contractive_under_every_scheme():
    assert lipschitz(net(law=pn.Linear(), scheme=pn.FSI(4))) == 1


@given(st.integers(0, 1000), st.sampled_from([pn.Charbonnier(0.3), pn.PeronaMalik(0.3), pn.ForwardBackward(0.3)]),
       st.sampled_from(["isotropic", "separable"]), st.floats(-0.3, 1.0))  # fmt: skip
def test_derived_networks(seed, law, form, tau):
    """Steps beyond every limit, backwards in time too: the constant grows, the attacker stays below."""
    A = pn.discretise(pn.Diffusion(law, form=form), pn.Grid((3, 4), boundary=pn.Dirichlet(0.2)))
    network = pn.derive(A, pn.ExplicitEuler(), 0.1, 2, certificate=None)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        network.tau.fill_(tau)
        for layer in network.layers:
            layer.taps.add_(0.5 * torch.randn(2, 2, generator=generator, dtype=torch.float64))
    for _ in range(4):
        u = 0.5 * torch.randn(3, 4, generator=generator, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(network, u).reshape(12, 12)
        assert torch.linalg.matrix_norm(jacobian, 2) <= lipschitz(network) * (1 + 1e-12)


@given(networks(claim="contractive", law=pn.Charbonnier(0.5)), st.integers(0, 100))
def test_averaged_nets(network, seed):
    """`J* J + (1/α - 1) (I - J)* (I - J) ≤ I` for the Jacobian at random states: what averaged means."""
    with torch.no_grad():
        network.theta.clamp_(-3, 3)
    alpha = averaged(network)
    u = torch.randn(1, 2, CELLS, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    J = torch.autograd.functional.jacobian(network, u).reshape(2 * CELLS, 2 * CELLS)
    rest = torch.eye(2 * CELLS, dtype=torch.float64) - J
    form = J.T @ J + (1 / max(alpha, 1e-12) - 1) * rest.T @ rest
    assert 0 <= alpha < 1
    assert torch.linalg.eigvalsh(form).max() <= 1 + 1e-9


def test_the_constant_of_averages():
    """The same diffusion step twice, `α = τ·4/2 = 0.4` each: `1/(1 + 1/(2·2/3))`; sharp for one step."""
    A = pn.discretise(pn.Diffusion(), pn.Grid(16, boundary="periodic"))
    assert averaged(pn.derive(A, pn.ExplicitEuler(), 0.2, 1)) == pytest.approx(0.4)
    assert averaged(pn.derive(A, pn.ExplicitEuler(), 0.2, 2)) == pytest.approx(4 / 7)
    assert averaged(pn.derive(A, pn.ExplicitEuler(), 0.5, 2)) is None
    assert averaged(pn.derive(A, pn.FSI(3), 0.2, 1)) is None
    assert averaged(net(law=pn.PeronaMalik(0.5))) is None
    tied = net(law=pn.Charbonnier(0.5), tied=True)
    assert averaged(tied) == pytest.approx(2 / 3, rel=1e-12)  # two halves, σ(0) each


def test_a_step_slightly_beyond_its_limit_counts_what_it_expands():
    """`τρ = 2 + 1e-6` on the fastest wave: `|1 - τρ| = 1 + 1e-6`."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((8,), boundary="periodic"))
    network = pn.derive(A, pn.ExplicitEuler(), 0.5, 1)
    with torch.no_grad():
        network.tau.mul_(1 + 5e-7)
        wave = (-1.0) ** torch.arange(8, dtype=torch.float64)
        grown = (network(wave).norm() / wave.norm()).item()
    assert grown == pytest.approx(1 + 1e-6, rel=1e-12)
    assert lipschitz(network) >= grown * (1 - 1e-14)


def test_other_networks_are_refused():
    with pytest.raises(TypeError, match="lipschitz is known for SymmetricNet and for SchemeNet on a grid, got Linear"):
        lipschitz(torch.nn.Linear(2, 2))
    with pytest.raises(TypeError, match="averaged is known for SymmetricNet and for SchemeNet, got Linear"):
        averaged(torch.nn.Linear(2, 2))
    with pytest.raises(TypeError, match="scheme must be .* or a network with claims, got Linear"):
        pn.certify(torch.nn.Linear(2, 2))


@pytest.mark.parametrize("kappa", [0.9, 1.0])
def test_a_law_that_has_left_its_range_is_refused(kappa):
    """`κ` stays positive whatever is learned, but the slopes of `Φ` are bounded for `κ > 1` only."""
    A = pn.discretise(pn.Diffusion(pn.ForwardBackward(0.5, 1.5)), pn.Grid((6,)))
    network = pn.derive(A, pn.ExplicitEuler(), 0.1, 1, certificate=None)
    assert lipschitz(network) > 1
    with torch.no_grad():
        network.layers[0].logarithms[1] = math.log(kappa)
    with pytest.raises(ValueError, match="kappa must be a finite number > 1"):
        lipschitz(network)


def differences(padding="valid", weights=((-1.0, 1.0), (2.0, -2.0))):
    """Two features, each a difference of two places in one channel."""
    block = DiffusionBlock(Convolution(2, 2, 3, 1, padding), pn.PeronaMalik(0.5)).double()
    with torch.no_grad():
        block.convolution.weight.zero_()
        block.convolution.weight[0, 0, :2] = torch.tensor(weights[0])
        block.convolution.weight[1, 1, ::2] = torch.tensor(weights[1])
    return block


@pytest.mark.parametrize("padding", ["valid", "periodic"])
def test_extrema_are_kept_where_features_are_differences(padding):
    """Per block; sharp, since `d = 2 · 2²` of the wider difference, and beyond `1/d` a peak overshoots."""
    block = differences(padding)
    found = {c.claim: c for c in pn.certify(pn.ExplicitEuler(), block)}
    assert found["max-min"].tau == pytest.approx(1 / 8)
    peak = torch.zeros(1, 2, 9, dtype=torch.float64)
    peak[..., 4] = 1e-3  # so small that g = 1
    with torch.no_grad():
        u = torch.rand(20, 2, 9, dtype=torch.float64)
        v = u + found["max-min"].tau * block(0.0, u)
        assert (v.amax((1, 2)) <= u.amax((1, 2)) + 1e-15).all() and (v.amin((1, 2)) >= u.amin((1, 2)) - 1e-15).all()
        assert (peak + 1.01 / 8 * block(0.0, peak)).min() < 0


def test_extrema_of_the_whole_net():
    network = net(law=pn.PeronaMalik(0.5))
    with torch.no_grad():
        for block in network.blocks:  # d = 4, while ‖K‖² = 6.25
            block.convolution.weight.zero_()
            block.convolution.weight[:, 0] = torch.tensor([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    assert {c.claim for c in pn.certify(network)} == {"bounded", "max-min"}
    with torch.no_grad():
        network.theta.fill_(5.0)  # τ ≈ 2/ρ > 1/d
    assert {c.claim for c in pn.certify(network)} == {"bounded"}


@pytest.mark.parametrize(
    ("padding", "weights"),
    [
        ("zero", ((-1.0, 1.0), (2.0, -2.0))),  # a wall at zero pulls constants down
        ("valid", ((1.0, 1.0), (2.0, -2.0))),  # no difference
        ("valid", ((1.0, -1.0), (2.0, -1.9))),
    ],
)
def test_extrema_are_not_claimed_otherwise(padding, weights):
    block = differences(padding, weights)
    assert "max-min" not in {c.claim for c in pn.certify(pn.ExplicitEuler(), block)}
    wide = differences()
    with torch.no_grad():
        wide.convolution.weight[0, 0] = torch.tensor([1.0, -2.0, 1.0])  # a second derivative overshoots
    assert "max-min" not in {c.claim for c in pn.certify(pn.ExplicitEuler(), wide)}


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("ask", [pn.certify, lipschitz, averaged, pn.inspect], ids=lambda ask: ask.__name__)
def test_nothing_is_said_of_weights_that_are_no_numbers(ask, number):
    """NaN is in no comparison: `max(1.0, nan)` is 1, and a bound that is NaN would be none at all."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid(6))
    for make in (lambda: pn.derive(A, pn.ExplicitEuler(), 0.1, 2), ReactionDiffusionNet, net):
        for name, _ in make().named_parameters():
            network = make()
            with torch.no_grad():
                network.get_parameter(name).view(-1)[-1] = number
            with pytest.raises(ValueError, match=f"network must have finite weights, got 1 NaN .* in {name}"):
                ask(network)
