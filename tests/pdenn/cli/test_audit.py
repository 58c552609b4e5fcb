"""`pdenn audit` says what `pdenn.audit` says, reads graphs, and fails where a claim does."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app

EDGES = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (5, 6)])
LOOPED = pn.Graph(pn.Graph.from_edges(EDGES[:5]).weights + sp.eye_array(4), "symmetric")


@pytest.fixture
def edges(tmp_path):
    path = tmp_path / "edges.txt"
    np.savetxt(path, EDGES, "%d", header="who knows whom")
    return str(path)


def run(*arguments):
    return CliRunner().invoke(app, ["audit", *arguments])


@pytest.mark.parametrize(
    ("options", "graph"),
    [
        ([], LOOPED),
        (["--normalisation", "none", "--no-loops"], pn.Graph.from_edges(EDGES[:5])),
        (["--no-component", "--no-loops"], pn.Graph.from_edges(EDGES, normalisation="symmetric")),
        (["--directed", "--normalisation", "row"],
         pn.Graph(pn.Graph.from_edges(EDGES[:5], directed=True).weights + sp.eye_array(4), "row", directed=True)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tau", [0.2, 5.0])
def test_json_says_the_same_as_the_library(edges, options, graph, tau):
    result = run(edges, "--tau", str(tau), "--steps", "3", "--scheme", "fsi", "-n", "3", *options, "--json")
    expected = pn.audit(graph, tau=tau, steps=3, scheme=pn.FSI(3))
    assert result.exit_code == bool(expected.failed)
    found = json.loads(result.stdout)
    assert found["subject"] == expected.subject
    assert [(f["claim"], f["verdict"], f["margin"]) for f in found["findings"]] == [
        (f.claim, f.verdict, f.margin) for f in expected.findings
    ]
    assert [(p["calls"], p["steps"], p["whole"]) for p in found["proposals"]] == [
        (p.calls, p.steps, p.whole) for p in expected.proposals
    ]


def test_weights_are_read(edges, tmp_path):
    path = tmp_path / "weighted.txt"
    np.savetxt(path, np.column_stack([EDGES[:5], [1.0, 2.0, 3.0, 4.0, 5.0]]))
    graph = pn.Graph.from_edges(EDGES[:5], [1.0, 2.0, 3.0, 4.0, 5.0])
    result = run(str(path), "--tau", "0.01", "--normalisation", "none", "--no-loops")
    assert result.exit_code == 0
    assert f"{1 / graph.degrees.max():.6g}" in result.stdout


def test_cora_as_published(data_folder, monkeypatch):
    """By its name and as a file; the claims fail, and so does the command."""
    monkeypatch.setenv("PDENN_DATA", str(data_folder))
    for source in ("cora", str(data_folder / "graphs" / "cora.npz")):
        result = run(source, "--tau", "0.35", "--steps", "20")
        assert result.exit_code == 1
        for said in ("fails", "0.346036", "0.17416", "1.0229", "as it is", "all steps together", "each step"):
            assert said in result.stdout
    held = run("cora", "--tau", "0.174", "--steps", "40")
    assert held.exit_code == 0
    assert "fails" not in held.stdout


def test_wrong_questions_are_told(edges, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("0 1.5\n")
    for arguments, words in (
        (["atlantis", "--tau", "1"], ["GRAPH must be a file, or one of cora, citeseer", "'atlantis'"]),
        ([edges, "--tau", "0"], ["tau must be a finite number > 0", "0.0"]),
        ([edges, "--tau", "1", "--steps", "0"], ["steps must be a positive integer"]),
        ([edges, "--tau", "1", "--scheme", "euler"], ["scheme must be one of", "euler"]),
        ([edges, "--tau", "1", "--normalisation", "column"], ["normalisation must be one of", "column"]),
        ([str(path), "--tau", "1"], ["words.txt must have lines"]),
        ([str(tmp_path / "none.npz"), "--tau", "1"], ["No such file"]),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        for word in words:
            assert word in result.stderr
        assert "Traceback" not in result.output
