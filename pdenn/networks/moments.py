"""Which derivative a kernel is: by its moments, as in the expansion of Taylor."""

from dataclasses import dataclass
from itertools import product
from math import atan2, degrees, factorial, prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

HIGHEST = 4


@dataclass(frozen=True)
class Derivative:
    """`Σ_α m_α ∂^α`, the differential operator that a kernel stands for on smooth functions.

    Attributes
    ----------
    coefficients : dict
        `m_α` by multi-index `α`, up to the order that the kernel can resolve.
    order : int
        The lowest order whose moments are not small; that of the operator for slow waves.
    direction : tuple of float or None
        Unit vector, up to its sign: of the gradient for order 1, the eigenvector of the largest curvature for order 2.
    size : float
        The norm of the moments of this order: `|m|` for order 1, the largest eigenvalue for order 2.
    """

    coefficients: dict[tuple[int, ...], float]
    order: int
    direction: tuple[float, ...] | None
    size: float

    @property
    def angle(self) -> float | None:
        """The direction in degrees in `[0, 180)`, from the first axis of a plane towards the second."""
        if self.direction is None or len(self.direction) != 2:
            return None
        return round(degrees(atan2(self.direction[1], self.direction[0])) % 180, 9) % 180

    def __str__(self) -> str:
        largest = max(map(abs, self.coefficients.values()), default=0.0)
        named = [(m, "".join(str(i) * a for i, a in enumerate(alpha))) for alpha, m in self.coefficients.items()]
        terms = [f"{m:+.4g}" + (f" ∂{x}" if x else "") for m, x in named if abs(m) > 1e-3 * largest]
        return " ".join(terms) or "0"


def derivative(kernel: ArrayLike, tolerance: float = 0.05, spacing: ArrayLike = 1.0) -> Derivative:
    """The derivative that a kernel is, from `m_α = Σ_x k(x) x^α / α!`.

    Parameters
    ----------
    kernel : array with one axis per dimension
        `(K u)(x) = Σ_y k(y) u(x + y)`, `y` counted from the middle.
    tolerance : float
        Moments of an order count as small where they are below this part of what absolute values would give.
    spacing : float or tuple of floats
        Mesh width.

    Returns
    -------
    Derivative
        Of order 0 for a kernel of zeros, and if no moment below order 5 counts.

    Raises
    ------
    ValueError
        The kernel holds NaN or infinity, or `tolerance` is not positive.
    """
    k = np.asarray(kernel, float)
    if not np.isfinite(k).all():
        raise ValueError("kernel must be finite, got NaN or infinite values")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance!r}")
    axes = [(np.arange(n) - (n - 1) / 2) * h for n, h in zip(k.shape, np.broadcast_to(spacing, k.ndim), strict=True)]
    places = np.meshgrid(*axes, indexing="ij")
    found: dict[tuple[int, ...], float] = {}
    order = None
    for n in range(min(HIGHEST, max(k.shape) - 1) + 1):
        indices = [a for a in product(range(n + 1), repeat=k.ndim) if sum(a) == n]
        powers = [prod(x**p / factorial(p) for x, p in zip(places, a, strict=True)) for a in indices]
        moments = [float((k * p).sum()) for p in powers]
        found |= dict(zip(indices, moments, strict=True))
        size = np.linalg.norm([np.abs(k * p).sum() for p in powers])
        if order is None and np.linalg.norm(moments) > tolerance * size:
            order = n
    return Derivative(found, order or 0, *_orientation(found, order or 0, k.ndim))


def _orientation(moments: dict[tuple[int, ...], float], order: int, dim: int) -> tuple[tuple[float, ...] | None, float]:
    """The direction and the size of the moments of the leading order."""
    units = np.eye(dim, dtype=int)
    if order == 1:
        gradient = np.array([moments[tuple(e.tolist())] for e in units])
        return _unit(gradient), float(np.linalg.norm(gradient))
    if order == 2:
        share = 0.5 + 0.5 * units  # a mixed derivative stands on both sides of the diagonal
        curvature = np.array([[moments[tuple((e + f).tolist())] for f in units] for e in units]) * share
        values, vectors = np.linalg.eigh(curvature)
        k = int(np.abs(values).argmax())
        return _unit(vectors[:, k]), float(abs(values[k]))
    leading = [m for a, m in moments.items() if sum(a) == order]
    return None, float(np.linalg.norm(leading))


def _unit(vector: NDArray[np.float64]) -> tuple[float, ...]:
    """The unit vector whose first entry that is not tiny is positive."""
    unit = vector / np.linalg.norm(vector)
    sign = np.sign(unit[np.abs(unit) > 1e-9][0])
    return tuple(float(x) for x in sign * unit + 0.0)
