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


@pytest.mark.parametrize("law", [pn.Charbonnier(0.7), pn.PeronaMalik(2.0), pn.PeronaMalikExponential(1.5)], ids=repr)
def test_translating_profiles_in_the_separable_form(law):
    """Between walls of the slope of the profile."""
    profile = TranslatingProfile(law, 1.0, 0.5)
    wall = pn.Neumann(float(profile.slope(0.5)))
    grids = [pn.Grid(n, h=1 / n, boundary=wall) for n in FINENESS]
    errors = [error(pn.Diffusion(law, form="separable"), grid, profile.u, 0.2) for grid in grids]
    assert_order(errors, [1 / n for n in FINENESS], 2, ceiling=2e-4)


def test_sums_of_profiles_in_the_separable_form():
    """Each axis with a speed of its own."""
    law = pn.Charbonnier(0.7)
    first, second = TranslatingProfile(law, 1.0, 0.5), TranslatingProfile(law, -0.6, 0.5)
    walls = [pn.Neumann(float(p.slope(0.5))) for p in (first, second)]
    grids = [pn.Grid((n, n), h=1 / n, boundary=walls) for n in (8, 16, 32)]
    errors = [
        error(pn.Diffusion(law, form="separable"), grid, lambda t, x, y: first.u(t, x) + second.u(t, y), 0.2)
        for grid in grids
    ]
    assert_order(errors, [1 / 8, 1 / 16, 1 / 32], 2, ceiling=2e-3)


@pytest.mark.parametrize("law", [pn.Charbonnier(0.7), pn.PeronaMalik(2.0)], ids=repr)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_isotropic_form_is_consistent_inside(law, dim):
    """`A(u) - c` away from the walls, whose ghost cells know nothing of a profile."""
    profile = TranslatingProfile(law, 0.8 * dim, (0.5,) * dim)
    errors = []
    for n in FINENESS:
        grid = pn.Grid((n,) * dim, h=1 / n)
        x = grid.coordinates()
        inside = np.all([abs(y - 0.5) < 0.3 for y in x], axis=0)
        rate = pn.discretise(pn.Diffusion(law), grid)(0.0, profile.u(0.0, *x))
        errors.append(abs(rate - profile.speed)[inside].max())
    assert_order(errors, [1 / n for n in FINENESS], 2, ceiling=0.02)
