"""Filters: against convolutions, moments and limits without any operator, and then the schemes against them."""

import math

import numpy as np
import pytest

import pdenn as pn
from pdenn.exact import BinomialFilter, BoxFilter, HeatKernel

EPS = np.finfo(float).eps


def delta(n, h):
    """A grid of an odd number of cells, the middle one 1, its centres, and the centre of that one."""
    grid = pn.Grid(n, h=h)
    (x,) = grid.coordinates()
    return grid, np.eye(n)[n // 2], x, float(x[n // 2])


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("cycles", [0, 1, 2, 5, 40])
def test_weights_are_boxes_folded_with_each_other(n, cycles):
    expected = np.ones(1)
    for _ in range(cycles):
        expected = np.convolve(expected, np.full(2 * n + 1, 1 / (2 * n + 1)))
    np.testing.assert_allclose(BoxFilter(n).weights(cycles), expected, atol=(2 * n + 1) * cycles * EPS)


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 600])
def test_weights_are_three_cells_folded_with_each_other(steps):
    expected = np.ones(1)
    for _ in range(steps):
        expected = np.convolve(expected, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(BinomialFilter().weights(steps), expected, atol=3 * steps * EPS)


@pytest.mark.parametrize("kernel", [BoxFilter(1), BoxFilter(4, 0.3), BinomialFilter(), BinomialFilter(0.3)], ids=repr)
@pytest.mark.parametrize("m", [1, 3, 20])
def test_mass_and_variance_are_those_of_the_heat_equation(kernel, m):
    """`Σ w = 1` and `Σ w (kh)² = 2t`, to the rounding of the sums."""
    weights = kernel.weights(m)
    k = np.arange(len(weights)) - len(weights) // 2
    assert weights.sum() == pytest.approx(1.0, rel=len(weights) * EPS)
    assert (weights * (k * kernel.h) ** 2).sum() == pytest.approx(2 * m * kernel.tau, rel=len(weights) * EPS)
    assert np.array_equal(weights, weights[::-1])


def test_a_cycle_is_a_box():
    kernel = BoxFilter(3, 0.5, 1.0)
    x = 1.0 + 0.5 * np.arange(-5, 6)
    assert kernel.u(kernel.tau, x).tolist() == [0.0] * 2 + [1 / 7] * 7 + [0.0] * 2
    assert kernel.u(0.0, x).tolist() == [0.0] * 5 + [1.0] + [0.0] * 5


@pytest.mark.parametrize("kernel", [BoxFilter(4, 0.2), BinomialFilter(0.2)], ids=repr)
def test_many_steps_tend_to_the_heat_kernel(kernel):
    """The central limit theorem: the first term of Edgeworth's series is `κ/24 He_4(0) = κ/8`, `κ` the excess."""
    m = 200
    t = m * kernel.tau
    weights = kernel.weights(1)
    y = (np.arange(len(weights)) - len(weights) // 2) * kernel.h
    excess = ((weights * y**4).sum() / (2 * kernel.tau) ** 2 - 3) / m
    kernel_of_heat = kernel.h * HeatKernel(0.0, t).u(0.0, y)
    assert abs(kernel.u(t, y) - kernel_of_heat).max() <= abs(excess) / 8 * kernel_of_heat.max() * 1.1


@pytest.mark.parametrize("h", [1.0, 0.1])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 20])
def test_fast_semi_iterative_cycles_are_box_filters(n, h):
    """A perturbation `ε` of an inner step grows at most as `U_n ≤ n + 1`; n steps of about eight operations."""
    grid, u, x, centre = delta(3 * 2 * n + 5, h)
    A, kernel = pn.discretise(pn.Diffusion(), grid), BoxFilter(n, h, centre)
    for m in (1, 2, 3):
        u = pn.FSI(n=n).step(A, 0.0, u, kernel.tau)
        assert abs(u - kernel.u(m * kernel.tau, x)).max() <= m * 8 * n * (n + 1) * EPS


@pytest.mark.parametrize("h", [1.0, 0.1])
def test_explicit_steps_are_binomial_filters(h):
    """About eight operations a step, each with `ε` of values at most 1; the filter does not expand errors."""
    grid, u, x, centre = delta(65, h)
    A, kernel = pn.discretise(pn.Diffusion(), grid), BinomialFilter(h, centre)
    for m in range(1, 33):
        u = pn.ExplicitEuler().step(A, 0.0, u, kernel.tau)
        assert abs(u - kernel.u(m * kernel.tau, x)).max() <= 8 * m * EPS


def test_a_solver_takes_the_steps_of_the_filter():
    grid, u, x, centre = delta(101, 1.0)
    A, kernel = pn.discretise(pn.Diffusion(), grid), BoxFilter(8, 1.0, centre)
    t = 3 * kernel.tau
    solution = pn.solve(A, u, pn.FSI(n=8), t, tau=kernel.tau)
    assert abs(solution.u - kernel.u(t, x)).max() <= 3 * 8 * 8 * 9 * EPS


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: BoxFilter(0), ValueError, "n must be >= 1"),
        (lambda: BoxFilter(2.0), TypeError, "n must be an integer"),
        (lambda: BoxFilter(True), TypeError, "n must be an integer"),
        (lambda: BoxFilter(2, 0.0), ValueError, "h must be finite and > 0"),
        (lambda: BinomialFilter(centre=math.inf), ValueError, "centre must be finite"),
        (lambda: BinomialFilter().u(0.3, 0.0), ValueError, "t must be multiples of tau = 0.25"),
        (lambda: BoxFilter(1).u(-1.0, 0.0), ValueError, "t must be >= 0"),
        (lambda: BinomialFilter().u(0.25, np.array([0.0, 0.5])), ValueError, "x must be multiples of h = 1"),
        (lambda: BinomialFilter().u(0.25, math.nan), ValueError, "x must be finite"),
    ],
)
def test_bad_arguments_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
