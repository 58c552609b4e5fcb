"""The statement of convection: what it takes, what it refuses, how it prints and compares."""

import numpy as np
import pytest

from pdenn.equations import Convection
from pdenn.fluxes import MUSCL


def test_it_prints_as_mathematics():
    assert str(Convection((1.0, -0.5))) == "∂u/∂t = -div(v u) [v = (1, -0.5), Upwind()]"
    assert str(Convection((np.ones(3),), MUSCL())) == "∂u/∂t = -div(v u) [v = (array), MUSCL(limiter='van Leer')]"


def test_one_number_is_a_velocity_along_the_only_axis():
    assert Convection(2).velocity == (2.0,)


def test_arrays_are_copied_and_compared_by_value():
    v = np.arange(3.0)
    one, same, other = Convection((v,)), Convection((v,)), Convection((v + 1,))
    v[0] = 7.0
    assert one == same != other
    assert hash(one) == hash(same)
    assert repr(one) == repr(same) != repr(other)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"velocity": "fast"},
            TypeError,
            "velocity must be a tuple of 1 to 3 numbers or arrays, or a function, got 'fast'",
        ),
        ({"velocity": ()}, TypeError, "velocity must be a tuple"),
        ({"velocity": (1j,)}, TypeError, "velocity must consist of real numbers or arrays"),
        ({"velocity": (float("nan"),)}, ValueError, "velocity must be finite, got nan"),
        ({"velocity": (np.array([1.0, np.nan]),)}, ValueError, "velocity must be finite, got 1 NaN"),
        ({"flux": "upwind"}, TypeError, "flux must be Upwind()"),
        ({"speed": 1.0}, ValueError, "speed is for velocities that are functions"),
        ({"velocity": lambda t, x: (x,), "speed": -1.0}, ValueError, "speed must consist of finite numbers >= 0"),
    ],
)
def test_bad_statements_are_refused(arguments, error, words):
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        Convection(**arguments)
