"""The residual of the equation, by differences of sixth order, independently of any operator."""

import numpy as np
import pytest

from pdenn.exact import AdvectedGaussian, TensorGaussian

SOLUTION = TensorGaussian(((1.0, 0.4), (0.4, 0.3)), (0.7, -0.2), (0.1, 0.2), 0.8, 2.0)
WEIGHTS = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
H = 1e-2


def derivative(f, direction):
    """Central differences of sixth order along `(t, x, y)`: truncation `H⁶ |f⁽⁷⁾|/140`, rounding `ε/H`."""
    return lambda t, x, y: sum(
        w * f(*(z + k * H * d for z, d in zip((t, x, y), direction, strict=True)))
        for k, w in zip(range(-3, 4), WEIGHTS, strict=True)
    ) / H  # fmt: skip


def test_it_solves_its_equation():
    (a, b), (_, c), (v, w) = *SOLUTION.tensor, SOLUTION.velocity
    t, x, y = (derivative(SOLUTION.u, direction) for direction in np.eye(3))
    xx, xy, yy = derivative(x, (0, 1, 0)), derivative(x, (0, 0, 1)), derivative(y, (0, 0, 1))
    place = (0.6, *np.random.default_rng(0).uniform(-1, 1, (2, 20)))
    residual = t(*place) + v * x(*place) + w * y(*place) - a * xx(*place) - 2 * b * xy(*place) - c * yy(*place)
    assert np.abs(residual).max() < 1e-8


def test_a_multiple_of_the_identity_is_the_isotropic_solution():
    tensor = TensorGaussian(((0.3, 0.0), (0.0, 0.3)), (0.7, -0.2), (0.1, 0.2), 0.8)
    isotropic = AdvectedGaussian((0.7, -0.2), (0.1, 0.2), 0.8, 0.3)
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 20))
    np.testing.assert_allclose(tensor.u(0.5, x, y), isotropic.u(0.5, x, y), rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tensor": ((1.0, 0.5), (0.4, 1.0))}, "tensor must be symmetric"),
        ({"tensor": ((1.0, 2.0), (2.0, 1.0))}, "eigenvalues >= 0"),
        ({"tensor": ((1.0,),)}, "tensor must be square with one row per component"),
        ({"sigma": 0.0}, "sigma must be > 0, got 0.0"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        TensorGaussian(**arguments)
