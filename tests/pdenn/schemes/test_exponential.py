"""Exponential schemes: exact on what is linear, of their order on what is not, certified where they are flows."""

import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

import pdenn as pn
from pdenn import testing
from pdenn.operators.matrix import matrices
from pdenn.schemes.exponential import phi

EPS = np.finfo(float).eps
SCHEMES = (pn.ExponentialEuler(), pn.ETDRK2(), pn.ETDRK4())
WALLS = ("periodic", "reflecting", pn.Dirichlet(0.0), pn.Dirichlet(1.5), (pn.Dirichlet(-1.0), pn.Neumann(0.5)))


def allen_cahn(n=32, walls="reflecting"):
    """Diffusion and a cubic reaction, from a state that is smooth beyond the walls, too: with others the order is lower."""
    grid = pn.Grid((n, n), 2 / n, walls)
    A = pn.discretise(pn.Diffusion(conductivity=0.1) + pn.Reaction(lambda u: 2 * (u - u**3)), grid)
    x, y = grid.coordinates()
    return A, 0.9 * np.cos(math.pi * x) * np.cos(math.pi * y) + 0.1


@pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
@given(data=st.data(), tau=st.floats(1e-4, 1e3))
def test_one_step_is_the_exponential_of_the_matrix(scheme, data, tau):
    """Affine problems too: values at walls, data. Against SciPy's exponential of the augmented matrix."""
    grid = data.draw(testing.grids(max_cells=20, boundaries=WALLS))
    equation = data.draw(st.sampled_from((pn.Diffusion(), pn.Diffusion() + pn.Fidelity(2.0, 0.5, 0.1))))
    A, u = pn.discretise(equation, grid), data.draw(testing.states(grid))
    M, b = matrices(A, 0.0, u)[0].toarray(), A(0.0, np.zeros(grid.shape)).ravel()
    augmented = np.block([[M, b[:, None]], [np.zeros((1, len(b) + 1))]])
    expected = (expm(tau * augmented) @ np.append(u.ravel(), 1.0))[:-1].reshape(grid.shape)
    found = scheme.step(A, 0.0, u, tau)
    # expm by scaling and squaring loses about ‖τM‖ ε, here the looser one of the two.
    scale = 1 + tau * np.abs(M).sum(1).max()
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=100 * EPS * scale * (np.abs(u).max() + np.abs(expected).max() + 1)
    )


def test_convection_and_diffusion_for_a_period():
    """The semi-discrete solution of the heat kernel that is carried around, in one step: the exponential of the matrix."""
    grid = pn.Grid((16,), 1 / 16, "periodic")
    A = pn.discretise(pn.Convection((1.0,), pn.Central()) + pn.Diffusion(conductivity=0.01), grid)
    u = np.exp(-40 * (grid.coordinates()[0] - 0.5) ** 2)
    expected = expm(matrices(A, 0.0, u)[0].toarray()) @ u
    np.testing.assert_allclose(pn.ExponentialEuler().step(A, 0.0, u, 1.0), expected, rtol=0, atol=1e3 * EPS)


@pytest.mark.parametrize(
    ("scheme", "order"), [(pn.ExponentialEuler(), 1), (pn.ETDRK2(), 2), (pn.ETDRK4(), 4)], ids=repr
)
@pytest.mark.parametrize("walls", ["reflecting", "periodic"])
def test_the_order_on_a_stiff_problem(scheme, order, walls):
    assert scheme.order == order
    A, u0 = allen_cahn(walls=walls)
    reference = pn.solve(A, u0, pn.SciPyIntegrator("DOP853", 1e-12, 1e-14), 1.0, tau=1.0, certificate=None).u
    steps = (32, 64)
    errors = [np.abs(pn.solve(A, u0, scheme, 1.0, tau=1 / n, certificate=None).u - reference).max() for n in steps]
    testing.assert_order(errors, [1 / n for n in steps], order, ceiling=20 / steps[-1] ** order)
    assert A.terms[0].bound.spectral.value / steps[1] > 2  # explicit Euler explodes at these steps


def test_time_dependent_reactions_have_the_times_of_the_stages():
    """`u' = -cos(t) u²` on every cell of a flat state: L does nothing, the classical scheme remains."""
    A = pn.discretise(pn.Diffusion() + pn.Reaction(lambda t, u: -np.cos(t) * u * u), pn.Grid((4,)))
    for scheme in SCHEMES:
        errors = []
        for n in (80, 160):
            u = pn.solve(A, np.ones(4), scheme, 1.0, tau=1 / n, certificate=None).u
            errors.append(abs(u[0] - 1 / (1 + math.sin(1.0))))
        testing.assert_order(errors, [1 / 80, 1 / 160], scheme.order, ceiling=160.0**-scheme.order)


@pytest.mark.parametrize("z", [0.0, 1e-12, -1e-5, 0.3, -0.499999, -0.500001, 3.0, -40.0, 0.3j, 2j, -0.4 + 0.4j, -1e4])
def test_phi_against_sixty_digits(z):
    """`φ_m(z) = (e^z - Σ_(k<m) z^k/k!)/z^m` in sixty digits."""
    with mpmath.workdps(60):
        for m, found in enumerate(phi(np.array([z]), 3)):
            series = mpmath.exp(z) - sum(mpmath.mpmathify(z) ** k / mpmath.factorial(k) for k in range(m))
            exact = complex(series / mpmath.mpmathify(z) ** m) if z != 0 else 1 / math.factorial(m)
            assert abs(found[0] - exact) <= 40 * EPS * abs(exact)  # each of three divisions by |z| >= 1/2 doubles


