"""The loops of a step alone run on planes of the shape that a tile has, and compute what they are meant to."""

import numpy as np
import pytest

import pdenn as pn
from benchmarks.loops import PLANES, in_first_cache, loops, on_a_tile
from pdenn.kernels.sweeps import CACHE


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(2048, 2048), (192, 192, 192)], ids=str)
def test_planes_of_a_tile_fit_its_cache(shape, dtype):
    lines, width, sets = on_a_tile(shape, dtype)
    kept = lines * width * np.dtype(dtype).itemsize
    assert PLANES * sets * kept < CACHE[len(shape)] <= 16 * sets * 2 * kept
    assert lines <= (1 if len(shape) == 2 else shape[1])
    assert width <= shape[-1]


@pytest.mark.parametrize("shape", [(50, 40), (9, 8, 30)], ids=str)
def test_every_set_of_planes_is_computed(shape):
    """Diffusivities of noise lie between 0 and 1, and a step of it changes the plane that is written in each set."""
    planes = (*in_first_cache(shape, "float64")[:2], 3)
    works, cells = loops(pn.Charbonnier(0.1), len(shape), "float64", planes, 1)
    assert cells == np.prod(planes)
    u, g = works["diffusivities"].args[3:5]
    step, before = int(works["diffusivities"].args[2]), u.copy()
    works["diffusivities"]()
    works["fluxes"]()
    size = step // PLANES
    for m in range(planes[2]):
        written = slice(m * step + 3 * size, m * step + 4 * size)
        diffusivities = g[m * step + size : m * step + 2 * size]
        assert (u[written] != before[written]).sum() >= np.prod(planes[:2])
        assert (diffusivities > 0).all()
        assert (diffusivities < 1).all()
    assert np.array_equal(u[:size], before[:size])
