"""The operators converge with order two in space: linear modes between all walls, and nonlinear profiles.

Time is stepped with SSPRK3 and `τ = h²/(2d)`, so that its error is of sixth order in `h`.
"""

import numpy as np
import pytest

import pdenn as pn
from pdenn.exact import Mode, TranslatingProfile
from pdenn.testing import assert_order

ZERO, ROBIN = pn.Dirichlet(0.0), pn.Robin(1.0, 0.5, 0.0)
PAIRS = [
    "periodic",
    "reflecting",
    ZERO,
    ("reflecting", ZERO),
    (ZERO, "reflecting"),
    ROBIN,
    ("reflecting", ROBIN),
    (ROBIN, ZERO),
]
FINENESS = (16, 32, 64)


def error(equation, grid, exact, t):
    """`max|u - exact|` at time `t`."""
    x = grid.coordinates()
    A, tau = pn.discretise(equation, grid), min(grid.h) ** 2 / (2 * grid.dim)
    solution = pn.solve(A, exact(0.0, *x), pn.SSPRK3(), t, tau=tau, certificate=None)
    return abs(solution.u - exact(t, *x)).max()


@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("k", [1, 2])
def test_modes_on_a_line(pair, k):
    """The rate is `ω⁴ h²/12` too small; at a Robin wall the mode itself changes, which costs no more again."""
    grids = [pn.Grid(n, h=1 / n, boundary=[pair]) for n in FINENESS]
    errors = [error(pn.Diffusion(), grid, Mode(grid, k).u, 0.05) for grid in grids]
    rate = Mode(grids[0], k).rate
    ceiling = 0.05 * rate**2 / 12 * np.exp(-0.05 * rate) / FINENESS[-1] ** 2
    assert_order(errors, [1 / n for n in FINENESS], 2, ceiling=(2 if ROBIN in np.atleast_1d(pair) else 1.05) * ceiling)


def test_modes_in_a_box():
    """Three kinds of walls and three mesh widths; the errors of the rates add."""
    shapes = [np.array((6, 8, 5)) * k for k in (1, 2, 4)]
    grids = [
        pn.Grid(s, h=tuple((1.0, 1.2, 0.9) / s), boundary=["periodic", ROBIN, (ZERO, "reflecting")]) for s in shapes
    ]
    errors = [error(pn.Diffusion(), grid, Mode(grid, (1, 0, 0)).u, 0.02) for grid in grids]
    waves = np.array([omega for omega, _ in Mode(grids[0], (1, 0, 0)).waves])
    ceiling = 2 * 0.02 * (waves**4 * np.square(grids[-1].h)).sum() / 12
    assert_order(errors, [grid.h[0] for grid in grids], 2, ceiling=ceiling)


def bending(profile):
    """By how much `F''` varies over the unit interval.

    The discrete profile has the slopes `F'` at the faces: the midpoint rule. It differs from `F` by
    `h² (mean F'' - F'')/24`, which the error tends to from 0.
    """
    width = 1e-4
    wall = (profile.slope(0.5) - profile.slope(0.5 - width)) / width
    return abs(wall - profile.slope(width) / width)


@pytest.mark.parametrize("law", [pn.Charbonnier(1.0), pn.PeronaMalik(2.0), pn.PeronaMalikExponential(1.5)], ids=repr)
def test_translating_profiles_in_the_separable_form(law):
    """Between walls of the slope of the profile; see `bending` for the ceiling."""
    profile = TranslatingProfile(law, 1.0, 0.5)
    wall = pn.Neumann(float(profile.slope(0.5)))
    grids = [pn.Grid(n, h=1 / n, boundary=wall) for n in FINENESS]
    errors = [error(pn.Diffusion(law, form="separable"), grid, profile.u, 0.2) for grid in grids]
    assert_order(errors, [1 / n for n in FINENESS], 2, ceiling=bending(profile) / FINENESS[-1] ** 2 / 24)


def test_sums_of_profiles_in_the_separable_form():
    """Each axis with a speed of its own."""
    law = pn.Charbonnier(1.2)
    first, second = TranslatingProfile(law, 1.0, 0.5), TranslatingProfile(law, -0.6, 0.5)
    walls = [pn.Neumann(float(p.slope(0.5))) for p in (first, second)]
    grids = [pn.Grid((n, n), h=1 / n, boundary=walls) for n in FINENESS]
    errors = [
        error(pn.Diffusion(law, form="separable"), grid, lambda t, x, y: first.u(t, x) + second.u(t, y), 0.2)
        for grid in grids
    ]
    ceiling = (bending(first) + bending(second)) / FINENESS[-1] ** 2 / 24
    assert_order(errors, [1 / n for n in FINENESS], 2, ceiling=ceiling)


@pytest.mark.parametrize("law", [pn.Charbonnier(1.0), pn.PeronaMalik(2.0)], ids=repr)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_isotropic_form_is_consistent_inside(law, dim):
    """`A(u) - c` away from the walls, whose ghost cells know nothing of a profile.

    Thirds of cells keep their centres, so that all grids are compared in the same points.
    """
    profile = TranslatingProfile(law, 0.6 * dim, (0.5,) * dim)
    errors, finer = [], (1, 3, 9)
    for m in finer:
        grid = pn.Grid((8 * m,) * dim, h=1 / (8 * m))
        rate = pn.discretise(pn.Diffusion(law), grid)(0.0, profile.u(0.0, *grid.coordinates()))
        inside = (slice(2 * m + m // 2, 6 * m, m),) * dim
        errors.append(abs(rate[inside] - profile.speed).max())
    # h² times fourth derivatives of the profile, of order 1 here, with weights of order 1/10.
    assert_order(errors, [1 / m for m in finer], 2, ceiling=0.4 / (8 * finer[-1]) ** 2)
