"""Assertions that two things are equal to rounding, adjoint to each other, or converge with an order."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..certificates import certify
from ..derive import derive
from ..operators.protocol import Operator
from ..schemes.protocol import Scheme
from ..solve import solve
from .claims import array, rounding_count, unit_roundoff

# FSI(8) with updated coefficients at its bounded limit expands distances about 20 times; nothing was seen to do more.
EXPANSION = 32.0


def assert_adjoint(K: Callable[[Any], Any], K_adjoint: Callable[[Any], Any], u: Any, v: Any) -> None:
    """5. Adjoint: `|⟨K u, v⟩ - ⟨u, K* v⟩| ≤ 100 ε √N ‖u‖ ‖v‖ κ`, `κ = max(‖K u‖/‖u‖, ‖K* v‖/‖v‖)`.

    `N` is the larger of the sizes of `u` and `v`; 100 counts the roundings in one entry of `K u` and `K* v`. Use
    states without structure, for instance random ones: what lies in a null space shows nothing.

    Parameters
    ----------
    K, K_adjoint : callables
        Linear maps between the spaces of `u` and `v`.
    u, v : arrays or tensors
        One from the domain of each.

    Raises
    ------
    AssertionError
        With both inner products.

    Examples
    --------
    >>> K = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 4.0]])
    >>> pn.testing.assert_adjoint(K.__matmul__, K.T.__matmul__, np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0]))
    """
    x, y, kx, ky = (array(z) for z in (u, v, K(u), K_adjoint(v)))
    assert kx.shape == y.shape, f"adjoint: K u has shape {kx.shape}, v has {y.shape}"
    assert ky.shape == x.shape, f"adjoint: K* v has shape {ky.shape}, u has {x.shape}"
    left, right = float((kx * y).sum()), float((x * ky).sum())
    norms = [np.linalg.norm(z) for z in (x, y, kx, ky)]
    size = max(norms[2] * norms[1], norms[0] * norms[3])
    limit = 100 * max(unit_roundoff(u).eps, unit_roundoff(v).eps) * max(x.size, y.size) ** 0.5 * size
    if not abs(left - right) <= limit:
        raise AssertionError(f"adjoint: ⟨K u, v⟩ = {left:.12g} and ⟨u, K* v⟩ = {right:.12g} differ by "
                             f"{abs(left - right):.3g}, rounding explains {limit:.3g}")  # fmt: skip


def assert_same(a: Any, b: Any, scale: float, operations: float = 100) -> None:
    """6. Equal to rounding: same shape, same dtype, and `max|a - b| ≤ n (ε scale + η)`.

    Parameters
    ----------
    a, b : arrays or tensors
        An array may be compared with a tensor.
    scale : float
        Magnitude of the largest terms that were added to form an entry.
    operations : float
        `n`: roundings between the input and an entry, amplification included.

    Raises
    ------
    AssertionError
        With the largest difference and where it stands.
    """
    kinds = [str(z.dtype).removeprefix("torch.") for z in (a, b)]
    assert kinds[0] == kinds[1], f"same: the dtypes are {kinds[0]} and {kinds[1]}"
    x, y = array(a), array(b)
    assert x.shape == y.shape, f"same: the shapes are {x.shape} and {y.shape}"
    info = unit_roundoff(a)
    limit = operations * (info.eps * scale + info.tiny)
    difference = np.where(x == y, 0.0, abs(np.subtract(x, y, where=x != y, out=np.zeros_like(x))))
    if not (difference <= limit).all():
        worst = tuple(map(int, np.unravel_index(np.argmax(np.nan_to_num(difference, nan=np.inf)), x.shape)))
        raise AssertionError(f"same: {x[worst]:.12g} and {y[worst]:.12g} at {worst} differ by {difference[worst]:.3g}, "
                             f"rounding explains {limit:.3g}")  # fmt: skip


def assert_solver_equals_network(A: Operator, scheme: Scheme, tau: float, steps: int, u: NDArray[Any]) -> None:
    """7. The derived network is the solver: `network(u)` and `solve(...)` differ by rounding.

    The rounding of a step, `c ε max|u|` with the `c` of `pdenn.testing.claims`, is carried on by the steps after it:
    `Σ_k Lᵏ` times, with `L = 1` where the step is certified contractive, otherwise `L = 32`, more than any step at its
    bounded limit has been seen to expand a distance. Take few steps where nothing is contractive.

    Parameters
    ----------
    A : GridDiffusion
        With reflecting, periodic or Dirichlet walls.
    scheme : Scheme
    tau : float
    steps : int
    u : ndarray of shape (..., *grid.shape)

    Raises
    ------
    AssertionError
        As `assert_same`.
    """
    import torch

    solution = solve(A, u, scheme, tau * steps, tau=tau, certificate=None)
    with torch.no_grad():
        result = derive(A, scheme, tau, steps, certificate=None)(torch.tensor(u))
    assert solution.steps == steps, f"the solver took {solution.steps} steps, the network {steps}"
    factor = 1.0 if any(c.claim == "contractive" and tau <= c.tau for c in certify(scheme, A)) else EXPANSION
    amplified = sum(factor**k for k in range(steps))
    size = max(abs(array(u)).max(), abs(array(solution.u)).max())
    assert_same(result, solution.u, size, amplified * rounding_count(A, u, tau, max(solution.calls // steps, 1)))


def observed_order(errors: ArrayLike, ratios: ArrayLike) -> NDArray[np.float64]:
    """Orders of convergence `log(e_k / e_(k+1)) / log(ratio_k)` of the neighbours in a sequence of errors.

    Parameters
    ----------
    errors : sequence of n positive floats
        From the coarsest to the finest.
    ratios : float or sequence of n - 1 floats
        By how much the width shrinks from one to the next, > 1.

    Returns
    -------
    ndarray of shape (n - 1,)

    Raises
    ------
    ValueError
        An error is not positive and finite, or a ratio is not > 1.

    Examples
    --------
    >>> pn.testing.observed_order([0.4, 0.1, 0.025], 2.0)
    array([2., 2.])
    """
    e, r = np.asarray(errors, float), np.asarray(ratios, float)
    if e.ndim != 1 or e.size < 2 or not (np.isfinite(e) & (e > 0)).all():
        raise ValueError(f"errors must be at least two positive finite numbers, got {errors!r}")
    if not (np.isfinite(r) & (r > 1)).all():
        raise ValueError(f"ratios must be finite and > 1, got {ratios!r}")
    return np.log(e[:-1] / e[1:]) / np.log(r)


def assert_order(
    errors: Sequence[float],
    widths: Sequence[float],
    expected: float,
    tolerance: float = 0.1,
    ceiling: float | None = None,
) -> None:
    """8. Order: the two finest errors show `expected ± tolerance`, and the finest lies below `ceiling`.

    The order is asymptotic, so that only the finest pair counts. A higher order than expected fails as well.

    Parameters
    ----------
    errors, widths : sequences of floats
        From the coarsest to the finest.
    expected : float
    tolerance : float
    ceiling : float, optional
        Largest value allowed for the last error.

    Raises
    ------
    AssertionError
        With all orders observed.
    """
    w = np.asarray(widths, float)
    orders = observed_order(errors, w[:-1] / w[1:])
    if not abs(orders[-1] - expected) <= tolerance:
        raise AssertionError(f"order: {orders[-1]:.4f} is not {expected} ± {tolerance}; all: {orders.round(4).tolist()}, "
                             f"errors {list(errors)}")  # fmt: skip
    if ceiling is not None and not errors[-1] <= ceiling:
        raise AssertionError(f"order: the finest error {errors[-1]:.6g} exceeds the ceiling {ceiling:.6g}")
