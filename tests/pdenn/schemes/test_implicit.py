"""Implicit, axis-wise and composed schemes: constants, observed orders, exact amplification, referees."""

import math

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn import schemes
from pdenn.solvers import BiCGStab, ConjugateGradients, NewtonKrylov

GRID = pn.Grid((10, 7), h=0.5, boundary=["periodic", (pn.Dirichlet(0.2), pn.Robin(1.0, 1.0, 0.3))])
A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.5)), GRID)
U0 = np.random.default_rng(0).random(GRID.shape)
T = 0.4


@pytest.fixture(scope="module")
def reference():
    """The semi-discrete solution by SciPy, with a local error of 1e-11."""
    scheme = schemes.SciPyIntegrator("DOP853", rtol=1e-11, atol=1e-13)
    return pn.solve(A, U0, scheme, t_end=T, tau=T, certificate=None).u


@pytest.mark.parametrize(
    ("scheme", "order", "r", "C"),
    [
        (schemes.ImplicitEuler(), 1, math.inf, math.inf),
        (schemes.CrankNicolson(), 2, 2.0, 2.0),
        (schemes.SDIRK2(), 2, None, 1 + math.sqrt(2)),
        (schemes.BDF2(4), 2, None, None),
        (schemes.SemiImplicit(), 1, math.inf, math.inf),
    ],
    ids=str,
)
def test_constants_of_implicit_schemes(scheme, order, r, C):
    found = pn.constants(scheme)
    assert found.order == order and found.beta == math.inf
    if r is not None:
        assert found.r == pytest.approx(r, rel=1e-9)
    if C is not None:
        assert found.C == pytest.approx(C, rel=1e-9)


@pytest.mark.parametrize(
    ("scheme", "order"),
    [
        (schemes.ImplicitEuler(), 1),
        (schemes.CrankNicolson(), 2),
        (schemes.SDIRK2(), 2),
        (schemes.BDF2(4), 2),
        (schemes.SemiImplicit(), 1),
        (schemes.AOS(), 1),
        (schemes.ARS222(), 2),
        (schemes.StrangSplitting(), 2),
        (schemes.LieSplitting(), 1),
        (schemes.IMEXEuler(), 1),
        (schemes.RKC2(5), 2),
        (schemes.RKL2(5), 2),
        (schemes.DuFortFrankel(8), 1),
        (schemes.FSI(3, "updated"), 1),
        (schemes.SSPRK2(), 2),
        (schemes.SSPRK3(), 3),
        (schemes.ExplicitEuler(), 1),
    ],
    ids=str,
)
def test_every_scheme_reaches_its_order_on_a_nonlinear_problem(scheme, order, reference):
    """Two-sided: the error falls by `2^order` within ±0.1 when the step is halved, from an error that is small."""
    errors = []
    for n in (64, 128):
        u = pn.solve(A, U0, scheme, t_end=T, tau=T / n, certificate=None).u
        errors.append(np.abs(u - reference).max())
    assert abs(math.log2(errors[0] / errors[1]) - order) < 0.1
    assert errors[1] < 1e-2


def test_adi_is_of_order_two_on_a_linear_problem():
    linear = pn.discretise(pn.Diffusion(), GRID)
    exact = pn.solve(linear, U0, schemes.SciPyIntegrator("DOP853", 1e-11, 1e-13), t_end=T, tau=T, certificate=None).u
    errors = [
        np.abs(pn.solve(linear, U0, schemes.ADI(), t_end=T, tau=T / n, certificate=None).u - exact).max()
        for n in (32, 64)
    ]
    assert abs(math.log2(errors[0] / errors[1]) - 2) < 0.1


@pytest.mark.parametrize("tau", [0.1, 10.0, 1e4])
def test_implicit_schemes_amplify_modes_exactly(tau):
    """On an eigenvector with eigenvalue -λ: 1/(1 + τλ), (1 - τλ/2)/(1 + τλ/2), and for AOS in one dimension as the first."""
    grid = pn.Grid((16,))
    linear = pn.discretise(pn.Diffusion(), grid)
    u = np.cos(np.pi * 3 * (np.arange(16) + 0.5) / 16)
    z = tau * (2 - 2 * np.cos(np.pi * 3 / 16))
    for scheme, factor in [
        (schemes.ImplicitEuler(NewtonKrylov(1e-12)), 1 / (1 + z)),
        (schemes.SemiImplicit(ConjugateGradients(1e-12)), 1 / (1 + z)),
        (schemes.ImplicitEuler(BiCGStab(1e-12)), 1 / (1 + z)),
        (schemes.AOS(), 1 / (1 + z)),
        (schemes.CrankNicolson(NewtonKrylov(1e-12)), (1 - z / 2) / (1 + z / 2)),
        (schemes.ADI(), (1 - z / 2) / (1 + z / 2)),
    ]:
        # The residual keeps 1e-12 of the right-hand side, which Crank-Nicolson enlarges by 1 + z/2.
        np.testing.assert_allclose(scheme.step(linear, 0.0, u, tau), factor * u, rtol=0, atol=4e-12 * (1 + z / 2))


