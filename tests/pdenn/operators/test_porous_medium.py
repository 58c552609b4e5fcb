"""The porous medium equation: definition, secants, claims, order, and the droplet of Barenblatt."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import PorousMedium
from pdenn.exact.porous import Barenblatt

EPS = np.finfo(float).eps
WALLS = ("reflecting", "periodic", pn.Dirichlet(0.0), (pn.Dirichlet(0.5), "reflecting"))


@st.composite
def problems(draw, **on):
    """States in `[-2, 2]`, flat and touching zero included."""
    grid = draw(testing.grids(max_cells=20, boundaries=WALLS, **on))
    A = pn.discretise(PorousMedium(draw(st.floats(1.1, 4.0)), maximum=2.0), grid)
    u = draw(testing.states(grid, batch=draw(st.sampled_from([(), (2,)]))))
    return A, u / max(abs(u).max(), 1.0) * draw(st.sampled_from([1e-3, 0.5, 2.0]))


def size_of(A) -> float:
    m = A.equation.m
    return m * 3.0**m * sum(4 / h**2 for h in A.grid.h)


@given(problem=problems(), weights=st.tuples(*[st.floats(-2, 2)] * 3))
def test_kernel_definition_torch_hold_and_mix_agree(problem, weights):
    A, u = problem
    x, expected = torch.tensor(u), A.definition(0.0, u)
    for result in (A(0.0, u), A(0.0, x), A.hold(0.0, u)(0.0, u), A.hold(0.0, x)(0.0, x)):
        testing.assert_same(result, expected, size_of(A))
    a, b, c = weights
    testing.assert_same(A.mix(0.0, u, weights, u[..., ::-1]), a * u + b * u[..., ::-1] + c * expected, 10 * size_of(A))


def test_single_precision_stays_single():
    A = pn.discretise(PorousMedium(2.5), pn.Grid((7, 5), 0.5, pn.Dirichlet(0.3)))
    u = np.random.default_rng(0).random((2, 7, 5), np.float32)
    testing.assert_same(A(0.0, u), A.definition(0.0, u), size_of(A))
    testing.assert_same(A(0.0, u), A.hold(0.0, u)(0.0, u), size_of(A))
    assert A(0.0, torch.tensor(u)).dtype == torch.float32


@given(problem=problems())
def test_held_operators_are_symmetric_and_keep_the_diagonal(problem):
    """`G` lies in `[0, φ'(M)]`, to the `√ε` of the secants between nearly equal values."""
    A, u = problem
    B, n = A.hold(0.0, u.reshape(-1, *A.grid.shape)[0]), A.grid.size
    units = np.eye(n).reshape(n, *A.grid.shape)
    m = (B.definition(0.0, units) - B.definition(0.0, 0 * units[0])).reshape(n, n).T
    tolerance = 1e-7 * size_of(A)
    assert abs(m - m.T).max() <= tolerance
    assert np.linalg.eigvalsh((m + m.T) / 2)[-1] <= tolerance
    assert (m + A.bound.diagonal.value * np.eye(n)).min() >= -tolerance
    if A.grid.closed:
        assert abs(m.sum(1)).max() <= tolerance


@pytest.mark.parametrize("boundary", WALLS[:2])
@pytest.mark.parametrize("ripple", [0.0, 1e-9])
def test_held_at_a_nearly_flat_state_it_is_the_linear_equation(boundary, ripple):
    """`∂v/∂t = m c^(m-1) Δv`, on both sides of the threshold of the secants."""
    grid = pn.Grid((5, 4), (0.5, 1.0), boundary)
    c, v = 0.7, np.random.default_rng(0).standard_normal((5, 4))
    held = pn.discretise(PorousMedium(2.5), grid).hold(0.0, c + ripple * v)
    expected = 2.5 * c**1.5 * pn.discretise(pn.Diffusion(), grid)(0.0, v)
    assert abs(held(0.0, v) - expected).max() <= 1e-6 * abs(expected).max()


@given(problem=problems(), scheme=st.sampled_from([pn.ExplicitEuler(), pn.SSPRK3(), pn.FSI(4, "updated"), pn.FSI(4)]))
def test_the_max_min_claim(problem, scheme):
    A, u = problem
    tau = min(pn.certificate(scheme, A, "max-min").tau, 1e3) * (1 - 1e-7)
    v = scheme.step(A, 0.0, u, tau)
    walls = [wall.value for pair in A.grid.boundary for wall in pair if hasattr(wall, "value")]
    axes = tuple(range(-A.grid.dim, 0))
    lowest, highest = u.min(axes), u.max(axes)
    if walls:
        lowest, highest = np.minimum(lowest, min(walls)), np.maximum(highest, max(walls))
    assert (v.min(axes) >= lowest - 1e-11).all()
    assert (v.max(axes) <= highest + 1e-11).all()


def test_the_diagonal_is_sharp():
    """Beyond the limit a checkerboard around the maximum overshoots."""
    A = pn.discretise(PorousMedium(3.0, maximum=1.0), pn.Grid((8,), 0.5, "periodic"))
    u = 1.0 - 1e-3 * (np.arange(8) % 2)
    tau = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    assert tau == pytest.approx(0.25 / 6)
    assert (u + 1.1 * tau * A(0.0, u)).min() < u.min()
    assert (u + 0.99 * tau * A(0.0, u)).min() >= u.min()


def test_states_beyond_the_maximum_are_not_solved_with_a_claim():
    """There the step is too long: a spike of 1.5 at `φ' ≤ 3` turns over."""
    A = pn.discretise(PorousMedium(3.0, maximum=1.0), pn.Grid((8,), 0.5, "periodic"))
    u, limit = np.eye(8)[3], pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    assert pn.ExplicitEuler().step(A, 0.0, 1.5 * u, limit).min() >= 0
    assert pn.ExplicitEuler().step(A, 0.0, 2.0 * u, limit).min() < 0
    for sum_or_alone in (A, pn.discretise(PorousMedium(3.0, maximum=1.0) + pn.Fidelity(0.0), A.grid)):
        with pytest.raises(ValueError, match=r"u0 must lie in \[-maximum, maximum\] = ±1, got values up to 2"):
            pn.solve(sum_or_alone, -2.0 * u, pn.ExplicitEuler(), limit, certificate="max-min")
        assert pn.solve(sum_or_alone, u, pn.ExplicitEuler(), limit, certificate="max-min").u.min() >= 0
    assert pn.solve(A, 2.0 * u, pn.ExplicitEuler(), limit, tau=limit, certificate=None).u.min() < 0


@pytest.mark.parametrize(("data", "claimed"), [(1.0, True), (-1.5, False), (np.linspace(0.0, 1.5, 8), False)], ids=str)
def test_data_beyond_the_maximum_pull_states_out_of_the_claim(data, claimed):
    A = pn.discretise(PorousMedium(3.0, maximum=1.0) + pn.Fidelity(data), pn.Grid((8,)))
    assert bool(pn.certify(pn.ExplicitEuler(), A)) == claimed
    if not claimed:
        with pytest.raises(pn.NoCertificate, match="data of the fidelity lie beyond the maximum"):
            pn.certificate(pn.ExplicitEuler(), A, "max-min")


def test_distances_in_the_two_norm_may_grow():
    """Why there is no contractive claim: `A'` is not symmetric, and has a direction in which distances grow."""
    A = pn.discretise(PorousMedium(3.0, maximum=1.0), pn.Grid((6,)))
    x = torch.tensor([1.0, 0.9, 0.1, 0.05, 0.02, 0.0], dtype=torch.float64)
    j = torch.autograd.functional.jacobian(lambda u: A(0.0, u), x).numpy()
    assert np.linalg.eigvalsh((j + j.T) / 2)[-1] > 0.01
    assert abs(j.sum(0)).max() <= 1e-12  # columns sum to zero: in the 1-norm none grow
    assert (j - np.diag(np.diag(j))).min() >= 0
    with pytest.raises(pn.NoCertificate, match="L¹"):
        pn.certificate(pn.ExplicitEuler(), A, "contractive")
    with pytest.raises(pn.NoCertificate, match="max-min"):
        pn.certificate(pn.ExplicitEuler(), A, "bounded")
    with pytest.raises(pn.NoCertificate, match="must state the range"):
        pn.certificate(pn.ExplicitEuler(), pn.discretise(PorousMedium(), pn.Grid((4,))), "max-min")


@pytest.mark.parametrize("m", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("boundary", ["reflecting", "periodic", pn.Dirichlet(2.0)], ids=str)
def test_order_two(m, boundary):
    """`Δ(w)` of `u = w^(1/m)` with a wave `w` that extends evenly, or oddly around `2^m`; away from Dirichlet walls.

    There the ghost cell leaves an error of order 0 in the operator, and of order 2 in solutions (supraconvergence).
    """
    errors, sizes = [], (16, 32, 64)
    for n in sizes:
        grid = pn.Grid((n, n), (1 / n, 2 / n), boundary)
        x, y = grid.coordinates()
        wave = np.sin if isinstance(boundary, pn.Dirichlet) else np.cos
        w = wave(2 * np.pi * x) * wave(np.pi * y)
        A = pn.discretise(PorousMedium(m), grid)
        exact = -5 * np.pi**2 * w
        errors.append(abs(A(0.0, (2.0**m + w) ** (1 / m)) - exact).max() / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=5e-3)


def test_the_droplet_of_barenblatt():
    """Mass to rounding; the error in the 1-norm falls with the first order or better that a kink at the front allows."""
    droplet, errors, sizes = Barenblatt(2.0, 5.0, 0.8), [], (40, 80, 160)
    for n in sizes:
        grid = pn.Grid((n,), 10 / n)
        A = pn.discretise(PorousMedium(2.0, maximum=1.0), grid)
        u = droplet.u(0.7, *grid.coordinates())
        v = pn.solve(A, u, pn.SSPRK2(), 0.8, certificate="max-min").u
        assert v.sum() == pytest.approx(u.sum(), rel=1e-12)
        errors.append(abs(v - droplet.u(1.5, *grid.coordinates())).sum() * grid.h[0])
    assert errors[-1] <= 0.002 * droplet.mass
    assert (testing.observed_order(errors, 2) > 1).all()


def test_gradients_of_tensors_at_zero_too():
    A = pn.discretise(PorousMedium(1.7), pn.Grid((4, 3), (1.0, 0.5), (pn.Dirichlet(1.0), "reflecting")))
    x = torch.tensor(np.random.default_rng(0).uniform(0.1, 1, (2, 4, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda u: A(0.0, u), x)
    zero = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    A(0.0, zero).sum().backward()
    assert torch.isfinite(zero.grad).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"m": 1.0}, "m must be a finite number > 1"), ({"m": float("nan")}, "m must be"), ({"maximum": 0.0}, "maximum")],
)
def test_bad_parameters(arguments, words):
    with pytest.raises(ValueError, match=words):
        PorousMedium(**arguments)


def test_bad_walls():
    with pytest.raises(ValueError, match="needs reflecting, periodic or Dirichlet"):
        pn.discretise(PorousMedium(), pn.Grid((4,), 1.0, pn.Neumann(1.0)))
    with pytest.raises(ValueError, match="boundary must prescribe values in"):
        pn.discretise(PorousMedium(2.0, maximum=1.0), pn.Grid((4,), 1.0, pn.Dirichlet(2.0)))
    assert str(PorousMedium(3.0)) == "∂u/∂t = Δ(|u|^2 u)"
