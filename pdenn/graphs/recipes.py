"""The graphs of points in the seed papers, as their code makes them."""

from numbers import Real
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from .points import checked_points, nearest
from .validity import check_count


def coin(x: ArrayLike, n_top: int, sigma: int) -> "scipy.sparse.csr_array":
    """The weights of the convection-diffusion network; see `Graph.coin`."""
    x = checked_points(x)
    check_count("n_top", n_top, len(x))
    check_count("sigma", sigma, n_top)
    if min(n_top, sigma) < 2:
        raise ValueError(f"n_top and sigma count the point itself and must be >= 2, got {n_top} and {sigma}")
    distances, indices = nearest(x, n_top - 1)
    rho = distances[:, sigma - 2 : sigma - 1]
    if not rho.all():
        raise ValueError(f"x has {(rho == 0).sum()} points that coincide with {sigma - 1} others: take a larger sigma")
    # Strictly nearer than the last one: that one and its equals drop out.
    kept = distances < distances[:, -1:]
    w = _matrix(np.exp(-((distances / rho) ** 2)), indices, kept)
    scale = scipy.sparse.diags_array(1 / np.sqrt(w.sum(1)))
    w = scale @ w @ scale
    return (w + w.T) / 2


def diff_resnet(x: ArrayLike, n_top: int, sigma: float) -> "scipy.sparse.csr_array":
    """The weights of the toy problems of the diffusion mechanism, rows not yet divided; see `Graph.diff_resnet`."""
    x = checked_points(x)
    check_count("n_top", n_top, len(x))
    if not (isinstance(sigma, Real) and 0 < float(sigma) < np.inf):
        raise ValueError(f"sigma must be a finite number > 0, got {sigma!r}")
    if n_top == 1:
        return scipy.sparse.eye_array(len(x), format="csr")
    distances, indices = nearest(x, n_top - 1)
    return _matrix(np.exp(-((distances / float(sigma)) ** 2)), indices, np.ones_like(distances, bool))


def _matrix(weights: NDArray[Any], indices: NDArray[Any], kept: NDArray[Any]) -> "scipy.sparse.csr_array":
    """The weights that are kept, and ones on the diagonal."""
    n = len(weights)
    rows = np.repeat(np.arange(n), kept.sum(1))
    arcs = scipy.sparse.csr_array((weights[kept], (rows, indices[kept])), shape=(n, n))
    return arcs + scipy.sparse.eye_array(n, format="csr")
