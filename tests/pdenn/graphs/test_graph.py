"""Graphs from matrices, edges and points: what they hold, how they are normalised, and what they refuse."""

import copy

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from pdenn.graphs import Graph

PATH = sp.csr_array(np.array([[0.0, 2, 0], [2, 0, 3], [0, 3, 0]]))


def random_weights(n=12, seed=0):
    rng = np.random.default_rng(seed)
    w = np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.4))
    return w + w.T


def dense_couplings(w, normalisation):
    d = w.sum(1)
    scaled = {"none": w, "symmetric": w / np.sqrt(np.outer(d, d)), "row": w / d[:, None]}[normalisation]
    return scaled - np.diag(np.diag(scaled))


@pytest.mark.parametrize("normalisation", ["none", "symmetric", "row"])
@pytest.mark.parametrize("directed", [False, True])
def test_self_loops_count_in_the_degrees_and_drop_out(normalisation, directed):
    w = random_weights() + np.eye(12)
    if directed:
        w = np.triu(w) + 0.5 * np.tril(w, -1)
    graph = Graph(sp.coo_array(w), normalisation, directed)
    expected = dense_couplings(w, normalisation)
    np.testing.assert_allclose(graph.couplings.toarray(), expected, rtol=1e-14)
    np.testing.assert_allclose(graph.degrees, expected.sum(1), rtol=1e-13)
    np.testing.assert_allclose(graph.laplacian.toarray(), np.diag(expected.sum(1)) - expected, rtol=1e-13)
    assert graph.symmetric is (not directed and normalisation != "row")
    if graph.symmetric:
        assert (graph.couplings != graph.couplings.T).nnz == 0  # bit by bit, so that fluxes cancel
    if normalisation == "row":
        assert (graph.couplings.sum(1) < 1).all()  # the walker may stay


def test_isolated_nodes_stay_alone_in_every_normalisation():
    for normalisation in ("none", "symmetric", "row"):
        graph = Graph(sp.csr_array((3, 3)), normalisation)
        assert graph.couplings.nnz == 0
        assert (graph.degrees == 0).all()


def test_a_graph_is_a_grid_with_one_axis_and_no_walls():
    graph = Graph(PATH)
    assert (graph.shape, graph.dim, graph.size, graph.closed, graph.homogeneous) == ((3,), 1, 3, True, True)
    assert graph.ghosts(0) is None
    assert list(graph.lines) == ["node"]
    assert not Graph(PATH, "row").closed


def test_graphs_are_equal_by_what_they_hold_and_cannot_be_changed():
    graph, given = Graph(PATH), PATH.copy()
    other = Graph(given)
    given.data[:] = 7.0
    assert graph == other
    assert hash(graph) == hash(other)
    assert repr(graph) == repr(other)
    assert graph == copy.deepcopy(graph)
    for different in (Graph(2 * PATH), Graph(PATH, "row"), Graph(PATH, directed=True)):
        assert graph != different
        assert repr(graph) != repr(different)
    with pytest.raises(ValueError, match="read-only"):
        graph.couplings.data[0] = 1.0


def test_the_largest_component_and_its_nodes():
    graph = Graph.from_edges([(0, 5), (5, 3), (1, 2), (6, 6)], [1.0, 2.0, 3.0, 4.0])
    part, nodes = graph.largest_component()
    assert nodes.tolist() == [0, 3, 5]
    assert part == Graph.from_edges([(0, 2), (1, 2)], [1.0, 2.0])
    directed = Graph.from_edges([(2, 1), (0, 1)], nodes=4, normalisation="row", directed=True)
    part, nodes = directed.largest_component()
    assert nodes.tolist() == [0, 1, 2]
    assert (part.normalisation, part.directed) == ("row", True)


def test_weights_symmetric_to_rounding_become_exactly_so():
    w = random_weights() * (1 + 1e-15 * np.triu(np.ones((12, 12)), 1))
    graph = Graph(sp.csr_array(w))
    assert (graph.weights != graph.weights.T).nnz == 0


@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        (PATH.toarray(), TypeError, "weights must be a sparse matrix"),
        (sp.csr_array((2, 3)), ValueError, r"square with at least one node, got shape \(2, 3\)"),
        (sp.csr_array((0, 0)), ValueError, "at least one node"),
        (PATH * 1j, TypeError, "weights must be real"),
        (-PATH, ValueError, "weights must be finite and >= 0, got -2"),
        (PATH * np.nan, ValueError, "weights must be finite and >= 0, got nan"),
        (PATH * np.inf, ValueError, "weights must be finite and >= 0, got inf"),
        (sp.csr_array(np.triu(PATH.toarray())), ValueError, r"symmetric, got w\[.*\] = .*directed=True"),
    ],
)
def test_bad_weights_are_refused(weights, error, words):
    with pytest.raises(error, match=words):
        Graph(weights)


