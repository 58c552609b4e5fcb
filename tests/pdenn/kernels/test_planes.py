"""Ghost cells around planes: what stands in them, whatever the walls."""

import numpy as np
import pytest

from pdenn.kernels.compile import serial
from pdenn.kernels.planes import U, close

make = serial(close)
WALLS = (((1.0, 2.0), (3.0, 4.0)), ((5.0, 6.0), (7.0, 8.0)), ((9.0, 10.0), (11.0, 12.0)))


def closed(m1, m2, lines, ring, at_ends, ghost=WALLS):
    """The plane in the middle of three, the rest NaN, before and after its ghost cells are made; rows have one cell to spare."""
    row = m2 + 3
    count = (m1 + 2 * lines) * row
    u = np.full((3, m1 + 2 * lines, row), np.nan)
    u[1, lines : m1 + lines, 1 : m2 + 1] = np.random.default_rng(0).integers(0, 99, (m1, m2))
    before = u.copy()
    make(u.reshape(-1), (U(0), U(count), U(2 * count)), (m1, m2, lines, row, 1), ghost, ring, at_ends)
    return before, u


@pytest.mark.parametrize("m1", [1, 4])
@pytest.mark.parametrize("m2", [1, 5])
def test_ghost_cells_are_made_of_the_cells_beside_the_walls(m1, m2):
    before, u = closed(m1, m2, 1, (False, False, False), (True, True))
    np.testing.assert_array_equal(u[1, 1:-1, 1 : m2 + 1], before[1, 1:-1, 1 : m2 + 1])
    np.testing.assert_array_equal(u[1, 1:-1, 0], 9 + 10 * before[1, 1:-1, 1])
    np.testing.assert_array_equal(u[1, 1:-1, m2 + 1], 11 + 12 * before[1, 1:-1, m2])
    np.testing.assert_array_equal(u[1, 0, : m2 + 2], 5 + 6 * u[1, 1, : m2 + 2])
    np.testing.assert_array_equal(u[1, -1, : m2 + 2], 7 + 8 * u[1, m1, : m2 + 2])
    np.testing.assert_array_equal(u[0], 1 + 2 * u[1])
    np.testing.assert_array_equal(u[2], 3 + 4 * u[1])


def test_the_ghost_cells_of_a_ring_are_its_other_end():
    before, u = closed(4, 5, 1, (False, True, True), (False, False), (((0.0, 1.0), (0.0, 1.0)),) * 3)
    np.testing.assert_array_equal(u[1, :, :7], np.pad(before[1, 1:-1, 1:6], 1, mode="wrap"))
    assert np.isnan(u[[0, 2]]).all()


def test_a_plane_of_two_axes_has_no_ghost_rows():
    before, u = closed(1, 5, 0, (False, False, False), (False, True))
    row = before[1, 0, 1:6]
    np.testing.assert_array_equal(u[1, 0, :7], [9 + 10 * row[0], *row, 11 + 12 * row[4]])
    np.testing.assert_array_equal(u[2, 0], 3 + 4 * u[1, 0])
    assert np.isnan(u[0]).all()
