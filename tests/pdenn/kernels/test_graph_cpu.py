"""The kernels of graphs give the definition: one state and many, full tiles and the rest, on one thread and on two."""

import itertools
import os
import subprocess
import sys

import numba
import numpy as np
import pytest
import scipy.sparse as sp

import pdenn as pn
from pdenn import testing
from pdenn.kernels import graph_cpu, graph_tiles
from pdenn.kernels.memory import LINE

LAWS = [pn.Linear(), pn.Charbonnier(0.5)]
CHANNELS = (1, 2, 3, 16, 37)
MIX = (0.3, -0.2, 0.5)


def graph_of(nodes: int, edges: int) -> pn.Graph:
    """Random weights, a hub with more arcs than a tile takes at once, and isolated nodes at the end."""
    rng = np.random.default_rng(nodes)
    i, j = rng.integers(0, nodes, (2, edges))
    hub = np.arange(1, nodes // 2)
    i, j = np.concatenate([i, 0 * hub]), np.concatenate([j, hub])
    w = sp.coo_array((rng.uniform(0.1, 1.0, len(i)), (i, j)), shape=(nodes + 3, nodes + 3)).tocsr()
    return pn.Graph(sp.csr_array(w + w.T))


GRAPHS = {
    "ragged": graph_of(150, 400),
    "whole blocks": graph_of(125, 300),
    "no arcs": pn.Graph(sp.csr_array((5, 5))),
    "one node": pn.Graph(sp.csr_array((1, 1))),
    "directed": pn.Graph.from_flow([(0, 1), (1, 2), (2, 0), (0, 3)], [1.0, -2.0, 0.5, 0.25]),
}


def states(graph, channels, dtype, seed=0):
    return np.random.default_rng(seed).standard_normal((channels, graph.size)).astype(dtype)


def check(A, u, v):
    """`A` and its mix, against the definition; the size is that of the terms that are added."""
    law = pn.Linear() if not hasattr(A, "equation") else A.equation.law
    size = 4 * max(law.sup_slope, law.sup_g) * max(1.0, A.graph.degrees.max()) * abs(u).max()
    exact = A.definition(0.0, u)
    result, mixed = A(0.0, u), A.mix(0.0, u, MIX, v)
    assert result.dtype == mixed.dtype == u.dtype
    assert result.shape == mixed.shape == u.shape
    testing.assert_same(result, exact, size)
    testing.assert_same(mixed, MIX[0] * u + MIX[1] * v + MIX[2] * exact, size + 2 * abs(u).max() + 2 * abs(v).max())


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["single", "double"])
@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_kernels_give_the_definition(form, law, dtype, channels):
    for graph in GRAPHS.values():
        A = pn.discretise(pn.Diffusion(law, form=form), graph)
        u, v = states(graph, channels, dtype), states(graph, channels, dtype, 1)
        check(A, u, v)
        check(A.hold(0.0, v), u, v)  # arcs of every state
        check(A.hold(0.0, v[0]), u, v)  # one for all
        check(A.hold(0.0, v[:1]), u, v)


