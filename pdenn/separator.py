"""Separability after collapse: an explicit ReLU layer that tells clusters apart, and how small they have to be for it.

The construction and its radius are proved in the docstring of `separator`; they are no theorem quoted from a paper.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .separation import labels_of


@dataclass(frozen=True)
class Separator:
    """`z(x) = y_0 + Σ_k (a_k - a_(k-1)) ReLU(n · x - s_k)`: a ReLU layer of width `q`, from features to classes.

    Attributes
    ----------
    direction : array of shape (features,)
        `n`, of length one.
    knots : array of shape (q,)
        `s_k`, the projections of the centres in order.
    offset : array of shape (classes,)
        `y_0`.
    jumps : array of shape (q, classes)
        `a_k - a_(k-1)`.
    radius : float
        Every point closer than this to its centre gets its class: `1/(2 Lip)`.
    """

    direction: NDArray[np.float64]
    knots: NDArray[np.float64]
    offset: NDArray[np.float64]
    jumps: NDArray[np.float64]
    radius: float

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """Scores of shape (points, classes); the class is the largest."""
        return self.offset + np.maximum((np.asarray(x) @ self.direction)[:, None] - self.knots, 0.0) @ self.jumps


def separator(centres: ArrayLike, classes: ArrayLike, directions: int = 256, seed: int = 0) -> Separator:
    """A ReLU layer that gives every centre its class, and all points within its radius too.

    Distinct centres have distinct projections on almost every direction. The layer interpolates the unit vectors of the
    classes between them, piecewise linearly; a component changes by less than 1/2 within `1/(2 Lip)` of a centre, with
    `Lip = 1/min` gap between neighbours of different classes, so that its own stays above 1/2 and all others below. Once
    diffusion has brought a group within this radius of its mean, one layer separates the classes.

    Parameters
    ----------
    centres : array of shape (q, features)
    classes : integer array of shape (q,)
    directions : int
        How many random directions are tried for the largest radius.
    seed : int

    Raises
    ------
    ValueError
        Shapes do not fit, or centres of different classes coincide.
    """
    centres, classes = np.asarray(centres, float), labels_of(classes, len(centres))
    if centres.ndim != 2 or not np.isfinite(centres).all():
        raise ValueError(f"centres must be a finite array of shape (q, features), got shape {centres.shape}")
    n = np.random.default_rng(seed).standard_normal((directions, centres.shape[1]))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    width, direction = max(((_least_gap(centres @ d, classes), k) for k, d in enumerate(n)))
    if not width > 0:
        raise ValueError("centres of different classes must be distinct")
    order = np.argsort(centres @ n[direction])
    s, y = (centres @ n[direction])[order], (np.unique(classes) == classes[order, None]).astype(float)
    rise = np.diff(y, axis=0)
    slopes = np.divide(rise, np.diff(s)[:, None], where=rise != 0, out=np.zeros_like(rise))
    jumps = np.diff(slopes, axis=0, prepend=0.0, append=0.0)
    return Separator(n[direction], s, y[0], jumps, width / 2)


def _least_gap(s: NDArray[np.float64], classes: NDArray[np.integer[Any]]) -> float:
    """Between neighbours on the line of different classes; infinite if there is one class."""
    order = np.argsort(s)
    return float(np.min(np.diff(s[order]), where=np.diff(classes[order]) != 0, initial=np.inf))
