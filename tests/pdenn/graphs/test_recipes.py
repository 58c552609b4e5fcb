"""The graphs of the seed papers, against their formulas written down with all distances."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from pdenn.graphs import Graph


def coin(x, n_top, sigma):
    """As the published code computes it: sort rows, compare strictly, scale, normalise, symmetrise."""
    d = cdist(x, x)
    rows = np.sort(d, 1)
    w = np.where(d < rows[:, n_top - 1 : n_top], np.exp(-((d / rows[:, sigma - 1 : sigma]) ** 2)), 0.0)
    scale = 1 / np.sqrt(w.sum(1))
    w = scale[:, None] * w * scale
    return (w + w.T) / 2


@pytest.mark.parametrize(("n_top", "sigma"), [(8, 4), (40, 20), (3, 2), (8, 8)])
@pytest.mark.parametrize("features", [1, 2, 30])
def test_coin(features, n_top, sigma):
    x = np.random.default_rng(0).standard_normal((60, features))
    graph = Graph.coin(x, n_top, sigma)
    np.testing.assert_allclose(graph.weights.toarray(), coin(x, n_top, sigma), rtol=1e-12)
    assert graph.symmetric


def test_coin_leaves_out_all_that_are_as_far_as_the_last_one():
    """A square: each corner has two neighbours at the same distance, which stand second and third."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert Graph.coin(x, 3, 2).couplings.nnz == 0
    assert Graph.coin(x, 4, 2).couplings.nnz == 8


def test_diff_resnet():
    x = np.random.default_rng(0).standard_normal((60, 2))
    d = cdist(x, x)
    w = np.exp(-(d**2) / 0.25) * (d <= np.sort(d, 1)[:, 9:10])
    w = w / w.sum(1, keepdims=True)
    graph = Graph.diff_resnet(x, 10, 0.5)
    np.testing.assert_allclose(np.eye(60) - graph.laplacian.toarray(), w, atol=1e-15)
    assert graph == Graph.from_points(x, 9, 0.5, normalisation="row", directed=True)
    assert Graph.diff_resnet(x, 1).couplings.nnz == 0


def ratio(x, blobs):
    """Least distance of points of different blobs over the largest diameter of one."""
    d, same = cdist(x, x), blobs[:, None] == blobs
    return d[~same].min() / d[same].max()


def test_the_ratio_grows_where_no_weight_crosses():
    """Four discs of radius 0.5 whose centres are those of the xor problem, 100 points each."""
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [2, 2], [2, 0], [0, 2]])
    radius, angle = 0.5 * np.sqrt(rng.random(400)), 2 * np.pi * rng.random(400)
    blobs = np.repeat(np.arange(4), 100)
    x = centres[blobs] + np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    w = np.eye(400) - Graph.diff_resnet(x, 20, 0.5).laplacian.toarray()
    assert (w[blobs[:, None] != blobs] == 0).all()
    ratios = [ratio(np.linalg.matrix_power(w, k) @ x, blobs) for k in (0, 1, 5, 10, 20, 50)]
    assert (np.diff(ratios) > 0).all()  # diameters shrink, and hulls stay apart


def test_a_flow_carries_along_positive_velocities_and_against_negative_ones():
    graph = Graph.from_flow([(0, 1), (1, 2), (0, 2)], [2.0, -3.0, 0.0])
    assert graph.directed
    assert np.array_equal(graph.weights.toarray(), [[0, 0, 0], [2, 0, 3], [0, 0, 0]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Graph.coin(np.eye(4), 5, 2), "n_top must be an integer from 1 to 4, got 5"),
        (lambda: Graph.coin(np.eye(4), 3, 4), "sigma must be an integer from 1 to 3, got 4"),
        (lambda: Graph.coin(np.eye(4), 3, 1), "count the point itself and must be >= 2, got 3 and 1"),
        (lambda: Graph.coin(np.zeros((4, 2)), 3, 2), "4 points that coincide with 1 others: take a larger sigma"),
        (lambda: Graph.coin(np.full((4, 2), np.nan), 3, 2), "x must be finite"),
        (lambda: Graph.diff_resnet(np.eye(4), 5), "n_top must be an integer from 1 to 4, got 5"),
        (lambda: Graph.diff_resnet(np.eye(4), 2, 0.0), "sigma must be a finite number > 0, got 0.0"),
        (lambda: Graph.from_flow([(0, 1)], [np.nan]), "velocities must be real and finite"),
        (lambda: Graph.from_flow([(0, 1), (0, 1)], [1.0, 2.0]), "listed once"),
    ],
)
def test_bad_input_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
