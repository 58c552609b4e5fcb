"""Kernels are read as the derivatives that they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdenn.networks import derivative


@pytest.mark.parametrize(
    ("kernel", "order", "coefficients"),
    [
        ([0, 1, 0], 0, {(0,): 1, (1,): 0, (2,): 0}),
        ([0, -1, 1], 1, {(0,): 0, (1,): 1, (2,): 0.5}),
        ([-0.5, 0, 0.5], 1, {(0,): 0, (1,): 1, (2,): 0}),
        ([1, -2, 1], 2, {(0,): 0, (1,): 0, (2,): 1}),
        ([-0.5, 1, 0, -1, 0.5], 3, {(0,): 0, (1,): 0, (2,): 0, (3,): 1, (4,): 0}),
        ([1, -4, 6, -4, 1], 4, {(0,): 0, (1,): 0, (2,): 0, (3,): 0, (4,): 1}),
        ([1 / 12, -2 / 3, 0, 2 / 3, -1 / 12], 1, {(0,): 0, (1,): 1, (2,): 0, (3,): 0, (4,): 0}),
        ([0, 0, 0], 0, {(0,): 0, (1,): 0, (2,): 0}),
        ([-1, 1], 1, {(0,): 0, (1,): 1}),
    ],
)
def test_stencils_of_the_textbook(kernel, order, coefficients):
    found = derivative(np.array(kernel, float))
    assert found.order == order
    assert found.coefficients == pytest.approx(coefficients, abs=1e-14)
    assert found.size == pytest.approx(abs(coefficients.get((order,), 0)))


def test_the_mesh_width_counts():
    assert derivative(np.array([-1.0, 1.0]) / 0.1, spacing=0.1).coefficients[(1,)] == pytest.approx(1)
    assert derivative(np.array([1.0, -2.0, 1.0]) / 0.01, spacing=0.1).size == pytest.approx(1)


@given(st.floats(0, 179.99), st.floats(0.1, 10))
def test_directions_of_the_plane(angle, size):
    """Central differences along `(cos, sin)`, and the second derivative along it, with the mixed one across corners."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    first = np.zeros((3, 3))
    first[2, 1], first[0, 1], first[1, 2], first[1, 0] = c / 2, -c / 2, s / 2, -s / 2
    second = c * c * np.outer([1, -2, 1], [0, 1, 0]) + s * s * np.outer([0, 1, 0], [1, -2, 1])
    second = second + 2 * c * s * np.outer([-1, 0, 1], [-1, 0, 1]) / 4
    for order, kernel in [(1, first), (2, second)]:
        found = derivative(size * kernel)
        assert found.order == order
        assert found.size == pytest.approx(size)
        assert abs((found.angle - angle + 90) % 180 - 90) < 1e-6


def test_directions_of_space():
    kernel = np.zeros((3, 3, 3))
    kernel[2, 1, 1], kernel[0, 1, 1], kernel[1, 1, 2], kernel[1, 1, 0] = 1.5, -1.5, -2.0, 2.0
    found = derivative(kernel)
    assert found.direction == pytest.approx((0.6, 0, -0.8))
    assert found.size == pytest.approx(5) and found.angle is None
    kernel = np.zeros((3, 3, 3))
    kernel[1, :, 1] = [-1, 2, -1]
    assert derivative(kernel).direction == pytest.approx((0, 1, 0))


def test_small_moments_are_tolerated():
    noisy = np.array([0.01, -1.0, 1.0])
    assert derivative(noisy).order == 1
    assert derivative(noisy, tolerance=1e-3).order == 0
    assert str(derivative(np.array([0, -1.0, 1.0]))) == "+1 ∂0 +0.5 ∂00"
    assert str(derivative(np.zeros(3))) == "0"


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="kernel must be finite"):
        derivative([np.nan, 1, 0])
    with pytest.raises(ValueError, match="tolerance must be positive, got 0"):
        derivative([0, 1, 0], tolerance=0)
