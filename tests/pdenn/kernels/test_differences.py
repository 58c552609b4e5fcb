"""Kernels of second differences and of given faces: against the composed definitions on every kind of wall."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import PorousMedium
from pdenn.operators.diffusion import HeldSeparable

DTYPES = st.sampled_from([np.float64, np.float32])
BATCHES = st.sampled_from([(), (2,), (2, 1)])
VARIATIONAL = ("reflecting", "periodic", pn.Dirichlet(0.5), (pn.Dirichlet(0.0), "reflecting"))
MIX = (2.0, -0.5, 3.0)


@st.composite
def states(draw, grid):
    """Two read-only states with values in [-1, 1]."""
    random = np.random.default_rng(draw(st.integers(0, 999)))
    u, v = random.uniform(-1, 1, (2, *draw(BATCHES), *grid.shape)).astype(draw(DTYPES))
    u.flags.writeable = v.flags.writeable = False
    return u, v


def size_of(grid) -> float:
    """`|K|²` times the largest value, walls included."""
    prescribed = max((abs(a) for axis in range(grid.dim) for a, _ in grid.ghosts(axis) or ()), default=0.0)
    return sum(4 / h**2 for h in grid.h) * (1 + prescribed)


def check(A, u, v, size):
    exact = A.definition(0.0, u)
    testing.assert_same(A(0.0, u), exact, size)
    mixed = (2.0 * u - 0.5 * v + 3.0 * exact).astype(u.dtype)
    testing.assert_same(A.mix(0.0, u, MIX, v), mixed, 3 * size + 3)


@given(grid=testing.grids(), data=st.data(), form=st.sampled_from(["isotropic", "separable"]))
def test_fourth_order_filters(grid, data, form):
    u, v = data.draw(states(grid))
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(2.0), order=2, form=form), grid)
    size = size_of(grid) * sum(4 / h**2 for h in grid.h)
    check(A, u, v, size)
    check(A.hold(0.0, v), u, v, size)


@given(grid=testing.grids(), data=st.data(), separable=st.booleans())
def test_held_filters_broadcast_their_diffusivities(grid, data, separable):
    """Held at one state, applied to a batch; no two cells or axes have the same diffusivity."""
    u, v = data.draw(states(grid))
    A = pn.discretise(pn.Diffusion(order=2, form="separable" if separable else "isotropic"), grid).hold(0.0, u)
    random = np.random.default_rng(0)
    g = tuple(random.random(grid.shape).astype(u.dtype) for _ in A.diffusivities)
    check(type(A)(g, grid, A.form, A.bound), u, v, size_of(grid) * sum(4 / h**2 for h in grid.h))


@given(grid=testing.grids(boundaries=VARIATIONAL), data=st.data(), m=st.sampled_from([1.5, 2.0, 3.0, 4.25]))
def test_porous_medium(grid, data, m):
    u, v = data.draw(states(grid))
    A = pn.discretise(PorousMedium(m), grid)
    check(A, u, v, m * size_of(grid))
    check(A, 0 * u, v, m * size_of(grid))


@given(grid=testing.grids(), data=st.data(), shared=st.booleans())
def test_given_faces(grid, data, shared):
    """One set of faces for all states or one for each; no two have the same diffusivity but the ends of a ring, one face."""
    u, v = data.draw(states(grid))
    random, leading = np.random.default_rng(0), () if shared else u.shape[: u.ndim - grid.dim]
    shapes = ([n + (i == axis) for i, n in enumerate(grid.shape)] for axis in range(grid.dim))
    faces = tuple(random.random((*leading, *shape)).astype(u.dtype) for shape in shapes)
    for axis, g in enumerate(faces):
        if grid.ghosts(axis) is None:
            ends = np.moveaxis(g, axis - grid.dim, 0)
            ends[-1] = ends[0]
    check(HeldSeparable(faces, grid, pn.discretise(pn.Diffusion(), grid).bound), u, v, size_of(grid))


def test_faces_shared_by_channels_alone():
    """A length of one inside the batch, as coupled channels have it."""
    grid, random = pn.Grid((3, 4), (0.5, 1.0), (pn.Dirichlet(1.0), "periodic")), np.random.default_rng(0)
    faces = (random.random((2, 1, 4, 4)), random.random((2, 1, 3, 5)))
    faces[1][..., -1] = faces[1][..., 0]
    u, v = random.random((2, 2, 3, 3, 4))
    check(HeldSeparable(faces, grid, pn.discretise(pn.Diffusion(), grid).bound), u, v, size_of(grid))


def test_faces_that_fit_no_state_are_refused():
    grid = pn.Grid((3,))
    bound = pn.discretise(pn.Diffusion(), grid).bound
    for shape in [(3,), (5, 4)]:
        with pytest.raises(ValueError, match=r"faces\[0\] must have shape \(..., 4\)"):
            HeldSeparable((np.ones(shape),), grid, bound)(0.0, np.ones((2, 3)))


THREADS = """
import numpy as np, numba, pdenn as pn
from pdenn.equations import PorousMedium
from pdenn.kernels import layout
assert numba.get_num_threads() == 2
law, walls = pn.Charbonnier(0.5), (pn.Dirichlet(0.5), "periodic", "reflecting")
equations = [pn.Diffusion(law, order=2), pn.Diffusion(law, order=2, form="separable"), PorousMedium(2.5)]
for shape in [(150, 130), (31, 25, 27)]:
    u, v = np.random.default_rng(0).random((2, 3, *shape))
    assert u[0].size > layout.SERIAL
    for equation in equations:
        A = pn.discretise(equation, pn.Grid(shape, 1.0, walls[:len(shape)]))
        for B in (A, A.hold(0.0, u[0])):
            for x, y in ((u, v), (u[0], v[0])):
                exact = B.definition(0.0, x)
                scale = 100 * np.finfo(float).eps * 16 * len(shape) ** 2
                assert np.abs(B(0.0, x) - exact).max() < scale, B
                mixed = 0.5 * x + 0.2 * y + 0.1 * exact
                assert np.abs(B.mix(0.0, x, (0.5, 0.2, 0.1), y) - mixed).max() < scale, B
"""


def test_two_threads_give_the_definition():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
