"""Tiles cover a grid once, read what they need, and carry planes in and out."""

from itertools import product

import numpy as np
import pytest

from pdenn.kernels.tiles import add_plane, extents, load_plane, sides, store_plane, tiles, walls

SHAPES = [(1, 1, 90), (64, 1, 300), (40, 50, 60), (3, 2, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("halo", "room", "threads"), [(2, 50, 1), (8, 4000, 2), (1, 1, 4)])
def test_tiles_cover_the_grid_once(shape, halo, room, threads):
    cuts, periodic = tiles(shape, halo, room, threads, 1), np.array([True, False, True])
    count = np.zeros(shape, int)
    for task in range(cuts.prod()):
        extent = extents(task, cuts, shape, halo, periodic)
        inner = tuple(slice(start, stop) for _, _, start, stop in extent)
        count[inner] += 1
        for axis, (first, last, start, stop) in enumerate(extent):
            whole_ring = periodic[axis] and axis > 0 and cuts[axis] == 1
            low, high = start - first >= halo, last - stop >= halo
            assert whole_ring or low or (first == 0 and not periodic[axis])
            assert whole_ring or high or (last == shape[axis] and not periodic[axis])
    assert (count == 1).all()


def test_a_tile_has_reflecting_walls_where_it_is_cut():
    ghost = np.arange(12.0).reshape(3, 2, 2)
    extent = ((0, 5, 0, 3), (0, 4, 0, 4), (6, 20, 8, 18))
    own, ring = walls(extent, (9, 4, 20), ghost, np.array([False, True, False]))
    assert ring.tolist() == [False, True, False]
    np.testing.assert_array_equal(own[0], [ghost[0, 0], (0, 1)])
    np.testing.assert_array_equal(own[2], [(0, 1), ghost[2, 1]])


@pytest.mark.parametrize("first", [(0, 0, 0), (-2, -1, -7), (1, 2, 3)])
def test_planes_are_read_around_rings_and_written_without_their_halo(first):
    shape = (4, 3, 5)
    x, factor = np.random.default_rng(0).random(shape), 0.5
    extent = tuple((f, f + 9, f + 2, min(f + 9, n)) for f, n in zip(first, shape, strict=True))
    wrapped = x[np.ix_(*(np.arange(f, f + 9) % n for f, n in zip(first, shape, strict=True)))]
    assert sides(extent) == (9, 9, 9)
    for i in range(9):
        plane = np.full((9, 9), np.nan)
        load_plane(x, extent, i, plane)
        np.testing.assert_array_equal(plane, wrapped[i])
        add_plane(factor, x, extent, i, plane)
        np.testing.assert_array_equal(plane, wrapped[i] + factor * wrapped[i])
    out = np.zeros(shape)
    cells = [range(max(start, 0), stop) for _, _, start, stop in extent]
    inside = tuple((f, last, cell.start, cell.stop) for (f, last, _, _), cell in zip(extent, cells, strict=True))
    for i in range(9):
        store_plane(wrapped[i], inside, i, out)
    for index in product(*(range(n) for n in shape)):
        written = all(c in cell for c, cell in zip(index, cells, strict=True))
        assert out[index] == (x[index] if written else 0)