@pytest.mark.parametrize(
    "scheme",
    [
        schemes.ImplicitEuler(),
        schemes.SemiImplicit(),
        schemes.AOS(),
        schemes.ADI(),
        schemes.CrankNicolson(),
        schemes.BDF2(3),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(9,), (6, 5), (4, 3, 5), (1, 6), (2, 2)])
@pytest.mark.parametrize("walls", ["reflecting", "periodic", pn.Dirichlet(0.3), pn.Robin(1.0, 0.5, 0.2)], ids=str)
def test_arrays_and_tensors_agree(scheme, shape, walls):
    B = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid(shape, 0.7, walls))
    u = np.random.default_rng(1).random((2, *shape))
    v = scheme.step(B, 0.0, torch.from_numpy(u), 1.5).numpy()
    np.testing.assert_allclose(scheme.step(B, 0.0, u, 1.5), v, rtol=0, atol=1e-8)


def test_steps_of_any_size_keep_norm_extrema_and_mean():
    B = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.1)), pn.Grid((16, 16)))
    u = np.random.default_rng(2).random((16, 16))
    for scheme in (schemes.SemiImplicit(), schemes.AOS()):
        assert {c.claim: c.tau for c in pn.certify(scheme, B)} == {"bounded": math.inf, "max-min": math.inf}
        v = pn.solve(B, u, scheme, t_end=1e4, tau=1e3).u
        assert np.linalg.norm(v) <= np.linalg.norm(u)
        assert v.min() >= u.min() - 1e-9 and v.max() <= u.max() + 1e-9
        assert abs(v.mean() - u.mean()) < 1e-9


def test_a_composed_scheme_has_the_claims_that_all_its_steps_have():
    B = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((8, 8), 0.5))
    limits = {c.claim: c.tau for c in pn.certify(schemes.StrangSplitting(), B)}
    assert limits == {c.claim: c.tau for c in pn.certify(schemes.CrankNicolson(), B)}
    with pytest.raises(pn.NoCertificate, match="nothing is proved here about ADI"):
        pn.certificate(schemes.ADI(), B, "bounded")


def test_axes_are_asked_of_diffusion_on_a_grid_alone():
    grid = pn.Grid((4, 4))
    fourth = pn.discretise(pn.Diffusion(order=2), grid)
    both = pn.discretise(pn.Diffusion() + pn.Fidelity(np.zeros((4, 4))), grid)
    graph = pn.discretise(pn.Diffusion(), pn.Graph.from_edges([(0, 1), (1, 2)]))
    for A in (fourth, both, graph):
        assert pn.certify(schemes.AOS(), A) == ()
        with pytest.raises(pn.NoCertificate, match="AOS needs isotropic or separable diffusion"):
            pn.certificate(schemes.AOS(), A, "bounded")


def test_no_step_can_be_chosen_without_a_limit():
    B = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((8, 8), 0.5))
    with pytest.raises(ValueError, match="tau must be given"):
        pn.solve(B, np.zeros((8, 8)), schemes.ImplicitEuler(), t_end=1.0)


def test_referees_agree(reference):
    """SciPy and torchdiffeq, at a tolerance of 1e-8 each."""
    u = pn.solve(A, torch.from_numpy(U0), schemes.TorchDiffEqIntegrator(), t_end=T, tau=T, certificate=None).u
    np.testing.assert_allclose(u.numpy(), reference, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "scheme", [schemes.ImplicitEuler(), schemes.SemiImplicit(), schemes.AOS(), schemes.ADI()], ids=str
)
def test_implicit_steps_differentiate_exactly(scheme):
    B = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3)), pn.Grid((4, 3), boundary=pn.Dirichlet(0.2)))
    u = torch.from_numpy(np.random.default_rng(3).random((4, 3))).requires_grad_()
    tau = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda u, tau: scheme.step(B, 0.0, u, tau), (u, tau), atol=1e-6)
