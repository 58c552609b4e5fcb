"""The three claims of every public scheme on every kind of diffusion: they hold up to their limits, and not beyond.

The schemes are found in `pdenn.__all__`; a new one is tested without a line here.
"""

from dataclasses import is_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.schemes.trace import trace


def explicit(scheme) -> bool:
    """Whether a scheme is an explicit Butcher table; one that takes its operator apart has none."""
    try:
        return trace(scheme).explicit
    except ValueError:
        return False


KINDS = [
    thing for thing in (getattr(pn, name) for name in pn.__all__) if is_dataclass(thing) and hasattr(thing, "step")
]
MEMBERS = [scheme for kind in KINDS for scheme in testing.members(kind)]
EXPLICIT = [scheme for scheme in MEMBERS if explicit(scheme)]
SINGLE = pn.Charbonnier(contrast=2.0)


def wave(n=8):
    """Linear diffusion on a periodic grid of an even number of cells, and its fastest eigenvector, `A u = -ρ u`."""
    grid = pn.Grid((n,), 0.5, "periodic")
    return pn.discretise(pn.Diffusion(), grid), (-1.0) ** np.arange(n)


def public_schemes():
    """Each class as often as any other, whatever the number of its members."""
    return st.sampled_from(KINDS).flatmap(lambda kind: st.sampled_from(testing.members(kind)))


@st.composite
def problems(draw):
    """An operator, a scheme, and two states; single precision with one law."""
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float32]))
    law = draw(testing.laws()) if dtype == np.float64 else SINGLE
    grid = draw(testing.grids(max_cells=30))
    A = pn.discretise(pn.Diffusion(law, form=draw(st.sampled_from(["isotropic", "separable"]))), grid)
    u, v = (draw(testing.states(grid, dtype, (2,))) for _ in range(2))
    return draw(public_schemes()), A, u, v


@given(problem=problems(), share=st.floats(0.0, 1.0))
def test_the_claims_hold_up_to_their_limits(problem, share):
    scheme, A, u, v = problem
    limits = {c.claim: c.tau for c in pn.certify(scheme, A)}
    check = {
        "bounded": lambda tau: testing.assert_bounded(scheme, A, u, tau),
        "contractive": lambda tau: testing.assert_contractive(scheme, A, u, v, tau),
        "max-min": lambda tau: testing.assert_max_min(scheme, A, u, tau),
    }
    for claim in check:
        if claim in limits:
            check[claim](None)
            check[claim](share * min(limits[claim], 10.0) * (1 - testing.ACCURACY))
        else:
            with pytest.raises(pn.NoCertificate):
                check[claim](None)


@given(problem=problems(), near=st.floats(1e-3, 10.0), seed=st.integers(0, 99))
def test_the_contractive_claim_holds_for_neighbours(problem, near, seed):
    """Two states that differ little: what expands distances, expands small ones."""
    scheme, A, u, _ = problem
    if "contractive" not in {c.claim for c in pn.certify(scheme, A)}:
        scheme = pn.ExplicitEuler()
        A = pn.discretise(pn.Diffusion(SINGLE, form=A.equation.form), pn.Grid(A.grid.shape, A.grid.h))
    noise = np.random.default_rng(seed).standard_normal(u.shape)
    testing.assert_contractive(scheme, A, u, (u + near * noise).astype(u.dtype))


@given(scheme=st.sampled_from(EXPLICIT), data=st.data(), law=testing.laws())
def test_the_mean_is_kept_where_nothing_passes_the_walls(scheme, data, law):
    grid = data.draw(testing.grids(max_cells=30, boundaries=testing.CLOSED))
    A = pn.discretise(pn.Diffusion(law), grid)
    u = data.draw(testing.states(grid))
    limits = [c.tau for c in pn.certify(scheme, A) if np.isfinite(c.tau)]
    testing.assert_conservative(scheme, A, u, min(limits, default=0.1 * min(grid.h) ** 2 / grid.dim))


@pytest.mark.parametrize("scheme", EXPLICIT, ids=repr)
def test_the_bounded_limit_is_sharp(scheme):
    A, u = wave()
    limit = pn.certificate(scheme, A, "bounded").tau
    testing.assert_bounded(scheme, A, u)
    with pytest.raises(AssertionError, match="bounded"):
        testing.assert_bounded(scheme, A, u, 1.05 * limit)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.SSPRK2(), pn.FSI(1, "updated")], ids=repr)
