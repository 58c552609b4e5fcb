"""The two-grid factor and the smoothing factor; rests on the matrices of `blocks` and `sweeps`."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from .blocks import adjoint, blocks, frequencies, inverse, norm, positions, radius
from .stencils import CELL_CENTRED, as_stencil, dimension, galerkin, singular, tensor, which_axes
from .sweeps import sweep


class Prediction(NamedTuple):
    """What local Fourier analysis says about a cycle.

    Attributes
    ----------
    factor : float
        The spectral radius: by what each cycle multiplies the error in the long run.
    norm : float
        The spectral norm: by what a single cycle multiplies it at worst.
    smoothing : float
        The smoothing factor of a sweep, see `smoothing_factor`.
    """

    factor: float
    norm: float
    smoothing: float


class _Cycle(NamedTuple):
    """What stays the same from grid to grid."""

    smoother: object
    nu: tuple
    R: dict
    P: dict
    coarsen: tuple
    visits: int
    reverse: bool
    theta: np.ndarray
    period: int


def two_grid(stencil, smoother, nu=(2, 1), *, coarse=None, transfer=CELL_CENTRED, coarsen=None, levels=2, visits=1,
             reverse=True, cells=None) -> Prediction:  # fmt: skip
    """Predict the multigrid cycle on two grids, or on more, for the constant stencil of a linear operator.

    Parameters
    ----------
    stencil : dict or array of shape (3,) * d
        `{offset: coefficient}` of `M`, offsets being tuples of `d ≤ 3` integers; of an array, those around its middle.
    smoother : Jacobi, GaussSeidel, Chebyshev, LineGaussSeidel, or a tuple of them
        One after the other.
    nu : tuple of int
        Sweeps before and after the coarse correction.
    coarse : stencil, or list of `levels - 1` stencils, optional
        Of the coarse grids; by default `R M P` (Galerkin).
    transfer : Transfer
        `CELL_CENTRED` takes means of merged cells, `CELL_CENTRED_ADJOINT` the adjoint of linear interpolation;
        `VERTEX_CENTRED` has a coarse point in every second fine one, and full weighting.
    coarsen : tuple of bool, optional
        Which axes are coarsened; by default all.
    levels, visits : int
        Number of grids, the coarsest being solved exactly; coarse cycles in each: 1 for V-cycles, 2 for W-cycles.
    reverse : bool
        Whether smoothers, colours and lines come in reverse order after the coarse correction, which keeps a symmetric
        cycle symmetric.
    cells : int, optional
        The frequencies are those of the periodic grid with that many cells along each axis, a multiple of
        `2^(levels-1)`; by default 512, 64, 32 in one to three dimensions. Constants do not count where `M` maps them to
        zero.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """
    stencil, coarsen, d = _checked(stencil, coarsen)
    for name, value, least in (("nu[0]", nu[0], 0), ("nu[1]", nu[1], 0), ("levels", levels, 2), ("visits", visits, 1)):
        _check_count(name, value, least)
    if not isinstance(reverse, bool):
        raise ValueError(f"reverse must be True or False, got {reverse!r}")
    period = 2 ** (levels - 1)
    R, P = (tensor(weights, coarsen) for weights in (transfer.restriction, transfer.prolongation))
    cycle = _Cycle(smoother, nu, R, P, coarsen, visits, reverse, frequencies(d, period, cells), period)
    E = _error(cycle, _stencils(stencil, coarse, transfer, coarsen, levels), (1,) * d)
    if singular(stencil):
        E[0] = E[0] - E[0].mean(0)
    sweeps = max(1, sum(nu))
    return Prediction(radius(E), norm(E), smoothing_factor(stencil, smoother, sweeps, coarsen=coarsen, cells=cells))


def smoothing_factor(stencil, smoother, sweeps=1, *, coarsen=None, cells=None) -> float:
    """`max ρ(Q S^ν)^(1/ν)`: how `ν` sweeps damp the error, for each of them, were the coarse correction ideal.

    `Q` keeps the frequencies that the coarse grid cannot represent: those outside `(-π/2, π/2)` along some coarsened axis.
    Parameters as for `two_grid`.
    """
    stencil, coarsen, d = _checked(stencil, coarsen)
    _check_count("sweeps", sweeps, 1)
    theta, points = frequencies(d, 2, cells), positions(2, (1,) * d)
    S = np.linalg.matrix_power(sweep(stencil, smoother, theta, points, (1,) * d, 2), sweeps)
    shifts = np.pi * np.array(points)
    waves = np.exp(1j * np.array(points) @ shifts.T) / np.sqrt(len(points))
    seen = (np.cos(theta[:, None, :] + shifts) > 1e-12) | ~np.array(coarsen)
    Q = (waves * ~seen.all(-1)[:, None, :]) @ adjoint(waves)
    return radius(Q @ S) ** (1 / sweeps)


def _error(cycle: _Cycle, stencils, spacing):
    """The error propagation `S₂ (I - P (I - E_H^visits) M_H⁻¹ R M) S₁` on the grid with a given spacing."""
    theta, period = cycle.theta, cycle.period
    points = positions(period, spacing)
    if len(stencils) == 1:
        return np.zeros((len(theta), len(points), len(points)), complex)
    wide = tuple(2 * s if c else s for s, c in zip(spacing, cycle.coarsen, strict=True))
    few = positions(period, wide)
    M = blocks(stencils[0], theta, points, points, spacing, period)
    R = blocks(cycle.R, theta, few, points, spacing, period)
    P = adjoint(blocks(cycle.P, theta, few, points, spacing, period))
    M_H = blocks(stencils[1], theta, few, few, wide, period)
    E_H = np.linalg.matrix_power(_error(cycle, stencils[1:], wide), cycle.visits)
    solved = (np.eye(len(few)) - E_H) @ inverse(M_H, max(map(abs, stencils[1].values())))
    before, after = (
        np.linalg.matrix_power(sweep(stencils[0], cycle.smoother, theta, points, spacing, period, backwards), n)
        for n, backwards in zip(cycle.nu, (False, cycle.reverse), strict=True)
    )
    return after @ (np.eye(len(points)) - P @ solved @ R @ M) @ before


def _stencils(stencil, coarse, transfer, coarsen, levels) -> list[dict]:
    """The stencils of all grids, the finest first."""
    if isinstance(coarse, list | tuple):
        if len(coarse) != levels - 1:
            raise ValueError(f"coarse must hold {levels - 1} stencils for {levels} grids, got {len(coarse)}")
        return [stencil, *map(as_stencil, coarse)]
    if coarse is not None:
        return _stencils(stencil, [coarse], transfer, coarsen, levels)
    found = [stencil]
    for _ in range(levels - 1):
        found.append(galerkin(found[-1], transfer, coarsen))
    return found


def _checked(stencil, coarsen):
    stencil = as_stencil(stencil)
    return stencil, which_axes(coarsen, dimension(stencil)), dimension(stencil)


def _check_count(name, value, least):
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
