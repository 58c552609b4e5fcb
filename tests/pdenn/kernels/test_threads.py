"""Kernels on two threads give what their definitions give; states of this size are cut between threads."""

import os
import subprocess
import sys

import pytest

CODE = """
import numpy as np, numba, pdenn as pn
from pdenn.kernels import layout
assert numba.get_num_threads() == 2
rng = np.random.default_rng(0)
grid, torus = pn.Grid((150, 130), 0.5), pn.Grid((150, 130), 0.5, "periodic")
graph = pn.Graph.from_points(rng.random((17000, 2)), neighbours=4)
law = pn.Charbonnier(0.1)
A = {
    "isotropic": lambda: pn.discretise(pn.Diffusion(law), grid),
    "separable": lambda: pn.discretise(pn.Diffusion(law, form="separable"), torus),
    "convection": lambda: pn.discretise(pn.Convection((1.0, 0.5)), torus),
    "conservation law": lambda: pn.discretise(pn.ConservationLaw(pn.Burgers(), direction=(1.0, 0.5)), torus),
    "graph": lambda: pn.discretise(pn.Diffusion(law), graph),
    "graph separable": lambda: pn.discretise(pn.Diffusion(law, form="separable"), graph),
}[KIND]()
u = rng.random((2, *A.grid.shape))
assert u[0].size > layout.SERIAL
for B in (A, A.hold(0.0, u)):
    exact = B.definition(0.0, u)
    scale = 100 * np.finfo(float).eps * max(1.0, np.abs(exact).max())
    assert np.abs(B(0.0, u) - exact).max() < scale, B
assert np.abs(A(0.0, u[0]) - A.definition(0.0, u[0])).max() < scale
mixed = 0.5 * u + 0.2 * u[::-1] + 0.1 * A.definition(0.0, u)
assert np.abs(A.mix(0.0, u, (0.5, 0.2, 0.1), u[::-1]) - mixed).max() < scale
"""


@pytest.mark.parametrize(
    "kind", ["isotropic", "separable", "convection", "conservation law", "graph", "graph separable"]
)
def test_two_threads_give_the_definition(kind):
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    code = f"KIND = {kind!r}\n{CODE}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
