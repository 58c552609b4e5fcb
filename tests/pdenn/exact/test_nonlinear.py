"""Translating profiles: inverse fluxes against the laws, known shapes, and which arguments are refused.

That they solve their equation stands in `test_differential_equations`, the order they show in `test_convergence`.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.exact import TranslatingProfile
from pdenn.exact.nonlinear import branch

LAWS = [pn.Linear, pn.Charbonnier, pn.TotalVariation, pn.PeronaMalik, pn.PeronaMalikExponential]


def laws():
    return st.sampled_from(LAWS).flatmap(lambda law: st.builds(law, *[st.floats(0.1, 10.0)] * len(law._fields)))


@given(laws(), st.floats(-0.95, 0.95))
def test_the_inverse_flux_inverts_the_flux(law, share):
    p = share * min(branch(law).largest, 10.0)
    assert law.flux(branch(law).slope(np.float64(p))) == pytest.approx(p, rel=1e-12, abs=1e-300)


@given(laws(), st.floats(0.05, 0.95))
def test_the_primitive_is_the_conjugate_of_the_potential(law, share):
    """`∫_0^p Φ⁻¹ = p s - Ψ(s²)/2` for `p = Φ(s)` (Legendre)."""
    p = np.float64(share * min(branch(law).largest, 10.0))
    s = branch(law).slope(p)
    # The difference is at least a fifth of its terms: s grows with p, and p stays below its largest value.
    assert branch(law).primitive(p) == pytest.approx(p * s - law.potential(s * s) / 2, rel=1e-12)


@given(laws().filter(lambda law: law != pn.Linear()))
def test_the_largest_flux_is_that_of_the_law(law):
    s = np.linspace(0, 100, 200_001) * law[0]
    assert law.flux(s).max() == pytest.approx(branch(law).largest, rel=1e-4)
    assert law.flux(s).max() <= branch(law).largest * (1 + 1e-15)


def test_charbonnier_profiles_are_spherical_caps():
    x, y = pn.Grid((8, 8), h=0.1).coordinates()
    profile = TranslatingProfile(pn.Charbonnier(1.0), 1.0, (0.4, 0.4))
    height = 2.0 - (profile.u(1.5, x, y) - 1.5)
    np.testing.assert_allclose((x - 0.4) ** 2 + (y - 0.4) ** 2 + height**2, 4.0, rtol=1e-14)


def test_a_profile_rises_at_its_speed():
    profile = TranslatingProfile(pn.PeronaMalik(2.0), -0.5, 1.0)
    x = np.linspace(0.2, 2.0, 7)
    np.testing.assert_allclose(profile.u(3.0, x) - profile.u(1.0, x), -1.0, rtol=1e-14)


@pytest.mark.parametrize("law", [kind() for kind in LAWS], ids=repr)
def test_the_slope_is_that_of_the_profile(law):
    """Central differences of width d = 1e-5: `d²` and `ε/d`."""
    profile = TranslatingProfile(law, 0.4 * min(branch(law).largest, 1.0), 0.0)
    r = np.linspace(0.1, 1.5, 9)
    difference = (profile.u(0.0, r + 1e-5) - profile.u(0.0, r - 1e-5)) / 2e-5
    np.testing.assert_allclose(profile.slope(r), difference, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("law", [kind() for kind in LAWS], ids=repr)
def test_the_midpoint_rule_gives_the_discrete_profile(law):
    """With the slopes `F'` at the faces the separable operator is constant to rounding, `ε max|u| ρ`."""
    profile = TranslatingProfile(law, 0.8 * min(branch(law).largest, 1.0), 0.5)
    grid = pn.Grid(16, h=1 / 16, boundary=pn.Neumann(float(profile.slope(0.5))))
    faces = np.arange(1, 16) / 16 - 0.5
    u = np.concatenate([[0.0], np.cumsum(np.sign(faces) * profile.slope(abs(faces))) / 16])
    A = pn.discretise(pn.Diffusion(law, form="separable"), grid)
    rho = law.sup_g * 4 * 16**2
    assert abs(A(0.0, u) - profile.speed).max() <= 16 * np.finfo(float).eps * (1 + abs(u).max()) * rho


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: TranslatingProfile(pn.Weickert(), 1.0), TypeError, "law"),
        (lambda: TranslatingProfile(pn.Charbonnier, 1.0), TypeError, "law"),
        (lambda: TranslatingProfile(pn.Charbonnier(-1.0), 1.0), ValueError, "contrast"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 0.0), ValueError, "speed"),
        (lambda: TranslatingProfile(pn.Charbonnier(), math.nan), ValueError, "speed"),
        (lambda: TranslatingProfile(pn.Charbonnier(), "1"), TypeError, "speed"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0, (0.0,) * 4), ValueError, "centre"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0, math.inf), ValueError, "centre"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0).u(0.0, 1.0), ValueError, "r must lie"),
        (lambda: TranslatingProfile(pn.PeronaMalik(), 1.0).u(0.0, -0.5), ValueError, "r must lie"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0).slope(-0.1), ValueError, "r must lie"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0).slope(math.nan), ValueError, "r must lie"),
        (lambda: TranslatingProfile(pn.Charbonnier(), 1.0).u(math.nan, 0.1), ValueError, "t must be"),
    ],
)
def test_bad_arguments_are_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()
