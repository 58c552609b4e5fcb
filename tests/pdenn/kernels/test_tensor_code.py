"""Eigenvalues and eigenvectors of symmetric 3x3 matrices in compiled kernels."""

import numpy as np
import pytest

import pdenn as pn
from pdenn.kernels.compile import serial
from pdenn.kernels.structure import evaluate
from pdenn.kernels.tensor_code import spectrum


@serial
def decompose(m, values, vectors):
    one = m.dtype.type(1)
    for k in range(len(m)):
        (a, b, c), x, y, z = spectrum((m[k, 0], m[k, 1], m[k, 2], m[k, 3], m[k, 4], m[k, 5]), one, m.dtype.type(1e-37))
        values[k, 0], values[k, 1], values[k, 2] = a, b, c
        for i in range(3):
            vectors[k, i, 0], vectors[k, i, 1], vectors[k, i, 2] = x[i], y[i], z[i]


def matrices():
    """Random ones; of entries of very different sizes; of rank one; with eigenvalues that nearly coincide; diagonal ones."""
    rng, n = np.random.default_rng(0), 3000
    turns, v = np.linalg.qr(rng.standard_normal((n, 3, 3)))[0], rng.standard_normal((n, 3))
    yield rng.standard_normal((n, 3, 3))
    yield rng.standard_normal((n, 3, 3)) * 10 ** rng.uniform(-8, 8, (n, 3, 3))
    yield v[:, :, None] * v[:, None, :]
    yield 1e15 * v[:, :, None] * v[:, None, :]
    for eigenvalues in ((1, 1, 1e-6), (0, 1, 1), (1, 1, 1)):
        yield np.einsum("nij,nj,nkj->nik", turns, eigenvalues + 1e-9 * rng.standard_normal((n, 3)), turns)
    yield v[:, :, None] * np.eye(3)
    yield np.zeros((1, 3, 3))
    yield np.full((1, 3, 3), 1e-39)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_decomposition(dtype):
    """`V Λ Vᵀ = M` and `Vᵀ V = I` to the rounding of twelve rotations."""
    eps = np.finfo(dtype).eps
    for m in matrices():
        m = ((m + m.swapaxes(1, 2)) / 2).astype(dtype)
        values, vectors = np.empty((len(m), 3), dtype), np.empty((len(m), 3, 3), dtype)
        decompose(np.stack([m[:, i, j] for i in range(3) for j in range(i, 3)], 1), values, vectors)
        again, size = np.einsum("nij,nj,nkj->nik", vectors, values, vectors), abs(m).max((1, 2))
        assert (abs(again - m).max((1, 2)) <= 30 * eps * size + 1e-37).all()
        assert abs(vectors.swapaxes(1, 2) @ vectors - np.eye(3)).max() <= 30 * eps
        order = np.linalg.eigvalsh(m)
        assert (abs(np.sort(values, 1) - order).max(1) <= 30 * eps * size + 1e-37).all()


def test_numbers_that_are_none_and_that_have_no_end():
    for bad in (np.nan, np.inf):
        j = np.zeros((6, 3))
        j[1, 1] = bad
        d = np.array(evaluate(pn.CoherenceEnhancing(0.1, 1.0), j))
        assert np.isnan(d[:, 1]).any()
        assert np.isfinite(d[:, [0, 2]]).all()
