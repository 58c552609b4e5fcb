"""The axioms sort the equations of the package as theory sorts them, and every assertion finds what breaks it.

What theory says. Comparison: an explicit step compares if no new value decreases with an old one. That holds for linear
and separable diffusion with a monotone flux, upwind and exponentially fitted convection, monotone fluxes of conservation
laws, porous media and reactions below their step limit; not where the flux is not monotone, of fourth order (negative
weights), central (negative weights) or of higher order than one (Godunov, and Harten, Hyman and Lax 1976), and not where a
diffusivity sees other cells than its own two (isotropic: `∂A_i/∂u_(i+2) < 0` on a ramp where `g` decreases). Linearity and
constants: read off the equation. Locality fails for Gaussians wider than the block, regularity in space where a coefficient
jumps.
"""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn import equations, fluxes, laws, testing

LINE = pn.Grid((48,), 1 / 48, "periodic")
PLANE = pn.Grid((32, 32), 1 / 32, "periodic")
ALL = frozenset(testing.AXIOMS)
NONLINEAR = ALL - {"linear"}
WITHOUT_SPACE = ("comparison", "Markov", "linear", "constants", "temporal")
TRANSPORT = pn.Upwind()


def wave(t, x):
    """Not divergence-free on a line."""
    return (1 + 0.5 * np.sin(2 * np.pi * x) * np.cos(t),)


def shear(t, x, y):
    """Jumps in the middle."""
    return np.sign(y - 0.5), 0 * x


def turning(t, x, y):
    """Divergence-free and smooth."""
    return np.cos(t) * np.sin(2 * np.pi * y), np.sin(2 * np.pi * x)


def logistic(u):
    return u * (1 - u)


def decay(u):
    return -u


SMOOTH = np.sin(2 * np.pi * LINE.coordinates()[0])
CASES = {
    "linear diffusion": (pn.Diffusion(), LINE, ALL),
    "linear diffusion in the plane": (pn.Diffusion(), PLANE, ALL),
    "of fourth order": (pn.Diffusion(order=2), LINE, ALL - {"comparison"}),
    "edge-enhancing": (pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.5), sigma=0.2)), PLANE,
                       NONLINEAR - {"comparison", "local"}),
    "coherence-enhancing": (pn.AnisotropicDiffusion(pn.CoherenceEnhancing(contrast=0.1, sigma=0.2, rho=0.2)), PLANE,
                            NONLINEAR - {"comparison", "local"}),
    "upwind": (pn.Convection(1.0, TRANSPORT), LINE, ALL),
    "central": (pn.Convection(1.0, pn.Central()), LINE, ALL - {"comparison"}),
    "MUSCL": (pn.Convection(1.0, pn.MUSCL()), LINE, NONLINEAR - {"comparison"}),
    "WENO5": (pn.Convection(1.0, pn.WENO5()), LINE, NONLINEAR - {"comparison"}),
    "compressing": (pn.Convection(wave, TRANSPORT), LINE, ALL - {"constants"}),
    "turning": (pn.Convection(turning, TRANSPORT), PLANE, ALL),
    "shear": (pn.Convection(shear, TRANSPORT), PLANE, ALL - {"spatial"}),
    "fitted": (pn.ConvectionDiffusion(1.0, 0.1), LINE, ALL),
    "Burgers by Godunov": (pn.ConservationLaw(pn.Burgers(), pn.Godunov()), LINE, NONLINEAR),
    "Burgers by Lax and Friedrichs": (pn.ConservationLaw(pn.Burgers(), pn.LaxFriedrichs(), range=(-1, 1)), LINE, NONLINEAR),
    "porous": (pn.PorousMedium(2.0, maximum=1.0), LINE, NONLINEAR),
    "logistic": (pn.Reaction(logistic), LINE, NONLINEAR - {"constants"}),
    "decay": (pn.Reaction(decay), LINE, ALL - {"constants"}),
    "fidelity": (pn.Fidelity(SMOOTH, 1.0, 2.0), LINE, NONLINEAR - {"constants"}),
    "fidelity to noise": (pn.Fidelity((-1.0) ** np.arange(48), 1.0, 2.0), LINE, NONLINEAR - {"constants", "spatial"}),
    "convection and diffusion": (pn.Convection(1.0, TRANSPORT) + pn.Diffusion(), LINE, ALL),
    "diffusion and logistic": (pn.Diffusion() + pn.Reaction(logistic), LINE, NONLINEAR - {"constants"}),
    "between fixed walls": (pn.Diffusion(), pn.Grid((48,), 1 / 48, pn.Dirichlet(0.0)), ALL - {"constants"}),
}  # fmt: skip
LAWS = [kind for kind in (getattr(laws, name) for name in laws.__all__) if hasattr(kind, "potential")]