@given(data=st.data(), tau=st.floats(1e-3, 1e3))
def test_the_flow_keeps_its_claims_at_every_step(data, tau):
    grid = data.draw(testing.grids(max_cells=30, boundaries=("periodic", "reflecting", pn.Dirichlet(0.0))))
    A, scheme = pn.discretise(pn.Diffusion(), grid), data.draw(st.sampled_from(SCHEMES))
    assert [(c.claim, c.tau) for c in pn.certify(scheme, A)] == [
        ("contractive", math.inf), ("bounded", math.inf), ("max-min", math.inf)]  # fmt: skip
    u, v = (data.draw(testing.states(grid)) for _ in range(2))
    testing.assert_bounded(scheme, A, u, tau)
    testing.assert_contractive(scheme, A, u, v, tau)
    testing.assert_max_min(scheme, A, u, tau)


def test_claims_of_transport():
    """Central convection keeps the norm, which no explicit scheme proves; its flow has overshoots."""
    ring = pn.Grid((16,), boundary="periodic")
    central = pn.discretise(pn.Convection((1.0,), pn.Central()), ring)
    assert {c.claim for c in pn.certify(pn.ETDRK2(), central)} == {"contractive", "bounded"}
    upwind = pn.discretise(pn.Convection((1.0,), pn.Upwind()), ring)
    assert {c.claim for c in pn.certify(pn.ETDRK2(), upwind)} == {"contractive", "bounded", "max-min"}
    step = np.where(np.arange(16) < 8, 1.0, 0.0)
    testing.assert_bounded(pn.ETDRK2(), central, step, 2.5)
    testing.assert_max_min(pn.ETDRK2(), upwind, step, 2.5)
    assert pn.ETDRK2().step(central, 0.0, step, 2.5).max() > 1.05


def test_nothing_is_claimed_of_sums_with_explicit_terms():
    A, _ = allen_cahn()
    assert pn.certify(pn.ETDRK2(), A) == ()
    with pytest.raises(pn.NoCertificate, match="explicit"):
        pn.certificate(pn.ETDRK2(), A, "bounded")


def test_prescribed_values_may_raise_the_norm():
    A = pn.discretise(pn.Diffusion(), pn.Grid((4,), boundary=pn.Dirichlet(1.0)))
    assert {c.claim for c in pn.certify(pn.ExponentialEuler(), A)} == {"contractive", "max-min"}


def test_what_has_no_symbol_is_refused():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier()), pn.Grid((4,)))
    assert pn.certify(pn.ETDRK4(), A) == ()
    with pytest.raises(TypeError, match="need a linear term with constant coefficients"):
        pn.ETDRK4().step(A, 0.0, np.zeros(4), 1.0)


@pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
@pytest.mark.parametrize("walls", [("reflecting", "periodic"), (pn.Dirichlet(1.0), "reflecting")], ids=str)
def test_tensors_have_the_same_steps_and_gradients(scheme, walls):
    grid = pn.Grid((5, 4), 0.5, walls)
    A = pn.discretise(pn.Diffusion() + pn.Reaction(lambda u: u - u**3), grid)
    u = np.random.default_rng(0).standard_normal((2, 5, 4))
    v = torch.tensor(u, requires_grad=True)
    tau = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    np.testing.assert_allclose(
        scheme.step(A, 0.0, v, 0.3).detach().numpy(), scheme.step(A, 0.0, u, 0.3), rtol=0, atol=1e3 * EPS)  # fmt: skip
    assert torch.autograd.gradcheck(lambda u, tau: scheme.step(A, 0.0, u, tau), (v, tau))


def test_single_precision_stays_single():
    A, u0 = allen_cahn(8)
    for scheme in SCHEMES:
        single = scheme.step(A, 0.0, u0.astype(np.float32), 0.1)
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, scheme.step(A, 0.0, u0, 0.1), rtol=0, atol=100 * np.finfo(np.float32).eps)


@pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
@pytest.mark.parametrize(
    "equation",
    [pn.Diffusion(), pn.Diffusion() + pn.Fidelity(0.5), pn.Diffusion() + pn.Reaction(lambda u: u - u**3)],
    ids=str,
)
def test_the_derived_network_is_the_solver_and_learns_its_rates(scheme, equation):
    A = pn.discretise(equation, pn.Grid((6, 5), 0.5))
    u = np.random.default_rng(0).standard_normal((2, 6, 5))
    network = pn.derive(A, scheme, 0.2, 2, certificate=None)
    expected = pn.solve(A, u, scheme, 0.4, tau=0.2, certificate=None).u
    np.testing.assert_allclose(network(torch.tensor(u)).detach().numpy(), expected, rtol=0, atol=1e3 * EPS)
    network(torch.tensor(u)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_the_derived_flow_is_certified_at_its_rates():
    A = pn.discretise(pn.Diffusion(), pn.Grid((6,)))
    network = pn.derive(A, pn.ETDRK2(), 3.0, 2)
    with torch.no_grad():
        network.layers[0].log_rate += 1.0
    assert [c.claim for c in pn.certify(network)] == ["contractive", "bounded", "max-min"]


def test_calls_are_counted_of_the_explicit_terms():
    A, u0 = allen_cahn(8)
    assert pn.solve(A, u0, pn.ETDRK4(), 0.2, tau=0.1, certificate=None).calls == 8
