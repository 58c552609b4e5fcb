"""The audit: its verdicts are right, its witnesses violate what they say, and its proposals keep it."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import pdenn as pn
from pdenn.networks import COIN, DiffResNet, GraphConvectionLayer, SymmetricNet

RNG = np.random.default_rng(0)
GRAPH = pn.Graph.from_edges(RNG.integers(0, 100, (250, 2)), nodes=100, normalisation="symmetric")
GRAPH = pn.Graph(GRAPH.weights + sp.eye_array(100), "symmetric")


def verdicts(audit):
    return {f.claim: f.verdict for f in audit.findings}


def kernel(scheme, A, tau, steps):
    u = np.eye(A.grid.size)
    for _ in range(steps):
        u = scheme.step(A, 0.0, u, tau)
    return u.T


def check(audit, A, scheme, tau, steps):
    """Verdicts against dense matrices, witnesses against the operator, proposals against both."""
    one = kernel(scheme, A, tau, 1)
    growth, least = np.linalg.norm(one, 2), one.min()
    for f in audit.findings:
        if f.claim == "max-min":
            holds = least >= -1e-12 and abs(one.sum(1) - 1).max() < 1e-9
        else:
            holds = growth <= 1 + 1e-9
        assert not (f.verdict == "holds" and not holds)
        assert not (f.verdict == "fails" and holds)
        assert (f.verdict == "fails") is (f.witness is not None)
        if f.witness is not None:
            u = f.witness.state
            after, end = one @ u, np.linalg.matrix_power(one, steps) @ u
            if f.claim == "max-min":
                amounts = [max(u.min() - v.min(), v.max() - u.max()) for v in (after, end)]
            else:
                amounts = [np.linalg.norm(v) / np.linalg.norm(u) for v in (after, end)]
                assert amounts[0] == pytest.approx(growth, rel=1e-6)
            assert [f.witness.amount, f.witness.in_the_end] == pytest.approx(amounts, rel=1e-6, abs=1e-9)
    for p in audit.proposals:
        whole = kernel(p.scheme, A, p.tau, p.steps)
        assert whole.min() >= -1e-5  # the inner solver's 1e-6 of a state
        assert p.tau * p.steps == pytest.approx(tau * steps)
        if A.bound.symmetric:
            assert np.linalg.norm(whole, 2) <= 1 + 1e-5
    calls = [p.calls for p in audit.proposals]
    assert calls == sorted(calls)


@pytest.mark.parametrize("scheme", [pn.ExplicitEuler(), pn.FSI(4), pn.SSPRK2()], ids=str)
@pytest.mark.parametrize("share", [0.3, 0.99, 1.01, 1.5])
def test_verdicts_on_a_graph(share, scheme):
    A = pn.discretise(pn.Diffusion(), GRAPH)
    for claim in ("bounded", "max-min"):
        tau = share * pn.certificate(scheme, A, claim).tau
        audit = pn.audit(GRAPH, tau=tau, steps=5, scheme=scheme)
        assert audit[claim].margin == pytest.approx(share)
        assert (audit[claim].verdict == "holds") is (share < 1)
        check(audit, A, scheme, tau, 5)
    if scheme == pn.ExplicitEuler():  # its limits are sharp
        assert set(verdicts(audit).values()) <= {"holds", "fails"}


@given(seed=st.integers(0, 2**32 - 1), tau=st.floats(0.01, 3.0), normalisation=st.sampled_from(["none", "row"]))
def test_verdicts_on_directed_graphs(seed, tau, normalisation):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    graph = pn.Graph(sp.csr_array((rng.random((n, n)) < 0.4) * rng.random((n, n))), normalisation, directed=True)
    for equation in (pn.Diffusion(), pn.GraphConvection("conservative")):
        A = pn.discretise(equation, graph)
        check(pn.audit(A, tau=tau, steps=3), A, pn.ExplicitEuler(), tau, 3)


def test_the_published_setting_on_cora(data_folder):
    graph, _, _ = pn.Graph.from_npz(data_folder / "graphs" / "cora.npz")
    audit = pn.audit(graph, tau=0.35, steps=20)
    assert isinstance(audit, pn.Audit)
    assert audit.failed == ("contractive", "bounded", "max-min")
    assert audit["bounded"].limit == pytest.approx(0.3460, abs=5e-5)
    assert audit["max-min"].limit == pytest.approx(0.1742, abs=5e-5)
    assert audit["bounded"].witness.amount == pytest.approx(1.0229, abs=5e-5)
    assert audit["bounded"].witness.in_the_end == pytest.approx(1.57, abs=5e-3)
    assert audit["max-min"].witness.in_the_end > 0.010  # entries down to -0.010
    euler = next(p for p in audit.proposals if p.scheme == pn.ExplicitEuler())
    assert (euler.steps, euler.calls, euler.whole) == (41, 41, False)  # ceil(7/0.17416)
    best = audit.proposals[0]
    assert best.whole
    assert best.calls < audit.published.calls == 20
    assert best.error < audit.published.error
    assert COIN(graph, 4, 2, time=7.0, scheme=best.scheme, steps=best.steps, whole=True).flow.tau == best.tau
    text = str(audit)
    assert "grows 1.0229 times in a step, 1.573 times in 20" in text
    assert "proposed: 41 x ExplicitEuler()" in text


def test_networks_know_their_steps():
    audit = pn.audit(COIN(GRAPH, 3, 2, time=7.0, steps=7, claim=None))
    assert verdicts(audit) == verdicts(pn.audit(GRAPH, tau=1.0, steps=7))
    assert set(verdicts(pn.audit(DiffResNet(GRAPH, 3, 2))).values()) == {"holds"}


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Symmetric(nn.Module):
    """`-c Wᵀ relu(W x + b)`"""

    def __init__(self, factor, bias=0.0):
        super().__init__()
        w = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        self.w, self.factor, self.bias = w / torch.linalg.matrix_norm(w, 2), factor, bias

    def forward(self, x):
        return -self.factor * torch.relu(x @ self.w.T + self.bias) @ self.w


X = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("factor", "expected"), [(2.0, "open"), (2.6, "fails"), (-0.5, "fails")])
def test_a_symmetric_layer_is_bounded_and_contractive_up_to_its_limit(factor, expected):
    """Proved up to `c ‖W‖² = 2`, and for these weights the derivative has a norm above one from 2.6 on."""
    layer = Residual(Symmetric(factor))
    audit = pn.audit(layer, example=X)
    assert audit["contractive"].verdict == audit["bounded"].verdict == expected
    assert audit["max-min"].verdict == "fails"
    check_witnesses(layer, audit)


def test_an_attack_finds_the_one_direction_that_grows():
    """A matrix with the norm 1.02 in one of 40 dimensions, and 0.9 in the others: no random state grows."""
    q = torch.linalg.qr(torch.randn(40, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64))[0]
    layer = nn.Linear(40, 40, bias=False).double()
    layer.weight.data = q * torch.tensor([1.02] + [0.9] * 39, dtype=torch.float64)  # columns: singular values
    x = torch.randn(20, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert (layer(x).norm(dim=1) < x.norm(dim=1)).all()
    audit = pn.audit(layer, example=x)
    # Power iteration loses (0.9/1.02)² a turn, thirty turns; the climb ends on a step of some percent.
    assert audit["contractive"].witness.amount == pytest.approx(1.02, rel=1e-3)
    assert 1 < audit["bounded"].witness.amount <= 1.02 * (1 + 1e-12)


def test_a_plain_residual_layer_keeps_nothing():
    torch.manual_seed(0)
    layer = Residual(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4)))
    audit = pn.audit(layer, example=X)
    assert audit.failed == ("contractive", "bounded", "max-min")
    check_witnesses(layer, audit)
    assert layer(X).dtype == torch.float32  # the module itself stays as it was
    assert all(p.requires_grad for p in layer.parameters())


def check_witnesses(layer, audit):
    layer = layer.double()
    for f in audit.findings:
        if f.witness is None:
            continue
        u = f.witness.state
        with torch.no_grad():
            after = layer(u)
        if f.claim == "contractive":
            assert (after[1] - after[0]).norm() / (u[1] - u[0]).norm() == pytest.approx(f.witness.amount, rel=1e-6)
            assert f.witness.amount > 1
        elif f.claim == "bounded":
            assert after.norm() > u.norm()
        else:
            assert after.min() < u.min() or after.max() > u.max()
    layer.float()


def test_what_is_proved_is_not_attacked():
    audit = pn.audit(SymmetricNet(1, 4, 2, dim=1), example=torch.randn(3, 1, 9))
    assert verdicts(audit) == {"contractive": "holds", "bounded": "holds", "max-min": "fails"}
    graph = pn.Graph.from_edges([(0, 1), (1, 2)])
    assert pn.audit(GraphConvectionLayer(graph), example=torch.randn(3, 3, 1))["max-min"].verdict == "holds"


def test_an_average_keeps_everything():
    class Average(nn.Module):
        def forward(self, x):
            return x + 0.5 * (x.roll(1, -1) - x)

    assert pn.audit(Average(), example=X).failed == ()


def test_nonlinear_diffusion_is_proved_or_open():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier()), GRAPH)
    limit = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    assert verdicts(pn.audit(A, tau=limit))["max-min"] == "holds"
    assert verdicts(pn.audit(A, tau=1.1 * limit))["max-min"] == "open"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"subject": GRAPH}, ValueError, "tau must be a finite number > 0, got None"),
        ({"subject": GRAPH, "tau": -1.0}, ValueError, "tau must be"),
        ({"subject": GRAPH, "tau": 1.0, "steps": 0}, ValueError, "steps must be a positive integer, got 0"),
        ({"subject": "cora"}, TypeError, "subject must be a pn.Graph, an operator on one, or a torch module"),
        ({"subject": nn.Linear(4, 4)}, TypeError, "example must be a real tensor"),
        ({"subject": nn.Linear(4, 3), "example": X}, ValueError, "subject must keep the shape"),
        ({"subject": nn.Linear(4, 4), "example": X * torch.nan}, ValueError, "example must be finite"),
        ({"subject": nn.Linear(4, 4), "example": X, "tau": 0.1}, ValueError, "a module knows its own steps"),
    ],
)
def test_bad_questions_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        pn.audit(**arguments)
