"""Characteristics: exact where they must be, convex always, of their order."""

import math

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.equations import Convection
from pdenn.operators.characteristics import departure_points
from pdenn.schemes import LieSplitting, SemiImplicit, SemiLagrangian

RNG = np.random.default_rng(0)


def test_whole_cells_are_shifted_exactly():
    A = pn.discretise(Convection((2.0, -1.0)), pn.Grid((8, 6), h=0.5, boundary="periodic"))
    u = RNG.random((3, 8, 6))
    # In the time 1 the state moves by 4 cells of 0.5 along one axis and by -2 along the other.
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


@pytest.mark.parametrize("wall", [pn.Neumann(1.0), pn.Robin(0.0, 1.0, 1.0)], ids=str)
def test_a_wall_that_prescribes_a_slope_adds_to_the_extrema(wall):
    """Its value is that of the cell before it and half a slope more: nothing is claimed, and the range is left."""
    A = pn.discretise(Convection((1.0,)), pn.Grid((8,), 0.5, wall))
    assert SemiLagrangian().step(A, 0.0, np.zeros(8), 1.0).max() == pytest.approx(0.25)
    assert pn.certify(SemiLagrangian(), A) == ()
    with pytest.raises(pn.NoCertificate, match="a wall that prescribes a slope"):
        pn.certificate(SemiLagrangian(), A, "max-min")


def test_what_flows_in_has_the_value_of_the_wall():
    A = pn.discretise(Convection((1.0,)), pn.Grid((10,), boundary=((pn.Dirichlet(0.7), pn.Dirichlet(0.0)),)))
    v = SemiLagrangian().step(A, 0.0, np.zeros(10), 3.0)
    np.testing.assert_allclose(v, [0.7] * 3 + [0.0] * 7, atol=1e-14)


def rotation(n):
    grid = pn.Grid((n, n), 2 / n, "periodic")
    return pn.discretise(Convection(lambda t, x, y: (1 - y, x - 1)), grid)


def test_a_rotated_hill_comes_closer_on_finer_meshes():
    """One revolution in forty steps: the error of interpolation falls with the mesh width."""
    errors = []
    for n in (32, 64, 128):
        A = rotation(n)
        x, y = A.grid.coordinates()
        u = u0 = np.exp(-20 * ((x - 1.4) ** 2 + (y - 1) ** 2))
        for k in range(40):
            u = SemiLagrangian().step(A, k * math.pi / 20, u, math.pi / 20)
        errors.append(np.abs(u - u0).max())
    assert errors[0] > errors[1] > errors[2]


def test_feet_of_characteristics_are_of_second_order():
    """In a rotation the foot is known; the error of one step of the midpoint rule falls with the third power of it."""
    A = rotation(8)
    x, y = A.grid.coordinates()
    errors = []
    for tau in (0.1, 0.05):
        X, Y = departure_points(A, 0.0, np.zeros((8, 8)), tau)
        exact = (x - 1 + 1j * (y - 1)) * np.exp(-1j * tau)
        errors.append(np.abs(X - 1 + 1j * (Y - 1) - exact).max())
    assert abs(math.log2(errors[0] / errors[1]) - 3) < 0.1


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
