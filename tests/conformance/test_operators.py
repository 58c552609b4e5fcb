"""The numbered rules of `pdenn.operators.protocol`, and the bounds, for diffusion on every kind of grid.

Kernels are compiled per law, form and dtype: every law in double precision, one in single precision.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing

KINDS = [thing for thing in (getattr(pn, name) for name in pn.__all__) if hasattr(thing, "potential")]
LAWS = [kind() for kind in KINDS]
SINGLE = pn.Charbonnier(contrast=2.0)
ANY_LAW = testing.laws()
FORMS = ("isotropic", "separable")
VARIATIONAL = ("reflecting", "periodic", pn.Dirichlet(0.0), (pn.Dirichlet(2.0), "reflecting"))


@st.composite
def problems(draw, laws=ANY_LAW, dtypes=(np.float64,), **on):
    """An operator and a state of its grid, sometimes in a batch."""
    A = pn.discretise(pn.Diffusion(draw(laws), form=draw(st.sampled_from(FORMS))), draw(testing.grids(**on)))
    batch = draw(st.sampled_from([(), (2,), (2, 1)]))
    return A, draw(testing.states(A.grid, draw(st.sampled_from(dtypes)), batch))


def both_precisions(**on):
    return problems(**on) | problems(laws=st.just(SINGLE), dtypes=(np.float32,), **on)


def norm_of_differences(grid) -> float:
    return sum(4 / h**2 for h in grid.h)


def size_of(A, u) -> float:
    """Magnitude of the terms that are added in `A(u)`: `sup Φ' |K|² max|u|`, prescribed values counted in."""
    prescribed = max((abs(a) for axis in range(A.grid.dim) for a, _ in A.grid.ghosts(axis) or ()), default=0.0)
    law = A.equation.law
    return max(law.sup_slope, law.sup_g) * norm_of_differences(A.grid) * (abs(u).max() + prescribed)


def matrix(B) -> np.ndarray:
    """The dense matrix of the linear part of an operator, column by column in one batch."""
    n, shape = B.grid.size, B.grid.shape
    units = np.eye(n).reshape(n, *shape)
    return (B.definition(0.0, units) - B.definition(0.0, np.zeros(shape))).reshape(n, n).T


def held(A, u) -> np.ndarray:
    return matrix(A.hold(0.0, u))


@given(problem=both_precisions())
def test_rules_1_and_2_shape_dtype_and_no_writing(problem):
    """The state is read-only, so that a kernel that wrote into it would raise."""
    A, u = problem
    before = u.copy()
    for B in (A, A.hold(0.0, u)):
        for result in (B(0.0, u), B.definition(0.0, u)):
            assert result.shape == u.shape
            assert result.dtype == u.dtype
            assert not np.shares_memory(result, u)
    assert np.array_equal(u, before)


@given(problem=problems(dtypes=(np.float64, np.float32)))
def test_rule_1_for_tensors(problem):
    A, u = problem
    x = torch.tensor(u)
    for B in (A, A.hold(0.0, x)):
        result = B(0.0, x)
        assert (result.shape, result.dtype, result.device) == (x.shape, x.dtype, x.device)
    assert torch.equal(x, torch.tensor(u))


@given(problem=both_precisions())
def test_rule_3_holding_at_the_state_itself_changes_nothing(problem):
    A, u = problem
    testing.assert_same(A.hold(0.0, u)(0.0, u), A(0.0, u), size_of(A, u))


@given(problem=both_precisions(), factor=st.floats(-3, 3))
def test_rule_3_a_held_operator_is_affine_and_holds_itself(problem, factor):
    A, u = problem
    B, zero = A.hold(0.0, u), np.zeros_like(u)
    assert B.hold(0.0, factor * u) is B
    v = (factor * u[..., ::-1]).astype(u.dtype)
    size = (1 + abs(factor)) ** 2 * size_of(A, u)
    left = B(0.0, (u + factor * v).astype(u.dtype)) - B(0.0, zero)
    right = (B(0.0, u) - B(0.0, zero)) + factor * (B(0.0, v) - B(0.0, zero))
    testing.assert_same(left, right.astype(u.dtype), size)


@given(problem=both_precisions())
def test_rule_4_kernels_equal_the_definition(problem):
    A, u = problem
    B = A.hold(0.0, u)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), size_of(A, u))
    testing.assert_same(B(0.0, u), B.definition(0.0, u), size_of(A, u))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_rule_4_for_every_law(law, form):
    """Slopes on both sides of every contrast, in three dimensions, at all three kinds of walls."""
    grid = pn.Grid((4, 3, 5), (0.5, 1.0, 2.0), ("periodic", pn.Dirichlet(1.0), (pn.Neumann(0.5), "reflecting")))
    A = pn.discretise(pn.Diffusion(law, form=form), grid)
    u = np.random.default_rng(0).standard_normal((2, 4, 3, 5)) * np.array([0.01, 3.0]).reshape(2, 1, 1, 1)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), size_of(A, u))


@given(problem=problems(laws=st.just(SINGLE)))
def test_each_entry_of_a_batch_is_alone(problem):
    A, u = problem
    flat = u.reshape(-1, *A.grid.shape)
    alone = np.stack([A(0.0, entry) for entry in flat]).reshape(u.shape)
    assert np.array_equal(A(0.0, u), alone)
    one_by_one = np.stack([A.hold(0.0, entry)(0.0, entry) for entry in flat]).reshape(u.shape)
    testing.assert_same(A.hold(0.0, u)(0.0, u), one_by_one, size_of(A, u))


@given(problem=both_precisions())
def test_numpy_equals_torch(problem):
    A, u = problem
    x = torch.tensor(u)
    testing.assert_same(A(0.0, u), A(0.0, x), size_of(A, u))
    testing.assert_same(A.hold(0.0, u)(0.0, u), A.hold(0.0, x)(0.0, x), size_of(A, u))


@given(problem=problems())
def test_memory_layout_does_not_matter(problem):
    """A Fortran-ordered or strided view gives the same numbers."""
    A, u = problem
    wide = np.zeros((*u.shape[:-1], 2 * u.shape[-1]))
    wide[..., ::2] = u
    assert np.array_equal(A(0.0, wide[..., ::2]), A(0.0, u))
    assert np.array_equal(A(0.0, np.asfortranarray(u)), A(0.0, u))


@given(grid=testing.grids(max_cells=20), data=st.data(), law=testing.laws(), form=st.sampled_from(FORMS))
def test_rule_5_held_operators_lie_between_minus_rho_and_zero(grid, data, law, form):
    """Symmetric for every law, negative semidefinite for `g ≥ 0`; `ρ` is stated for homogeneous walls."""
    A = pn.discretise(pn.Diffusion(law, form=form), grid)
    m = held(A, data.draw(testing.states(grid)))
    rho = law.sup_g * norm_of_differences(grid)
    rounding = 100 * np.finfo(float).eps * rho * grid.size
    assert abs(m - m.T).max() <= rounding
    spectrum = np.linalg.eigvalsh((m + m.T) / 2)
    assert -rho - rounding <= spectrum[0]
    assert spectrum[-1] <= (rounding if law.nonnegative else rho + rounding)
    if A.bound.spectral.value is not None:
        assert A.bound.spectral.value == pytest.approx(rho, rel=1e-14)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("boundary", ["periodic", "reflecting", pn.Dirichlet(0.0)], ids=str)
@pytest.mark.parametrize("shape", [(12,), (6, 6), (4, 4, 4)], ids=str)
def test_rho_is_nearly_sharp(shape, boundary, form):
    """On `n` cells the largest eigenvalue is `4/h²` (periodic, n even; Dirichlet), or `4/h² cos²(π/(2n))`."""
    grid = pn.Grid(shape, 0.5, boundary)
    A = pn.discretise(pn.Diffusion(pn.TotalVariation(0.5), form=form), grid)
    factor = np.cos(np.pi / (2 * shape[0])) ** 2 if boundary == "reflecting" else 1.0
    lowest = np.linalg.eigvalsh(held(A, np.zeros(shape)))[0]
    assert lowest == pytest.approx(-A.bound.spectral.value * factor, rel=1e-12)


@given(problem=problems(max_cells=12, boundaries=VARIATIONAL), amplitude=st.floats(0.1, 3.0), seed=st.integers(0, 99))
def test_the_operator_is_minus_the_gradient_of_its_energy(problem, amplitude, seed):
    """`E'` in a random direction by differences of fourth order, for slopes around the contrast `λ` of the law.

    The width `1e-4 λ h` changes no slope by more than `1e-3 λ`: relative to `sup g` the error is `1e-12 / 30` times a
    fifth derivative, which is below 1e6 for the steepest law, and the rounding is `ε / 1e-4`.
    """
    A, _ = problem
    unit = (A.equation.law[0] if len(A.equation.law) else 1.0) * min(A.grid.h)
    u, direction = np.random.default_rng(seed).uniform(-1, 1, (2, *A.grid.shape))
    u, delta = amplitude * unit * u, 1e-4 * unit
    ends = [A.energy(u + k * delta * direction) for k in (-2, -1, 1, 2)]
    slope = (8 * (ends[2] - ends[1]) - (ends[3] - ends[0])) / (12 * delta)
    size = (size_of(A, u) + A.equation.law.sup_g * unit * norm_of_differences(A.grid)) * A.grid.size
    assert abs(slope + (A.definition(0.0, u) * direction).sum()) <= 1e-6 * size


@pytest.mark.parametrize("wall", [pn.Neumann(0.5), pn.Robin(1.0, 1.0, 2.0)], ids=str)
def test_other_walls_have_no_energy_and_say_so(wall):
    A = pn.discretise(pn.Diffusion(), pn.Grid((4,), boundary=wall))
    with pytest.raises(ValueError, match="energy needs reflecting, periodic or Dirichlet walls"):
        A.energy(np.zeros(4))


@given(problem=both_precisions(boundaries=testing.CLOSED))
def test_closed_walls_keep_the_mean(problem):
    A, u = problem
    assert A.grid.closed
    axes = tuple(range(-A.grid.dim, 0))
    mean = A(0.0, u).astype(float).mean(axes)
    assert np.all(abs(mean) <= 100 * np.finfo(u.dtype).eps * size_of(A, u) + np.finfo(u.dtype).tiny)


@given(problem=problems(max_cells=20))
def test_the_diagonal_bounds_all_held_operators(problem):
    """`A + d I ≥ 0` entrywise, and rows sum to zero where no wall prescribes a value."""
    A, u = problem
    d = A.bound.diagonal.value
    m = held(A, u.reshape(-1, *A.grid.shape)[0])
    rounding = 100 * np.finfo(float).eps * A.equation.law.sup_g * norm_of_differences(A.grid)
    if d is not None:
        assert (m + d * np.eye(A.grid.size)).min() >= -rounding
    if A.grid.closed:
        assert abs(m.sum(1)).max() <= rounding * A.grid.size


@given(problem=problems(boundaries=(pn.Dirichlet(2.0), (pn.Robin(1.0, 0.5, 2.0), "reflecting"))))
def test_a_state_equal_to_its_walls_is_steady(problem):
    """`u = value` at a Dirichlet wall, `u = gamma / alpha` at a Robin wall: no slope anywhere."""
    A, u = problem
    flat = np.full_like(u, 2.0)
    testing.assert_same(A(0.0, flat), np.zeros_like(flat), size_of(A, flat))


@pytest.mark.parametrize("form", FORMS)
def test_a_slope_with_its_walls_is_steady(form):
    """`u = x` between Neumann walls of slopes -1 and 1 solves every equation of diffusion."""
    grid = pn.Grid((7,), 0.5, ((pn.Neumann(-1.0), pn.Neumann(1.0)),))
    A = pn.discretise(pn.Diffusion(SINGLE, form=form), grid)
    testing.assert_same(A(0.0, grid.coordinates()[0]), np.zeros(7), 4 / 0.5**2 * 3.5)


@pytest.mark.parametrize("evaluate", ["__call__", "definition"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_mesh_width_enters_as_a_square(dim, form, evaluate):
    """Linear diffusion of a wave along any axis: `A u = -4/h² sin²(k h / 2) u`, exactly."""
    shape, h = (8, 6, 10)[:dim], (0.5, 2.0, 0.25)[:dim]
    grid = pn.Grid(shape, h, "periodic")
    A = pn.discretise(pn.Diffusion(form=form), grid)
    for axis, x in enumerate(grid.coordinates()):
        k = 2 * np.pi / (shape[axis] * h[axis])
        u = np.sin(k * x)
        eigenvalue = -4 / h[axis] ** 2 * np.sin(k * h[axis] / 2) ** 2
        testing.assert_same(getattr(A, evaluate)(0.0, u), eigenvalue * u, norm_of_differences(grid))
