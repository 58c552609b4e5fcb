"""An attacker: it looks for the two states whose distance a step expands most."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..operators.protocol import Operator
from ..schemes.protocol import Scheme

DIFFERENCE = 1e-5  # about the cube root of the unit roundoff: central differences err by 1e-10


class Expansion(NamedTuple):
    """`‖u⁺ - v⁺‖₂ / ‖u - v‖₂` and the two states."""

    ratio: float
    u: NDArray[np.float64]
    v: NDArray[np.float64]


def worst_expansion(
    scheme: Scheme,
    A: Operator,
    tau: float,
    *,
    starts: int = 12,
    climbs: int = 60,
    amplitude: float = 1.0,
    seed: int = 0,
) -> Expansion:
    """The largest expansion `‖u⁺ - v⁺‖₂ / ‖u - v‖₂` of one step that an ascent finds: a bound from below.

    The supremum over pairs is that of the norm of the Jacobian over states. From random and checkerboard states, a
    random ascent increases that norm; the Jacobian is formed by central differences, `2N` states in a batch, so that
    the grid should have few cells `N`. The pair returned lies around the best state along its singular vector.

    Parameters
    ----------
    scheme : Scheme
    A : Operator
        On a grid of few cells: the work of one climb grows like `starts · N²`.
    tau : float
    starts, climbs : int
        Number of first states, and of the steps that each is improved by.
    amplitude : float
        Of the first states in the middle; the smallest is 1/10, the largest ten times that.
    seed : int

    Returns
    -------
    Expansion
    """
    rng = np.random.default_rng(seed)
    sizes = amplitude * np.geomspace(0.1, 10, starts).reshape(-1, *[1] * A.grid.dim)
    u = sizes * rng.standard_normal((starts, *A.grid.shape))
    u[::4] = (sizes * (1 - 2 * (np.indices(A.grid.shape).sum(0) % 2)))[::4]
    norms = np.linalg.norm(_jacobians(scheme, A, u, tau, amplitude), 2, (-2, -1))
    for _ in range(climbs):
        stride = sizes * 10 ** rng.uniform(-4, 0.3, sizes.shape)
        trial = u * 10 ** (0.1 * rng.standard_normal(sizes.shape)) + stride * rng.standard_normal(u.shape)
        found = np.linalg.norm(_jacobians(scheme, A, trial, tau, amplitude), 2, (-2, -1))
        better = found > norms
        norms = np.where(better, found, norms)
        u = np.where(better.reshape(sizes.shape), trial, u)
    best = u[np.argmax(norms)]
    direction = np.linalg.svd(_jacobians(scheme, A, best[None], tau, amplitude)[0])[2][0].reshape(best.shape)
    x, y = (best + sign * DIFFERENCE * amplitude * direction for sign in (1, -1))
    apart = scheme.step(A, 0.0, x, tau) - scheme.step(A, 0.0, y, tau)
    return Expansion(float(np.linalg.norm(apart) / np.linalg.norm(x - y)), x, y)


def _jacobians(scheme: Scheme, A: Operator, u: NDArray[Any], tau: float, amplitude: float) -> NDArray[np.float64]:
    """`∂u⁺/∂u` at each state of a batch, shape (batch, N, N)."""
    n, delta = A.grid.size, DIFFERENCE * amplitude
    units = delta * np.eye(n).reshape(n, *A.grid.shape)
    ends = [scheme.step(A, 0.0, u[:, None] + sign * units, tau) for sign in (1, -1)]
    return ((ends[0] - ends[1]) / (2 * delta)).reshape(len(u), n, n).swapaxes(1, 2)
