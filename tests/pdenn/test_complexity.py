"""Complexities that are known in closed form, and Jensen's inequality."""

import math

import numpy as np
import pytest

from pdenn.complexity import compare, rademacher, rademacher_linear


def halves(n, seed=0):
    """Signs of random half planes."""
    w = np.random.default_rng(seed).standard_normal((n, 3))
    return [lambda x, a=a: np.sign(x @ a[:2] + a[2]) for a in w]


SAMPLE = np.random.default_rng(1).standard_normal((8, 2))


def test_one_function_has_none_and_all_signs_have_one():
    assert rademacher([[1.0, -2.0, 3.0]]).mean == 0
    cube = np.array(np.meshgrid(*[(-1, 1)] * 4)).reshape(4, -1).T
    assert rademacher(cube).mean == 1


@pytest.mark.parametrize("n", [1, 4, 9])
def test_a_function_and_its_negative(n):
    """`E|Σ ξ_i|/n`, the mean distance of a random walk of `n` steps."""
    found = rademacher([np.ones(n), -np.ones(n)])
    walk = sum(math.comb(n, k) * abs(n - 2 * k) for k in range(n + 1)) / 2**n / n
    assert found.mean == pytest.approx(walk) and found.half_width == 0


def test_linear_functions_of_orthogonal_points():
    """`|Σ ξ_i e_i| = √n` for all signs: `B/√n`."""
    found = rademacher_linear(np.eye(6), radius=3.0)
    assert found.mean == pytest.approx(3 / np.sqrt(6)) and found.half_width == 0


def test_drawn_signs_agree_with_all_signs():
    """Within 2.5 half widths, 4.9 standard errors: fails with probability 1e-6."""
    values = np.array([g(SAMPLE) for g in halves(20)])
    exact, drawn = rademacher(values), rademacher(values, draws=4000)
    assert abs(drawn.mean - exact.mean) <= 2.5 * drawn.half_width
    linear, some = rademacher_linear(SAMPLE), rademacher_linear(SAMPLE, draws=4000)
    assert abs(some.mean - linear.mean) <= 2.5 * some.half_width


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0, 5.0])
def test_the_smoothed_class_is_below_the_class_on_noisy_samples(noise):
    found = compare(halves(20), SAMPLE, noise, samples=50)
    assert found.smoothed <= found.noisy * (1 + 1e-12)
    if noise == 0:
        assert found.base == pytest.approx(found.smoothed) == pytest.approx(found.noisy)
    else:
        assert found.smoothed < found.noisy


def test_the_mean_of_the_noisy_samples_is_that_of_a_folded_normal():
    """`±x` at the point 0: the complexity is `|s ε|`, in the mean `s √(2/π)`, with variance below `s²`; five standard errors."""
    found = compare([lambda x: x[:, 0], lambda x: -x[:, 0]], np.zeros((1, 1)), 2.0, samples=4000)
    assert abs(found.noisy - 2 * np.sqrt(2 / np.pi)) < 5 * 2 / np.sqrt(4000)
    assert found.base == 0 and found.smoothed < 5 * 2 / np.sqrt(4000)


def test_smoothing_half_planes_shrinks_their_complexity():
    """All smoothed values shrink towards constants as the noise grows; large noise leaves hardly anything to fit."""
    signs = [compare(halves(20), SAMPLE, s, samples=400).smoothed for s in (0.0, 1.0, 8.0)]
    assert signs[0] > signs[1] > signs[2]


def test_smoothing_may_increase_the_complexity_on_the_same_sample():
    """Bumps beside the sample: zero on it, not zero in the mean around it. No strict decrease is true in general."""
    bumps = [lambda x, c=c: (abs(x[:, 0] - c - 0.5) < 0.25).astype(float) for c in range(4)]
    found = compare(bumps, np.arange(4.0)[:, None], 0.5, samples=200)
    assert found.base == 0
    assert found.smoothed > 0.05


def test_linear_functions_are_not_changed_by_smoothing_but_by_noisy_samples():
    """`E w · (x + s ε) = w · x`, while `E_ε R_(S+sε) ≥ R_S` by Jensen in the norm."""
    rng = np.random.default_rng(0)
    noisy = np.mean([rademacher_linear(SAMPLE + rng.standard_normal(SAMPLE.shape)).mean for _ in range(100)])
    assert noisy > rademacher_linear(SAMPLE).mean


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rademacher(np.ones((2, 17))), "draws must be given for more than 16 points, got 17"),
        (lambda: rademacher(np.ones(3)), "values must be a finite table"),
        (lambda: rademacher([[np.nan]]), "values must be a finite table"),
        (lambda: rademacher([[1.0]], draws=1), "draws must be an integer >= 2"),
        (lambda: rademacher_linear(np.eye(2), radius=-1.0), "radius must be finite and >= 0"),
        (lambda: compare(halves(2), SAMPLE, -1.0), "noise must be finite and >= 0"),
        (lambda: compare(halves(2), SAMPLE, 1.0, samples=0), "samples must be an integer >= 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
