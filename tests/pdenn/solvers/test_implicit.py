"""The stopping rule of implicit steps and stationary states: it depends neither on units nor on what squares can hold."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.solvers.implicit import largest, norm

RNG = np.random.default_rng(0)
A = pn.discretise(pn.Diffusion(), pn.Grid((6, 7)))
U0 = RNG.random((6, 7))
SOLVERS = (
    pn.NewtonKrylov(),
    pn.ConjugateGradients(),
    pn.BiCGStab(),
    pn.Multigrid(),
    pn.FixedPoint(),
    pn.AlgebraicMultigrid(),
)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize(
    ("dtype", "scales"), [(np.float32, (1e-40, 1e-25, 1.0, 1e25, 1e37)), (float, (1e-310, 1e-200, 1.0, 1e300))]
)
def test_the_norm_of_numbers_whose_squares_vanish_or_overflow(kind, dtype, scales):
    """To the rounding of the sum; numbers below the normal ones have fewer digits."""
    for scale in scales:
        u = (U0 * scale).astype(dtype)
        top = float(u.max())
        expected = top * float(np.linalg.norm(u.astype(float) / top))
        assert norm(kind(u)) == pytest.approx(expected, rel=1e-5 if dtype == np.float32 else 1e-13)


def test_the_norm_of_what_is_not_finite_and_of_nothing():
    assert norm(np.zeros(3)) == 0 and norm(np.zeros((0, 3))) == 0 and largest(np.zeros(0)) == 0
    assert norm(np.array([1.0, -np.inf])) == np.inf and np.isnan(norm(np.array([1.0, np.nan])))


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e-24), (float, 1e-200), (float, 1e200)])
def test_states_whose_squares_vanish_are_not_returned_as_they_came(solver, dtype, scale):
    """A solver may do without squares, or say that it cannot; it may not take zero for the norm of a residual."""
    tau = 0.1
    expected = pn.ImplicitEuler().step(A, 0.0, U0, tau)
    try:
        with np.errstate(all="ignore"):
            found = pn.ImplicitEuler(solver).step(A, 0.0, (U0 * scale).astype(dtype), tau)
    except pn.NotConverged:
        return
    np.testing.assert_allclose(found / dtype(scale), expected, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-8)


@pytest.mark.parametrize("solver", SOLVERS[:4], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize(("dtype", "tau"), [(np.float32, 1e6), (float, 1e15), (float, 1e20)])
def test_a_step_whose_rounding_exceeds_the_state_is_refused(solver, dtype, tau):
    with pytest.raises(ValueError, match="tau must be so small that .* in float"):
        pn.solve(A, U0.astype(dtype), pn.ImplicitEuler(solver), tau, tau=tau)


@pytest.mark.parametrize("dtype", [np.float32, float])
@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(1.0)], ids=repr)
@pytest.mark.parametrize("h", [1e-8, 1e-6, 1e-3, 1.0, 1e8])
def test_a_stationary_state_does_not_depend_on_units(law, h, dtype):
    """`-u'' = 0` between 0 and 1, from a guess far away: a straight line, whatever the width of a cell."""
    n = 33
    law = law if isinstance(law, pn.Linear) else pn.Charbonnier(law.contrast / h)
    steep = pn.discretise(pn.Diffusion(law), pn.Grid((n,), h, [(pn.Dirichlet(0.0), pn.Dirichlet(1.0))]))
    found = pn.solve_steady(steep, RNG.random(n).astype(dtype)).u
    # The residual may be 16 √n ε of 2/h² by rounding, or 1e-8 of it, and the smallest eigenvalue is π²/(nh)².
    allowed = (16 * n**0.5 * np.finfo(dtype).eps + 1e-8) * 4 * n**0.5 * n**2 / np.pi**2
    assert abs(found - (np.arange(n) + 0.5) / n).max() <= allowed
