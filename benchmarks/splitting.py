"""The tridiagonal systems of one step of AOS, all lines of both directions, against SciPy's banded solver.

Ours is the step of `pn.AOS` with the coefficients held. The peer gets its bands ready-made, as one long system for each
direction whose lines do not couple; the columns are transposed there and back.
"""

import numba
import numpy as np
from scipy.linalg import solve_banded

import pdenn as pn

from .rounds import interleaved, row

TARGETS = {"float64": 6.0, "float32": 8.0}
TAU = 5.0


def measure(settings):
    """Rows for both precisions, one thread."""
    numba.set_num_threads(1)
    n = settings.pick(2048, 512, 16)
    for dtype in ("float64", "float32"):
        works = built(n, dtype)
        ours, theirs = (work() for work in works.values())
        seconds = interleaved(works, settings.seconds)
        yield row(f"AOS {n} x {n}", ("AOS", seconds["AOS"]), ("SciPy solve_banded", seconds["SciPy"]), dtype=dtype,
                  threads=1, target=TARGETS[dtype], difference=float(np.abs(ours - theirs).max()))  # fmt: skip


def built(n: int, dtype: str) -> dict:
    """The two works, of the same result."""
    law, grid = pn.Charbonnier(0.1), pn.Grid((n, n))
    u = np.random.default_rng(0).random((n, n)).astype(dtype)
    held = pn.discretise(pn.Diffusion(law), grid).hold(0.0, u)
    g = diffusivity(u.astype(np.float64), law)
    across, along = bands(g.T, dtype), bands(g, dtype)

    def peer():
        columns = solve_banded((1, 1), across, np.ascontiguousarray(u.T).ravel(), check_finite=False)
        lines = solve_banded((1, 1), along, u.ravel(), check_finite=False)
        return (columns.reshape(n, n).T + lines.reshape(n, n)) / 2

    return {"AOS": lambda: pn.AOS().step(held, 0.0, u, TAU), "SciPy": peer}


def diffusivity(u, law):
    """`g` in the cells: half the sum of the squared differences over the faces of a cell."""
    s = np.zeros_like(u)
    for axis in range(u.ndim):
        square = np.moveaxis(np.diff(u, axis=axis) ** 2 / 2, axis, 0)
        turned = np.moveaxis(s, axis, 0)
        turned[:-1] += square
        turned[1:] += square
    return law.g(s)


def bands(g, dtype):
    """`I - 2 τ A` along the rows of `g` as three bands of one long system; no flux through the ends of a row."""
    faces = 2 * TAU * (g[:, 1:] + g[:, :-1]) / 2
    above, below = np.zeros_like(g), np.zeros_like(g)
    above[:, :-1], below[:, 1:] = faces, faces
    return np.stack([-np.roll(above, 1).ravel(), (1 + above + below).ravel(), -np.roll(below, -1).ravel()]).astype(
        dtype
    )
