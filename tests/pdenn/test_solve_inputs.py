"""What `solve` makes of unusual times, steps and arrays."""

import numpy as np
import pytest
import torch

import pdenn as pn

GRID = pn.Grid((8, 6))
A = pn.discretise(pn.Diffusion(), GRID)
U0 = np.random.default_rng(0).random(GRID.shape)


@pytest.mark.parametrize("tau", [1e-320, 1e-300, 1e-9])
def test_more_steps_than_anyone_can_wait_for_are_refused(tau):
    with pytest.raises(ValueError, match=r"t_end=1 .* at most 1e\+08 steps, got .* tau="):
        pn.solve(A, U0, pn.ExplicitEuler(), 1.0, tau=tau)
    with pytest.raises(ValueError, match="t_end=1 .* at most"):  # of a grid so fine that the certificate asks for them
        pn.solve(pn.discretise(pn.Diffusion(), pn.Grid((8, 6), h=1e-8)), U0, pn.ExplicitEuler(), 1.0)


def test_a_time_far_shorter_than_a_step_is_a_step():
    h = 1e-10  # t_end is a hundredth of h², and t_end/tau is 0 in float64
    fine = pn.discretise(pn.Diffusion(), pn.Grid((8, 6), h=h))
    solution = pn.solve(fine, U0, pn.ImplicitEuler(), h * h / 100, tau=1e305, certificate=None)
    assert solution.steps == 1
    expected = pn.solve(A, U0, pn.ImplicitEuler(), 0.01, tau=0.01).u
    np.testing.assert_allclose(solution.u, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("times", [0.5, None, True])
def test_times_must_be_a_sequence(times):
    with pytest.raises(TypeError, match="times must be a sequence of numbers, got"):
        pn.solve(A, U0, pn.ExplicitEuler(), 1.0, times=times)


@pytest.mark.parametrize("u0", [np.ma.masked_array(U0, U0 > 0.5), np.asmatrix(U0)], ids=["masked", "matrix"])
def test_arrays_with_rules_of_their_own_are_refused(u0):
    with pytest.raises(TypeError, match="u0 must be a plain NumPy array, got (MaskedArray|matrix)"):
        pn.solve(A, u0, pn.ExplicitEuler(), 1.0)


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_what_is_saved_at_the_start_is_not_the_array_that_was_given(kind):
    u0 = kind(U0)
    at_start = pn.solve(A, u0, pn.ExplicitEuler(), 1.0, times=(0.0,)).snapshots[0]
    at_once = pn.solve(A, u0, pn.ExplicitEuler(), 0.0).u
    u0[:] = 7.0
    np.testing.assert_array_equal(at_start, U0)
    np.testing.assert_array_equal(at_once, U0)


CLOSED = pn.Grid((6, 5))
RING = pn.Grid((6, 5), boundary="periodic")
EQUATIONS = {
    "isotropic": pn.Diffusion(pn.Charbonnier(0.5)),
    "separable": pn.Diffusion(pn.Charbonnier(0.5), form="separable"),
    "edge-enhancing": pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.5), 0.5)),
    "coherence-enhancing": pn.AnisotropicDiffusion(pn.CoherenceEnhancing(0.01, 0.1, 0.7, 1.0)),
    "fourth order": pn.Diffusion(pn.Charbonnier(0.5), order=2),
    "porous medium": pn.PorousMedium(2, maximum=1.0),
    "upwind": pn.Convection((1.0, 0.5)),
    "MUSCL": pn.Convection((1.0, 0.5), flux=pn.MUSCL()),
    "WENO": pn.Convection((1.0, 0.5), flux=pn.WENO5()),
    "Burgers": pn.ConservationLaw(pn.Burgers(), direction=(1.0, 0.5)),
    "sum": pn.Diffusion() + pn.Fidelity(np.zeros((6, 5))),
}


@pytest.mark.parametrize("name", EQUATIONS)
@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(3), pn.FSI(3, coefficients="held")], ids=repr)
def test_a_batch_without_states_stays_one(name, scheme):
    B = pn.discretise(EQUATIONS[name], CLOSED if "enhancing" in name else RING)
    found = pn.solve(B, np.empty((0, 2, 6, 5)), scheme, 0.02, tau=0.01, certificate=None)
    assert found.u.shape == (0, 2, 6, 5)
    assert B(0.0, np.empty((0, 6, 5), np.float32)).dtype == np.float32


@pytest.mark.parametrize("scheme", [pn.AOS(), pn.ADI(), pn.ImplicitEuler(), pn.SemiImplicit()], ids=repr)
def test_implicit_schemes_take_a_batch_without_states(scheme):
    found = pn.solve(A, np.empty((0, 8, 6)), scheme, 0.2, tau=0.1, certificate=None)
    assert found.u.shape == (0, 8, 6)
