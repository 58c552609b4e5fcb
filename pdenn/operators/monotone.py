"""What can be proved of `A(u) = -div F`, `F = p u_left - q u_right` with weights `p, q ≥ 0` at the faces.

With the values of the cells themselves (`theta = 0`), `A` has the diagonal `-(p_upper + q_lower)/h` summed over the
axes and nonnegative entries beside it. Its columns sum to zero up to what leaves through walls. Its rows sum to
`-div_h (p - q)`. So `A = -d I + N`, `N ≥ 0`, with `d` the largest diagonal:

- max-min, where the rows sum to zero (the velocities at the faces of each cell balance);
- `|A u + d u|₂ ≤ d |u|₂`, where no row and no column sum is positive, by `|N|₂² ≤ |N|₁ |N|_∞`; this is the disk
  `⟨u, A u⟩ ≤ -|A u|²/(2d)`, so that `ρ = ρ' = 2d`.

With limited slopes (`theta = 1`; Harten 1983, lemma 2.2, cell by cell) subtract `u` times the balance from the fluxes: what
enters is `p (u_left - u)` with `u_left` between `u` and the value of the neighbour, a share in [0, 1] of their
difference; what leaves is `-p σ/2`, `theta` times a share of `u_behind - u`. All weights are nonnegative, in any
number of dimensions, and add up to `d = max Σ_faces (entering + theta leaving)/h`. The map is not linear, and
distances may grow: only max-min.
"""

import numpy as np

from ..grids import Dirichlet, Periodic
from .differences import after, before
from .faces import impermeable
from .protocol import Bound, Constant

ROUNDING = 1e-13  # relative to the largest sum over a cell: what is left of a balance that is zero


def weights_bound(weights, grid, outside, flux) -> Bound:
    """The bound for weights that are known, float64 arrays.

    Parameters
    ----------
    weights, outside
        As for `transport.transported`.
    grid : Grid
    flux : flux
        With `theta` not None.
    """
    enters, leaves, own, behind = _sums(weights, grid, outside)
    slack = ROUNDING * max(enters.max(), leaves.max())
    balanced = not _sources(outside) and abs(enters - leaves).max() <= slack
    d = float((enters - own + flux.theta * behind).max())
    known = f"d = {d:.6g}, the largest sum over the faces of a cell of what enters"
    known += "" if flux.theta == 0 else " and leaves"
    unbalanced = Constant(None, "the velocities at the faces of some cell do not balance (a divergence, or a wall that "
                          "stops them): values grow where they converge")  # fmt: skip
    diagonal = Constant(d, f"A = -d I + N with N ≥ 0 and {known}") if balanced else unbalanced
    if flux.theta > 0:
        limited = Constant(None, "limited slopes keep the range, but distances and norms may grow")
        return Bound(limited, limited, diagonal, False, False)
    entries = float((leaves - own).max())
    linear_rows, columns = _linear_sums(weights, grid, outside)
    if max(linear_rows.max(), columns.max()) > slack:
        growing = Constant(None, "the norm may grow: velocities converge in some cell, or flow in through an open wall")
        return Bound(growing, growing, diagonal, True, False)
    return _disk(entries, grid, diagonal)


def speed_bound(weights, speed, grid, outside, flux) -> Bound:
    """The bound for balanced velocities of which only `|v_i| ≤ speed_i` is known; `weights` are those at this speed.

    What enters a cell is what leaves it, hence half of both; the sum `p + q` of a face grows with the speed.
    """
    rate = sum(float((p + q).max()) / h for (p, q), h in zip(weights, grid.h, strict=True))
    walls = [pair for pair in (grid.ghosts(axis) for axis in range(grid.dim)) if pair is not None]
    behind = max([1.0, *(1 - b for pair in walls for _, b in pair)])
    d = (1 + flux.theta * behind) * rate
    diagonal = Constant(d, f"A = -d I + N with N ≥ 0 and d = {d:.6g} from speed = {speed}, checked at every evaluation")
    if _sources(outside):
        diagonal = Constant(None, "a wall that prescribes a slope is a source")
    if flux.theta > 0:
        limited = Constant(None, "limited slopes keep the range, but distances and norms may grow")
        return Bound(limited, limited, diagonal, False, False)
    if not all(impermeable(w) or isinstance(w, Dirichlet | Periodic) for pair in grid.boundary for w in pair):
        growing = Constant(None, "the norm may grow where velocities flow in through an open wall")
        return Bound(growing, growing, diagonal, True, False)
    return _disk(d, grid, diagonal)


