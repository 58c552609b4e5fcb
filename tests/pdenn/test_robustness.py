"""The certificate against classifiers whose smoothed answer is known in closed form."""

import numpy as np
import pytest
from scipy import stats

from pdenn.robustness import certified_accuracy, certified_radius, certify_points, lower_bound, smoothing_of

W = np.array([3.0, 4.0])


def half_plane(x):
    """Distance to the line: `w · x / 5`."""
    return (x @ W > 0).astype(int)


def disc(x):
    return (np.linalg.norm(x, axis=1) < 1).astype(int)


def test_the_bound_of_clopper_and_pearson_covers():
    """The probability that the bound exceeds `p`, exactly: at most `alpha` for every `p`, and attained where it jumps."""
    n, alpha = 30, 0.05
    bounds = lower_bound(np.arange(n + 1), n, alpha)
    wrong = [stats.binom.pmf(np.arange(n + 1), n, p)[bounds > p].sum() for p in np.linspace(0.001, 0.999, 999)]
    assert max(wrong) <= alpha
    for k in (1, 15, 30):
        assert stats.binom.sf(k - 1, n, bounds[k]) == pytest.approx(alpha, rel=1e-9)
    assert bounds[0] == 0


def test_the_radius_of_a_half_plane_is_its_distance():
    """`u = Φ(w · x / (|w| s))`: the radius is the distance, which is the best possible."""
    distance, noise = np.array([0.1, 0.5, 2.0]), 0.7
    p = stats.norm.cdf(distance / noise)
    np.testing.assert_allclose(certified_radius(p, 1 - p, noise), distance, rtol=1e-12)
    assert certified_radius(0.4, 0.6, 1.0) == 0
    assert certified_radius(1.0, 0.0, 1.0) == np.inf
    assert certified_radius(0.7, 0.1, 2.0) == pytest.approx(stats.norm.ppf(0.7) - stats.norm.ppf(0.1))


def test_diffusion_is_smoothing():
    """`σ²Δ` for unit time is `s = √2 σ`, `σ²/2 Δ` is `s = σ`: the factors `σ/√2` and `σ/2` before `Φ⁻¹(u_a) - Φ⁻¹(u_b)`."""
    difference = stats.norm.ppf(0.8) - stats.norm.ppf(0.1)
    assert certified_radius(0.8, 0.1, smoothing_of(0.3**2)) == pytest.approx(0.3 / np.sqrt(2) * difference)
    assert certified_radius(0.8, 0.1, smoothing_of(0.3**2 / 2)) == pytest.approx(0.3 / 2 * difference)


def test_radii_are_below_the_truth_and_near_it():
    """Twelve points, each wrong with probability 0.001: all are right with probability 0.988. The bound is within five
    standard deviations plus its own margin of about three, `8 √(p(1-p)/n)`, of `p`."""
    distances = np.linspace(0.3, 1.4, 12)
    x, noise, n = distances[:, None] * W / 5, 0.5, 4000
    found = certify_points(half_plane, x, noise, trials=n, alpha=0.001)
    p = stats.norm.cdf(distances / noise)
    sure = p - 8 * np.sqrt(p * (1 - p) / n) - 10 / n
    assert (found.radius <= distances).all() and (found.lower <= p).all()
    assert (found.lower >= sure).all()
    answered = found.label >= 0
    assert (found.label[answered] == 1).all() and answered[sure > 0.5].all()
    np.testing.assert_allclose(found.radius, noise * stats.norm.ppf(np.maximum(found.lower, 0.5)), atol=1e-12)


def test_no_point_within_the_radius_has_another_smoothed_answer():
    """Of a disc: the noise has the radius law of Rayleigh and Rice, `P(|x + sε| < 1)` exactly."""
    noise = 0.6
    found = certify_points(disc, np.array([[0.0, 0.0], [1.8, 0.0], [0.2, 0.0]]), noise, trials=4000)
    for r, label, radius in zip((0.0, 1.8, 0.2), found.label, found.radius, strict=True):
        assert label >= 0
        for moved in np.linspace(r - radius, r + radius, 21)[1:-1]:
            inside = stats.ncx2.cdf(1 / noise**2, 2, max(moved**2, 1e-12) / noise**2)
            assert (inside > 0.5) == (label == 1)


def test_on_the_boundary_it_abstains():
    found = certify_points(half_plane, np.zeros((5, 2)), 0.5, alpha=0.001)
    np.testing.assert_array_equal(found.label, -1)
    np.testing.assert_array_equal(found.radius, 0)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
def test_integers_are_given_noise_that_is_none(dtype):
    """Zero on the edge of the half plane `x ≥ 0`: noise cut off to whole numbers would rarely leave it."""
    verdict = certify_points(lambda x: (x[:, 0] >= 0).astype(int), np.zeros((1, 2), dtype), 0.5)
    assert verdict.label[0] == -1 and verdict.radius[0] == 0


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        ([[np.nan, 0.0]], ValueError, "x must be finite, got 1 NaN"),
        ([[0.0, np.inf]], ValueError, "x must be finite"),
        ([["a"]], TypeError, "x must be an array of real numbers"),
        (1.0, TypeError, "x must be an array of real numbers of shape .points"),
    ],
    ids=str,
)
def test_points_that_are_no_numbers_are_refused(x, error, words):
    with pytest.raises(error, match=words):
        certify_points(half_plane, x, 0.5)


def test_certified_accuracy_falls_with_the_radius():
    found = certify_points(half_plane, np.array([[3.0, 4.0], [0.3, 0.4], [-3.0, -4.0]]), 0.5)
    accuracy = certified_accuracy(found, np.array([1, 1, 1]), [0.0, 0.6, 100.0])
    np.testing.assert_allclose(accuracy, [2 / 3, 1 / 3, 0])
    assert certify_points(lambda x: np.zeros(len(x), int), np.zeros((1, 3, 3), np.float32), 1.0).label[0] == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: smoothing_of(-1.0), "diffusivity must be finite and >= 0, got -1.0"),
        (lambda: certified_radius(1.2, 0.0, 1.0), r"must be in \[0, 1\]"),
        (lambda: certified_radius(np.nan, 0.0, 1.0), r"must be in \[0, 1\]"),
        (lambda: certified_radius(0.8, 0.2, 0.0), "noise must be finite and > 0"),
        (lambda: lower_bound(5, 4, 0.1), "successes must be in"),
        (lambda: lower_bound(1, 4, 1.0), r"alpha must be in \(0, 1\)"),
        (lambda: certify_points(half_plane, np.zeros((1, 2)), 1.0, trials=0), "trials must be an integer >= 1"),
        (lambda: certify_points(lambda x: x, np.zeros((1, 2)), 1.0), "classify must return 100 integers"),
        (
            lambda: certified_accuracy(certify_points(half_plane, np.ones((1, 2)), 1.0), [1, 1], [0.0]),
            "labels must have",
        ),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
