"""Lazy arithmetic gives what plain arithmetic gives, in fewer sweeps."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.operators.fused import steps

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((9, 7), h=0.5))
SCHEMES = [
    pn.ExplicitEuler(),
    pn.SSPRK2(),
    pn.SSPRK3(),
    pn.FSI(5),
    pn.FSI(5, "updated"),
    pn.FED(4),
    pn.RKL1(4),
    pn.RKL2(5),
]


class Counting:
    """An operator that notes how it is used."""

    def __init__(self, A):
        self.A, self.calls, self.mixes = A, 0, 0

    def __call__(self, t, u):
        self.calls += 1
        return self.A(t, u)

    def mix(self, *arguments):
        self.mixes += 1
        return self.A.mix(*arguments)

    def hold(self, t, u):
        return self


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_fused_steps_equal_plain_steps(scheme, kind):
    u = kind(np.random.default_rng(0).random((3, 9, 7)))
    difference = steps(scheme, A, [(0.0, 0.1)], u) - scheme.step(A, 0.0, u, 0.1)
    # The weights of an accelerated step are below 2; each stage adds a few roundings.
    assert abs(difference).max() <= 100 * pn.constants(scheme).stages * np.finfo(float).eps


def test_an_extrapolated_step_is_one_sweep():
    counting = Counting(A)
    steps(pn.FSI(6), counting, [(0.0, 0.1)], np.ones((9, 7)))
    assert (counting.calls, counting.mixes) == (0, 6)


def test_a_value_that_is_used_again_is_computed_once_more_at_most():
    counting = Counting(A)
    steps(pn.RKL2(6), counting, [(0.0, 0.1)], np.ones((9, 7)))
    assert counting.calls + counting.mixes <= 7
