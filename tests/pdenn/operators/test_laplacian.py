"""The upper bound of the spectrum of a graph: proved, sharp where it can be, and sparse on a million edges."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.graphs import Graph
from pdenn.operators import laplacian


@st.composite
def graphs(draw, most=30):
    """Random symmetric graphs, sparse to complete, isolated nodes and weights of many sizes included."""
    n, rng = draw(st.integers(1, most)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    w = (rng.random((n, n)) < draw(st.sampled_from([0.0, 0.1, 0.3, 1.0]))) * 10 ** rng.uniform(-3, 1, (n, n))
    return Graph(sp.csr_array(np.triu(w) + np.triu(w, 1).T), draw(st.sampled_from(["none", "symmetric"])))


def largest(graph) -> float:
    return np.linalg.eigvalsh(graph.laplacian.toarray())[-1]


@given(graph=graphs())
def test_every_way_gives_an_upper_bound(graph):
    exact, gershgorin = largest(graph), 2 * graph.degrees.max()
    sharp, _ = laplacian.laplacian_norm(graph)
    assert exact <= sharp <= exact * (1 + 1e-12) + 1e-300
    signless = np.linalg.eigvalsh(np.diag(graph.degrees) + graph.couplings.toarray())[-1]
    bound = laplacian.collatz(graph) if graph.couplings.nnz else 0.0
    assert signless * (1 - 1e-12) <= bound <= gershgorin * (1 + 1e-12)
    assert exact <= bound


@given(graph=graphs(), excess=st.sampled_from([1e-10, 1e-6, 0.1]))
def test_a_factorisation_proves_what_is_true(graph, excess):
    """The proved bound is the proposed one, up to a rounding of `n ε` times the size of the factors."""
    proposed = largest(graph) * (1 + excess) + 1e-9
    bound = laplacian.proved(graph.laplacian, proposed)
    assert bound is not None
    assert largest(graph) <= bound <= proposed * (1 + 1e-12) + 1e-12 * graph.degrees.max()


@given(graph=graphs(), share=st.floats(0.01, 0.99))
def test_a_factorisation_proves_nothing_false(graph, share):
    if graph.couplings.nnz:
        assert laplacian.proved(graph.laplacian, share * largest(graph)) is None


def test_lanczos_is_proved_on_a_graph_of_middling_size():
    """Neighbours in the plane: Collatz and Wielandt, and Gershgorin, are far from the truth; this way is not."""
    graph = Graph.from_points(np.random.default_rng(0).random((1500, 2)), 12)
    bound, because = laplacian.laplacian_norm(graph)
    assert "Lanczos" in because
    exact = largest(graph)
    assert exact <= bound <= exact * (1 + 1e-9)
    assert bound < 0.9 * laplacian.collatz(graph) < 0.9 * 2 * graph.degrees.max()


def test_the_norm_of_a_large_bipartite_graph_is_sharp():
    """A star of 5000 leaves: `λ_max = 5001`, where Gershgorin says 10000."""
    star = Graph.from_edges([(0, k) for k in range(1, 5001)])
    bound, because = laplacian.laplacian_norm(star)
    assert "Collatz" in because
    assert 5001 * (1 - 1e-12) <= bound <= 5001 * 1.001


def test_a_wrong_proposal_falls_back(monkeypatch):
    graph = Graph.from_points(np.random.default_rng(0).random((1100, 2)), 5)
    monkeypatch.setattr(laplacian, "lanczos", lambda laplacian: 1.0)
    bound, because = laplacian.laplacian_norm.__wrapped__(graph)
    assert "Collatz" in because
    assert bound == laplacian.collatz(graph)


def test_the_published_graphs(data_folder):
    """`λ_max` and the limits of Euler's scheme on Cora and Citeseer, to the digits that are known of them."""
    for name, top, bounded, positive in (("cora", 5.7797, 0.3460, 0.1742), ("citeseer", 4.2118, 0.4749, 0.2403)):
        graph, _, _ = Graph.from_npz(data_folder / "graphs" / f"{name}.npz")
        A = pn.discretise(pn.Diffusion(), graph)
        assert A.bound.spectral.value == pytest.approx(top, abs=5e-5)
        assert pn.certificate(pn.ExplicitEuler(), A, "bounded").tau == pytest.approx(bounded, abs=5e-5)
        assert pn.certificate(pn.ExplicitEuler(), A, "max-min").tau == pytest.approx(positive, abs=5e-5)


def test_a_million_edges_stay_sparse():
    """Built, bounded, and stepped; a dense matrix of these nodes would take 320 gigabytes."""
    nodes, rng = 200_000, np.random.default_rng(0)
    graph = Graph.from_edges(rng.integers(0, nodes, (1_000_000, 2)), nodes=nodes, normalisation="symmetric")
    assert graph.couplings.nnz > 1_990_000
    A, u = pn.discretise(pn.Diffusion(), graph), rng.random(nodes)
    for scheme in (pn.ExplicitEuler(), pn.FSI(3)):
        testing.assert_max_min(scheme, A, u)
        testing.assert_bounded(scheme, A, u)


SCHEMES = [pn.ExplicitEuler(), pn.SSPRK3(), pn.FSI(4), pn.RKL1(3), pn.ImplicitEuler(pn.ConjugateGradients()),
           pn.CrankNicolson(pn.ConjugateGradients()), pn.SemiImplicit()]  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_schemes_run_on_graphs_with_certificates(scheme):
    graph = Graph.coin(np.random.default_rng(0).standard_normal((50, 4)))
    A, u = pn.discretise(pn.Diffusion(), graph), np.random.default_rng(1).random((3, 50))
    claims = {c.claim: c.tau for c in pn.certify(scheme, A)}
    assert set(claims) == {"contractive", "bounded", "max-min"}
    for claim, limit in claims.items():
        # Steps at the limit, or a large one where there is none.
        tau = min(limit, 5.0)
        solution = pn.solve(A, u, scheme, 3 * tau, tau=tau, certificate=claim)
        assert solution.certificate.claim == claim
        v = solution.u
        rounding = 1e-8  # an inner solver may stop at 1e-10 of the state
        assert abs(v.sum(-1) - u.sum(-1)).max() < 50 * rounding
        if claim == "max-min":
            assert v.min() >= u.min() - rounding
            assert v.max() <= u.max() + rounding
        else:
            assert (np.linalg.norm(v, axis=-1) <= np.linalg.norm(u, axis=-1) + rounding).all()
