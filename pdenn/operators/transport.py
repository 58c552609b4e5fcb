"""What flows through the faces of a grid: `-div F` with `F = p u_left - q u_right` and weights `p, q ≥ 0`.

Rests on the ghost cells of the walls, on differences, and on a flux that says which values a cell has at its faces.
"""

from ..arrays import concatenate
from .differences import divergence
from .faces import cut


def transported(u, grid, weights, outside, flux):
    """`-div F`.

    Parameters
    ----------
    u : array or tensor of shape (..., *grid.shape)
    grid : Grid
    weights : sequence of pairs (p, q)
        One pair per axis, at its `n + 1` faces.
    outside : sequence
        Per axis None (periodic), or `((α, β), (α, β))`: beyond the lower and the upper wall stands `α + β u`.
    flux : flux
        Gives the values of a cell at its two faces.
    """
    result = 0.0
    for axis, (p, q) in enumerate(weights):
        left, right = sides(u, grid, axis, outside[axis], flux)
        result = result - divergence(p * left - q * right, grid, axis)
    return result


def wall_values(grid) -> list:
    """Per axis the values on the walls, `(u + u_ghost)/2 = α + β u`, as pairs `(α, β)`; None where it is periodic."""
    ghosts = [grid.ghosts(axis) for axis in range(grid.dim)]
    return [None if pair is None else tuple((a / 2, (1 + b) / 2) for a, b in pair) for pair in ghosts]


def window(u, grid, axis: int, reach: int) -> tuple:
    """The `2 reach + 1` states shifted by `-reach ... reach` cells along `axis`; walls mirror: `a + b u_mirrored`."""
    where, n = axis - grid.dim, grid.shape[axis]
    walls, ks = grid.ghosts(axis), range(1, reach + 1)
    if walls is None:
        below, above = [_at(u, where, -k % n) for k in ks], [_at(u, where, (k - 1) % n) for k in ks]
    else:
        (a, b), (c, d) = walls
        below = [a + b * _at(u, where, min(k, n) - 1) for k in ks]
        above = [c + d * _at(u, where, n - min(k, n)) for k in ks]
    wide = concatenate([*below[::-1], u, *above], where) if reach else u
    return tuple(cut(wide, where, k, k + n) for k in range(2 * reach + 1))


def sides(u, grid, axis, outside, flux):
    """`u_left` and `u_right` at the `n + 1` faces of an axis."""
    where, n = axis - grid.dim, grid.shape[axis]
    lower, upper = flux.edges(window(u, grid, axis, flux.reach))
    if outside is None:
        before, after = _at(upper, where, n - 1), _at(lower, where, 0)
    else:
        (a, b), (c, d) = outside
        before, after = a + b * _at(u, where, 0), c + d * _at(u, where, n - 1)
    return concatenate([before, upper], where), concatenate([lower, after], where)


def _at(u, where, i):
    return cut(u, where, i, i + 1)
