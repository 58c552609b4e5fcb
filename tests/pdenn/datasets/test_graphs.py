"""Graphs with classes: the published counts."""

import numpy as np
import pytest
import scipy

import pdenn as pn
from pdenn.datasets.graphs import HETEROPHILOUS


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "counts"),
    [
        ("cora", 2485, 5069, [285, 406, 726, 379, 214, 131, 344]),
        ("citeseer", 2110, 3668, [115, 463, 388, 304, 532, 308]),
    ],
)
def test_the_largest_component_is_that_of_the_papers(name, nodes, edges, counts):
    data = pn.datasets.citations(name)
    graph, kept = pn.Graph(data.edges).largest_component()
    assert graph.size == nodes and graph.couplings.nnz == 2 * edges
    assert np.bincount(data.labels[kept]).tolist() == counts and len(data.classes) == len(counts)


@pytest.mark.parametrize(("name", "shape"), [("cora", (2708, 1433)), ("citeseer", (3312, 3703))])
def test_citations_are_symmetric_and_words_are_there_or_not(name, shape):
    edges, features, labels, _ = pn.datasets.citations(name)
    assert (edges != edges.T).nnz == 0 and not edges.diagonal().any() and set(edges.data) == {1.0}
    assert features.shape == shape and set(features.data) == {1.0} and labels.shape == shape[:1]


@pytest.mark.parametrize("name", HETEROPHILOUS)
def test_heterophilous_splits_cover_every_node_once(name):
    data = pn.datasets.heterophilous(name)
    nodes = len(data.labels)
    assert data.train.shape == (10, nodes) and data.features.shape[0] == nodes
    assert np.array_equal(data.train.astype(int) + data.validate + data.test, np.ones((10, nodes)))
    assert 0 <= data.edges.min() and data.edges.max() < nodes and data.labels.min() == 0
    assert np.isfinite(data.features).all()


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="name must be 'cora' or 'citeseer', got 'pubmed'"):
        pn.datasets.citations("pubmed")
    with pytest.raises(ValueError, match="name must be one of .*got 'wisconsin'"):
        pn.datasets.heterophilous("wisconsin")


def test_pubmed_says_where_its_file_comes_from_and_belongs(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"pubmed\.npz is not there: download https://github\.com/shchur"):
        pn.datasets.pubmed(tmp_path / "pubmed.npz")


def test_pubmed_is_read_from_a_file_of_its_size(tmp_path):
    """A chain of papers in the layout of the collection; other sizes are refused."""
    for papers in (19717, 100):
        chain = scipy.sparse.csr_array(scipy.sparse.eye_array(papers, k=1))
        words = scipy.sparse.csr_array(0.3 * scipy.sparse.eye_array(papers, 500))
        parts = {"labels": np.arange(papers) % 3}
        for name, matrix in (("adj", chain), ("attr", words)):
            parts |= {f"{name}_{part}": getattr(matrix, part) for part in ("data", "indices", "indptr", "shape")}
        np.savez(tmp_path / f"{papers}.npz", **parts)
    found = pn.datasets.pubmed(tmp_path / "19717.npz")
    assert found.edges.nnz == 2 * 19716 and abs(found.edges - found.edges.T).nnz == 0
    assert set(found.features.data) == {1.0} and found.classes == ("0", "1", "2")
    with pytest.raises(ValueError, match="must hold 19717 papers"):
        pn.datasets.pubmed(tmp_path / "100.npz")
