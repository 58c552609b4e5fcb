"""Archives of node classification: both layouts, what is done to their graphs, and what is refused."""

import numpy as np
import pytest
import scipy.sparse as sp

from pdenn.graphs import Graph

# Nodes 0, 1, 2 are connected, 3 and 4 too; node 1 cites itself, and 0 and 1 cite each other.
ARCS = sp.csr_array(([1, 1, 1, 1, 1], ([0, 1, 1, 2, 3], [1, 0, 1, 1, 4])), shape=(5, 5), dtype=np.float32)
FEATURES = sp.csr_array(np.arange(10, dtype=np.float32).reshape(5, 2))
LABELS = np.array([0, 1, 2, 0, 1], np.int8)
EXPECTED = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])


def citation_file(path, arcs=ARCS, **changed):
    parts = {
        f"{name}_{part}": getattr(m, part)
        for name, m in (("adj", arcs), ("attr", FEATURES))
        for part in ("data", "indices", "indptr", "shape")
    }
    np.savez(path, **{**parts, "labels": LABELS, **changed})
    return path


def edge_file(path):
    edges = np.stack(ARCS.nonzero(), 1)
    np.savez(path, edges=edges, node_features=FEATURES.toarray(), node_labels=LABELS, train_masks=np.ones((2, 5), bool))
    return path


@pytest.mark.parametrize("make", [citation_file, edge_file])
def test_both_layouts_give_the_graph_of_a_graph_convolution(make, tmp_path):
    graph, features, labels = Graph.from_npz(make(tmp_path / "some.npz"))
    assert graph == Graph(sp.csr_array(EXPECTED), "symmetric")
    assert sp.issparse(features)
    assert np.array_equal(features.toarray(), FEATURES.toarray()[:3])
    assert labels.tolist() == [0, 1, 2]
    whole, features, labels = Graph.from_npz(tmp_path / "some.npz", largest_component=False)
    assert (whole.size, features.shape, len(labels)) == (5, (5, 2), 5)
    assert np.array_equal(whole.weights.toarray()[:3, :3], EXPECTED)


def test_cora_is_that_of_the_papers(data_folder):
    graph, features, labels = Graph.from_npz(data_folder / "graphs" / "cora.npz")
    assert (graph.size, graph.couplings.nnz) == (2485, 2 * 5069)
    assert features.shape == (2485, 1433)
    assert np.bincount(labels).tolist() == [285, 406, 726, 379, 214, 131, 344]
    own = labels[graph.couplings.tocoo().row] == labels[graph.couplings.tocoo().col]
    assert own.mean() == pytest.approx(0.804, abs=5e-4)


def test_wrong_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"other.npz must hold .*'adj_data'.* or .*'edges'.*got \['x'\]"):
        Graph.from_npz(tmp_path / "other.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ValueError, match="holds one array"):
        Graph.from_npz(tmp_path / "array.npy")
    with pytest.raises(ValueError, match=r"labels \(4,\) must agree"):
        Graph.from_npz(citation_file(tmp_path / "short.npz", labels=LABELS[:4]))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Graph.from_npz(citation_file(tmp_path / "pickled.npz", labels=LABELS.astype(object)))
    with pytest.raises(FileNotFoundError):
        Graph.from_npz(tmp_path / "none.npz")