def test_bad_words_are_refused():
    with pytest.raises(ValueError, match="normalisation must be one of .* got 'column'"):
        Graph(PATH, "column")
    with pytest.raises(TypeError, match="directed must be True or False, got 'yes'"):
        Graph(PATH, directed="yes")


def test_edges_in_both_directions_count_once():
    graph = Graph.from_edges([(0, 1), (1, 0), (1, 2), (2, 2)], nodes=4)
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = expected[2, 2] = 1.0
    assert np.array_equal(graph.weights.toarray(), expected)


def test_directed_edges_keep_their_direction():
    graph = Graph.from_edges(np.array([(0, 1), (1, 0), (2, 0)]), np.array([1.0, 2.0, 3.0]), directed=True)
    assert np.array_equal(graph.weights.toarray(), [[0, 1, 0], [2, 0, 0], [3, 0, 0]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([(0.5, 1.0)],), "edges must be integers"),
        (([0, 1],), r"edges must be integers of shape \(edges, 2\)"),
        (([(-1, 1)],), "edges must name nodes from 0 to 1, got -1 to 1"),
        (([(0, 4)], None, 3), "edges must name nodes from 0 to 2, got 0 to 4"),
        (([(0, 1)], None, 0), "nodes must be an integer"),
        (([(0, 1)], None, 2.5), "nodes must be an integer"),
        (([(0, 1), (1, 0)], [1.0, 2.0]), r"listed once, got \[0, 1\] repeatedly"),
        (([(0, 1)], [1.0, 2.0]), "one entry for each of the 1 edges"),
        (([(0, 1)], [np.nan]), "weights must be finite"),
    ],
)
def test_bad_edges_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Graph.from_edges(*arguments)


def brute_force(x, neighbours, bandwidth=None, scale=None):
    """The weights of every point, itself included, from all distances."""
    d = cdist(x, x)
    order = np.argsort(d, axis=1)
    rho = bandwidth or np.take_along_axis(d, order, 1)[:, scale : scale + 1]
    kept = np.zeros_like(d)
    np.put_along_axis(kept, order[:, : neighbours + 1], 1.0, 1)
    return kept * np.exp(-((d / rho) ** 2))


@pytest.mark.parametrize("features", [1, 2, 30])
def test_points_see_their_nearest_neighbours(features):
    x = np.random.default_rng(1).standard_normal((60, features))
    w = brute_force(x, 5, bandwidth=0.5)
    np.testing.assert_allclose(Graph.from_points(x, 5, 0.5).weights.toarray(), (w + w.T) / 2, rtol=1e-12)
    w = brute_force(x, 6, scale=3)
    np.testing.assert_allclose(Graph.from_points(x, 6, scale=3).weights.toarray(), (w + w.T) / 2, rtol=1e-12)
    w = brute_force(x, 9, scale=7)
    directed = Graph.from_points(x, 9, directed=True)
    np.testing.assert_allclose(directed.weights.toarray(), w, rtol=1e-12)


def test_a_directed_random_walk_averages_over_the_neighbours_and_the_point():
    """One step of size one is `X ← W X` with rows of sum one."""
    x = np.random.default_rng(2).standard_normal((40, 2))
    w = brute_force(x, 7, bandwidth=0.5)
    graph = Graph.from_points(x, 7, 0.5, normalisation="row", directed=True)
    np.testing.assert_allclose(np.eye(40) - graph.laplacian.toarray(), w / w.sum(1, keepdims=True), atol=1e-15)


def test_coinciding_points_are_neighbours_and_not_themselves():
    x = np.zeros((6, 2))
    x[5] = 1.0
    graph = Graph.from_points(x, 2, 1.0, directed=True)
    assert (np.diff(graph.couplings.indptr) == 2).all()
    with pytest.raises(ValueError, match="5 points that coincide with 2 others: give a bandwidth"):
        Graph.from_points(x, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": np.zeros(4)}, "x must be a real array of shape"),
        ({"x": np.full((4, 2), np.nan)}, "x must be finite, got 8 NaN"),
        ({"neighbours": 4}, "neighbours must be an integer from 1 to 3, got 4"),
        ({"neighbours": 0}, "neighbours must be"),
        ({"neighbours": 1.5}, "neighbours must be"),
        ({"bandwidth": 0.0}, "bandwidth must be None or a finite number > 0, got 0.0"),
        ({"bandwidth": float("nan")}, "bandwidth must be"),
        ({"scale": 3}, "scale must be an integer from 1 to 2, got 3"),
    ],
)
def test_bad_points_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Graph.from_points(**{"x": np.eye(4), "neighbours": 2, **arguments})
