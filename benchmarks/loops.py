"""The two loops of an explicit step alone, diffusivities and fluxes, on rows that stay in the first-level cache.

They are what a step cannot do without: the rest of its time is rows carried in and out, ghost cells, halos, and waiting for
memory. The loops are those of `pdenn.kernels.planes`, run again and again on one plane and its neighbours.
"""

from functools import partial

import numba
import numpy as np

from pdenn.kernels.compile import OPTIONS
from pdenn.kernels.planes import diffusivity_plane, flux_plane

U = np.uint64
LINE = 64
ROWS = {2: 1, 3: 4}  # of a plane


@numba.njit(**OPTIONS)
def _diffusivities(repeats, u, g, places, cells, form, law, w):
    for _ in range(repeats):
        diffusivity_plane(u, places, cells, form, law, w, g, places[1])


@numba.njit(**OPTIONS)
def _fluxes(repeats, u, g, places, cells, form, mix, w, to):
    for _ in range(repeats):
        flux_plane(u, places, places[1], cells, form, mix, g, places, w, False, u, to)


def loops(law, shape, dtype, repeats: int):
    """`{name: work}` of the diffusivities and the fluxes of `repeats` planes, and how many cells that are."""
    real, lanes = np.dtype(dtype).type, LINE // np.dtype(dtype).itemsize
    count, width, lines = ROWS[len(shape)], shape[-1], int(len(shape) == 3)
    row = (width + 1 + lanes) // lanes * lanes
    size = (count + 2 * lines) * row
    u, g = (_aligned(np.random.default_rng(seed).random(5 * size).astype(dtype), lanes) for seed in (0, 1))
    places = (U(0), U(size), U(2 * size))
    cells = (U(lines * row + 1), U((lines + count - 1) * row + 1 + width))
    form, law = (count, width, lines, row, lanes), law._make(map(real, law))
    w = (real(0.5), real(0.5 * lines), real(0.5))
    works = {
        "diffusivities": partial(_diffusivities, repeats, u, g, places, cells, form, law, w),
        "fluxes": partial(_fluxes, repeats, u, g, places, cells, form, tuple(map(real, (1, 0, 0.1))), w, U(3 * size)),
    }
    return works, repeats * count * width


def _aligned(x, lanes):
    """The array from where its second number begins a cache line, as in the tiles."""
    return x[(-1 - x.ctypes.data // x.itemsize) % lanes :]
