"""Chains are the schemes that they chain, on arrays and on other grids."""

import numpy as np
import pytest

import pdenn as pn
from pdenn.chain import Chain
from pdenn.operators.taps import TapDiffusion

GRID = pn.Grid((6, 5), h=0.5)
U = np.random.default_rng(0).random((2, 6, 5))


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(3), pn.SSPRK3()], ids=str)
def test_a_chain_of_equal_steps_is_solve(scheme):
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.3)), GRID)
    chain = Chain((A, A, A), scheme, (0.05, 0.05, 0.05))
    solution = pn.solve(A, U, scheme, 0.15, tau=0.05, certificate=None)
    np.testing.assert_allclose(chain(U), solution.u, rtol=0, atol=1e-14)


def test_steps_of_their_own():
    A, B = (pn.discretise(pn.Diffusion(law), GRID) for law in (pn.Linear(), pn.Charbonnier(0.1)))
    chain = Chain((A, B), pn.ExplicitEuler(), (0.01, 0.04))
    v = U + 0.01 * A(0.0, U)
    np.testing.assert_allclose(chain(U), v + 0.04 * B(0.01, v), rtol=0, atol=1e-15)


def test_on_another_grid():
    grid = pn.Grid((9, 4), h=0.25)
    law = pn.Charbonnier(0.1)
    taps = tuple((-1 / h, 1 / h) for h in GRID.h)
    chain = Chain((TapDiffusion(law, taps, GRID), pn.discretise(pn.Diffusion(law), GRID)), pn.FSI(2), (0.01, 0.01))
    A = pn.discretise(pn.Diffusion(law), grid)
    v = np.random.default_rng(1).random((9, 4))
    np.testing.assert_allclose(chain.on(grid)(v), Chain((A, A), pn.FSI(2), (0.01, 0.01))(v), rtol=0, atol=1e-13)


def test_lengths_must_agree():
    A = pn.discretise(pn.Diffusion(), GRID)
    with pytest.raises(ValueError, match="got 2 operators and 1 steps"):
        Chain((A, A), pn.ExplicitEuler(), (0.1,))
    with pytest.raises(ValueError, match="got 0 operators"):
        Chain((), pn.ExplicitEuler(), ())


def test_time_goes_on_from_step_to_step():
    """A velocity that grows with time: the chain asks for it when `solve` does."""
    A = pn.discretise(pn.Convection(lambda t, x: (1.0 + 10 * t + 0 * x,)), pn.Grid(8, boundary="periodic"))
    u = np.random.default_rng(2).random(8)
    chain = Chain((A, A, A), pn.ExplicitEuler(), (0.1, 0.1, 0.1))
    solution = pn.solve(A, u, pn.ExplicitEuler(), 0.3, tau=0.1, certificate=None)
    np.testing.assert_allclose(chain(u), solution.u, rtol=0, atol=1e-14)
