"""Elimination against LAPACK."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_banded

from pdenn.operators.axis import tridiagonal


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("where", [-1, -2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lines_along_any_axis(n, where, dtype):
    rng = np.random.default_rng(0)
    shape = (3, n, 4) if where == -2 else (3, 4, n)
    lower, upper, right = rng.uniform(-1, 1, (3, *shape)).astype(dtype)
    diagonal = (2.5 + rng.random(shape)).astype(dtype)
    found = tridiagonal(lower, diagonal, upper, right, where)
    tensors = tridiagonal(*map(torch.from_numpy, (lower, diagonal, upper, right)), where).numpy()
    lines = [np.moveaxis(x, where, -1).reshape(-1, n) for x in (lower, diagonal, upper, right, found)]
    for low, diag, up, f, x in zip(*lines, strict=True):
        bands = np.zeros((3, n))
        bands[0, 1:], bands[1], bands[2, :-1] = up[:-1], diag, low[1:]
        # The matrix is diagonally dominant by 1/2: its condition is below 10.
        np.testing.assert_allclose(x, solve_banded((1, 1), bands, f), rtol=0, atol=100 * np.finfo(dtype).eps)
    np.testing.assert_allclose(tensors, found, rtol=0, atol=100 * np.finfo(dtype).eps)