def test_every_graph_is_what_it_is_for():
    nodes = {name: graph.size % 8 for name, graph in GRAPHS.items()}
    assert nodes["ragged"] != 0 and nodes["whole blocks"] == 0
    assert GRAPHS["ragged"].degrees[-3:].max() == 0
    assert np.diff(GRAPHS["ragged"].couplings.indptr).max() > graph_tiles.ARCS
    assert not GRAPHS["directed"].symmetric


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_states_of_any_layout(form, law):
    """More leading axes, none, no states at all, and memory that is not contiguous."""
    graph = GRAPHS["ragged"]
    A = pn.discretise(pn.Diffusion(law, form=form), graph)
    u, v = states(graph, 20, np.float64).reshape(4, 5, -1), states(graph, 20, np.float64, 1).reshape(4, 5, -1)
    for x, y in ((u, v), (u[0, 0], v[0, 0]), (u[:0], v[:0]), (u.swapaxes(0, 1), v.swapaxes(0, 1)), (u[::2], v[1::2])):
        if x.size:
            check(A, x, y)
        else:
            assert A(0.0, x).shape == x.shape
    strided = np.asfortranarray(states(graph, 20, np.float32))
    check(A, strided, strided[::-1])
    check(A.hold(0.0, strided), strided, strided[::-1])
    check(A.hold(0.0, u[:1]), u[:1], v[:1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["single", "double"])
def test_a_state_with_nan_spoils_no_other(dtype):
    """Also not the lanes of a tile that belong to no state."""
    graph = GRAPHS["ragged"]
    for law, form in itertools.product(LAWS, ("isotropic", "separable")):
        A = pn.discretise(pn.Diffusion(law, form=form), graph)
        u = states(graph, 20, dtype)
        u[7, 4] = np.nan
        result, others = A(0.0, u), np.arange(20) != 7
        assert np.isnan(result[7, 4])
        assert np.isfinite(result[others]).all()
        check(A, u[others], u[others])


def test_constants_are_at_rest():
    """Exactly: every term of the sum is zero."""
    for law, form in itertools.product(LAWS, ("isotropic", "separable")):
        A = pn.discretise(pn.Diffusion(law, form=form), GRAPHS["ragged"])
        assert not A(0.0, np.full((19, A.graph.size), 0.7)).any()


def test_the_argument_stays_as_it_is():
    A = pn.discretise(pn.Diffusion(), GRAPHS["ragged"])
    u, v = states(A.graph, 37, np.float64), states(A.graph, 37, np.float64, 1)
    before = u.copy(), v.copy()
    A.mix(0.0, u, MIX, v)
    np.testing.assert_array_equal((u, v), before)


def test_tiles_are_made_of_cache_lines():
    for dtype in (np.float32, np.float64):
        tiles = graph_tiles.empty_tiles(2, 21, (16,), np.dtype(dtype))
        assert tiles.ctypes.data % LINE == 0
        assert tiles.shape == (2, 32, 16)
        assert tiles.dtype == dtype


def test_threads_get_as_many_arcs(monkeypatch):
    """Half of the arcs lie in the first hundredth of the rows."""
    arcs = np.concatenate([np.full(100, 990), np.full(9900, 10)])
    first = np.concatenate([[0], arcs.cumsum()]).astype(np.uint32)
    for threads in (1, 2, 3, 7):
        monkeypatch.setattr(numba, "get_num_threads", lambda threads=threads: threads)
        cuts = graph_cpu.cuts(first, graph_cpu.SERIAL + 1)
        assert len(cuts) == threads + 1 and cuts[0] == 0 and cuts[-1] == 10000
        assert (cuts[:-1] % graph_tiles.PORTION == 0).all()
        work = np.diff(first[cuts].astype(int) + cuts)
        assert work.min() >= 0
        assert abs(work - work.mean()).max() <= graph_tiles.PORTION * 991
        assert graph_cpu.cuts(first, graph_cpu.SERIAL).tolist() == [0, 10000]
    assert graph_cpu.cuts(np.array([0, 5], np.uint32), graph_cpu.SERIAL + 1).tolist() == [0, *[1] * 6, 1]


CODE = """
import numba, numpy as np, pdenn as pn, sys
sys.path.insert(0, TESTS)
from test_graph_cpu import check, graph_of, states
from pdenn.kernels import graph_cpu
assert numba.get_num_threads() == 2
graph = graph_of(4000, 9000)
assert graph.couplings.nnz > graph_cpu.SERIAL
for dtype in (np.float32, np.float64):
    for law, form in ((pn.Linear(), "separable"), (pn.Charbonnier(0.5), "separable"), (pn.Charbonnier(0.5), "isotropic")):
        A = pn.discretise(pn.Diffusion(law, form=form), graph)
        for channels in (1, 2, 37):
            u, v = states(graph, channels, dtype), states(graph, channels, dtype, 1)
            check(A, u, v)
            check(A.hold(0.0, v), u, v)
            check(A.hold(0.0, v[0]), u, v)
"""


def test_two_threads_give_the_definition():
    """In a process of its own, since the tests run on one thread."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    code = f"TESTS = {os.path.dirname(__file__)!r}\n{CODE}"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
