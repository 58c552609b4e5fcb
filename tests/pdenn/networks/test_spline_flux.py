"""Free flux functions: they begin as a law, keep their shape at every weight, and their suprema are never exceeded."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.laws.spline import Spline
from pdenn.networks import Convolution, DiffusionBlock, DiffusionLayer, SplineFlux, SymmetricNet

LAWS = [pn.Linear(), pn.Charbonnier(0.3), pn.PeronaMalik(0.3), pn.PeronaMalikExponential(0.3), pn.Weickert(0.3),
        pn.TotalVariation(0.3), pn.ForwardBackward(0.3)]  # fmt: skip
SHAPES = ["monotone", "dissipative", "signed"]
S = torch.linspace(0, 6, 6001, dtype=torch.float64)


def made(seed, shape, scale=4.0, knots=7):
    flux = SplineFlux(pn.Charbonnier(0.5), reach=2.0, knots=knots, shape=shape).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        flux.heights.add_(scale * torch.randn(knots + 1, generator=generator, dtype=torch.float64))
    return flux


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("knots", [16, 64])
def test_it_begins_as_its_law(law, knots):
    """Within the error of linear interpolation and what the ends of the range cost, as its docstring says."""
    flux = SplineFlux(law, reach=2.0, knots=knots).double()
    s = np.linspace(0, 2, 4001)
    phi, width = law.flux(s), 2.0 / knots
    second = np.abs(np.diff(phi, 2)).max() / (s[1] - s[0]) ** 2
    with torch.no_grad():
        found = flux().flux(torch.from_numpy(s)).numpy()
    allowed = width**2 * second / 8 * 1.01 + 2e-4 * flux.ceiling * s + 1e-6 * law.sup_g
    assert (np.abs(found - phi) <= allowed).all()
    assert flux.monotone == law.monotone and flux.nonnegative == law.nonnegative


@given(st.integers(0, 10**6), st.sampled_from(SHAPES), st.floats(0, 30))
def test_the_shape_is_kept_and_the_suprema_hold_at_every_weight(seed, shape, scale):
    flux = made(seed, shape, scale)
    with torch.no_grad():
        phi, g = flux().flux(S), flux().g(S**2)
        slopes = phi.diff() / S.diff()
        assert (g.abs() <= flux().sup_g * (1 + 1e-12)).all()
        assert (slopes.abs() <= flux().sup_slope * (1 + 1e-9)).all()
        assert (slopes >= flux().inf_slope - 1e-9 * flux.ceiling).all()
        assert flux().sup_g <= flux().sup_slope * (1 + 1e-12) and flux().sup_g <= flux.ceiling
        torch.testing.assert_close(flux().flux(-S), -phi, rtol=0, atol=0)
        if shape == "monotone":
            assert (slopes >= -1e-9).all() and flux().inf_slope >= 0
        if shape != "signed":
            assert (g >= 0).all()


@given(st.integers(0, 10**6), st.sampled_from(SHAPES))
def test_the_suprema_are_attained(seed, shape):
    """At the knots, or far beyond the last one."""
    flux = made(seed, shape)
    law = flux()
    with torch.no_grad():
        knots = torch.cat([law.width * torch.arange(1, 8, dtype=torch.float64), torch.tensor([1e12])])
        middles = law.width * (torch.arange(8, dtype=torch.float64) + 0.5)
        h = law.width / 8
        slopes = (flux().flux(middles + h) - flux().flux(middles - h)) / (2 * h)
        torch.testing.assert_close(flux().g(knots**2).abs().max(), flux().sup_g, rtol=1e-10, atol=0)
        torch.testing.assert_close(slopes.abs().max(), flux().sup_slope, rtol=1e-10, atol=0)
        torch.testing.assert_close(slopes.min(), flux().inf_slope, rtol=1e-10, atol=1e-12)


def test_nonmonotone_fluxes_can_be_reached():
    assert any(made(seed, "dissipative")().inf_slope < -0.1 for seed in range(5))
    assert any(made(seed, "signed")().g(S**2).min() < -0.1 for seed in range(5))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_potential_is_the_integral_of_g(shape):
    """The trapezoidal rule for `2 Φ`, which is linear between the nodes: exact."""
    flux = made(3, shape, knots=6)
    s = torch.arange(0, 601, dtype=torch.float64) / 100 / 3  # every knot is a node
    with torch.no_grad():
        phi, psi = flux().flux(s), flux().potential(s * s)
    torch.testing.assert_close(psi, 2 * torch.cat([torch.zeros(1), torch.cumulative_trapezoid(phi, s)]), rtol=0, atol=1e-12)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_exact_and_finite_without_slope(shape):
    flux = made(1, shape, scale=1.0)

    def run(s2, heights):
        law = torch.func.functional_call(flux, {"heights": heights}, ())
        return law.g(s2), law.potential(s2), law.sup_g, law.sup_slope

    s2 = torch.tensor([0.0, 0.01, 0.6, 1.9, 30.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (s2, flux.heights.detach().requires_grad_()), eps=1e-7)


@given(st.integers(0, 10**6), st.sampled_from(SHAPES))
def test_numpy_and_torch_agree(seed, shape):
    law = made(seed, shape)()
    plain = Spline(law.slopes.detach().numpy(), law.values.detach().numpy(), law.width, law.shape)
    s2 = np.geomspace(1e-6, 1e3, 500)
    with torch.no_grad():
        testing.assert_same(plain.g(s2), law.g(torch.from_numpy(s2)), float(law.sup_g), 50)
        testing.assert_same(plain.potential(s2), law.potential(torch.from_numpy(s2)), float(law.sup_g) * 1e3, 50)
    assert plain.sup_g == law.sup_g.detach().numpy() and plain.sup_slope == law.sup_slope.detach().numpy()
    assert plain.g(s2.astype(np.float32)).dtype == np.float32
    assert np.isnan(plain.g(np.array([np.nan]))).all()


@pytest.mark.parametrize("claim", ["bounded", "contractive"])
def test_symmetric_nets_keep_their_claim_with_a_free_flux(claim):
    """A loss that asks for growth: every height runs away, the claim stays, and an attacker finds no expansion."""
    torch.manual_seed(0)
    law = SplineFlux(pn.Charbonnier(0.5), 2.0, 8, "monotone" if claim == "contractive" else "dissipative")
    network = SymmetricNet(features=3, blocks=2, dim=1, law=law, claim=claim).double()
    start = network.blocks[0].kind.heights.detach().clone()
    u = torch.randn(8, 1, 16, dtype=torch.float64)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.3)
    for _ in range(30):
        optimiser.zero_grad()
        (-network(u).square().sum()).backward()
        optimiser.step()
    assert claim in {c.claim for c in pn.certify(network)}
    assert network(u).norm() <= u.norm()
    assert (network.blocks[0].kind.heights - start).abs().max() > 0.1
    assert not torch.equal(network.blocks[0].kind.heights, network.blocks[1].kind.heights)
    if claim == "contractive":
        jacobian = torch.autograd.functional.jacobian(network, u[:1]).reshape(16, 16)
        assert torch.linalg.matrix_norm(jacobian, 2) <= 1 + 1e-12


@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_derived_networks_learn_a_flux(form):
    """The flux of a Perona-Malik flow is recovered by a spline that began as another law."""
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.4), form=form), pn.Grid((8, 8)))
    start = SplineFlux(pn.PeronaMalik(1.5), reach=1.5, knots=12)
    network = pn.derive(A, pn.ExplicitEuler(), 0.1, 2, law=start)
    network.tau.requires_grad_(False)
    u = torch.from_numpy(np.random.default_rng(0).random((6, 8, 8)))
    target = pn.derive(A, pn.ExplicitEuler(), 0.1, 2)(u).detach()
    optimiser = torch.optim.Adam([layer.kind.heights for layer in network.layers], lr=0.1)
    losses = []
    for _ in range(80):
        optimiser.zero_grad()
        loss = (network(u) - target).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-2 * losses[0]
    # The flux stays below its ceiling 2, and 0.1 below the limit 2/(8 · 2): certified whatever is learnt.
    assert {c.claim for c in pn.certify(network)} >= {"bounded"}


def test_a_layer_with_the_spline_of_its_law_is_close_to_it():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid((5, 6)))
    u = torch.from_numpy(np.random.default_rng(0).random((5, 6)))
    with torch.no_grad():
        exact, near = DiffusionLayer(A)(0.0, u), DiffusionLayer(A, SplineFlux(pn.Charbonnier(0.3), 2.0, 200))(0.0, u)
        assert near.dtype == torch.float64
        assert DiffusionLayer(A, SplineFlux(pn.Charbonnier(0.3)))(0.0, u.float()).dtype == torch.float32
    # |g - g_spline| = |Φ - Φ_spline|/s; the slopes stay below 1.5, and four fluxes meet in a cell.
    assert (exact - near).abs().max() < 4 * (0.01**2 / 8 * 0.9 / 0.3 / 0.01 + 8e-4) * 1.5


@pytest.mark.parametrize("coupled", [True, 2, 3])
def test_coupled_activations_are_rotation_invariant(coupled):
    """`K → QK` with a rotation of each group leaves `A` as it is; across groups it does not."""
    torch.manual_seed(0)
    size = 6 if coupled is True else coupled
    for law in (pn.PeronaMalik(0.5), SplineFlux(pn.Charbonnier(0.5))):
        block = DiffusionBlock(Convolution(2, 6, 3, 2), law, coupled).double()
        u = torch.randn(3, 2, 7, 7, dtype=torch.float64)
        with torch.no_grad():
            before = block(0.0, u)
            Q = torch.block_diag(*[torch.linalg.qr(torch.randn(size, size, dtype=torch.float64))[0]] * (6 // size))
            weight = block.convolution.weight.clone()
            block.convolution.weight.copy_(torch.einsum("ij,j...->i...", Q, weight))
            torch.testing.assert_close(block(0.0, u), before, rtol=0, atol=1e-12)
            shifted = weight.roll(1, 0)  # the groups are cut elsewhere
            block.convolution.weight.copy_(shifted)
            assert size == 6 or (block(0.0, u) - before).abs().max() > 1e-3


def test_a_coupled_gradient_turns_with_the_picture():
    """Two central differences, coupled: a quarter turn of the picture turns the result; uncoupled diagonals do not."""
    block = DiffusionBlock(Convolution(1, 2, 3, 2, "periodic"), pn.PeronaMalik(0.5), True).double()
    weight = torch.zeros(2, 1, 3, 3, dtype=torch.float64)
    c, s = np.cos(0.3), np.sin(0.3)  # a turned pair of axes
    for j, (a, b) in enumerate([(c, s), (-s, c)]):
        weight[j, 0, 0, 1], weight[j, 0, 2, 1], weight[j, 0, 1, 0], weight[j, 0, 1, 2] = -a, a, -b, b
    u = torch.randn(1, 1, 9, 9, dtype=torch.float64)
    apart = DiffusionBlock(block.convolution, pn.PeronaMalik(0.5), False).double()
    with torch.no_grad():
        block.convolution.weight.copy_(weight)
        torch.testing.assert_close(block(0.0, u.rot90(1, (2, 3))), block(0.0, u).rot90(1, (2, 3)), rtol=0, atol=1e-13)
        flipped = (apart(0.0, u.flip(3)) - apart(0.0, u).flip(3)).abs().max()
        torch.testing.assert_close(block(0.0, u.flip(3)), block(0.0, u).flip(3), rtol=0, atol=1e-13)
        assert flipped > 1e-3


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"law": 3}, TypeError, "law must be an instance of a law"),
        ({"law": pn.Linear(), "reach": 0.0}, ValueError, "reach must be positive and finite, got 0.0"),
        ({"law": pn.Linear(), "knots": 0}, ValueError, "knots must be a positive integer, got 0"),
        ({"law": pn.Linear(), "shape": "odd"}, ValueError, "shape must be one of"),
        ({"law": pn.PeronaMalik(), "shape": "monotone"}, ValueError, "whose flux is dissipative only"),
    ],
)
def test_bad_input_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        SplineFlux(**arguments)


def test_groups_must_fit():
    with pytest.raises(ValueError, match=r"coupled must divide the number of features \(6\), got 4"):
        DiffusionBlock(Convolution(1, 6), pn.Linear(), 4)
