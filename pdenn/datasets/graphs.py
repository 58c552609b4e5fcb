"""Graphs with classes: citation networks, and graphs whose neighbours differ. Rests on SciPy and on the sources."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from .sources import path

PUBMED = "https://github.com/shchur/gnn-benchmark/raw/1e72912a0810cdf27ae54fd589a3b43358a2b161/data/npz/pubmed.npz"


class Citations(NamedTuple):
    """A citation network.

    Attributes
    ----------
    edges : csr_array of shape (nodes, nodes)
        One where two papers cite each other in either direction; symmetric, without self-loops, float64.
    features : csr_array of shape (nodes, words)
        One where a paper holds a word, float64.
    labels : int64 array of shape (nodes,)
        Classes, counted from 0.
    classes : tuple of str
        Their names.
    """

    edges: "scipy.sparse.csr_array"
    features: "scipy.sparse.csr_array"
    labels: np.ndarray
    classes: tuple[str, ...]


def citations(name: str) -> Citations:
    """Cora or Citeseer as Shchur, Mumme, Bojchevski and Günnemann (2018) keep them, every component.

    Parameters
    ----------
    name : {"cora", "citeseer"}
        ValueError for others.
    """
    if name not in ("cora", "citeseer"):
        raise ValueError(f"name must be 'cora' or 'citeseer', got {name!r}")
    return _citations(path(f"graphs/{name}.npz"))


def pubmed(file: str | PathLike[str]) -> Citations:
    """PubMed of the same collection, from the file that the user has downloaded.

    Parameters
    ----------
    file : str or path
        `pubmed.npz` from https://github.com/shchur/gnn-benchmark, there in `data/npz`.

    Raises
    ------
    FileNotFoundError, ValueError
        The file is not there, or another one: 19717 papers, 500 words and 3 classes are expected.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(f"{file} is not there: download {PUBMED} and place it there")
    found = _citations(file)
    sizes = (*found.features.shape, len(np.unique(found.labels)))
    if sizes != (19717, 500, 3):
        raise ValueError(f"{file} must hold 19717 papers, 500 words and 3 classes, got {sizes}: download {PUBMED}")
    return found


def _citations(file: str | PathLike[str]) -> Citations:
    with np.load(file) as stored:
        arcs, features = _matrix(stored, "adj"), _matrix(stored, "attr")
        labels = stored["labels"].astype(np.int64)
        classes = stored["class_names"] if "class_names" in stored else np.unique(labels)
    both = scipy.sparse.coo_array(arcs + arcs.T)
    kept = (both.row != both.col) & (both.data != 0)
    ones, pairs = np.ones(kept.sum()), (both.row[kept], both.col[kept])
    edges = scipy.sparse.csr_array((ones, pairs), shape=both.shape)
    words = scipy.sparse.csr_array(features != 0, dtype=np.float64)
    return Citations(edges, words, labels, tuple(map(str, classes)))


def _matrix(file: Mapping[str, NDArray[Any]], name: str) -> "scipy.sparse.csr_array":
    parts = tuple(file[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
    return scipy.sparse.csr_array(parts, shape=tuple(file[f"{name}_shape"]))


class Heterophilous(NamedTuple):
    """A graph whose neighbours are often of different classes, with ten splits.

    Attributes
    ----------
    edges : int64 array of shape (edges, 2)
        Pairs of nodes, as stored.
    features : float32 array of shape (nodes, features)
    labels : int64 array of shape (nodes,)
        Classes, counted from 0.
    train, validate, test : bool arrays of shape (10, nodes)
        The splits.
    """

    edges: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    validate: np.ndarray
    test: np.ndarray


HETEROPHILOUS = ("texas", "cornell", "chameleon_filtered", "squirrel_filtered", "actor", "minesweeper")


def heterophilous(name: str) -> Heterophilous:
    """A graph of Platonov, Kuznedelev, Diskin, Babenko and Prokhorenkova (2023) with its stored splits.

    Parameters
    ----------
    name : {"texas", "cornell", "chameleon_filtered", "squirrel_filtered", "actor", "minesweeper"}
        `filtered`: nodes that came twice were taken out. ValueError for others.
    """
    if name not in HETEROPHILOUS:
        raise ValueError(f"name must be one of {HETEROPHILOUS}, got {name!r}")
    parts = ("edges", "node_features", "node_labels", "train_masks", "val_masks", "test_masks")
    with np.load(path(f"graphs/{name}.npz")) as file:
        return Heterophilous(*(file[part] for part in parts))
