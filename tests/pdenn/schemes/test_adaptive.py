"""Error-controlled steps meet their tolerance and keep their claim."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.errors import NotConverged

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid((12, 9), h=0.5))
U0 = np.random.default_rng(0).random((12, 9))


class Watched:
    """A scheme that notes its steps."""

    def __init__(self, scheme):
        self.scheme, self.taken = scheme, []

    def step(self, A, t, u, tau):
        if isinstance(tau, float) and not hasattr(u, "coefficients"):
            self.taken.append(tau)
        return self.scheme.step(A, t, u, tau)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_a_tighter_tolerance_gives_a_smaller_error(kind):
    exact = pn.solve(A, U0, pn.SciPyIntegrator("DOP853", 1e-11, 1e-13), t_end=1.0, tau=1.0, certificate=None).u
    errors = []
    for rtol in (1e-3, 1e-5):
        u = pn.solve(A, kind(U0), pn.Adaptive(pn.SSPRK3(), rtol, rtol), t_end=1.0, tau=1.0, certificate=None).u
        errors.append(np.abs(np.asarray(u) - exact).max())
    assert errors[0] < 1e-2 and errors[1] < 1e-4 and errors[1] < errors[0] / 10


def test_no_step_exceeds_the_one_asked_for():
    watched = Watched(pn.SSPRK2())
    pn.Adaptive(watched, 1e-4, 1e-4).step(A, 0.0, U0, 0.06)
    assert max(watched.taken) <= 0.06
    limits = {c.claim: c.tau for c in pn.certify(pn.Adaptive(pn.SSPRK2()), A)}
    assert limits == {c.claim: c.tau for c in pn.certify(pn.SSPRK2(), A)}
    solution = pn.solve(A, U0, pn.Adaptive(pn.SSPRK2()), t_end=1.0, certificate="contractive")
    assert solution.tau <= limits["contractive"]


def test_the_whole_interval_is_covered():
    """A constant slope is integrated exactly, however the steps fall."""

    class Slope:
        def __call__(self, t, u):
            return 0.0 * u + 2.0

    for tau in (1.0, 0.3):
        np.testing.assert_allclose(pn.Adaptive().step(Slope(), 0.0, np.ones(3), tau), 1 + 2 * tau, rtol=1e-14)


def test_an_impossible_tolerance_is_an_error():
    with pytest.raises(NotConverged, match="relax rtol and atol"):
        pn.Adaptive(pn.ExplicitEuler(), 1e-15, 1e-15, tries=50).step(A, 0.0, U0, 0.5)
    with pytest.raises(ValueError, match="rtol must be positive, got 0"):
        pn.Adaptive(rtol=0)
