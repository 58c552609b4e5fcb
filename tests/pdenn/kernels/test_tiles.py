"""Tiles cover a grid once, read what they need, and carry planes in and out."""

from itertools import product

import numpy as np
import pytest

from pdenn.kernels.compile import serial
from pdenn.kernels.planes import U
from pdenn.kernels.tiles import add_planes, extents, load_plane, plane_form, store_plane, tiles, useful, walls

load, add, store = serial(load_plane), serial(add_planes), serial(store_plane)
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
    own, ring, cut = walls(extent, (9, 4, 20), ghost, np.array([False, True, False]))
    assert ring == (False, True, False)
    assert own[0] == (tuple(ghost[0, 0]), (0, 1))
    assert own[2] == ((0, 1), tuple(ghost[2, 1]))
    assert cut == ((0, 1), (0, 0), (1, 0))


def test_a_ring_is_cut_along_the_first_axis():
    extent = ((-2, 7, 0, 5), (0, 4, 0, 4), (0, 3, 0, 3))
    _, ring, cut = walls(extent, (5, 4, 3), np.zeros((3, 2, 2)), np.ones(3, bool))
    assert ring == (False, True, True)
    assert cut == ((1, 1), (0, 0), (0, 0))


@pytest.mark.parametrize("cut", [((0, 0), (0, 0), (0, 0)), ((1, 1), (0, 0), (1, 0)), ((0, 0), (1, 1), (0, 1))])
@pytest.mark.parametrize("lines", [0, 1])
def test_no_cell_that_is_needed_is_left_out(lines, cut):
    """A loop over the useful cells meets all that are not spoiled, and stays in the rows that are no ghosts."""
    depth, lanes, cut = 3, 4, (cut[0], cut[1] if lines else (0, 0), cut[2])
    m1, m2 = (9 if lines else 1), 13
    form = plane_form(((0, 5, 0, 5), (0, m1, 0, m1), (0, m2, 0, m2)), np.array([1.0, lines, 1.0]), lanes)
    assert form[:3] == (m1, m2, lines)
    assert form[3] >= m2 + 2
    assert form[3] % lanes == 0
    first, last = useful(form, cut, depth)
    cells = np.arange((m1 + 2 * lines) * form[3]).reshape(-1, form[3])
    needed = cells[
        lines + cut[1][0] * depth : lines + m1 - cut[1][1] * depth, 1 + cut[2][0] * depth : 1 + m2 - cut[2][1] * depth
    ]
    assert first <= needed[0, 0]
    assert needed[-1, -1] == last - 1
    assert cells[lines, 1] <= first
    assert (first - 1) % lanes == 0


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("first", [(0, 0, 0), (-2, -1, -7), (1, 2, 3)])
def test_planes_are_read_around_rings_and_written_without_their_halo(first, past):
    shape = (4, 3, 5)
    x, y, z = np.random.default_rng(0).random((3, *shape))
    extent = tuple((f, f + 9, f + 2, min(f + 9, n)) for f, n in zip(first, shape, strict=True))
    around = np.ix_(*(np.arange(f, f + 9) % n for f, n in zip(first, shape, strict=True)))
    form, at = plane_form(extent, np.ones(3), 8), U(7)
    tile = (shape, extent, form)

    def cells(plane):
        return plane[7 : 7 + 11 * form[3]].reshape(11, -1)[1:-1, 1:10]

    for i in range(9):
        plane = np.full(7 + 11 * form[3], np.nan)
        load(x.ravel(), tile, shape[1:], i, plane, at)
        np.testing.assert_array_equal(cells(plane), x[around][i])
        add((0.5, 0.25, 0.0), x.ravel(), y.ravel(), np.empty(0), tile, i, plane, at)
        np.testing.assert_array_equal(cells(plane), (1.5 * x + 0.25 * y)[around][i])
        add((0.0, 0.0, 2.0), np.empty(0), np.empty(0), z.ravel(), tile, i, plane, at)
        np.testing.assert_array_equal(cells(plane), (1.5 * x + 0.25 * y + 2 * z)[around][i])
    out = np.zeros(shape)
    written = [range(max(start, 0), stop) for _, _, start, stop in extent]
    inside = tuple((f, last, cell.start, cell.stop) for (f, last, _, _), cell in zip(extent, written, strict=True))
    for i in range(9):
        load(x.ravel(), tile, shape[1:], i, plane, at)
        store(plane, at, (shape, inside, form), i, out.reshape(-1), past)
    for index in product(*(range(n) for n in shape)):
        assert out[index] == (x[index] if all(c in cell for c, cell in zip(index, written, strict=True)) else 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 15, 16, 40, 100])
@pytest.mark.parametrize("begin", [0, 1, 7, 16])
def test_rows_are_written_past_the_cache_wherever_they_begin(begin, n, dtype):
    """Of a state that begins anywhere, its lines at once and what lies before and behind them cell by cell; no other cell."""
    shape, extent = (2, 1, n), ((0, 2, 0, 2), (0, 1, 0, 1), (0, n, 0, n))
    form, memory = plane_form(extent, np.array([1.0, 0.0, 1.0]), 16), np.full(begin + 2 * n + 40, -1, dtype)
    plane = np.arange(form[3], dtype=dtype)
    for i in range(2):
        store(plane, U(0), (shape, extent, form), i, memory[begin : begin + 2 * n], True)
    np.testing.assert_array_equal(memory[begin : begin + 2 * n], np.tile(plane[1 : n + 1], 2))
    assert (memory[:begin] == -1).all()
    assert (memory[begin + 2 * n :] == -1).all()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("shape", [(192, 192, 192), (64, 64, 64), (2048, 1, 2048), (2048, 1, 3000), (9, 5, 7)], ids=str)
@pytest.mark.parametrize("threads", [1, 2, 4, 24])
def test_tiles_are_cut_so_that_threads_end_together(threads, shape, batch):
    """No thread computes more than half as much again as its part of the least that all cells and halos take."""
    halo, room = 5, 20_000
    cuts = tiles(shape, halo, room, threads, batch)
    alone = tiles(shape, halo, room, 1, batch)

    def cells(cuts):
        return np.prod([-(-n // c) + halo * (c > 1) for n, c in zip(shape, cuts, strict=True)])

    share = -(-batch * cuts.prod() // threads) * cells(cuts)
    assert share <= -(-batch * alone.prod() // threads) * cells(alone)
    if threads <= 4 and min(n for n in shape if n > 1) > 50:
        assert share <= 1.5 * batch * alone.prod() * cells(alone) / threads
