"""A recurrence of many steps on a graph equals single steps, to rounding: whatever the form, the states and the threads."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp

import pdenn as pn
from pdenn.kernels import graph_cpu, graph_tiles

RNG = np.random.default_rng(0)
LAW = pn.Charbonnier(0.3)
CHANNELS = (1, 3, 16, 17, 40)


def graph_of(nodes: int, edges: int) -> pn.Graph:
    """Random weights, a hub, and isolated nodes at the end; the largest degree is 1."""
    rng = np.random.default_rng(nodes)
    i, j = rng.integers(0, nodes, (2, edges))
    hub = np.arange(1, nodes // 2)
    i, j = np.concatenate([i, 0 * hub]), np.concatenate([j, hub])
    w = sp.coo_array((rng.uniform(0.1, 1.0, len(i)), (i, j)), shape=(nodes + 3, nodes + 3)).tocsr()
    w = w + w.T
    return pn.Graph(sp.csr_array(w / w.sum(axis=1).max()))


GRAPH = graph_of(150, 400)
FORMS = {
    "linear": lambda u, *run: graph_cpu.isotropic(u, pn.Linear(), *run),
    "separable": lambda u, *run: graph_cpu.separable(u, LAW, *run),
    "isotropic": lambda u, *run: graph_cpu.isotropic(u, LAW, *run),
    "held": lambda u, *run: graph_cpu.held(u, arcs_of(u), *run),
    "held, one for all": lambda u, *run: graph_cpu.held(u, arcs_of(u)[:1], *run),
}


def arcs_of(u):
    """Diffusivities between 0 and 1 of the arcs, for every state others."""
    many = GRAPH.couplings.nnz
    return np.random.default_rng(5).random((len(u), many))


def recurrence(steps):
    """Rows with all five factors; their sums stay bounded, so that rounding errors do."""
    rows = np.tile([1.2, -0.2, 0.4, 0.0, 0.0], (steps, 1))
    rows[1::3, 3], rows[1::3, 0] = 0.1, 1.1
    rows[::2, 4] = 0.01
    rows[2::4, :2] = 1.0, 0.0
    return rows


def one_by_one(form, u, rows, a, b):
    before = u
    for alpha, beta, gamma, delta, epsilon in rows:
        after = form(u, GRAPH, [(alpha, 0.0, gamma, beta, 0.0)], before)
        before, u = u, after + u.dtype.type(delta) * a + u.dtype.type(epsilon) * b
    return u


@pytest.fixture
def dirty(monkeypatch):
    """Tiles that hold NaN wherever nothing was written."""

    def filled(*of):
        tiles = clean(*of)
        tiles[:] = np.nan
        return tiles

    clean = graph_tiles.empty_tiles
    monkeypatch.setattr(graph_tiles, "empty_tiles", filled)


@pytest.mark.usefixtures("dirty")
@pytest.mark.parametrize("real", [np.float32, np.float64], ids=["single", "double"])
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("form", FORMS)
def test_a_recurrence_equals_single_steps(form, channels, real):
    for steps in (1, 2, 5, 12):
        u, a, b = RNG.random((3, channels, GRAPH.size)).astype(real)
        rows, kept = recurrence(steps), (u.copy(), a.copy(), b.copy())
        expected = one_by_one(FORMS[form], u, rows, a, b)
        found = FORMS[form](u, GRAPH, rows, a, b)
        assert found.dtype == real
        assert found.shape == u.shape
        # A step of states of size one makes some ten roundings, which do not grow: γ times the largest eigenvalue is 0.8.
        assert np.abs(found - expected).max() <= 20 * steps * np.finfo(real).eps
        np.testing.assert_array_equal((u, a, b), kept)


@pytest.mark.usefixtures("dirty")
@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_needed_is_not_read(form):
    """Two and more states, some of them alone; neither the state before nor those given."""
    for channels in CHANNELS:
        u = RNG.random((channels, GRAPH.size))
        rows = [(1.0, 0.0, 0.4, 0.0, 0.0)] * 3
        np.testing.assert_array_equal(FORMS[form](u, GRAPH, rows), FORMS[form](u, GRAPH, rows, u + np.nan, u + np.nan))
        assert np.isfinite(FORMS[form](u, GRAPH, rows)).all()


@pytest.mark.parametrize("form", FORMS)
def test_the_sum_over_the_nodes_stays(form):
    """Where the diffusivities of both arcs of an edge are equal."""
    form = FORMS[form] if "held" not in form else lambda u, *run: graph_cpu.held(u, 0.5 + 0 * arcs_of(u), *run)
    for channels in (2, 20):
        u, steps = RNG.random((channels, GRAPH.size)), 10
        found = form(u, GRAPH, [(1.0, 0.0, 0.4, 0.0, 0.0)] * steps)
        for before, after in zip(u, found, strict=True):
            # Every arc and every node rounds numbers of size one a few times a step.
            rounding = steps * 4 * (GRAPH.couplings.nnz + GRAPH.size) * np.finfo(float).eps
            assert abs(math.fsum(after) - math.fsum(before)) <= rounding


def test_the_state_before_the_first_is_the_first():
    u = RNG.random((3, GRAPH.size))
    found = graph_cpu.separable(u, LAW, GRAPH, [(0.75, 0.25, 0.1, 0.0, 0.0)])
    np.testing.assert_array_equal(found, graph_cpu.separable(u, LAW, GRAPH, [(1.0, 0.0, 0.1, 0.0, 0.0)]))


def test_a_given_state_that_is_missing_is_named():
    with pytest.raises(ValueError, match="b must be a state where its factors are not 0, got None"):
        graph_cpu.separable(np.ones(GRAPH.size), LAW, GRAPH, [[1.0, 0.0, 0.1, 0.0, 0.5]])


def test_arcs_are_shared_out_evenly():
    for arcs, parts in ((0, 1), (1, 3), (1000, 1), (1000, 3), (12345, 7)):
        cuts = graph_cpu.even(arcs, parts)
        assert len(cuts) == parts + 1 and cuts[0] == 0 and cuts[-1] == arcs
        assert (cuts[:-1] % graph_tiles.PORTION == 0).all()
        assert (np.diff(cuts) >= 0).all()
        assert np.diff(cuts).max() <= arcs / parts + graph_tiles.PORTION


THREADS = """
import numpy as np, numba, sys
sys.path.insert(0, TESTS)
import test_graph_tiles as tests
from pdenn.kernels import graph_cpu
tests.GRAPH = tests.graph_of(6000, 14000)
assert tests.GRAPH.couplings.nnz > graph_cpu.SERIAL
for name, form in tests.FORMS.items():
    for channels in (1, 17):
        u, a, b = np.random.default_rng(1).random((3, channels, tests.GRAPH.size))
        found = []
        for count in (1, 2, 3):
            numba.set_num_threads(count)
            found.append(form(u, tests.GRAPH, tests.recurrence(5), a, b))
        one, two, three = found
        assert np.array_equal(two, three), name  # a node is summed in the same order
        assert np.abs(two - one).max() <= 20 * 5 * np.finfo(float).eps, name
"""


def test_the_number_of_threads_does_not_matter():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "3"}
    code = f"TESTS = {os.path.dirname(__file__)!r}\n{THREADS}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
