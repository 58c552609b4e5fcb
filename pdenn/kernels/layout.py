"""States on three axes, as the kernels see them: what a grid lacks stands in the middle, with one cell and the weight 0."""

import math

import numba
import numpy as np

from .memory import empty_like

# Below this many cells a parallel region costs more than it saves (about 20 µs on two cores).
SERIAL = 1 << 14
APPLY = (0.0, 0.0, 1.0)


def layout(grid):
    """The three lengths: a missing axis stands in the middle, so that rows stay long and the first axis can be cut."""
    return tuple(insert(3 - grid.dim, list(grid.shape), 1))


def insert(missing, axes, filling):
    """A list with an entry an axis, laid out on three axes."""
    return [filling, filling, *axes] if missing == 2 else [axes[0], *[filling] * missing, *axes[1:]]


def at_faces(g, u, grid, axis):
    """What is given at the `n + 1` faces of an axis, as `(batch, faces)` in the dtype of `u`; a batch of 1 is shared by all states.

    Leading axes are broadcast to those of `u` (ValueError otherwise).
    """
    shape = tuple(n + (i == axis) for i, n in enumerate(grid.shape))
    batch = u.shape[: u.ndim - grid.dim]
    try:
        every = np.broadcast_to(g, (*batch, *shape))
    except ValueError:
        words = f"faces[{axis}] must have shape (..., {', '.join(map(str, shape))}) with leading axes that fit {batch}"
        raise ValueError(f"{words}, got {g.shape}") from None
    chosen = g if g.size == math.prod(shape) else every
    return read_only(np.asarray(chosen, u.dtype)).reshape(-1, math.prod(shape))


def laid_out(u, grid):
    """The array `(..., *grid.shape)` as `(batch, n0, n1, n2)`."""
    return np.ascontiguousarray(u).reshape(-1, *layout(grid))


def read_only(array):
    """The array in order of memory, not to be written: a writable one would be another type to compile for."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def geometry(grid, real):
    """`(w, ghost, periodic)`: reciprocal mesh widths, ghost cells `ghost[axis, side] = (a, b)`, and which axes are rings."""
    missing, closed = 3 - grid.dim, ((0.0, 1.0), (0.0, 1.0))
    w = np.array(insert(missing, [1 / h for h in grid.h], 0.0), real)
    walls = insert(missing, [grid.ghosts(axis) for axis in range(grid.dim)], closed)
    return w, np.array([pair or closed for pair in walls], real), np.array([pair is None for pair in walls])


def arguments(u, grid, mix, v):
    """`(x, y, mix, w, ghost, periodic, slabs, out)` for a state `(..., *grid.shape)`, all in its dtype.

    `x` and `y` are `u` and `v` in the layout `(batch, n0, n1, n2)`; a state is cut into `slabs` of its first axis where
    a batch does not fill the threads.
    """
    x = laid_out(u, grid)
    y = x if v is None else np.ascontiguousarray(v).reshape(x.shape)
    slabs = min(x.shape[1], math.ceil(threads(x) / max(1, len(x))))
    return x, y, np.array(mix, x.dtype), *geometry(grid, x.dtype.type), slabs, empty_like(x)


def threads(x) -> int:
    """How many threads share the work on `x`: one below the size where a parallel region costs more than it saves."""
    return numba.get_num_threads() if x.size > SERIAL else 1
