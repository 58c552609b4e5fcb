"""PubMed goes through the study of the other citation networks, where a user has its file."""

import numpy as np
import pytest
import scipy

import pdenn as pn
from validation import node_classification
from validation.citations import protocol
from validation.citations.runs import measure

PAPERS = 180


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    (tmp_path / "graphs").mkdir()
    return tmp_path / "graphs" / "pubmed.npz"


@pytest.fixture
def networks(monkeypatch):
    """A ring of 180 papers in three classes of neighbours, with words of their class."""
    ring = scipy.sparse.csr_array(np.roll(np.eye(PAPERS), 1, 0) + np.roll(np.eye(PAPERS), -1, 0))
    labels = np.arange(PAPERS) // 60
    words = np.random.default_rng(0).random((PAPERS, 30)) < 0.1 + 0.4 * (np.arange(30) // 10 == labels[:, None])
    words[:, 0] = True
    made = pn.datasets.Citations(ring, scipy.sparse.csr_array(words.astype(float)), labels, ("a", "b", "c"))
    monkeypatch.setattr(pn.datasets, "pubmed", lambda file: made)
    return node_classification.Networks("pubmed")


def test_pubmed_is_there_where_its_file_is(place):
    assert protocol.available() == ("cora", "citeseer")
    with pytest.raises(FileNotFoundError, match=r"graphs/pubmed\.npz is not there: download"):
        protocol.problem("pubmed")
    place.write_bytes(b"")
    assert protocol.available() == ("cora", "citeseer", "pubmed")


def test_every_network_learns_it(networks):
    """Thirty epochs of each; better than a guess where the graph is used."""
    for name in networks.names:
        run = measure(networks, name, 0, 0, protocol.Training(epochs=30))
        assert run["data"] == "pubmed" and (run["test"] > 0.5 or name in ("MLP", node_classification.RARE))


def test_nodes_are_diffused_in_parts_on_a_large_graph(networks, monkeypatch):
    for name in ("APPNP", node_classification.FAST):
        whole = networks.spread(name)
        monkeypatch.setattr(node_classification, "UNITS", 50)
        parts = networks._spread(name)
        monkeypatch.undo()
        np.testing.assert_array_equal(parts.P, whole.P)
        assert parts[1:] == whole[1:]
