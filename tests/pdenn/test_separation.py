"""What is proved about separation holds at every layer, and fails where its conditions fail."""

import numpy as np
import pytest
import scipy.sparse

import pdenn as pn
from pdenn.separation import distance_diameter, gaps, metastability, predict

ROUNDING = 1e-10


def graph_of(w):
    return pn.Graph(scipy.sparse.csr_array(w))


def blobs(seed=0, sizes=(12, 9, 15), spread=0.6):
    """Points in the plane in groups, each a complete graph of random weights."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    x = 3 * np.array([(0, 0), (1, 0), (0.3, 1)])[groups % 3] + spread * rng.standard_normal((len(groups), 2))
    w = rng.uniform(0, 1, (len(groups),) * 2)
    w = (w + w.T) * (groups[:, None] == groups)
    return x, w - np.diag(np.diag(w)), groups


def evolve(x, graph, gamma, steps):
    states = [x]
    for _ in range(steps):
        states.append(states[-1] - gamma * (graph.laplacian @ states[-1]))
    return states


def assert_predicted(x, graph, groups, gamma, steps):
    bound = predict(x, graph, groups, gamma, steps)
    found = [distance_diameter(y, groups) for y in evolve(x, graph, gamma, steps)]
    assert len(bound.distance) == len(bound.diameter) == steps + 1
    assert (np.array([f.distance for f in found]) >= bound.distance - ROUNDING).all()
    assert (np.array([f.diameter for f in found]) <= bound.diameter + ROUNDING).all()
    return bound, found


def test_the_ratio_of_two_segments():
    ratio = distance_diameter(np.array([[0.0], [1.0], [3.0], [5.0]]), np.array([7, 7, 4, 4]))
    assert (ratio.distance, ratio.diameter, ratio.ratio) == (2.0, 2.0, 1.0)
    assert distance_diameter(np.array([[0.0], [1.0]]), np.array([0, 1])).ratio == float("inf")


def test_gaps_of_a_complete_graph_and_a_path():
    """A complete graph of `n` unit weights has `λ₂ = λ_max = n`, a path of 3 nodes has 1 and 3."""
    groups = np.array([0, 0, 0, 0, 1, 1, 1])
    edges = [(i, j) for i in range(4) for j in range(i)] + [(4, 5), (5, 6), (0, 4)]
    g = gaps(pn.Graph.from_edges(np.array(edges)), groups)
    np.testing.assert_allclose(g.slowest, [4, 1], atol=1e-12)
    np.testing.assert_allclose(g.fastest, [4, 3], atol=1e-12)
    np.testing.assert_allclose(g.leak, [1 / 4, 1 / 3])
    np.testing.assert_allclose(g.force, [1, 1])


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.9])
def test_without_outer_edges_the_bounds_hold_in_every_layer(factor):
    """`γ` up to 2/λ_max, beyond the limit of the maximum principle too."""
    x, w, groups = blobs()
    graph = graph_of(w)
    gamma = factor / gaps(graph, groups).fastest.max()
    bound, found = assert_predicted(x, graph, groups, gamma, 60)
    g = gaps(graph, groups)
    rate = np.maximum(abs(1 - gamma * g.slowest), abs(1 - gamma * g.fastest)).max()
    np.testing.assert_allclose(bound.diameter[1:] / bound.diameter[:-1], rate, rtol=0.3)
    np.testing.assert_allclose(bound.diameter[-1] / bound.diameter[-2], rate, rtol=1e-9)
    assert found[-1].ratio >= bound.ratio[-1] * (1 - 1e-9) > 0


def test_the_rate_is_attained():
    """A start along the slowest mode of the slowest group contracts exactly at the rate."""
    x, w, groups = blobs()
    graph = graph_of(w)
    g = gaps(graph, groups)
    slow = int(np.argmin(g.slowest))
    inside = groups == slow
    vector = np.linalg.eigh(graph.laplacian.toarray()[np.ix_(inside, inside)])[1][:, 1]
    y = np.zeros_like(x)
    y[:, 0] = 5.0 * groups
    y[inside, 1] = vector
    diameters = [distance_diameter(z, groups).diameter for z in evolve(y, graph, 0.01, 5)]
    np.testing.assert_allclose(np.divide(diameters[1:], diameters[:-1]), 1 - 0.01 * g.slowest[slow], rtol=1e-9)


@pytest.mark.parametrize("epsilon", [1e-4, 1e-2])
def test_with_outer_edges_the_bounds_hold_in_every_layer(epsilon):
    x, w, groups = blobs(1)
    rng = np.random.default_rng(2)
    outer = rng.uniform(0, epsilon, w.shape)
    graph = graph_of(w + (outer + outer.T) * (groups[:, None] != groups))
    assert_predicted(x, graph, groups, 0.9 / graph.degrees.max(), 200)


def test_metastability_brackets_the_eigenvalues_and_groups_stay_apart_between():
    x, w, groups = blobs(3)
    graph = graph_of(w + 1e-4 * (groups[:, None] != groups))
    scales = metastability(graph, groups)
    values = np.linalg.eigvalsh(graph.laplacian.toarray())
    assert 1 / values[3] <= scales.collapse * (1 + 1e-9)
    assert 1 / values[2] >= scales.mixing * (1 - 1e-9)
    assert scales.collapse < scales.mixing / 100
    values, vectors = np.linalg.eigh(graph.laplacian.toarray())
    ratios = [
        distance_diameter(vectors @ (np.exp(-values * t)[:, None] * (vectors.T @ x)), groups)
        for t in (0.0, np.sqrt(scales.collapse * scales.mixing), 100 / values[1])
    ]
    assert ratios[1].ratio > 10 * ratios[0].ratio
    assert ratios[1].distance > 0.5 and ratios[2].distance < 1e-6  # and at last all points merge


def test_no_edge_between_groups_never_mixes_and_a_group_in_parts_never_collapses():
    _, w, groups = blobs()
    assert metastability(graph_of(w), groups).mixing == float("inf")
    w[0, :] = w[:, 0] = 0
    assert metastability(graph_of(w), groups).collapse == float("inf")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x, g, k: distance_diameter(x[:, 0], k), "x must be a finite array of shape"),
        (lambda x, g, k: distance_diameter(x * np.nan, k), "x must be a finite array"),
        (lambda x, g, k: distance_diameter(x, k[1:]), "groups must be 36 integers"),
        (lambda x, g, k: distance_diameter(x, 0 * k), "at least two different labels"),
        (lambda x, g, k: predict(x, g, k, -1.0, 3), "gamma must be finite and > 0"),
        (lambda x, g, k: gaps(pn.Graph(g.weights, "row"), k), "symmetric couplings"),
        (lambda x, g, k: predict(x, graph_of(g.weights.toarray() + 0.1), k, 1.0, 3), "gamma must be at most 1/max d_i"),
    ],
)
def test_bad_input_is_refused(call, words):
    x, w, groups = blobs()
    with pytest.raises(ValueError, match=words):
        call(x, graph_of(w), groups)
