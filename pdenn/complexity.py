"""Empirical Rademacher complexity of a class of functions and of the class smoothed by noise.

`R_S(G) = E_ξ sup_g 1/n Σ_i ξ_i g(x_i)` with independent signs `ξ_i`. For `g_s(x) = E_ε g(x + s ε)` Jensen's inequality gives
`R_S(G_s) ≤ E_ε R_(S + sε)(G)`: a supremum of means is at most the mean of suprema. The right-hand side is the base class on
noisy samples. It does not follow that `R_S(G_s) ≤ R_S(G)` on the same sample, and it is not true in general (a class that
vanishes on the sample but not beside it). What is said here is proved here, and is not a theorem quoted from a paper.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .particles import Estimate

Function: TypeAlias = Callable[[NDArray[np.float64]], ArrayLike]  # from points of shape (n, features) to n numbers
EXACT = 16  # signs: 65,536 of them


class Comparison(NamedTuple):
    """`R_S(G)`, `R_S(G_s)` and `E_ε R_(S + sε)(G)`, the last two for the average over the draws of the noise.

    For that average, too, Jensen's inequality holds: `smoothed ≤ noisy` in exact arithmetic, whatever the draws are.
    """

    base: float
    smoothed: float
    noisy: float


def rademacher(values: ArrayLike, draws: int | None = None, seed: int = 0) -> Estimate:
    """`E_ξ max_g 1/n Σ_i ξ_i g(x_i)` of a finite class; the maximum is exact.

    Parameters
    ----------
    values : array of shape (functions, n)
        `g(x_i)`.
    draws : int, optional
        Number of sign vectors; by default all `2ⁿ`, for `n ≤ 16`.
    seed : int

    Returns
    -------
    Estimate
        With the half width of the 95 % confidence interval, zero where all signs are counted.

    Raises
    ------
    ValueError
        `values` is no finite table, or `n > 16` without `draws`.
    """
    values = _table(values)
    signs, exact = _signs(values.shape[1], draws, seed)
    return _mean((signs @ values.T / values.shape[1]).max(1), exact)


def rademacher_linear(x: ArrayLike, radius: float = 1.0, draws: int | None = None, seed: int = 0) -> Estimate:
    """`E_ξ sup_(|w| ≤ B) 1/n Σ_i ξ_i w · x_i = B/n E_ξ |Σ_i ξ_i x_i|` of the linear functions; the supremum is exact.

    Parameters
    ----------
    x : array of shape (n, features)
    radius : float
        `B ≥ 0`.
    draws, seed
        As for `rademacher`.
    """
    x = _table(x)
    if not (math.isfinite(radius) and radius >= 0):
        raise ValueError(f"radius must be finite and >= 0, got {radius!r}")
    signs, exact = _signs(len(x), draws, seed)
    return _mean(radius / len(x) * np.linalg.norm(signs @ x, axis=1), exact)


def compare(
    functions: Sequence[Function],
    x: ArrayLike,
    noise: float,
    *,
    samples: int = 256,
    draws: int | None = None,
    seed: int = 0,
) -> Comparison:
    """The complexity of a finite class, of its smoothed class, and of the class on noisy samples.

    Parameters
    ----------
    functions : sequence of functions
        From an array of shape (n, features) to n numbers.
    x : array of shape (n, features)
    noise : float
        `s ≥ 0`.
    samples : int
        Draws of the noise of the whole sample.
    draws, seed
        As for `rademacher`; all three numbers use the same signs.

    Returns
    -------
    Comparison
    """
    x = _table(x)
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be finite and >= 0, got {noise!r}")
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1:
        raise ValueError(f"samples must be an integer >= 1, got {samples!r}")
    rng = np.random.default_rng(seed)
    tables = [_values(functions, x + noise * rng.standard_normal(x.shape)) for _ in range(samples)]
    of = [float(rademacher(t, draws, seed).mean) for t in (_values(functions, x), np.mean(tables, 0), *tables)]
    return Comparison(of[0], of[1], float(np.mean(of[2:])))


def _values(functions: Sequence[Function], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return _table([np.asarray(g(x), float) for g in functions])


def _signs(n: int, draws: int | None, seed: int) -> tuple[NDArray[np.float64], bool]:
    if draws is None:
        if n > EXACT:
            raise ValueError(f"draws must be given for more than {EXACT} points, got {n} points")
        return np.array(list(product((-1.0, 1.0), repeat=n))), True
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 2:
        raise ValueError(f"draws must be an integer >= 2, got {draws!r}")
    return np.random.default_rng(seed).choice((-1.0, 1.0), (draws, n)), False


def _mean(values: NDArray[np.float64], exact: bool) -> Estimate:
    half = 0.0 if exact else 1.96 * values.std(ddof=1) / math.sqrt(len(values))
    return Estimate(float(values.mean()), half)


def _table(values: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(values, float)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise ValueError(f"values must be a finite table with two axes, got shape {table.shape}")
    return table