def _disk(d, grid, diagonal) -> Bound:
    because = f"2 d = {2 * d:.6g}: |A u + d u| ≤ d |u|, no row and no column of A + d I sums to more than d = {d:.6g}"
    spectral = Constant(2 * d, "ρ = " + because)
    if not grid.homogeneous:
        spectral = Constant(None, "the walls prescribe values other than zero: the norm may grow")
    return Bound(spectral, Constant(2 * d, "ρ' = " + because), diagonal, True, False)


def _sources(outside) -> bool:
    """Whether some wall adds what is no share of a value: `α + u` with `α ≠ 0`."""
    return any(b == 1 and a != 0 for pair in outside if pair is not None for a, b in pair)


def _sums(weights, grid, outside):
    """Per cell: what enters, what leaves, what does both through a wall at once, and what leaves in multiples of the
    difference to the cell behind (at a Dirichlet wall twice that to the value on the wall).

    What diffuses through a wall and back (`min(p, q)`) has no part in the diagonal. An inflow of the cell's own value
    has none either, but is counted all the same: it cancels an outflow only to rounding.
    """
    enters, leaves, own, behind = (np.zeros(grid.shape) for _ in range(4))
    for axis, (p, q) in enumerate(weights):
        h = grid.h[axis]
        inlet = (before(p, grid, axis) + after(q, grid, axis)) / h
        enters, leaves = enters + inlet, leaves + (after(p, grid, axis) + before(q, grid, axis)) / h
        first, last = _ends(grid, axis)
        share, reach = np.zeros(grid.shape), [np.ones(grid.shape), np.ones(grid.shape)]
        if outside[axis] is not None:
            (_, b), (_, d) = outside[axis]
            p0, q0, p1, q1 = (f(x, grid, axis) for f in (before, after) for x in (p, q))
            share = (first * b * np.minimum(p0, q0) + last * d * np.minimum(p1, q1)) / h
            (_, f), (_, g) = grid.ghosts(axis)
            reach = [1 - first * f, 1 - last * g]
        own = own + share
        behind = behind + (after(p, grid, axis) * reach[0] + before(q, grid, axis) * reach[1]) / h
    return enters, leaves, own, behind


def _linear_sums(weights, grid, outside):
    """Row and column sums of the matrix, walls that prescribe a value counted out."""
    rows, columns = np.zeros(grid.shape), np.zeros(grid.shape)
    for axis, (p, q) in enumerate(weights):
        h, (first, last) = grid.h[axis], _ends(grid, axis)
        (_, b), (_, d) = outside[axis] or ((0, 1), (0, 1))
        p0, q0, p1, q1 = (f(w, grid, axis) for f in (before, after) for w in (p, q))
        rows = rows + ((1 + first * (b - 1)) * p0 + (1 + last * (d - 1)) * q1 - p1 - q0) / h
        if outside[axis] is not None:
            columns = columns + (first * (b * p0 - q0) + last * (d * q1 - p1)) / h
    return rows, columns


def _ends(grid, axis):
    """One in the first and in the last cells of an axis, zero elsewhere."""
    index = np.indices(grid.shape)[axis]
    return 1.0 * (index == 0), 1.0 * (index == grid.shape[axis] - 1)
