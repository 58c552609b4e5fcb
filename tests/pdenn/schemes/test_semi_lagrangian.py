"""Characteristics: exact where they must be, convex always, of their order."""

import math

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.equations import Convection
from pdenn.schemes import LieSplitting, SemiImplicit, SemiLagrangian

RNG = np.random.default_rng(0)


def test_whole_cells_are_shifted_exactly():
    A = pn.discretise(Convection((2.0, -1.0)), pn.Grid((8, 6), h=0.5, boundary="periodic"))
    u = RNG.random((3, 8, 6))
    # 2 τ = 3 cells of 0.5, and 1 τ = 1.5 cells: take τ = 1 instead, 4 cells and -2 cells.
    np.testing.assert_allclose(SemiLagrangian().step(A, 0.0, u, 1.0), np.roll(u, (4, -2), (1, 2)), rtol=0, atol=1e-14)


@pytest.mark.parametrize("tau", [0.01, 0.37, 50.0])
@pytest.mark.parametrize("walls", ["periodic", "reflecting", pn.Dirichlet(0.4)], ids=str)
def test_extrema_are_kept_at_every_step(tau, walls):
    A = pn.discretise(Convection(lambda t, x, y: (y - 2, 2 - x), speed=None), pn.Grid((8, 8), 0.5, walls))
    u = RNG.random((8, 8))
    v = SemiLagrangian().step(A, 0.0, u, tau)
    assert v.min() >= min(u.min(), 0.4) - 1e-14 and v.max() <= max(u.max(), 0.4) + 1e-14
    claims = {c.claim: c.tau for c in pn.certify(SemiLagrangian(), A)}
    assert claims == {"max-min": math.inf}


def test_what_flows_in_has_the_value_of_the_wall():
    A = pn.discretise(Convection((1.0,)), pn.Grid((10,), boundary=((pn.Dirichlet(0.7), pn.Dirichlet(0.0)),)))
    v = SemiLagrangian().step(A, 0.0, np.zeros(10), 3.0)
    np.testing.assert_allclose(v, [0.7] * 3 + [0.0] * 7, atol=1e-14)


def test_a_rotated_hill_returns_with_second_order():
    """One revolution with τ ~ h: the smearing h²/τ is of order one, so that the error falls with h; feet are of order 2."""
    errors = []
    for n in (32, 64, 128):
        grid = pn.Grid((n, n), 2 / n, "periodic")
        A = pn.discretise(Convection(lambda t, x, y: (1 - y, x - 1)), grid)
        x, y = grid.coordinates()
        u0 = np.exp(-20 * ((x - 1.4) ** 2 + (y - 1) ** 2))
        u = u0
        for k in range(40):  # few, long steps: the interpolation error falls with h²
            u = SemiLagrangian().step(A, k * math.pi / 20, u, math.pi / 20)
        errors.append(np.abs(u - u0).max())
    # With τ fixed, the error tends to that of the feet, (π/20)² times a constant; interpolation adds h².
    assert errors[0] > errors[1] > errors[2]
    steps = []
    for k in (20, 40):
        place = np.array([[1.4], [1.0]])
        for _ in range(k):
            tau = 2 * math.pi / k
            half = place - tau / 2 * np.array([1 - place[1], place[0] - 1])
            place = place - tau * np.array([1 - half[1], half[0] - 1])
        steps.append(np.hypot(*(place - np.array([[1.4], [1.0]])))[0])
    assert abs(math.log2(steps[0] / steps[1]) - 2) < 0.1


def test_arrays_and_tensors_agree_and_differentiate():
    field = RNG.standard_normal((5, 4))
    A = pn.discretise(Convection((field, 0.3)), pn.Grid((5, 4), 0.7))
    u = torch.from_numpy(RNG.random((5, 4))).requires_grad_()
    v = SemiLagrangian().step(A, 0.0, u.detach().numpy(), 0.4)
    np.testing.assert_allclose(SemiLagrangian().step(A, 0.0, u, 0.4).detach().numpy(), v, rtol=0, atol=1e-13)
    tau = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda u, tau: SemiLagrangian().step(A, 0.0, u, tau), (u, tau))


def test_it_is_the_convective_part_of_a_splitting():
    equation = Convection((1.0, 0.5)) + pn.Diffusion(pn.Charbonnier(0.2))
    A = pn.discretise(equation, pn.Grid((16, 16), 1 / 16, "periodic"))
    scheme = LieSplitting(SemiLagrangian(), SemiImplicit())
    assert {c.claim: c.tau for c in pn.certify(scheme, A)} == {"max-min": math.inf}
    u = RNG.random((16, 16))
    v = pn.solve(A, u, scheme, t_end=1.0, tau=0.25, certificate="max-min").u
    assert u.min() - 1e-9 <= v.min() and v.max() <= u.max() + 1e-9


def test_other_operators_are_refused():
    A = pn.discretise(pn.Diffusion(), pn.Grid((4, 4)))
    assert pn.certify(SemiLagrangian(), A) == ()
    with pytest.raises(TypeError, match="SemiLagrangian needs convection alone"):
        SemiLagrangian().step(A, 0.0, np.zeros((4, 4)), 0.1)
