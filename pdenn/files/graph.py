"""The table `graph` of a problem file: points and their nearest neighbours, edges, or edges that something flows along."""

import inspect
from typing import NamedTuple

import numpy as np

from ..graphs import Graph
from .parts import Folder, Wrong, built_at, called, chosen
from .rows import edges, rows

KERNELS = {"gaussian": Graph.from_points, "coin": Graph.coin, "diff_resnet": Graph.diff_resnet}
FILES = ("points", "edges", "flow")


class Placed(NamedTuple):
    """A graph, and its points of shape (nodes, features) if it was made from points."""

    graph: Graph
    points: np.ndarray | None


def placed(node, folder: Folder) -> Placed:
    """The graph that a table says: `points`, `edges` or `flow` names a file, and the rest are arguments of `Graph`.

    Raises
    ------
    Wrong
    """
    if not isinstance(node, dict) or sum(key in node for key in FILES) != 1:
        raise Wrong(f'must be a table with a file for one of {", ".join(FILES)}, such as {{ points = "a.csv" }}')
    source = next(key for key in FILES if key in node)
    make = _maker(source, node)
    given = {key: built_at(key, value, folder) for key, value in node.items() if key not in (*FILES, "kernel")}
    for key in given:
        if key not in arguments(make):
            raise Wrong(f"a graph of {source} has no such parameter: it has {', '.join(arguments(make))}", (key,))
    try:
        found = folder.rows(node[source], rows if source == "points" else edges)
    except Wrong as error:
        raise error.below(source) from error
    if source == "points":
        return Placed(called(make, {"x": found, **given}), found.astype(float))
    return Placed(called(make, _of_edges(source, found, node[source]) | given), None)


def arguments(make) -> list[str]:
    """What a table may say to this constructor of `Graph`."""
    return [name for name in inspect.signature(make).parameters if name not in ("x", "edges", "weights", "velocities")]


def _maker(source: str, node: dict):
    if source != "points" and "kernel" in node:
        raise Wrong("is for points", ("kernel",))
    try:
        return chosen(node.get("kernel", "gaussian"), KERNELS) if source == "points" else MAKERS[source]
    except Wrong as error:
        raise Wrong(str(error), ("kernel",)) from error


def _of_edges(source: str, found, name: str) -> dict:
    pairs, third = found
    if source == "flow" and third is None:
        raise Wrong(f"{name} must have lines `i j velocity`", (source,))
    return {"edges": pairs, "velocities" if source == "flow" else "weights": third}


MAKERS = {"edges": Graph.from_edges, "flow": Graph.from_flow}
