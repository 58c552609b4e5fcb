"""Local Fourier analysis against textbooks; stencils of operators; what is refused."""

from itertools import product

import numpy as np
import pytest

import pdenn as pn
from pdenn.local_fourier import (
    CELL_CENTRED,
    CELL_CENTRED_ADJOINT,
    VERTEX_CENTRED,
    constant_stencil,
    galerkin,
    smoothing_factor,
    two_grid,
)
from pdenn.solvers.smoothers import GaussSeidel, Jacobi, LineGaussSeidel


def poisson(*weights):
    """`-Σ_a w_a ∂_aa` by the star stencil."""
    d = len(weights)
    found = {(0,) * d: 2.0 * sum(weights)}
    for axis, side in product(range(d), (-1, 1)):
        found[tuple(side * (a == axis) for a in range(d))] = -float(weights[axis])
    return found


@pytest.mark.parametrize(("sweeps", "factor"), [(1, 0.250), (2, 0.074), (3, 0.053), (4, 0.041)])
def test_red_black_relaxation_of_the_five_point_stencil(sweeps, factor):
    """Trottenberg, Oosterlee, Schüller, table 4.5: full weighting, bilinear interpolation, re-discretised."""
    M, M_H = poisson(1, 1), poisson(0.25, 0.25)
    found = two_grid(M, GaussSeidel(1.0), (sweeps, 0), coarse=M_H, transfer=VERTEX_CENTRED, cells=128)
    assert found.factor == pytest.approx(factor, abs=1e-3)


@pytest.mark.parametrize(("reverse", "factor"), [(False, 0.052), (True, 0.136)])
def test_colours_in_reverse_order_cost_convergence(reverse, factor):
    """The figures of docs/decisions/010; without reversal, sweeps before and after are the same to the spectral radius."""
    M, M_H = poisson(1, 1), poisson(0.25, 0.25)
    found = two_grid(M, GaussSeidel(1.0), (2, 1), coarse=M_H, transfer=VERTEX_CENTRED, reverse=reverse)
    assert found.factor == pytest.approx(factor, abs=1e-3)
    before = two_grid(M, GaussSeidel(1.0), (3, 0), coarse=M_H, transfer=VERTEX_CENTRED, reverse=reverse)
    assert (before.factor == pytest.approx(found.factor, abs=1e-10)) is not reverse


@pytest.mark.parametrize(
    ("transfer", "levels", "factor"),
    [
        (CELL_CENTRED, 2, 0.036),
        (CELL_CENTRED, 3, 0.054),
        (CELL_CENTRED_ADJOINT, 2, 0.030),
        (CELL_CENTRED_ADJOINT, 3, 0.030),
    ],
)
def test_v_cycles_on_more_grids(transfer, levels, factor):
    """The figures of docs/decisions/010."""
    found = two_grid(poisson(1, 1), GaussSeidel(1.0), (2, 1), transfer=transfer, levels=levels, reverse=False)
    assert found.factor == pytest.approx(factor, abs=1e-3)


@pytest.mark.parametrize("sweeps", [1, 2])
def test_damped_jacobi_of_the_five_point_stencil(sweeps):
    """ω = 4/5: the two-grid factor equals the smoothing factor, 3/5 for each sweep."""
    M, M_H = poisson(1, 1), poisson(0.25, 0.25)
    found = two_grid(M, Jacobi(), (sweeps, 0), coarse=M_H, transfer=VERTEX_CENTRED)
    assert found.factor == pytest.approx(0.6**sweeps, abs=1e-12)
    assert found.smoothing == pytest.approx(0.6, abs=1e-12)


@pytest.mark.parametrize(
    ("stencil", "smoother", "factor"),
    [
        (poisson(1), Jacobi(2 / 3), 1 / 3),
        (poisson(1, 1), GaussSeidel(1.0), 1 / 4),
        (poisson(1, 1, 1), Jacobi(6 / 7), 5 / 7),
        (poisson(1, 1, 1), GaussSeidel(1.0), 4 / 9),
    ],
)
def test_smoothing_factors_of_the_laplacian(stencil, smoother, factor):
    assert smoothing_factor(stencil, smoother) == pytest.approx(factor, abs=1e-12)


@pytest.mark.parametrize("epsilon", [1.0, 1e-2, 1e-4])
def test_zebra_lines_smooth_at_every_anisotropy(epsilon):
    """Along the strong axis the factor stays at most 1/4; point relaxation tends to 1 (op. cit., section 5.1)."""
    M = poisson(epsilon, 1)
    assert smoothing_factor(M, LineGaussSeidel((1,))) <= 0.25 + 1e-12
    assert smoothing_factor(M, GaussSeidel(1.0)) == pytest.approx((1 / (1 + epsilon)) ** 2, abs=1e-12)


