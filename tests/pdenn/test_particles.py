"""Particles against closed forms: within their confidence interval, which shrinks as it should."""

import numpy as np
import pytest

from pdenn.particles import FeynmanKac

X = np.linspace(-1.0, 1.0, 9)


def bump(x):
    return np.exp(-(x**2) / 2)


def exact(x, t, v, d):
    """A Gaussian of variance 1, advected and diffused."""
    s = 1 + 2 * d * t
    return np.exp(-((x - v * t) ** 2) / (2 * s)) / np.sqrt(s)


def test_an_advected_diffused_gaussian_lies_in_the_interval():
    """Each of nine intervals holds with probability 0.95; twice the width with 0.9999. The velocity is constant: no bias."""
    found = FeynmanKac(lambda x: (0.7 + 0 * x,), 0.3, particles=20_000, steps=10).estimate(bump, (X,), 0.5)
    assert (np.abs(found.mean - exact(X, 0.5, 0.7, 0.3)) <= 2 * found.half_width).all()
    assert found.mean.shape == X.shape and found.half_width.max() < 0.01


def test_the_interval_shrinks_with_the_square_root():
    widths = [
        FeynmanKac(lambda x: (0 * x,), 0.3, particles=n, steps=1).estimate(bump, (X,), 0.5).half_width.mean()
        for n in (1_000, 16_000)
    ]
    assert abs(widths[0] / widths[1] - 4) < 0.4


def test_without_noise_particles_follow_the_characteristics():
    """A rotation by one radian; Euler spirals out by `exp(t²/(2 steps))`, order 1."""
    errors = []
    for steps in (200, 400):
        kac = FeynmanKac(lambda x, y: (-y, x), 0.0, particles=2, steps=steps)
        found = kac.estimate(lambda x, y: x, (np.array([1.0]), np.array([0.0])), 1.0)
        errors.append(abs(found.mean[0] - np.cos(1.0)))
        assert found.half_width[0] == 0
    assert abs(np.log2(errors[0] / errors[1]) - 1) < 0.1


def test_the_seed_decides():
    first, second, other = (
        FeynmanKac(lambda x: (0 * x,), 0.3, 100, 2, seed).estimate(bump, (X,), 0.5).mean for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"diffusivity": -1.0}, "diffusivity must be finite and >= 0, got -1.0"),
        ({"particles": 1}, "particles must be an integer >= 2, got 1"),
        ({"steps": 0}, "steps must be an integer >= 1, got 0"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        FeynmanKac(**{"velocity": lambda x: (x,), "diffusivity": 1.0} | arguments)
    with pytest.raises(ValueError, match="t must be finite and >= 0"):
        FeynmanKac(lambda x: (x,), 1.0).estimate(bump, (X,), -1.0)
