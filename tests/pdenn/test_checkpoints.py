"""Which run a checkpoint belongs to, where the equation holds functions."""

import subprocess
import sys

import numpy as np
import pytest

import pdenn as pn

GRID = pn.Grid((8,))
U0 = np.random.default_rng(0).random(8)
EQUATIONS = {
    "constant in the code": (lambda: pn.Reaction(lambda u: -u), lambda: pn.Reaction(lambda u: -2 * u)),
    "value from outside": (lambda: _decay(1.0), lambda: _decay(2.0)),
    "array from outside": (lambda: _decay(np.arange(8.0)), lambda: _decay(np.arange(8.0) ** 2)),
    "default": (
        lambda: pn.Reaction(lambda u, rate=1.0: -rate * u),
        lambda: pn.Reaction(lambda u, rate=2.0: -rate * u),
    ),
    "velocity": (lambda: _wind(1.0), lambda: _wind(-1.0)),
}
SCRIPT = """
import sys
import numpy as np
import pdenn as pn

def wind(t, x):
    return (np.cos(x) * t,)

def decay(u):
    return -u

A = pn.discretise(pn.Convection(wind) + pn.Reaction(decay), pn.Grid((8,), boundary="outflow"))
print(pn.solve(A, np.arange(8.0), pn.SSPRK2(), 1.0, tau=0.1, certificate=None, checkpoint=sys.argv[1]).steps)
"""


def _decay(rate):
    return pn.Reaction(lambda u: -rate * u)


def _wind(speed):
    def wind(t, x):
        return (0.0 * x + speed,)

    return pn.Convection(wind)


def _run(equation, path):
    A = pn.discretise(equation, GRID)
    return pn.solve(A, U0, pn.SSPRK2(), 1.0, tau=0.1, certificate=None, checkpoint=path)


@pytest.mark.parametrize("name", EQUATIONS)
def test_a_run_with_another_function_is_another_run(name, tmp_path):
    first, second = EQUATIONS[name]
    path = tmp_path / "run.npz"
    assert _run(first(), path).steps == 10
    assert _run(first(), path).steps == 0  # a function of the same code, made again
    with pytest.raises(ValueError, match="belongs to another run"):
        _run(second(), path)


def test_a_run_with_functions_goes_on_in_another_process(tmp_path):
    steps = [
        subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "run.npz")], capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert steps == ["10\n", "0\n"]
