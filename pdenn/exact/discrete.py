"""Eigenpairs of the discrete Laplacian `-K*K` in closed form: what a scheme does to them is known to rounding.

Strang, The discrete cosine transform, SIAM Review 41 (1999): on cell centres every pair of even and odd walls has
sines or cosines for eigenvectors (DCT-II, DST-II, DCT-IV, DST-IV, and the real Fourier basis on a periodic axis).
"""

from math import exp, pi, sin

import numpy as np
from numpy.typing import NDArray

from ..grids import Grid
from .validity import box, mode_numbers, number
from .walls import Pair, parity, periodic


def eigenpair(grid: Grid, numbers: int | tuple[int, ...]) -> tuple[float, NDArray[np.float64]]:
    """The eigenvalue `λ ≥ 0` and an eigenvector `v` of `K*K`: linear diffusion has `A(t, v) = -λ v`.

    With `j = 0, ..., n-1` the cells of an axis, `v_j = cos(θ (j + 1/2) - φ)` and `λ = (4/h²) sin²(θ/2)`, where

    - between walls `n θ = k π + φ + φ'`, `φ` at the lower wall and `φ'` at the upper one being 0 if it is reflecting
      and `π/2` if it is `Dirichlet(0)`;
    - on a periodic axis `n θ = 2π ⌈k/2⌉`, `φ = π/2` for odd `k` (a sine) and 0 for even `k` (a cosine).

    On a grid of several axes the eigenvalues add and the eigenvectors multiply. Each axis is sorted: `λ` grows with `k`.

    Parameters
    ----------
    grid : Grid
        Every wall periodic, reflecting or `Dirichlet(0)`.
    numbers : int or tuple of ints
        `k` of each axis, `0 ≤ k < n`.

    Returns
    -------
    eigenvalue : float
    eigenvector : float64 array of shape `grid.shape`

    Raises
    ------
    TypeError
        `grid` is no grid.
    ValueError
        A wall has no closed form (Robin, or a value or slope other than zero), or `numbers` are out of range.
    """
    eigenvalue, eigenvector = 0.0, np.ones(())
    for axis, k in enumerate(mode_numbers(box(grid), numbers)):
        n, h = grid.shape[axis], grid.h[axis]
        if k >= n:
            raise ValueError(f"numbers must be smaller than the number of cells, got {k} on axis {axis} with {n} cells")
        turn, phase = _wave(k, grid.boundary[axis])
        theta = turn / n
        eigenvalue += (2 / h * sin(theta / 2)) ** 2
        eigenvector = np.multiply.outer(eigenvector, np.cos(theta * (np.arange(n) + 0.5) - phase))
    return eigenvalue, eigenvector


def discrete_solution(grid: Grid, numbers: int | tuple[int, ...], t: float) -> NDArray[np.float64]:
    """`e^(-λ t) v`: the solution at time `t` of linear diffusion on `grid` that starts from the eigenvector `v`.

    Parameters, shapes and errors as for `eigenpair`; `t` is a finite number (TypeError, ValueError).
    """
    eigenvalue, eigenvector = eigenpair(grid, numbers)
    return exp(-eigenvalue * number("t", t)) * eigenvector


def _wave(k: int, pair: Pair) -> tuple[float, float]:
    """`n θ` and `φ` of the `k`-th eigenvector of an axis."""
    if periodic(pair):
        return 2 * pi * ((k + 1) // 2), pi / 2 * (k % 2)
    lower, upper = (pi / 2 if parity(wall) == -1 else 0.0 for wall in pair)
    return k * pi + lower + upper, lower
