"""Elimination against LAPACK, and implicit diffusion along one axis against dense solves."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.linalg import solve_banded

import pdenn as pn
from pdenn.kernels.tridiagonal import LANES, WIDTH, resolvent
from pdenn.operators.axis import axes, tridiagonal
from pdenn.operators.combine import Multiple

WALLS = ["reflecting", "periodic", (pn.Dirichlet(0.3), pn.Neumann(0.2)), (pn.Robin(1.0, 0.5, 0.2), pn.Dirichlet(0.1))]


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("where", [-1, -2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tensors_along_any_axis(n, where, dtype):
    rng = np.random.default_rng(0)
    shape = (3, n, 4) if where == -2 else (3, 4, n)
    lower, upper, right = rng.uniform(-1, 1, (3, *shape)).astype(dtype)
    diagonal = (2.5 + rng.random(shape)).astype(dtype)
    found = tridiagonal(*map(torch.from_numpy, (lower, diagonal, upper, right)), where).numpy()
    lines = [np.moveaxis(x, where, -1).reshape(-1, n) for x in (lower, diagonal, upper, right, found)]
    for low, diag, up, f, x in zip(*lines, strict=True):
        bands = np.zeros((3, n))
        bands[0, 1:], bands[1], bands[2, :-1] = up[:-1], diag, low[1:]
        # The matrix is diagonally dominant by 1/2: its condition is below 10.
        np.testing.assert_allclose(x, solve_banded((1, 1), bands, f), rtol=0, atol=100 * np.finfo(dtype).eps)


def dense(f, faces, grid, axis, gamma):
    """One line: `(I - γ A) v = f` from the fluxes `G (v_(i+1) - v_i) / h`, written as a matrix."""
    n, h = len(f), grid.h[axis]
    slopes, given = np.zeros((n + 1, n)), np.zeros(n + 1)
    for i in range(1, n):
        slopes[i, i], slopes[i, i - 1] = 1, -1
    walls = grid.ghosts(axis)
    if walls is None:
        slopes[0, 0] += 1
        slopes[0, -1] -= 1
        slopes[n] = slopes[0]
    else:
        (a, b), (c, d) = walls
        slopes[0, 0], given[0] = 1 - b, -a
        slopes[n, -1], given[n] = d - 1, c
    weights = gamma / h**2 * faces
    return np.linalg.solve(np.eye(n) - np.diff(weights[:, None] * slopes, axis=0), f + np.diff(weights * given))


def all_lines(f, faces, grid, axis, gamma):
    """`dense` for every line."""
    f, faces = (np.moveaxis(x.astype(float), axis - grid.dim, -1) for x in (f, faces))
    found = [dense(*line, grid, axis, gamma) for line in zip(f.reshape(-1, f.shape[-1]),
                                                             faces.reshape(-1, faces.shape[-1]), strict=True)]  # fmt: skip
    return np.moveaxis(np.reshape(found, f.shape), -1, axis - grid.dim)


def face_means(g, grid, axis):
    """The mean of the cells on both sides of a face; beyond a wall lies the cell before it."""
    mode = "wrap" if grid.ghosts(axis) is None else "edge"
    padded = np.pad(np.moveaxis(g, axis - grid.dim, -1), [(0, 0)] * (g.ndim - 1) + [(1, 1)], mode)
    return np.moveaxis((padded[..., 1:] + padded[..., :-1]) / 2, -1, axis - grid.dim)


# More and fewer lines than a block and than what is transposed together, and lines of one, two and more cells.
SHAPES = [(1,), (2,), (9,), (WIDTH + LANES + 1, 3), (3, WIDTH + 5), (1, 2), (2, 1), (2, 5, LANES + 1), (3, 1, 4)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize(("dtype", "gamma"), [(np.float64, 3.0), (np.float32, 3.0), (np.float32, 1e6)])
def test_every_axis_against_dense_solves(shape, walls, dtype, gamma):
    """Positive states are solved to a relative accuracy that does not depend on `γ`: nothing is subtracted.

    A line of `n` cells adds up some ten roundings a cell (Alfa, Xue, Ye 2002); the dense solve in float64 loses `1e-16 γ`.
    """
    rng = np.random.default_rng(1)
    for axis, n in enumerate(shape):
        grid = pn.Grid(shape, 0.7, tuple(walls if i == axis else "reflecting" for i in range(len(shape))))
        f, g = rng.random((2, 2, *shape)).astype(dtype)
        many = [n + (i == axis) for i, n in enumerate(shape)]
        faces = rng.random(many).astype(dtype)  # one for both states of the batch
        if walls == "periodic":
            first, last = np.moveaxis(faces, axis, 0)[[0]], np.moveaxis(faces, axis, 0)[-1:]
            last[...] = first
        for given, at in ((g, face_means(g.astype(float), grid, axis)), (faces, np.broadcast_to(faces, (2, *many)))):
            found = resolvent(f, given, grid, axis, gamma)
            assert found.dtype == dtype and found.shape == f.shape
            tolerance = 10 * (n + 1) * np.finfo(dtype).eps
            np.testing.assert_allclose(found, all_lines(f, at, grid, axis, gamma), rtol=tolerance, atol=0)


def test_a_weighted_solution_is_added():
    grid, rng = pn.Grid((5, 4)), np.random.default_rng(2)
    f, g, before = rng.random((3, 5, 4))
    for axis in range(2):
        expected = before + 0.25 * resolvent(f, g, grid, axis, 2.0)
        out = before.copy()
        assert resolvent(f, g, grid, axis, 2.0, 0.25, out) is out
        np.testing.assert_allclose(out, expected, rtol=4 * np.finfo(float).eps)


def test_what_is_not_contiguous_is_read_right():
    grid, rng = pn.Grid((5, 4)), np.random.default_rng(3)
    f, g = rng.random((2, 4, 5))
    for axis in range(2):
        found = resolvent(f.T, g.T, grid, axis, 2.0)
        np.testing.assert_array_equal(found, resolvent(f.T.copy(), g.T.copy(), grid, axis, 2.0))


def test_a_line_with_nan_shows_it_and_leaves_the_others_alone():
    grid, u = pn.Grid((LANES + 3, 6)), np.ones((LANES + 3, 6))
    u[4, 2] = np.nan
    for axis in range(2):
        spoilt = np.isnan(resolvent(u, np.ones_like(u), grid, axis, 1.0))
        expected = np.zeros_like(spoilt)
        expected[(slice(None), 2) if axis == 0 else 4] = True
        np.testing.assert_array_equal(spoilt, expected)


def test_a_multiple_of_diffusion_is_taken_apart():
    grid, u = pn.Grid((6, 5), 0.5), np.random.default_rng(4).random((6, 5))
    held = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), grid).hold(0.0, u)
    for A, B in zip(axes(held, grid), axes(Multiple(2.0, Multiple(1.5, held)), grid), strict=True):
        np.testing.assert_allclose(B(0.0, u), 3 * A(0.0, u), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(B.resolvent(u, 0.5), A.resolvent(u, 1.5), rtol=1e-13)


THREADS = """
import numba, numpy as np, pdenn as pn
from pdenn.kernels import layout
u, g = np.random.default_rng(0).random((2, 2, 131, 137)).astype("float32")
assert u.size > layout.SERIAL and numba.get_num_threads() == 2
for walls in ("reflecting", "periodic"):
    grid, found = pn.Grid((131, 137), boundary=walls), []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        held = pn.operators.diffusion.HeldDiffusion(g, grid, None)
        found.append(pn.AOS().step(held, 0.0, u, 5.0))
    assert np.array_equal(*found)
"""


def test_threads_do_not_change_a_bit():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
