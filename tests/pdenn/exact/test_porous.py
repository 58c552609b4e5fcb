"""The droplet solves its equation inside its support, and keeps its mass."""

import numpy as np
import pytest

from pdenn.exact.porous import Barenblatt


@pytest.mark.parametrize("m", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("centre", [0.3, (0.3, 0.1), (0.3, 0.1, -0.2)], ids=str)
def test_the_equation_holds_inside(m, centre):
    """Central differences in time and space: error `O(δ²)`, rounding `ε/δ²`."""
    droplet, t, delta = Barenblatt(m, centre, 0.7), 1.3, 1e-3
    d = len(droplet.centre)
    x = [c + np.linspace(0.05, 0.3, 7) * (1 + axis) for axis, c in enumerate(droplet.centre)]
    assert np.sqrt(sum((a - c) ** 2 for a, c in zip(x, droplet.centre, strict=True))).max() < 0.6 * droplet.radius(t)
    rate = (droplet.u(t + delta, *x) - droplet.u(t - delta, *x)) / (2 * delta)
    laplacian = 0.0
    for axis in range(d):
        up, down = ([a + sign * delta * (i == axis) for i, a in enumerate(x)] for sign in (1, -1))
        laplacian = laplacian + (droplet.u(t, *up) ** m - 2 * droplet.u(t, *x) ** m + droplet.u(t, *down) ** m)
    assert abs(rate - laplacian / delta**2).max() <= 1e-5 * abs(rate).max()


@pytest.mark.parametrize("m", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("t", [0.5, 2.0])
@pytest.mark.parametrize("d", [1, 2])
def test_the_mass_is_kept(m, t, d):
    """Midpoint rule; near the front the profile has the exponent 1/(m-1) ≥ 1/2."""
    droplet = Barenblatt(m, (0.0,) * d)
    axis = (np.arange(801) - 400) * (1.05 * droplet.radius(t) / 400)
    u = droplet.u(t, *np.meshgrid(*[axis] * d, indexing="ij"))
    assert u.sum() * (axis[1] - axis[0]) ** d == pytest.approx(droplet.mass, rel=1e-3)
    assert u[np.abs(axis) > droplet.radius(t)].max() == 0.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"m": 1.0}, "m must be > 1"),
        ({"height": 0.0}, "height must be finite and > 0"),
        ({"centre": (0.0,) * 4}, "centre"),
    ],
)
def test_bad_parameters(arguments, words):
    with pytest.raises(ValueError, match=words):
        Barenblatt(**arguments)


def test_bad_times_and_places():
    with pytest.raises(ValueError, match="point mass"):
        Barenblatt().u(0.0, np.zeros(3))
    with pytest.raises(ValueError, match="x must be one array per axis"):
        Barenblatt().u(1.0, np.zeros(3), np.zeros(3))
