"""The protocols of the cases of COVID-19, what leaks, and that inits which train together train as if alone."""

import numpy as np
import torch

import pdenn as pn
from validation.covid import networks, protocol
from validation.covid.networks import BASE, CACHED, COIN, GCN, IMPLICIT, SAFE, flow_of
from validation.covid.protocol import LAGS, PART, SNAPSHOTS, TEST, TRAIN


def test_windows_hide_nine_in_ten_and_test_on_all():
    problem, _ = protocol.published(3)
    assert problem.features.shape == (SNAPSHOTS, 129, LAGS) and problem.targets.shape == (SNAPSHOTS, 129)
    assert problem.known[TEST].all() and abs(problem.known[TRAIN].double().mean() - 0.1) < 0.03
    hidden = problem.features == 0
    assert abs(hidden.double().mean() - 0.9) < 0.02
    # Feature 7 of a window is the target of the window before.
    seen = ~hidden[1:, :, -1]
    assert torch.equal(problem.features[1:, :, -1][seen], problem.targets[:-1][seen])


def test_the_published_units_know_the_future_and_the_clean_ones_do_not(monkeypatch):
    """Ten times as many cases on the days to test and wherever nothing was seen: only the published features change."""
    data = pn.datasets.england_covid()
    before = {make: make(5)[0] for make in (protocol.published, protocol.clean)}
    seen = protocol.mask(np.random.RandomState(5), data.cases)
    assert np.array_equal(seen[LAGS:][:PART], before[protocol.clean].known[TRAIN].numpy())
    known = seen & (np.arange(len(seen)) < PART + LAGS)[:, None]
    more = data._replace(cases=np.where(known, data.cases, 10 * data.cases))
    monkeypatch.setattr(protocol, "england", lambda: more)
    same = {make: torch.equal(make(5)[0].features[TRAIN], old.features[TRAIN]) for make, old in before.items()}
    assert same == {protocol.published: False, protocol.clean: True}


def test_the_steps_are_those_of_the_package():
    """Explicit and implicit, on a directed graph, against the solver; the whole flow is the power of a step."""
    A = pn.discretise(pn.Diffusion(), protocol.graph(7))
    for name, scheme in ((COIN, pn.ExplicitEuler()), (IMPLICIT, pn.ImplicitEuler(pn.BiCGStab(rtol=1e-10)))):
        flow = flow_of(name)
        step = pn.solve(A, np.eye(129), scheme, 0.5, tau=0.5, certificate=None).u.T
        np.testing.assert_allclose(flow.step[7].numpy(), step, atol=1e-6)
        np.testing.assert_allclose(flow.all[7].numpy(), np.linalg.matrix_power(step, 10), atol=1e-6)
    assert flow_of(SAFE).count > 10 and flow_of(SAFE).step.min() >= 0 > flow_of(COIN).step.min()
    assert flow_of(CACHED).step[0].equal(flow_of(GCN).step[0]) and flow_of(CACHED).step[9].equal(flow_of(GCN).step[0])


def test_inits_that_train_together_train_as_if_alone():
    """Without dropout, to what sums of float32 in another order leave after ten steps of Adam."""
    problem, _ = protocol.published(1)
    together = networks.trained(BASE, problem, [4, 9, 11], 10)
    alone = np.concatenate([networks.trained(BASE, problem, [seed], 10) for seed in (4, 9, 11)])
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    assert len(np.unique(together[:, 0])) == 3


def test_least_squares_have_no_gradient_left():
    """The residual on known targets is orthogonal to the features of the days to train on."""
    problem, _ = protocol.published(2)
    known = problem.known[TRAIN]
    residual = (networks.linear(problem)[TRAIN] - problem.targets[TRAIN])[known]
    assert (problem.features[TRAIN][known].T @ residual).abs().max() < 1e-3 and residual.sum().abs() < 1e-3


def test_a_state_spreads_window_by_window():
    """Against the definition, entry by entry."""
    generator = torch.Generator().manual_seed(0)
    P, u = torch.rand(2, 5, 5, generator=generator), torch.rand(3, 2, 5, 4, generator=generator)
    torch.testing.assert_close(networks.spread(P, u), torch.einsum("wij,nwjc->nwic", P, u))