def test_over_relaxation_is_the_default_in_three_dimensions():
    M = poisson(1, 1, 1)
    assert two_grid(M, GaussSeidel(), cells=8) == two_grid(M, GaussSeidel(1.15), cells=8)
    assert two_grid(M, GaussSeidel(), cells=8).smoothing < two_grid(M, GaussSeidel(1.0), cells=8).smoothing


def test_semicoarsening_suits_point_relaxation():
    """Coarsened along the strong axis alone, a small coupling across costs nothing: the problem is that of a line."""
    found = smoothing_factor(poisson(1e-6, 1), GaussSeidel(1.0), coarsen=(False, True))
    assert found == pytest.approx(smoothing_factor(poisson(1), GaussSeidel(1.0), cells=64), abs=1e-5)


def test_in_one_dimension_the_cycle_is_a_direct_solver():
    found = two_grid(poisson(1), GaussSeidel(), (1, 0), coarse=poisson(0.25), transfer=VERTEX_CENTRED)
    assert found.factor < 1e-10 and found.norm < 1e-10  # rounding times a condition number of 1e5


def test_linear_elements_are_their_own_galerkin_stencil():
    assert galerkin(poisson(1), VERTEX_CENTRED) == {(-1,): -0.25, (0,): 0.5, (1,): -0.25}


@pytest.mark.parametrize("shape", [(9,), (6, 7), (5, 6, 5)])
def test_the_stencil_of_a_diffusion_step(shape):
    A = pn.discretise(pn.Diffusion(), pn.Grid(shape, 0.5, "periodic"))
    assert constant_stencil(A) == poisson(*[4.0] * len(shape))
    assert constant_stencil(A, 0.25) == poisson(*[1.0] * len(shape)) | {(0,) * len(shape): 2.0 * len(shape) + 1.0}


def test_the_stencil_of_convection_keeps_its_direction():
    """Upwind: `u_t + u_x = 0` takes its value from the cell on the left; walls that prescribe a value are left aside."""
    A = pn.discretise(pn.Convection((1.0,)), pn.Grid((8,), boundary=pn.Dirichlet(3.0)))
    assert constant_stencil(A) == {(-1,): -1.0, (0,): 1.0}


def test_coefficients_that_vary_are_frozen_at_the_cell():
    u = np.add.outer(np.arange(8.0) ** 2, np.zeros(7))
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(1.0)), pn.Grid((8, 7))).hold(0.0, u)
    v = np.random.default_rng(1).random((8, 7))
    for cell in [(4, 3), (2, 2), (5, 4)]:
        stencil = constant_stencil(A, 0.3, cell)
        applied = sum(c * v[tuple(np.add(cell, k))] for k, c in stencil.items())
        assert applied == pytest.approx((v - 0.3 * A(0.0, v))[cell], rel=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stencil": np.ones((3, 5))}, "stencil must be a dict or an array of shape"),
        ({"stencil": {(0,): 1.0, (0, 1): 2.0}}, "tuples of one length"),
        ({"stencil": {(0,): float("nan")}}, "must be finite"),
        ({"stencil": {(1,): 1.0}}, "middle of a stencil must not be zero"),
        ({"coarsen": (True,)}, "coarsen must be 2 truth values"),
        ({"coarsen": (False, False)}, "coarsen must be 2 truth values"),
        ({"cells": 7}, "cells must be a positive multiple of 2, got 7"),
        ({"nu": (-1, 1)}, r"nu\[0\] must be an integer >= 0, got -1"),
        ({"reverse": 1}, "reverse must be True or False"),
        ({"levels": 1}, "levels must be an integer >= 2"),
        ({"coarse": [poisson(1, 1)], "levels": 3}, "coarse must hold 2 stencils"),
        ({"smoother": LineGaussSeidel((2,))}, "must lie below 2"),
    ],
)
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        two_grid(**{"stencil": poisson(1, 1), "smoother": Jacobi(), "cells": 8, **change})


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="smoother must be Jacobi"):
        two_grid(poisson(1), "jacobi", cells=8)
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(1.0)), pn.Grid((8,)))
    with pytest.raises(TypeError, match="needs a linear operator"):
        constant_stencil(A)
    with pytest.raises(ValueError, match="at least three cells"):
        constant_stencil(pn.discretise(pn.Diffusion(), pn.Grid((8, 2))))
    with pytest.raises(ValueError, match="cell must be a cell of the grid"):
        constant_stencil(pn.discretise(pn.Diffusion(), pn.Grid((8,))), cell=(8,))
