"""Reactions and fidelity: values, claims, refusals."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn import testing
from pdenn.equations import Fidelity, Reaction

GRID = pn.Grid((3, 4))
RNG = np.random.default_rng(0)
U, DATA = RNG.standard_normal((2, 3, 4)), RNG.random((3, 4))
MASK = RNG.random((3, 4)) * (RNG.random((3, 4)) > 0.4)


def decay(u):
    return -u - u**3 / (1 + u**2)


@pytest.mark.parametrize(("f", "value"), [(decay, decay(U)), (lambda t, u: t * u, 2 * U)], ids=["u", "t, u"])
def test_reactions_are_evaluated_in_cells(f, value):
    A = pn.discretise(Reaction(f), GRID)
    for B in (A, A.hold(2.0, U)):
        testing.assert_same(B(2.0, U), value, 10.0)
        testing.assert_same(B.definition(2.0, U), value, 10.0)
        testing.assert_same(B(2.0, torch.tensor(U)), value, 10.0)
        testing.assert_same(B.mix(2.0, U, (0.5, -2.0, 3.0), U + 1), 0.5 * U - 2 * (U + 1) + 3 * value, 50.0)


def test_a_decaying_reaction_has_claims_that_hold():
    """`f' ∈ [-17/8, -1]`: Euler contracts up to `2·8/17`, and beyond it does not."""
    A = pn.discretise(Reaction(decay, slope=(-17 / 8, -1.0)), GRID)
    limit = pn.certificate(pn.ExplicitEuler(), A, "contractive").tau
    assert limit == pytest.approx(16 / 17)
    assert pn.certificate(pn.ExplicitEuler(), A, "bounded").tau == pytest.approx(16 / 17)
    u = np.linspace(-5, 5, 1201)
    slopes = np.diff(u + limit * decay(u)) / np.diff(u)
    assert abs(slopes).max() <= 1 + 1e-6
    assert abs(np.diff(u + 1.01 * limit * decay(u)) / np.diff(u)).max() > 1
    assert (abs(u + limit * decay(u)) <= abs(u)).all()


@pytest.mark.parametrize(
    ("equation", "claim", "words"),
    [
        (Reaction(decay), "bounded", "must state the range"),
        (Reaction(lambda u: u * (1 - u), slope=(-1.0, 1.0)), "contractive", "reaches 1 > 0"),
        (Reaction(lambda u: 1 - u, slope=(-1.0, -1.0)), "bounded", r"f\(0\) = 0 is not known"),
        (Reaction(lambda t, u: -u, slope=(-1.0, -1.0)), "bounded", r"f\(0\) = 0 is not known"),
        (Reaction(decay, slope=(-17 / 8, -1.0)), "max-min", "own zeros"),
        (Fidelity(1.0), "bounded", "the data are not zero"),
    ],
)
def test_claims_that_do_not_hold_are_refused(equation, claim, words):
    with pytest.raises(pn.NoCertificate, match=words):
        pn.certificate(pn.ExplicitEuler(), pn.discretise(equation, GRID), claim)


def test_reaction_and_diffusion_converge_together():
    """`∂u/∂t = Δu - u` damps a wave by `exp(-(λ + 1) t)` with the eigenvalue `λ` of the stencil."""
    grid = pn.Grid((8,), 0.5, "periodic")
    A = pn.discretise(pn.Diffusion() + Reaction(lambda u: -u, slope=(-1.0, -1.0)), grid)
    u = np.cos(2 * np.pi * grid.coordinates()[0] / 4)
    rate = 4 / 0.25 * np.sin(np.pi / 8) ** 2 + 1
    v = pn.solve(A, u, pn.SSPRK3(), 1.0, tau=1 / 256).u
    assert abs(v - np.exp(-rate) * u).max() <= 1e-6


def test_fidelity_is_linear_with_the_matrix_of_the_mask():
    A = pn.discretise(Fidelity(DATA, MASK, 3.0), GRID)
    expected = -3 * MASK * (U - DATA)
    for B in (A, A.hold(0.0, U)):
        testing.assert_same(B(0.0, U), expected, 20.0)
        testing.assert_same(B.definition(0.0, U), expected, 20.0)
        testing.assert_same(B(0.0, torch.tensor(U)), expected, 20.0)
        testing.assert_same(B.mix(0.0, U, (0.5, -2.0, 3.0), U + 1), 0.5 * U - 2 * (U + 1) + 3 * expected, 90.0)
    assert A(0.0, U.astype(np.float32)).dtype == np.float32
    assert A(0.0, torch.tensor(U, dtype=torch.float32)).dtype == torch.float32


@pytest.mark.parametrize("claim", ["contractive", "max-min"])
def test_the_claims_of_fidelity_are_sharp(claim):
    A = pn.discretise(Fidelity(DATA, MASK, 3.0), GRID)
    rate = 3 * MASK.max()
    assert A.bound.contraction.value == A.bound.diagonal.value == pytest.approx(rate, rel=1e-15)
    tau = pn.certificate(pn.ExplicitEuler(), A, claim).tau
    assert tau == pytest.approx((2 if claim == "contractive" else 1) / rate, rel=1e-9)
    v = U + tau * A(0.0, U)
    if claim == "contractive":
        assert abs(1 - tau * 3 * MASK).max() == pytest.approx(1.0)
        assert abs(v[0] - v[1]).max() <= abs(U[0] - U[1]).max()
    else:
        assert (v <= np.maximum(U, DATA) + 1e-11).all()
        assert (v >= np.minimum(U, DATA) - 1e-11).all()


def test_zero_data_are_bounded():
    A = pn.discretise(Fidelity(0.0, MASK, 3.0), GRID)
    assert pn.certificate(pn.ExplicitEuler(), A, "bounded").tau == pytest.approx(2 / (3 * MASK.max()), rel=1e-9)


def test_inpainting_reaches_the_data_and_keeps_their_hull():
    """A strong pull on known cells and diffusion elsewhere: between two known values the steady state is a ramp."""
    grid = pn.Grid((9,))
    data, mask = np.zeros(9), np.zeros(9)
    data[8], mask[0], mask[8] = 1.0, 1.0, 1.0
    A = pn.discretise(pn.Diffusion() + Fidelity(data, mask, 1e3), grid)
    tau = 0.9 * pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    u = np.linalg.solve(_matrix(A), -A.definition(0.0, np.zeros(9)))
    assert abs(u - np.linspace(0, 1, 9)).max() <= 1e-3
    v = pn.solve(A, np.full(9, 0.5), pn.ExplicitEuler(), 2000 * tau, tau=tau, certificate="max-min").u
    assert (v >= 0).all()
    assert (v <= 1).all()
    assert abs(v - u).max() < abs(0.5 - u).max()


def _matrix(A):
    return np.stack([A.definition(0.0, e) - A.definition(0.0, 0 * e) for e in np.eye(A.grid.size)]).T


def test_gradients_of_tensors():
    A = pn.discretise(Reaction(decay) + Fidelity(DATA, MASK), GRID)
    x = torch.tensor(U, requires_grad=True)
    assert torch.autograd.gradcheck(lambda u: A(0.0, u), x)


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: Reaction(3.0), TypeError, "f must be a callable"),
        (lambda: Reaction(lambda a, b, c: a), TypeError, "with 3 arguments"),
        (lambda: Reaction(decay, slope=(1.0, -1.0)), ValueError, "ascending"),
        (lambda: Reaction(decay, slope=(float("nan"), 0.0)), ValueError, "pair of finite numbers"),
        (lambda: Fidelity(float("nan")), ValueError, "data must be finite"),
        (lambda: Fidelity(DATA, 1.5), ValueError, r"mask must be finite and in \[0, 1\], got 1.5"),
        (lambda: Fidelity(DATA, -MASK), ValueError, "mask must be finite and in"),
        (lambda: Fidelity(DATA, MASK, -1.0), ValueError, "weight must be finite"),
        (lambda: Fidelity(DATA, MASK, MASK), ValueError, "weight must be a number"),
        (lambda: Fidelity("data"), TypeError, "data must be a real number or array"),
        (lambda: pn.discretise(Fidelity(DATA), pn.Grid((4, 3))), ValueError, "data must be a number or have shape"),
        (lambda: pn.discretise(Fidelity(0.0, MASK), pn.Grid((5,))), ValueError, "mask must be a number or have shape"),
        (lambda: pn.discretise(Reaction(lambda u: u.sum()), GRID)(0.0, U), ValueError, "f must return an array like u"),
        (lambda: pn.discretise(Fidelity(U), GRID)(0.0, DATA), ValueError, "u must have all axes of the data"),
    ],
)
def test_bad_input(build, error, words):
    with pytest.raises(error, match=words):
        build()


def test_statements_print_and_compare():
    assert str(Reaction(decay)) == "∂u/∂t = f(u) [f = decay]"
    assert "f(t, u)" in str(Reaction(lambda t, u: u))
    assert Fidelity(DATA, MASK) == Fidelity(DATA.copy(), MASK)
    assert Fidelity(DATA, MASK) != Fidelity(DATA, MASK, 2.0)