def euler(A, step=None):
    """The evolution by Euler steps, by default below every limit of the cases here: `ρ ≤ 4 d/h²`, or `16/h⁴`."""
    h, order = A.grid.h[0], getattr(A.equation, "order", 1)
    tau = (0.1 * h**2 if order == 1 else 0.02 * h**4) if step is None else step
    return testing.evolution(A, pn.ExplicitEuler(), tau), tau


def held(T, grid, s, **how):
    """The axioms for which there is no counterexample."""
    found = testing.sort_by_axioms(T, grid, s, **how)
    return {name for name, evidence in found.items() if isinstance(evidence, testing.Evidence)}


@pytest.mark.parametrize("name", CASES)
def test_equations_are_sorted_as_theory_sorts_them(name):
    equation, grid, expected = CASES[name]
    A = pn.discretise(equation, grid)
    h = grid.h[0]
    T, tau = euler(A) if hasattr(A, "equation") else (testing.evolution(A, pn.ExplicitEuler(), 0.1 * h**2), 0.1 * h**2)
    assert held(T, grid, tau) == expected


@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("kind", LAWS, ids=lambda kind: kind.__name__)
def test_laws_are_sorted_by_their_flux(kind, form):
    law = kind()
    A = pn.discretise(pn.Diffusion(law, form=form), LINE)
    expected = set(ALL if kind is pn.Linear else NONLINEAR)
    if not law.monotone or (form == "isotropic" and kind is not pn.Linear):
        expected.discard("comparison")
    T, tau = euler(A, 0.1 * LINE.h[0] ** 2 / max(law.sup_g, law.sup_slope))
    assert held(T, LINE, tau, within=(-0.1, 0.1)) == expected


def test_every_equation_and_every_flux_is_sorted():
    asked = str([equation for equation, _, _ in CASES.values()])
    for name in {*equations.__all__} - {"Statement", "Sum", "GraphConvection"}:
        assert f"{name}(" in asked
    for name in {*fluxes.__all__} - {"bernoulli", "BuckleyLeverett"}:
        assert f"{name}(" in asked


@pytest.mark.parametrize(("factor", "compares"), [(0.99, True), (1.01, False)])
def test_the_limit_of_comparison_is_that_of_absolute_monotonicity(factor, compares):
    """For linear diffusion the certificate max-min is sharp, for Euler: above it the weight of a cell itself is negative."""
    A = pn.discretise(pn.Diffusion(), LINE)
    tau = factor * pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    assert ("comparison" in held(testing.evolution(A, pn.ExplicitEuler(), tau), LINE, tau, count=60)) is compares


def test_graphs_are_sorted():
    graph = pn.Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)])
    T = testing.evolution(pn.discretise(pn.Diffusion(), graph), pn.ExplicitEuler(), 0.1)
    assert held(T, graph, 0.1, axioms=WITHOUT_SPACE) == set(WITHOUT_SPACE)


@pytest.mark.parametrize("form", ["advective", "conservative"])
def test_transport_on_graphs_is_sorted(form):
    """Node 1 receives more than it sends: only the advective form keeps constants."""
    graph = pn.Graph.from_edges([(1, 0), (1, 2), (0, 2), (2, 1)], directed=True)
    T = testing.evolution(pn.discretise(pn.GraphConvection(form), graph), pn.ExplicitEuler(), 0.1)
    expected = set(WITHOUT_SPACE) - ({"constants"} if form == "conservative" else set())
    assert held(T, graph, 0.1, axioms=WITHOUT_SPACE) == expected


