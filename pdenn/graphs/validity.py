"""What a matrix of weights must be."""

from numbers import Integral
from typing import Any

import numpy as np
import scipy


def checked(weights: Any) -> "scipy.sparse.csr_array":
    """A float64 copy with every entry once, in order, none of them zero."""
    if not scipy.sparse.issparse(weights):
        raise TypeError(f"weights must be a sparse matrix, scipy.sparse.csr_array(W), got {type(weights).__name__}")
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.shape[0] == 0:
        raise ValueError(f"weights must be square with at least one node, got shape {weights.shape}")
    if weights.dtype.kind not in "iufb":
        raise TypeError(f"weights must be real numbers, got dtype {weights.dtype}")
    w = scipy.sparse.csr_array(weights, dtype=np.float64, copy=True)
    w.sum_duplicates()
    wrong = ~(np.isfinite(w.data) & (w.data >= 0))
    if wrong.any():
        raise ValueError(f"weights must be finite and >= 0, got {w.data[wrong][0]} among {wrong.sum()} such entries")
    w.eliminate_zeros()
    return w


def symmetric(w: "scipy.sparse.csr_array") -> "scipy.sparse.csr_array":
    """Exactly symmetric weights from those that are so to rounding."""
    excess = scipy.sparse.coo_array(abs(w - w.T) - 1e-12 * w.maximum(w.T))
    if excess.nnz and excess.data.max() > 0:
        k = excess.data.argmax()
        i, j = int(excess.row[k]), int(excess.col[k])
        raise ValueError(
            f"weights must be symmetric, got w[{i}, {j}] = {w[i, j]:g} and w[{j}, {i}] = {w[j, i]:g}: "
            "take (W + W.T)/2, or directed=True"
        )
    return scipy.sparse.csr_array((w + w.T) / 2)


def frozen(w: "scipy.sparse.csr_array") -> "scipy.sparse.csr_array":
    """The same matrix with its columns in order, its indices short where they can be, and read-only."""
    if max(w.nnz, *w.shape) <= np.iinfo(np.int32).max:
        w = scipy.sparse.csr_array((w.data, w.indices.astype(np.int32), w.indptr.astype(np.int32)), shape=w.shape)
    w.sort_indices()
    for array in (w.data, w.indices, w.indptr):
        array.flags.writeable = False
    return w


def check_count(name: str, value: object, most: int) -> None:
    """Raise ValueError unless `value` is an integer from 1 to `most`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= int(value) <= most:
        raise ValueError(f"{name} must be an integer from 1 to {most}, got {value!r}")
