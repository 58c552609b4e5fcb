"""Lazy arithmetic gives what plain arithmetic gives, in fewer sweeps."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.operators.fused import recurs, steps
from pdenn.operators.graph_diffusion import GraphDiffusion, HeldGraphDiffusion

GRID, DATA = pn.Grid((9, 7), h=0.5), np.random.default_rng(1).random((9, 7))
DIFFUSION, SEPARABLE = (pn.Diffusion(pn.Charbonnier(0.1), form=form) for form in ("isotropic", "separable"))
EQUATIONS = {
    "isotropic": DIFFUSION,
    "separable": SEPARABLE,
    "pulled": DIFFUSION + pn.Fidelity(DATA, weight=0.3) + pn.Fidelity(0.5, mask=0.5),
    "decaying": pn.Fidelity(0.0) + DIFFUSION,
    "pulled in places": DIFFUSION + pn.Fidelity(0.5, mask=DATA),
}
A = pn.discretise(DIFFUSION, GRID)
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
@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=EQUATIONS)
def test_fused_steps_equal_plain_steps(equation, scheme, kind):
    A, u = pn.discretise(equation, GRID), kind(np.random.default_rng(0).random((3, 9, 7)))
    difference = steps(scheme, A, [(0.0, 0.1)], u) - scheme.step(A, 0.0, u, 0.1)
    # The weights of an accelerated step are below 2; each stage adds a few roundings.
    assert abs(difference).max() <= 100 * pn.constants(scheme).stages * np.finfo(float).eps


def test_pulls_of_the_same_strength_everywhere_are_taken_along():
    u = np.ones(GRID.shape)
    found = {name: recurs(pn.discretise(equation, GRID), u) for name, equation in EQUATIONS.items()}
    assert found == {"isotropic": True, "separable": True, "pulled": True, "decaying": True, "pulled in places": False}
    assert not recurs(pn.discretise(pn.Fidelity(0.0) + pn.Fidelity(1.0), GRID), u)
    assert not recurs(pn.discretise(DIFFUSION + SEPARABLE, GRID), u)


def test_an_extrapolated_step_is_one_sweep():
    counting = Counting(A)
    steps(pn.FSI(6), counting, [(0.0, 0.1)], np.ones((9, 7)))
    assert (counting.calls, counting.mixes) == (0, 6)


def test_a_value_that_is_used_again_is_computed_once_more_at_most():
    counting = Counting(A)
    steps(pn.RKL2(6), counting, [(0.0, 0.1)], np.ones((9, 7)))
    assert counting.calls + counting.mixes <= 7


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("batch", [(), (3,), (17,), (2, 20)], ids=str)
def test_a_run_on_a_graph_equals_its_steps(batch, form, scheme):
    """Ten of them, of which some are taken together."""
    graph = pn.Graph.from_points(np.random.default_rng(0).random((40, 2)), 5, normalisation="symmetric")
    B = pn.discretise(pn.Diffusion(pn.Charbonnier(0.3), form=form), graph)
    u, tau = np.random.default_rng(1).random((*batch, 40)), 0.5  # half the limit of Euler's scheme
    expected = u
    for _ in range(10):
        expected = scheme.step(B, 0.0, expected, tau)
    tolerance = 10 * 100 * pn.constants(scheme).stages * np.finfo(float).eps  # as above
    assert abs(pn.solve(B, u, scheme, 10 * tau, tau=tau, certificate=None).u - expected).max() <= tolerance


@pytest.mark.parametrize("form", ["isotropic", "separable"])
@pytest.mark.parametrize("law", [pn.Linear(), pn.Charbonnier(0.3)], ids=repr)
def test_steps_and_stages_on_a_graph_are_one_recurrence(law, form, monkeypatch):
    """Sixteen steps of Euler's scheme, and all stages of a cycle with held coefficients."""
    B = pn.discretise(pn.Diffusion(law, form=form), pn.Graph.from_edges([(0, 1), (1, 2), (2, 3)]))
    rows: list = []
    for kind in (GraphDiffusion, HeldGraphDiffusion):
        recur = kind.recur
        monkeypatch.setattr(kind, "recur", lambda *of, recur=recur: rows.append(len(of[3])) or recur(*of))
    assert pn.solve(B, np.eye(4), pn.ExplicitEuler(), 1.9, tau=0.1).calls == 19
    assert rows == [16, 3]
    rows.clear()
    pn.solve(B, np.eye(4), pn.FSI(7), 0.2, tau=0.1)
    assert rows == [7, 7]
