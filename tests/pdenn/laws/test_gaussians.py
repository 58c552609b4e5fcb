"""Sums of Gaussians: against quadrature, within their bounds, on arrays and tensors alike."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from pdenn import testing
from pdenn.laws.gaussians import SHAPES, Gaussians, slope_ranges

S = np.linspace(0, 12, 24001)


def made(seed, shape, count=7, width=0.3):
    heights = np.random.default_rng(seed).random(count) ** 3
    return Gaussians(heights, width, shape)


def textbook(law):
    """`Σ_k a_k G(s/w - k)`, both sides of zero, as a function of one number."""
    n = len(law.heights) - 1
    a, k = np.concatenate([law.heights[:0:-1], law.heights]), np.arange(-n, n + 1)
    mass = np.exp(-(np.arange(-30, 31) ** 2) / 2).sum()
    return lambda s: (a * np.exp(-((s / law.width - k) ** 2) / 2)).sum() / mass


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_its_definition_and_the_potential_its_integral(shape):
    """Both sides of the place where the Taylor polynomial takes over, `s = w/100`."""
    law = made(0, shape)
    f = textbook(law)
    s = np.concatenate([[1e-7], np.geomspace(0.9e-3, 3.3e-3, 9), [0.1, 0.7, 1.8, 4.0]])
    expected = [f(x) if shape == "dissipative" else quad(f, 0, x, epsabs=1e-15)[0] / x for x in s]
    np.testing.assert_allclose(law.g(s * s), expected, rtol=1e-12)
    psi = [quad(lambda x: 2 * x * law.g(np.array([x * x]))[0], 0, x, epsabs=1e-16)[0] for x in s]
    np.testing.assert_allclose(law.potential(s * s), psi, rtol=0, atol=1e-14)
    assert law.g(np.zeros(1))[0] == pytest.approx(f(0.0), rel=1e-14) and law.potential(np.zeros(1))[0] == 0
    assert law.reach == pytest.approx(1.8)


@given(st.integers(0, 10**6), st.sampled_from(SHAPES), st.integers(1, 12))
def test_the_bounds_hold_and_are_near(seed, shape, count):
    """Slopes by central differences, whose error `h² sup|Φ'''|/6` is below `1e-6 c n`, `h = 5e-4`, `w = 0.3`."""
    law = made(seed, shape, count)
    g, slopes = law.g(S * S), np.diff(law.flux(S)) / np.diff(S)
    slack = 1e-6 * law.heights.max() * count
    assert (g >= 0).all() and g.max() <= law.sup_g * (1 + 1e-12)
    assert slopes.max() <= law.sup_slope + slack and -slopes.min() <= law.sup_slope + slack
    assert slopes.min() >= law.inf_slope - slack
    assert law.monotone == (shape == "monotone") and law.nonnegative
    if shape == "dissipative":
        # Each term varies by less than 1.2 c k over an eighth of a width; that of the whole is seen to lose little.
        assert law.sup_slope <= 1.5 * max(slopes.max(), -slopes.min())


def test_equal_heights_reach_the_bound():
    """A partition of unity, to `2 exp(-2π²)`: where all heights are `a`, the sum is `a` until it fades."""
    for shape in SHAPES:
        law = Gaussians(np.full(20, 0.7), 0.5, shape)
        g = law.g(np.linspace(0, 5, 100) ** 2)
        assert abs(g - 0.7).max() < 0.7 * 2e-8 and law.sup_g == 0.7


@pytest.mark.parametrize("count", [1, 3, 8])
def test_the_ranges_of_the_slopes_of_each_term(count):
    """Against many points of every interval: never exceeded, and met to the second order of their distance."""
    low, high = slope_ranges(count)
    x = np.linspace(0, count + 8, (count + 8) * 8 * 50 + 1)
    for k in range(count):
        law = Gaussians(np.eye(count)[k], 1.0, "dissipative")
        h = 1e-5
        slopes = (law.flux(x + h) - law.flux(x - h)) / (2 * h)
        for i in range(len(low) - 1):
            inside = slopes[50 * i : 50 * (i + 1) + 1]
            assert low[i, k] - 1e-8 <= inside.min() and inside.max() <= high[i, k] + 1e-8
            # A pair is bounded term by term.
            assert high[i, k] - inside.max() < (1e-2 if k == 0 else 0.3 * (k + 1))


@given(st.integers(0, 10**6), st.sampled_from(SHAPES))
def test_numpy_and_torch_agree(seed, shape):
    law = made(seed, shape)
    other = law._replace(heights=torch.from_numpy(law.heights))
    s2 = np.geomspace(1e-8, 1e2, 300)
    # A term of rounding for each Gaussian; near zero the quotient loses two digits.
    testing.assert_same(law.g(s2), other.g(torch.from_numpy(s2)), float(law.sup_g), 1000)
    testing.assert_same(law.potential(s2), other.potential(torch.from_numpy(s2)), float(law.sup_g) * 100, 1000)
    assert float(other.sup_slope) == pytest.approx(float(law.sup_slope), rel=1e-14)
    assert law.g(s2.astype(np.float32)).dtype == np.float32 == law.potential(s2.astype(np.float32)).dtype
    assert np.isnan(law.g(np.array([np.nan]))).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_exact_without_slope_too(shape):
    def run(s2, heights):
        law = Gaussians(heights, 0.3, shape)
        return law.g(s2), law.potential(s2), law.sup_g, law.sup_slope, law.inf_slope

    s2 = torch.tensor([0.0, 1e-7, 0.01, 0.6, 3.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (s2, torch.from_numpy(made(1, shape).heights).requires_grad_()), eps=1e-7)
