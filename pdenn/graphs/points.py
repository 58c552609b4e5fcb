"""Graphs of points: the nearest neighbours with Gaussian weights."""

from numbers import Real
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from .validity import check_count


def gaussian(x: ArrayLike, neighbours: int, bandwidth: float | None, scale: int | None) -> "scipy.sparse.csr_array":
    """The weights of every point, those of its neighbours and its own one; see `Graph.from_points`."""
    x = checked_points(x)
    check_count("neighbours", neighbours, len(x) - 1)
    scale = min(7, neighbours) if scale is None else scale
    check_count("scale", scale, neighbours)
    distances, indices = nearest(x, neighbours)
    weights = np.exp(-((distances / _bandwidths(distances, bandwidth, scale)) ** 2))
    n = len(x)
    arcs = scipy.sparse.csr_array((weights.ravel(), indices.ravel(), np.arange(n + 1) * neighbours), shape=(n, n))
    return arcs + scipy.sparse.eye_array(n, format="csr")


def checked_points(x: ArrayLike) -> NDArray[np.float64]:
    """The points as float64, shape (nodes, features), finite."""
    x = np.asarray(x)
    if x.ndim != 2 or x.dtype.kind not in "iuf":
        raise ValueError(f"x must be a real array of shape (nodes, features), got {x.dtype} of shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"x must be finite, got {(~np.isfinite(x)).sum()} NaN or infinite values")
    return x.astype(float)


def nearest(x: NDArray[np.float64], neighbours: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distances and numbers of the nearest other points, in order, each of shape (nodes, neighbours)."""
    from scipy.spatial import cKDTree

    distances, indices = cKDTree(x).query(x, neighbours + 1)
    # Among coinciding points a point may come late or not at all in its own row.
    itself = indices == np.arange(len(x))[:, None]
    itself[~itself.any(1), -1] = True
    return distances[~itself].reshape(-1, neighbours), indices[~itself].reshape(-1, neighbours)


def _bandwidths(distances: NDArray[np.float64], bandwidth: object, scale: int) -> Any:
    if bandwidth is not None:
        if not (isinstance(bandwidth, Real) and 0 < float(bandwidth) < np.inf):
            raise ValueError(f"bandwidth must be None or a finite number > 0, got {bandwidth!r}")
        return float(bandwidth)
    rho = distances[:, scale - 1 : scale]
    if not rho.all():
        raise ValueError(f"x has {(rho == 0).sum()} points that coincide with {scale} others: give a bandwidth")
    return rho
