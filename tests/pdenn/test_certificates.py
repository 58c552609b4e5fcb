"""Certificates: the limits of the three claims, and the reasons where there is none."""

from types import SimpleNamespace

import numpy as np
import pytest

import pdenn as pn
from pdenn.operators.protocol import Constant

GRID = pn.Grid((6, 5), h=0.5)


def limits(scheme, A):
    return {c.claim: c.tau for c in pn.certify(scheme, A)}


def operator(law=pn.Charbonnier(0.1), boundary="reflecting", form="isotropic"):  # noqa: B008
    return pn.discretise(pn.Diffusion(law, form=form), pn.Grid((6, 5), h=0.5, boundary=boundary))


def test_the_limits_of_explicit_euler():
    """ρ = ρ' = 32 and d = 16 on a grid with h = 1/2."""
    found = limits(pn.ExplicitEuler(), operator())
    assert list(found) == ["contractive", "bounded", "max-min"]
    assert all(isinstance(c, pn.Certificate) for c in pn.certify(pn.ExplicitEuler(), operator()))
    np.testing.assert_allclose(list(found.values()), [2 / 32, 2 / 32, 1 / 16], rtol=1e-9)


def test_a_nonmonotone_flux_keeps_the_norm_but_contracts_nothing():
    found = limits(pn.ExplicitEuler(), operator(pn.PeronaMalik(0.1)))
    assert list(found) == ["bounded", "max-min"]
    with pytest.raises(pn.NoCertificate, match="the flux of PeronaMalik.*is not monotone") as error:
        pn.certificate(pn.ExplicitEuler(), operator(pn.PeronaMalik(0.1)), "contractive")
    assert error.value.because.startswith("the flux of PeronaMalik")


def test_total_variation_pays_for_its_regularisation():
    found = limits(pn.ExplicitEuler(), operator(pn.TotalVariation(0.01)))
    np.testing.assert_allclose(found["bounded"], 2 / (32 / 0.01), rtol=1e-9)


def test_held_cycles_are_bounded_at_beta_and_updated_ones_at_the_disk():
    held, updated = limits(pn.FSI(8), operator()), limits(pn.FSI(8, "updated"), operator())
    constants = pn.constants(pn.FSI(8))
    np.testing.assert_allclose(held["bounded"], constants.beta / 32, rtol=1e-9)
    np.testing.assert_allclose(updated["bounded"], 2 * constants.r / 32, rtol=1e-9)
    np.testing.assert_allclose(updated["contractive"], 2 * constants.r / 32, rtol=1e-9)
    assert "contractive" not in held
    assert limits(pn.FSI(8), operator(pn.Linear()))["contractive"] == pytest.approx(constants.beta / 32)


def test_no_claim_for_negative_diffusivities():
    assert pn.certify(pn.ExplicitEuler(), operator(pn.ForwardBackward(0.1))) == ()
    with pytest.raises(pn.NoCertificate, match="takes negative values.*Provable: nothing"):
        pn.certificate(pn.ExplicitEuler(), operator(pn.ForwardBackward(0.1)), "bounded")


def test_walls_decide_which_claims_hold():
    euler = pn.ExplicitEuler()
    assert set(limits(euler, operator(boundary=pn.Dirichlet(1.0)))) == {"contractive", "max-min"}
    assert set(limits(euler, operator(boundary=pn.Neumann(1.0)))) == set()
    assert set(limits(euler, operator(boundary=pn.Robin(1.0, 1.0)))) == {"bounded", "max-min"}
    assert set(limits(euler, operator(pn.Linear(), boundary=pn.Neumann(1.0)))) == {"contractive"}


def test_schemes_of_second_order_are_not_certified_beyond_boundedness():
    assert set(limits(pn.RKL2(5), operator(pn.Linear()))) == {"contractive", "bounded"}
    assert set(limits(pn.RKL2(5), operator())) == set()
    assert set(limits(pn.RKL2(5, "held"), operator())) == {"bounded"}


def test_certificates_print_claim_limit_reason_and_source():
    text = str(pn.certificate(pn.ExplicitEuler(), operator(), "bounded"))
    for words in ("bounded", "‖u⁺‖₂ ≤ ‖u‖₂", "τ ≤ 0.0625", "β = 2", "ρ = sup g", "Alt, Schrader"):
        assert words in text


@pytest.mark.parametrize(
    ("scheme", "A", "words"),
    [
        (pn.FSI(4), None, "A must be an operator from pn.discretise.*got None"),
        (pn.FSI(4), pn.Diffusion(), "A must be an operator from pn.discretise.*got Diffusion"),
        (pn.SemiLagrangian(), None, "A must be an operator"),
        (pn.ExponentialEuler(), None, "A must be an operator"),
        (pn.FSI, operator(), "scheme must be an instance such as pn.FSI.n=8., .*got <class"),
        (operator(), pn.FSI(4), "scheme must be an instance .*got GridDiffusion"),
        (None, operator(), "scheme must be an instance .*got None"),
    ],
    ids=str,
)
def test_what_is_no_scheme_or_no_operator_is_refused_by_name(scheme, A, words):
    with pytest.raises(TypeError, match=words):
        pn.certify(scheme, A)
    with pytest.raises(TypeError, match=words):
        pn.certificate(scheme, A, "bounded")


def test_a_bound_beyond_the_largest_number_proves_nothing():
    """`4/h²` overflows: no step is left, and none is divided by."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((4,), 1e-160))
    assert pn.certify(pn.ExplicitEuler(), A) == ()
    with pytest.raises(pn.NoCertificate, match="ρ must be finite"):
        pn.solve(A, np.zeros(4), pn.ExplicitEuler(), 1.0)


def test_an_unknown_claim_is_refused():
    with pytest.raises(ValueError, match="certificate must be one of .*got 'stable'"):
        pn.certificate(pn.ExplicitEuler(), operator(), "stable")


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.ImplicitEuler(), pn.AOS()], ids=str)
def test_a_bound_that_is_no_number_supports_no_claim(scheme, number):
    """NaN is not above zero, and zero would allow any step."""
    A = operator()
    wrong = Constant(number, "a test")
    bound = A.bound._replace(spectral=wrong, contraction=wrong, diagonal=wrong)
    fake = SimpleNamespace(bound=bound, equation=A.equation, grid=A.grid)
    with pytest.raises(pn.NoCertificate, match=f"must be finite, and it is {number}: a test"):
        pn.certificate(scheme, fake, "bounded")
    assert pn.certify(scheme, fake) == ()
