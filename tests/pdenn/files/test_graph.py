"""A problem file makes the graph that the package makes, and says what is wrong with it."""

import numpy as np
import pytest
import xarray

import pdenn as pn
from pdenn.files import problem
from pdenn.files.run import run

POINTS = np.random.default_rng(0).normal(size=(12, 2))
TEXT = """\
equation = { kind = "Diffusion" }
scheme = { kind = "FSI", n = 3 }
run = { t_end = 0.5, every = 0.25, tau = 0.25, certificate = "none" }
[initial]
kind = "constant"
[graph]
points = "p.npy"
neighbours = 3
"""


@pytest.fixture
def folder(tmp_path):
    np.save(tmp_path / "p.npy", POINTS)
    np.savetxt(tmp_path / "p.csv", POINTS, delimiter=",", header="x,y", comments="")
    (tmp_path / "e.txt").write_text("0 1 2.0\n1 2 0.5\n3 4 1.0\n")
    (tmp_path / "plain.txt").write_text("0 1\n1 0\n1 2\n")
    np.save(tmp_path / "u.npy", np.arange(24.0).reshape(2, 12))
    return tmp_path


def asked(folder, new='points = "p.npy"\nneighbours = 3', initial='kind = "constant"'):
    text = TEXT.replace('points = "p.npy"\nneighbours = 3', new).replace('kind = "constant"', initial)
    (folder / "a.toml").write_text(text)
    return problem.read(folder / "a.toml")


EDGES, WEIGHTS = np.array([[0, 1], [1, 2], [3, 4]]), np.array([2.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("said", "graph"),
    [
        ('points = "p.npy"\nneighbours = 3', pn.Graph.from_points(POINTS, 3)),
        ('points = "p.npy"\nneighbours = 3\nkernel = "gaussian"\nbandwidth = 0.5\nnormalisation = "row"\ndirected = true',
         pn.Graph.from_points(POINTS, 3, 0.5, normalisation="row", directed=True)),
        ('points = "p.npy"\nkernel = "coin"\nn_top = 6\nsigma = 3', pn.Graph.coin(POINTS, 6, 3)),
        ('points = "p.npy"\nkernel = "diff_resnet"\nn_top = 6', pn.Graph.diff_resnet(POINTS, 6)),
        ('edges = "e.txt"', pn.Graph.from_edges(EDGES, WEIGHTS)),
        ('edges = "e.txt"\nnodes = 7\nnormalisation = "symmetric"',
         pn.Graph.from_edges(EDGES, WEIGHTS, 7, normalisation="symmetric")),
        ('edges = "plain.txt"', pn.Graph.from_edges([[0, 1], [1, 2]])),
        ('flow = "e.txt"', pn.Graph.from_flow(EDGES, WEIGHTS)),
    ],
)  # fmt: skip
def test_graphs(said, graph, folder):
    found = asked(folder, said)
    assert found.domain == graph
    assert found.operator == pn.discretise(pn.Diffusion(), graph)
    assert found.state().shape == (graph.size,)
    assert list(found.inputs) == [said.split('"')[1]]


def test_points_of_a_csv_are_those_of_the_array(folder):
    found = asked(folder, 'points = "p.csv"\nneighbours = 3')
    np.testing.assert_allclose(found.places, POINTS, rtol=1e-15)


@pytest.mark.parametrize(
    ("initial", "expected"),
    [
        ('kind = "step"\nleft = 2.0', np.where(POINTS[:, 0] < POINTS[:, 0].mean(), 2.0, 0.0)),
        ('kind = "gaussian"\nwidth = 0.5', np.exp(-2 * ((POINTS - POINTS.mean(0)) ** 2).sum(1))),
        ('kind = "gaussian"\nwidth = 1.0\ncenter = [0, 0.5]', np.exp(-((POINTS - [0, 0.5]) ** 2).sum(1) / 2)),
    ],
)
def test_formulas_know_the_points(initial, expected, folder):
    np.testing.assert_allclose(asked(folder, initial=initial).state(), expected, rtol=1e-13)


def test_formulas_without_points_know_the_numbers_of_the_nodes(folder):
    np.testing.assert_array_equal(asked(folder, 'edges = "e.txt"', 'kind = "step"').state(), [1, 1, 0, 0, 0])


def test_a_run_is_that_of_solve_and_knows_its_places(folder):
    found = asked(folder, initial='kind = "file"\npath = "u.npy"')
    with xarray.open_zarr(run(found)[0], consolidated=False) as data:
        data.load()
    assert data.u.dims == ("time", "batch0", "node")
    times = (0.0, 0.25, 0.5)
    right = pn.solve(
        found.operator, np.arange(24.0).reshape(2, 12), found.scheme, 0.5, tau=0.25, times=times, certificate=None
    )
    np.testing.assert_array_equal(data.u, np.stack(right.snapshots))
    np.testing.assert_array_equal(np.stack([data.p0, data.p1], 1), POINTS)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('points = "no.npy"', r"line 7: graph\.points: .*no such file"),
        ('points = "../p.npy"', r"line 7: graph\.points: must lie inside"),
        ("points = 3", r"line 7: graph\.points: must be the path of a file, got 3"),
        (
            'points = "p.npy"\nneighbors = 3',
            r"line 8: graph\.neighbors: a graph of points has no such parameter: it has neigh",
        ),
        ('points = "p.npy"\nneighbours = 0', r"line 8: graph\.neighbours: .*got 0"),
        ('points = "p.npy"\nneighbours = 99', r"line 8: graph\.neighbours: .*got 99"),
        ('points = "p.npy"\nkernel = "coyn"', r"line 8: graph\.kernel: .*did you mean coin"),
        ('edges = "e.txt"\nkernel = "coin"', r"line 8: graph\.kernel: is for points"),
        ('edges = "p.npy"', r"line 7: graph\.edges: .*must have lines"),
        ('edges = "e.txt"\nnodes = 2', r"line 7: graph\.edges: edges must name nodes from 0 to 1"),
        ('flow = "plain.txt"', r"line 7: graph\.flow: plain\.txt must have lines `i j velocity`"),
        ("directed = true", r"line 6: graph: must be a table with a file for one of points, edges, flow"),
        ('points = "p.npy"\nedges = "e.txt"', r"line 6: graph: must be a table with a file for one of"),
        ('edges = "e.txt"\n[grid]\nshape = [5]', r"line 6: graph: either a grid or a graph must be given"),
    ],
)
def test_an_error_says_line_and_key(said, message, folder):
    with pytest.raises(ValueError, match=message):
        asked(folder, said)


@pytest.mark.parametrize("nodes", [5, 20])
def test_a_state_has_a_value_for_every_node(nodes, folder):
    with pytest.raises(ValueError, match=rf"line 7: graph: must have 12 nodes as in u\.npy, got {nodes}"):
        asked(folder, f'edges = "e.txt"\nnodes = {nodes}', 'kind = "file"\npath = "u.npy"')


def test_without_grid_and_graph(folder):
    (folder / "a.toml").write_text(TEXT.partition("[graph]")[0])
    with pytest.raises(ValueError, match="graph: either a grid or a graph must be given"):
        problem.read(folder / "a.toml")


def test_an_equation_of_grids_is_refused_on_a_graph(folder):
    (folder / "a.toml").write_text(TEXT.replace('"Diffusion" }', '"Convection" }'))
    with pytest.raises(ValueError, match=r"line 1: equation: grid must be a pn\.Grid for this equation"):
        problem.read(folder / "a.toml")
