"""The solutions of the heat equation: known values, how they hang together, and which arguments they refuse."""

import math

import numpy as np
import pytest

import pdenn as pn
from pdenn.exact import GaussianOnLine, HeatKernel, HeatKernelOnBox, Mode, SlopedWalls, SteadyRamp

ZERO = pn.Dirichlet(0.0)
PAIRS = ["periodic", "reflecting", ZERO, ("reflecting", ZERO), (ZERO, "reflecting")]
LENGTH = 1.5


def line(pair, n=64):
    return pn.Grid(n, h=LENGTH / n, boundary=[pair])


def test_the_heat_kernel_holds_a_unit_of_heat():
    """The trapezoidal rule is exact to rounding for a Gaussian resolved by half its width."""
    grid = pn.Grid((60, 60, 60), h=0.5)
    u = HeatKernel((15.0, 14.0, 16.0), 0.5).u(0.7, *grid.coordinates())
    assert u.sum() * 0.5**3 == pytest.approx(1.0, abs=1e-12)


def test_the_heat_kernel_in_its_centre():
    assert HeatKernel((0.0, 1.0), 0.5).u(1.5, 0.0, 1.0) == pytest.approx(1 / (8 * math.pi), rel=1e-15)


def test_a_gaussian_is_a_heat_kernel():
    x = np.linspace(-3, 4, 50)
    kernel = HeatKernel(0.5, 0.72).u(0.4, x)
    gaussian = GaussianOnLine(1 / (1.2 * math.sqrt(2 * math.pi)), 0.5, 1.2).u(0.4, x)
    np.testing.assert_allclose(gaussian, kernel, rtol=1e-13)


def test_a_small_kernel_far_from_the_walls_is_that_of_free_space():
    (x,) = line("reflecting").coordinates()
    for pair in PAIRS:
        boxed = HeatKernelOnBox(line(pair), 0.75, 1e-3).u(1e-3, x)
        np.testing.assert_allclose(boxed, HeatKernel(0.75, 1e-3).u(1e-3, x), atol=1e-14)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("s", [0.03, 0.3, 3.0])
def test_images_equal_the_series_of_modes(pair, s):
    """`Σ_k X_k(x) X_k(c) e^(-ω_k² s) / |X_k|²`: the two expansions of one kernel (Poisson summation)."""
    grid, centre = line(pair), 0.4
    (x,), series = grid.coordinates(), 0.0
    for k in range(40):
        mode = Mode(grid, k)
        at_centre = float(mode.u(0.0, centre))
        squared_norm = LENGTH if mode.rate == 0 else LENGTH / 2
        series = series + mode.u(s, x) * at_centre / squared_norm
    np.testing.assert_allclose(HeatKernelOnBox(grid, centre, s).u(0.0, x), series, rtol=0, atol=1e-13)


def test_closed_boxes_keep_the_heat():
    """The midpoint rule is exact to rounding for the cosines of a closed box that it resolves."""
    grid = pn.Grid((32, 40), h=(0.05, 0.05), boundary=["reflecting", "periodic"])
    u = HeatKernelOnBox(grid, (0.3, 1.1), 0.05).u(0.2, *grid.coordinates())
    assert u.sum() * 0.05**2 == pytest.approx(1.0, abs=1e-13)


def test_robin_modes_lie_between_reflecting_and_dirichlet_modes():
    def rate(wall, k):
        return Mode(line(wall), k).rate

    for k in range(5):
        rates = [rate(pn.Robin(alpha, 1.0, 0.0), k) for alpha in (0.1, 1.0, 10.0)]
        assert rate("reflecting", k) < rates[0] < rates[1] < rates[2] < rate(ZERO, k)


def test_a_robin_mode_of_the_tables():
    """`ω tan ω = 1`, its first root 0.8603 (Carslaw and Jaeger, appendix IV, table I)."""
    grid = pn.Grid(4, h=0.25, boundary=[("reflecting", pn.Robin(1.0, 1.0, 0.0))])
    assert Mode(grid, 0).waves[0][0] == pytest.approx(0.8603, abs=5e-5)


def test_ramps():
    dirichlet = SteadyRamp(line((pn.Dirichlet(2.0), pn.Dirichlet(-1.0))))
    np.testing.assert_allclose(dirichlet.u(3.0, np.array([0.0, 0.75, 1.5])), [2.0, 0.5, -1.0], atol=1e-14)
    # A wall of conductance 1 before a slab of length L and conductivity 1: the inside takes 1/(1 + L) of the drop.
    robin = SteadyRamp(line((pn.Robin(1.0, 1.0, 1.0), ZERO)))
    assert robin.line == pytest.approx((1.5 / 2.5, -1 / 2.5))


