"""Gaussian smoothing of states and of tensor fields, as linear diffusion."""

import math

from ..arrays import is_torch
from ..grids import Grid
from ..laws import Linear
from .differences import difference, divergence

MOST = 10**6  # steps


def smooth(u, sigma: float, grid: Grid):
    """`u_σ`: linear diffusion of `u` for the time `σ²/2`, which is convolution with a Gaussian that honours the walls.

    `k` explicit steps of `τ = σ²/(2k) ≤ 1/Σ(4/h²)`: at this size every step is an average with positive weights, damps
    all waves without oscillation, and adds exactly `2τ` to the variance. Keeps maximum, minimum, norm and (at closed
    walls) mean. Second order in `h`.

    Parameters
    ----------
    u : array or tensor of shape (..., *grid.shape)
    sigma : float
        Standard deviation `σ ≥ 0`, in units of length.
    grid : Grid

    Returns
    -------
    array or tensor like u

    Raises
    ------
    ValueError
        `sigma` is so large beside the cells that this takes more than a million steps.
    """
    steps = sigma**2 / 2 * sum(4 / h**2 for h in grid.h)
    if steps > MOST:
        raise ValueError(
            f"sigma must be at most {sigma * (MOST / steps) ** 0.5:.3g} on cells of width {grid.h}, got {sigma:g}"
        )
    k = math.ceil(steps)
    if k == 0:
        return u
    tau = sigma**2 / (2 * k)
    if not is_torch(u) and u.dtype.kind != "c":
        from ..kernels import sweeps

        return sweeps.separable(u, Linear(), grid, [(1.0, 0.0, tau, 0.0, 0.0)] * k)
    for _ in range(k):
        u = u + tau * sum(divergence(difference(u, grid, axis), grid, axis) for axis in range(grid.dim))
    return u
