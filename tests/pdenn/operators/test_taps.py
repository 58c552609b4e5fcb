"""Diffusion with free taps: with those of a difference it is `GridDiffusion`, with others still the gradient of an energy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.operators.taps import TapDiffusion

WALLS = ["reflecting", "periodic", pn.Dirichlet(0.0), [(pn.Dirichlet(0.0), "reflecting"), "periodic"]]
U = np.random.default_rng(0).random((2, 5, 4))


def made(walls, form, taps=None, law=pn.PeronaMalik(0.3)):  # noqa: B008
    grid = pn.Grid((5, 4), h=(0.5, 0.25), boundary=walls)
    return TapDiffusion(law, taps or tuple((-1 / h, 1 / h) for h in grid.h), grid, form)


@pytest.mark.parametrize("walls", [*WALLS, pn.Dirichlet(0.3)], ids=str)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_with_the_taps_of_a_difference_it_is_diffusion(walls, form):
    A = made(walls, form)
    B = pn.discretise(pn.Diffusion(A.law, form=form), A.grid)
    for one, other in [(A, B), (A.hold(0.0, U[0]), B.hold(0.0, U[0]))]:
        np.testing.assert_allclose(one(0.0, U), other(0.0, U), rtol=0, atol=1e-13)
        np.testing.assert_allclose(one.definition(0.0, U), other(0.0, U), rtol=0, atol=1e-13)
        np.testing.assert_allclose(one.mix(0.0, U, (0.5, 2.0, 0.1), 1 - U), 0.5 * U + 2 - 2 * U + 0.1 * other(0.0, U),
                                   rtol=0, atol=1e-13)  # fmt: skip
        assert one.hold(0.0, U[0]).bound.linear
    for name in ("spectral", "contraction", "diagonal"):
        assert getattr(A.bound, name).value == pytest.approx(getattr(B.bound, name).value)


def test_solve_takes_it():
    A = made("reflecting", "isotropic", ((-1.9, 2.0), (-4.0, 4.1)))
    solution = pn.solve(A, U, pn.FSI(3), 0.1)
    assert solution.certificate.claim == "bounded"
    assert np.linalg.norm(solution.u) <= np.linalg.norm(U)


@given(st.integers(0, 10**6), st.sampled_from(WALLS), st.sampled_from(["isotropic", "separable"]))
def test_held_it_is_symmetric_and_within_its_bound(seed, walls, form):
    rng = np.random.default_rng(seed)
    A = made(walls, form, tuple(map(tuple, rng.normal(size=(2, 2)))))
    held = A.hold(0.0, rng.normal(size=(5, 4)))
    matrix = held(0.0, np.eye(20).reshape(20, 5, 4)).reshape(20, 20)
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-12)
    values = np.linalg.eigvalsh(matrix)
    assert values.max() < 1e-12 and -values.min() <= A.bound.spectral.value * (1 + 1e-12)
    assert A.square == pytest.approx(A.bound.spectral.value)  # sup g = 1


@given(
    st.integers(0, 10**6),
    st.sampled_from(WALLS),
    st.sampled_from(["isotropic", "separable"]),
    st.sampled_from([(5, 4), (2, 3), (1, 4), (1, 1)]),
)
def test_the_diagonal_is_that_of_the_matrix(seed, walls, form, shape):
    rng = np.random.default_rng(seed)
    grid = pn.Grid(shape, (0.5, 0.25), walls)
    held = TapDiffusion(pn.PeronaMalik(0.3), rng.normal(size=(2, 2)), grid, form).hold(0.0, rng.normal(size=shape))
    matrix = -held(0.0, np.eye(grid.size).reshape(-1, *shape)).reshape(grid.size, grid.size)
    np.testing.assert_allclose(held.diagonal.ravel(), np.diag(matrix), rtol=0, atol=1e-12)


def test_what_is_not_proved_is_not_claimed():
    assert made("reflecting", "isotropic", law=pn.ForwardBackward(0.3)).bound.spectral.value is None
    assert made(pn.Dirichlet(0.3), "isotropic").bound.spectral.value is None
    assert made("reflecting", "isotropic", ((-1.0, 1.1), (-1.0, 1.0))).bound.diagonal.value is None
    assert made("reflecting", "isotropic").bound.contraction.value is None
    assert made("reflecting", "isotropic", law=pn.Linear()).bound.linear


def test_on_another_grid_the_derivative_stays():
    """`α ∂ + m`: a constant shows `m`, a ramp `α`, at every mesh width."""
    A = TapDiffusion(pn.Linear(), ((-1.8, 2.4),), pn.Grid(8, h=0.5, boundary="periodic"))
    for h in (0.5, 0.1):
        B = A.on(pn.Grid(8, h=h, boundary="periodic"))
        x = (np.arange(8) + 0.5) * h
        np.testing.assert_allclose(B.difference(np.ones(8), 0), 0.6, rtol=0, atol=1e-13)
        # At the inner faces, the midpoint of the ramp is the face itself.
        np.testing.assert_allclose(B.difference(x, 0)[1:-1], 1.05 + 0.6 * np.arange(1, 8) * h, rtol=0, atol=1e-13)


def test_states_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"u must have shape \(..., 5, 4\)"):
        made("reflecting", "isotropic")(0.0, U[:, :4])