@pytest.mark.parametrize("law", [pn.Linear(), pn.PeronaMalik(0.5), pn.Charbonnier(0.5)])
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("pair", [(pn.Dirichlet(2.0), pn.Robin(1.0, 0.5, -1.0)), (pn.Neumann(0.5), pn.Dirichlet(1.0))])
def test_ramps_are_steady_states_of_every_operator(law, form, pair):
    """To rounding, `ε max|u| ρ`: ghost cells are exact for linear functions."""
    grid = line(pair, 16)
    u = SteadyRamp(grid).u(0.0, *grid.coordinates())
    A = pn.discretise(pn.Diffusion(law, form=form), grid)
    assert abs(A(0.0, u)).max() <= 16 * np.finfo(float).eps * abs(u).max() * 4 / grid.h[0] ** 2


def test_sloped_walls_are_solved_by_the_operator_exactly():
    """To rounding: central differences, ghost cells included, are exact for parabolas."""
    grid = line((pn.Neumann(0.5), pn.Neumann(1.0)), 16)
    u = SlopedWalls(grid).u(0.8, *grid.coordinates())
    A = pn.discretise(pn.Diffusion(pn.Linear()), grid)
    assert abs(A(0.0, u) - 1.5 / LENGTH).max() <= 16 * np.finfo(float).eps * abs(u).max() * 4 / grid.h[0] ** 2


def test_single_points_and_other_shapes_are_points_too():
    mode = Mode(pn.Grid((4, 4), h=0.25), (1, 2))
    assert mode.u(0.1, 0.2, 0.3) == mode.u(0.1, np.full((2, 3), 0.2), np.full((2, 3), 0.3))[1, 2]


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: HeatKernel((0.0,) * 4), ValueError, "centre"),
        (lambda: HeatKernel(math.nan), ValueError, "centre"),
        (lambda: HeatKernel(None), TypeError, "centre"),
        (lambda: HeatKernel(0.0, 0.0), ValueError, "age"),
        (lambda: HeatKernel(0.0, "1"), TypeError, "age"),
        (lambda: GaussianOnLine(math.inf), ValueError, "amplitude"),
        (lambda: GaussianOnLine(centre=math.nan), ValueError, "centre"),
        (lambda: GaussianOnLine(sigma=-1.0), ValueError, "sigma"),
        (lambda: HeatKernelOnBox(line("periodic"), 2.0, 1.0), ValueError, "centre"),
        (lambda: HeatKernelOnBox(line("periodic"), (0.5, 0.5), 1.0), ValueError, "centre"),
        (lambda: HeatKernelOnBox(line("periodic"), 0.5, math.nan), ValueError, "age"),
        (lambda: HeatKernelOnBox(line(pn.Robin()), 0.5, 1.0), ValueError, "boundary"),
        (lambda: HeatKernelOnBox(line(pn.Dirichlet(1.0)), 0.5, 1.0), ValueError, "boundary"),
        (lambda: HeatKernelOnBox(3, 0.5, 1.0), TypeError, "grid"),
        (lambda: Mode(line(pn.Neumann(1.0)), 1), ValueError, "boundary"),
        (lambda: Mode(line("reflecting"), -1), ValueError, "numbers"),
        (lambda: SteadyRamp(line(pn.Neumann(1.0))), ValueError, "boundary"),
        (lambda: SteadyRamp(line("periodic")), ValueError, "boundary"),
        (lambda: SteadyRamp(pn.Grid((3, 3))), ValueError, "grid"),
        (lambda: SlopedWalls(line(ZERO)), ValueError, "boundary"),
        (lambda: SlopedWalls(line("periodic")), ValueError, "boundary"),
    ],
)
def test_bad_arguments_are_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("t", "x", "error", "match"),
    [
        (-1.0, (0.5,), ValueError, "t must be"),
        (math.nan, (0.5,), ValueError, "t must be"),
        (True, (0.5,), TypeError, "t must be"),
        (1.0, (0.5, 0.5), ValueError, "x must be"),
        (1.0, (np.array([0.5, math.nan]),), ValueError, "x must be"),
    ],
)
def test_bad_times_and_places_are_refused(t, x, error, match):
    with pytest.raises(error, match=match):
        Mode(line("reflecting"), 1).u(t, *x)
