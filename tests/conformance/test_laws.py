"""Every public law: its potential, its suprema, its flags, its dtypes, and NumPy against torch.

The laws are found in `pdenn.__all__`; a new one is tested without a line here.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn
from pdenn import testing

KINDS = [thing for thing in (getattr(pdenn, name) for name in pdenn.__all__) if hasattr(thing, "potential")]
# Slopes in units of the parameter that a law scales with, from flat to far beyond any contrast.
SCALED = np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 4000)])


def members(kind):
    """A law with all parameters at their defaults, and with others."""
    others = {name: 3.0 if name == "kappa" else 0.25 for name in kind._fields}
    return [kind(), kind(**others)]


LAWS = [law for kind in KINDS for law in members(kind)]


def scale(law) -> float:
    """The slope at which the law changes: its first parameter."""
    return law[0] if len(law) else 1.0


def slopes(law):
    return SCALED * scale(law)


def slope_of_flux(law, s):
    """`Φ'(s)` by central differences of fourth order, which err by about 1e-12 sup g."""
    delta = 1e-3 * scale(law)
    f = [law.flux(s + k * delta) for k in (-2, -1, 1, 2)]
    return (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * delta)


def test_the_namespace_holds_laws():
    assert {"Linear", "Charbonnier", "PeronaMalik"} <= {kind.__name__ for kind in KINDS}


@given(law=testing.laws())
def test_the_strategy_draws_public_laws(law):
    assert type(law) in KINDS


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_g_is_the_derivative_of_the_potential(law):
    """Differences of fourth order in `s²`, relative width 1e-3: error 1e-12 times the fifth derivative in these units.

    The fifth derivatives of `Ψ` in `log s²` stay below 1e6 (Weickert's law, whose exponent is the fourth power).
    """
    s2 = slopes(law)[1:] ** 2
    delta = 1e-3 * s2
    psi = [law.potential(s2 + k * delta) for k in (-2, -1, 1, 2)]
    derivative = (8 * (psi[2] - psi[1]) - (psi[3] - psi[0])) / (12 * delta)
    # Rounding of Ψ, relative to its size, over the width.
    rounding = 20 * np.finfo(float).eps * (abs(psi[3]) + law.sup_g * scale(law) ** 2) / delta
    assert np.all(abs(derivative - law.g(s2)) <= 1e-6 * law.sup_g + rounding)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_potential_vanishes_without_slope(law):
    assert abs(law.potential(np.zeros(1))[0]) <= 10 * np.finfo(float).eps * law.sup_g * scale(law) ** 2


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_flux_is_g_times_the_slope(law):
    s = np.concatenate([-slopes(law), slopes(law)])
    testing.assert_same(law.flux(s), law.g(s**2) * s, law.sup_g * abs(s).max(), 10)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_sup_g_is_attained_and_never_exceeded(law):
    largest = abs(law.g(slopes(law) ** 2)).max()
    assert law.sup_g * (1 - 1e-6) <= largest <= law.sup_g * (1 + 1e-14)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_sup_slope_is_attained_and_never_exceeded(law):
    """On a grid of relative width 4e-3 the maximum of a smooth function is met to the square of it."""
    largest = abs(slope_of_flux(law, slopes(law))).max()
    assert law.sup_slope * (1 - 1e-3) <= largest <= law.sup_slope * (1 + 1e-9)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_inf_slope_is_never_fallen_below_and_nearly_attained(law):
    """A lower bound, for forward and backward diffusion that of `-sup |Φ'|`; attained, or approached at infinity."""
    smallest = slope_of_flux(law, slopes(law)).min()
    assert law.inf_slope - 1e-9 * law.sup_g <= smallest
    assert smallest <= law.inf_slope + 1e-3 * law.sup_slope or not law.nonnegative


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_flag_monotone_is_true(law):
    smallest = slope_of_flux(law, slopes(law)).min()
    assert law.monotone == (smallest >= -1e-9 * law.sup_g)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_flag_nonnegative_is_true(law):
    assert law.nonnegative == bool(law.g(slopes(law) ** 2).min() >= 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_dtypes_are_kept(law, dtype):
    s = np.linspace(0, 3, 7, dtype=dtype) * dtype(scale(law))
    t = torch.from_numpy(s)
    assert {f(s * s).dtype for f in (law.g, law.potential)} | {law.flux(s).dtype} == {np.dtype(dtype)}
    assert {f(t * t).dtype for f in (law.g, law.potential)} | {law.flux(t).dtype} == {t.dtype}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_numpy_and_torch_agree(law, dtype):
    """Exponents reach 87 in single precision before an exponential vanishes; their rounding is relative to them."""
    s2 = (slopes(law)[:-1200] ** 2).astype(dtype)
    testing.assert_same(torch.from_numpy(law.g(s2)), law.g(torch.from_numpy(s2)), law.sup_g, 400)
    psi = law.potential(s2)
    testing.assert_same(torch.from_numpy(psi), law.potential(torch.from_numpy(s2)), abs(psi).max(), 400)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_torch_differentiates_twice_at_zero_slope(law):
    s = torch.tensor([0.0, 1e-9, 0.5, 2.0, 50.0], dtype=torch.float64) * scale(law)
    s.requires_grad_()
    (first,) = torch.autograd.grad(law.flux(s).sum(), s, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), s, allow_unused=True, retain_graph=True) if (
        first.requires_grad
    ) else (torch.zeros_like(s),)  # fmt: skip
    (potential,) = torch.autograd.grad(law.potential(s * s).sum(), s)
    assert torch.isfinite(first).all()
    assert second is None or torch.isfinite(second).all()
    # dΨ(s²)/ds = 2 g(s²) s = 2 Φ(s)
    testing.assert_same(potential, 2 * law.flux(s.detach()), law.sup_g * float(s.detach().max()), 400)
    testing.assert_same(first[0], torch.from_numpy(law.g(np.zeros(1)))[0], law.sup_g, 10)


@given(law=testing.laws(), s=st.floats(-1e3, 1e3))
def test_the_flux_is_odd_and_stays_below_sup_g(law, s):
    forward, backward = law.flux(np.array([s, -s]))
    assert forward == -backward
    assert abs(forward) <= law.sup_g * abs(s) * (1 + 1e-15)