def test_the_contractive_limit_of_a_nonlinear_flux_is_sharp(scheme):
    """Near a flat state the flux is linear with `Φ' = sup Φ'`, and β = 2r = 2 for these schemes."""
    u = 1e-3 * wave()[1]
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(contrast=100.0)), wave()[0].grid)
    limit = pn.certificate(scheme, A, "contractive").tau
    testing.assert_contractive(scheme, A, u, -u)
    with pytest.raises(AssertionError, match="contractive"):
        testing.assert_contractive(scheme, A, u, -u, 1.05 * limit)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_max_min_limit_of_the_explicit_scheme_is_sharp(dim):
    grid = pn.Grid((4,) * dim)
    A = pn.discretise(pn.Diffusion(), grid)
    spike = np.zeros(grid.shape)
    spike[(1,) * dim] = 1.0
    limit = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    testing.assert_max_min(pn.ExplicitEuler(), A, spike)
    with pytest.raises(AssertionError, match="max-min"):
        testing.assert_max_min(pn.ExplicitEuler(), A, spike, 1.05 * limit)


@pytest.mark.parametrize("form", ["separable", "isotropic"])
@pytest.mark.parametrize(
    "scheme", [s for s in EXPLICIT if getattr(s, "coefficients", "updated") == "updated"], ids=repr
)
def test_the_contractive_claim_survives_the_attacker(scheme, form):
    """Up to the error of central differences, 1e-8."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(), form=form), pn.Grid((6,), boundary="periodic"))
    claims = {c.claim: c for c in pn.certify(scheme, A)}
    assert ("contractive" in claims) == (pn.constants(scheme).r > 0)
    tau = claims["contractive"].tau if "contractive" in claims else 0.0
    assert testing.worst_expansion(scheme, A, tau, starts=6, climbs=8).ratio <= 1 + 1e-8


def test_updated_coefficients_at_the_limit_of_the_linear_theory_expand_distances():
    """FSI(8) at `τρ = 48`, `θ = 2/ρ`: bounded is a theorem for held coefficients only, and contractive for none."""
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(), form="separable"), pn.Grid((8,), boundary="periodic"))
    scheme = pn.FSI(8, coefficients="updated")
    tau = 48 / A.bound.spectral.value
    assert tau <= pn.constants(scheme).beta / A.bound.spectral.value
    found = testing.worst_expansion(scheme, A, tau, climbs=30)
    assert found.ratio > 2
    with pytest.raises(AssertionError, match="contractive"):
        testing.assert_contractive(scheme, A, found.u, found.v, tau)
    testing.assert_contractive(scheme, A, found.u, found.v)


def test_bounded_is_not_contractive():
    """Perona-Malik: at slopes `√3 λ` everywhere, `Φ' = -2 e^(-3/2)`, and a step has the Jacobian norm `1 + 4 e^(-3/2)`."""
    scheme, (linear, checkerboard) = pn.ExplicitEuler(), wave()
    A = pn.discretise(pn.Diffusion(pn.PeronaMalikExponential(contrast=3.0), form="separable"), linear.grid)
    tau = pn.certificate(scheme, A, "bounded").tau * (1 - testing.ACCURACY)
    u = 3**0.5 / 2 * 3.0 * 0.5 * checkerboard
    v = u * (1 + 1e-6)
    ratio = np.linalg.norm(scheme.step(A, 0.0, u, tau) - scheme.step(A, 0.0, v, tau)) / np.linalg.norm(u - v)
    assert ratio == pytest.approx(1 + 4 * np.exp(-1.5), abs=1e-5)
    found = testing.worst_expansion(scheme, A, tau, amplitude=1.5)
    assert 1.8 < found.ratio <= 1 + 4 * np.exp(-1.5) + 1e-8
    for state in (u, found.u, found.v):
        testing.assert_bounded(scheme, A, state, tau)
        testing.assert_max_min(scheme, A, state, tau)
    with pytest.raises(pn.NoCertificate, match="not monotone"):
        testing.assert_contractive(scheme, A, found.u, found.v)