def test_a_derived_network_is_sorted():
    A = pn.discretise(pn.Diffusion(), LINE)
    tau = 0.1 * LINE.h[0] ** 2

    def T(f, t, s):
        steps = round(s / tau)
        return pn.derive(A, pn.ExplicitEuler(), tau, steps)(torch.tensor(f)).detach() if steps else f

    assert held(T, LINE, tau, axioms=("comparison", "Markov", "linear", "constants")) == {
        "comparison", "Markov", "linear", "constants"}  # fmt: skip


def shift_in_frequency(f, t, s):
    """The half derivative: nonlocal."""
    k = abs(np.fft.fftfreq(f.size, 1 / f.size))
    return np.fft.ifft(np.exp(-s * k) * np.fft.fft(f)).real


WRONG = {
    "comparison": lambda f, t, s: f - s * np.roll(f, 1),
    "Markov": lambda f, t, s: f * (1 - s),
    "linear": lambda f, t, s: f - s * f**3,
    "constants": lambda f, t, s: f + s,
    "local": shift_in_frequency,
    "spatial": lambda f, t, s: f + s * np.where(np.arange(48) < 24, np.roll(f, 1) - f, 0.0),
    "temporal": lambda f, t, s: f + (s**0.5) * (np.roll(f, 1) - f) / 4,
}


@pytest.mark.parametrize("axiom", WRONG)
def test_a_wrong_operator_is_caught_with_a_witness(axiom):
    with pytest.raises(testing.Counterexample, match=rf"^{axiom}: .*found .*limit") as caught:
        testing.AXIOMS[axiom](WRONG[axiom], LINE, 0.01)
    assert all(state.shape == LINE.shape for state in caught.value.states.values())
    assert caught.value.axiom == axiom


def test_a_counterexample_of_comparison_can_be_checked_by_hand():
    with pytest.raises(testing.Counterexample) as caught:
        testing.assert_comparison(WRONG["comparison"], LINE, 0.01)
    f, g = caught.value.states["f"], caught.value.states["g"]
    assert (f <= g).all()
    drop = (WRONG["comparison"](f, 0, 0.01) - WRONG["comparison"](g, 0, 0.01)).max() / (g - f).max()
    assert drop == pytest.approx(0.01)  # rounding is 1e-13 of it
    assert drop == caught.value.found


def test_the_shift_of_time_is_seen():
    """`u' = 2t u` is Markov only if the begin of the second part is told."""
    testing.assert_markov(lambda f, t, s: f * np.exp((t + s) ** 2 - t**2), LINE, 0.1, t=0.3)
    with pytest.raises(testing.Counterexample):
        testing.assert_markov(lambda f, t, s: f * np.exp(s**2), LINE, 0.1, t=0.3)


def test_a_solver_steps_at_its_own_times():
    """`u' = 2t` by four Euler steps of 1/4 from 0.3, and by the fewest equal steps where 1/4 does not divide."""
    A = pn.discretise(pn.Reaction(lambda t, u: 2 * t + 0 * u), LINE)
    T, zero = testing.evolution(A, pn.ExplicitEuler(), 0.25), np.zeros(LINE.shape)
    np.testing.assert_allclose(T(zero, 0.3, 1.0), 0.25 * 2 * (0.3 + 0.55 + 0.8 + 1.05))
    np.testing.assert_allclose(T(zero, 0.3, 0.3), 0.15 * 2 * (0.3 + 0.45))
    assert T(zero, 0.3, 0.0) is zero


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: testing.assert_linear(lambda f, t, s: f[1:], LINE, 0.1), "T must return finite states of shape"),
        (lambda: testing.assert_linear(lambda f, t, s: f * np.nan, LINE, 0.1), "48 NaN or infinite"),
        (lambda: testing.assert_comparison(lambda f, t, s: f, LINE, 0.1, within=(1, 2)), "within must be an interval"),
        (lambda: testing.assert_spatially_regular(lambda f, t, s: f, pn.Grid(8), 0.1), "at least 32 cells"),
        (lambda: testing.evolution(None, pn.ExplicitEuler(), -1.0), "tau must be finite"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
