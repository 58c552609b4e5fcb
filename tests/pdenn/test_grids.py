"""Grids: what they accept, refuse, and know of themselves."""

import numpy as np
import pytest

import pdenn as pn


def test_mesh_width_and_walls_are_spread_over_the_axes():
    grid = pn.Grid((4, 6), h=0.5, boundary=["periodic", (pn.Dirichlet(1.0), "reflecting")])
    assert grid.h == (0.5, 0.5)
    assert grid.dim == 2 and grid.size == 24
    assert grid.ghosts(0) is None
    assert grid.ghosts(1) == ((2.0, -1.0), (0.0, 1.0))


def test_cell_centres_lie_half_a_cell_from_the_walls():
    x, y = pn.Grid((2, 3), h=(1.0, 0.5)).coordinates()
    np.testing.assert_array_equal(x[:, 0], [0.5, 1.5])
    np.testing.assert_array_equal(y[0], [0.25, 0.75, 1.25])


@pytest.mark.parametrize("h", [0.1, 1.0, 3.0])
def test_ghost_cells_satisfy_the_wall_condition(h):
    """The mean of ghost and cell is the value on the wall, their difference quotient the slope; both are second order."""
    u = 0.7
    for wall, condition in [
        (pn.Dirichlet(0.3), lambda value, slope: value - 0.3),
        (pn.Neumann(-1.5), lambda value, slope: slope + 1.5),
        (pn.Robin(2.0, 0.5, 1.2), lambda value, slope: 2.0 * value + 0.5 * slope - 1.2),
        (pn.Robin(1.0, 0.0, 0.3), lambda value, slope: value - 0.3),
    ]:
        a, b = wall.ghost(h)
        ghost = a + b * u
        assert abs(condition((ghost + u) / 2, (ghost - u) / h)) < 1e-14 * (1 + 1 / h)


def test_closed_and_homogeneous():
    assert pn.Grid((4,)).closed and pn.Grid((4,), boundary="periodic").closed
    assert not pn.Grid((4,), boundary=pn.Dirichlet(0.0)).closed
    assert pn.Grid((4,), boundary=pn.Dirichlet(0.0)).homogeneous
    assert not pn.Grid((4,), boundary=pn.Dirichlet(1.0)).homogeneous
    assert not pn.Grid((4,), boundary=pn.Neumann(1.0)).homogeneous


def test_coarsening_keeps_the_domain():
    coarse = pn.Grid((8, 5, 4), h=(0.5, 1.5, 2.0), boundary="periodic").coarsen()
    assert coarse == pn.Grid((4, 3, 2), h=(1.0, 2.5, 4.0), boundary="periodic")
    with pytest.raises(ValueError, match="no axis has more than four cells"):
        pn.Grid((4, 3)).coarsen()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shape": ()}, "shape must have 1 to 3 axes"),
        ({"shape": (2, 2, 2, 2)}, "shape must have 1 to 3 axes"),
        ({"shape": (0, 3)}, r"shape must consist of positive integers, got \(0, 3\)"),
        ({"shape": (2.5,)}, "shape must consist of positive integers"),
        ({"shape": (4,), "h": 0.0}, "h must be positive and finite, got 0.0"),
        ({"shape": (4,), "h": -1.0}, "h must be positive"),
        ({"shape": (4,), "h": float("nan")}, "h must be positive"),
        ({"shape": (4, 4), "h": (1.0,)}, "h must be one number or one per axis"),
        ({"shape": (4,), "boundary": "mirror"}, "boundary must be one of 'reflecting', 'periodic'.*got 'mirror'"),
        ({"shape": (4,), "boundary": pn.Dirichlet(float("inf"))}, "boundary must hold finite numbers"),
        ({"shape": (4,), "boundary": [("periodic", "reflecting")]}, "periodic on both sides"),
        ({"shape": (4, 4), "boundary": ["periodic"]}, "one entry per axis"),
        ({"shape": (4,), "boundary": pn.Robin(-1.0, 1.0)}, "Robin needs alpha >= 0"),
        ({"shape": (4,), "boundary": pn.Robin(0.0, 0.0)}, "Robin needs alpha >= 0"),
    ],
)
def test_bad_grids_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        pn.Grid(**arguments)
