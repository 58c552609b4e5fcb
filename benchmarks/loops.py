"""The two loops of an explicit step alone, diffusivities and fluxes: in the first-level cache, and on the planes of a tile.

They are what a step cannot do without. In the first-level cache they take the time of their arithmetic; on planes of a
tile, which other steps of the sweep have driven out in between, also that of waiting for the other caches. The rest of a
step is planes carried in and out, ghost cells, halos and memory. The loops are those of `pdenn.kernels.planes`.
"""

import math
from functools import partial

import numba
import numpy as np

from pdenn.kernels.compile import OPTIONS
from pdenn.kernels.planes import diffusivity_plane, flux_plane
from pdenn.kernels.sweeps import CACHE, ISOTROPIC, REACH, STEPS
from pdenn.kernels.tiles import tiles

U = np.uint64
LINE = 64
ROWS = {2: 1, 3: 4}  # of a plane in the first-level cache
PLANES = 4  # three that are read and one that is written


@numba.njit(**OPTIONS)
def _diffusivities(repeats, sets, step, u, g, places, cells, form, law, w):
    for _ in range(repeats):
        for m in range(U(sets)):
            at = places[0] + m * step, places[1] + m * step, places[2] + m * step
            diffusivity_plane(u, at, cells, form, law, w, g, at[1])


@numba.njit(**OPTIONS)
def _fluxes(repeats, sets, step, u, g, places, cells, form, mix, w, to):
    for _ in range(repeats):
        for m in range(U(sets)):
            at = places[0] + m * step, places[1] + m * step, places[2] + m * step
            flux_plane(u, at, at[1], cells, form, mix, g, at, w, False, u, to + m * step)


def in_first_cache(shape, dtype) -> tuple[int, int, int]:
    """Lines and width of a plane, and one set of planes."""
    return ROWS[len(shape)], shape[-1], 1


def on_a_tile(shape, dtype) -> tuple[int, int, int]:
    """Lines and width of a plane of a tile, and as many sets of planes as the tile keeps for its steps."""
    dim = len(shape)
    steps, axes = STEPS[dim], (shape[0], *(shape[1:-1] or (1,)), shape[-1])
    reach, item = REACH[ISOTROPIC], np.dtype(dtype).itemsize
    planes = (2 * reach + 2) * (steps + 1) + 3 * steps
    cuts = tiles(axes, reach * steps, CACHE[dim] // (planes * item), 1, 1)
    lines, width = (
        math.ceil(n / cut) + 2 * reach * steps * (cut > 1) for n, cut in zip(axes[1:], cuts[1:], strict=True)
    )
    return lines, width, steps


def loops(law, dim, dtype, planes, cells: int):
    """`{name: work}` of the diffusivities and the fluxes of about so many cells, and how many they are."""
    real, lanes, (lines, width, sets) = np.dtype(dtype).type, LINE // np.dtype(dtype).itemsize, planes
    space, repeats = int(dim == 3), max(1, cells // math.prod(planes))
    row = (width + 1 + lanes) // lanes * lanes
    size = (lines + 2 * space) * row
    u, g = (
        _aligned(np.random.default_rng(seed).random(PLANES * sets * size + row).astype(dtype), lanes) for seed in (0, 1)
    )
    places = (U(0), U(size), U(2 * size))
    inner = (U(space * row + 1), U((space + lines - 1) * row + 1 + width))
    form, law = (lines, width, space, row, lanes), law._make(map(real, law))
    given = repeats, sets, U(PLANES * size), u, g, places, inner, form
    w, mix = (real(0.5), real(0.5 * space), real(0.5)), tuple(map(real, (1, 0, 0.1)))
    works = {
        "diffusivities": partial(_diffusivities, *given, law, w),
        "fluxes": partial(_fluxes, *given, mix, w, U(3 * size)),
    }
    return works, repeats * math.prod(planes)


def _aligned(x, lanes):
    """The array from where its second number begins a cache line, as in the tiles."""
    return x[(-1 - x.ctypes.data // x.itemsize) % lanes :]
