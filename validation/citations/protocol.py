"""The protocol of Shchur, Mumme, Bojchevski and Günnemann (2018), as the papers on Diff-ResNet and COIN run it.

The largest component; 20 nodes of every class train, 30 validate, the rest is tested; 100 splits with 20 initialisations
each, all drawn from the seed 42.
"""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
import torch

import pdenn as pn
from pdenn.datasets import sources

TRAINING, VALIDATION, SPLITS, INITIALISATIONS = 20, 30, 100, 20


class Problem(NamedTuple):
    """A network of papers: its operator, its features (rows sum to one), its labels."""

    A: object
    features: scipy.sparse.csr_array
    labels: np.ndarray
    classes: int


class Split(NamedTuple):
    """Numbers of nodes, and the seeds of the initialisations."""

    train: np.ndarray
    validate: np.ndarray
    test: np.ndarray
    seeds: np.ndarray


def pubmed_file() -> Path:
    """Where a user puts PubMed: `graphs/pubmed.npz` in `PDENN_DATA`, or in pooch's cache."""
    return Path(os.environ.get("PDENN_DATA") or sources.cache(), "graphs", "pubmed.npz")


def available() -> tuple[str, ...]:
    """Cora and Citeseer, and PubMed where its file is."""
    return ("cora", "citeseer", "pubmed") if pubmed_file().is_file() else ("cora", "citeseer")


def problem(name: str) -> Problem:
    """The largest component with the couplings of a graph convolution, `D^(-1/2) (A + I) D^(-1/2)`."""
    data = pn.datasets.pubmed(pubmed_file()) if name == "pubmed" else pn.datasets.citations(name)
    whole = pn.Graph(data.edges + scipy.sparse.eye_array(len(data.labels)), "symmetric")
    graph, nodes = whole.largest_component()
    words = data.features[nodes]
    features = scipy.sparse.csr_array(scipy.sparse.diags_array(1 / words.sum(1)) @ words)
    return Problem(pn.discretise(pn.Diffusion(), graph), features, data.labels[nodes], len(data.classes))


def split(number: int, labels) -> Split:
    """One of the 100 splits; drawn class by class, first the training nodes, then the others."""
    seed = np.random.RandomState(42).randint(0, 1000000, SPLITS)[number]
    random = np.random.RandomState(seed)
    train = _of_every_class(random, labels, TRAINING, ())
    validate = _of_every_class(random, labels, VALIDATION, train)
    test = np.setdiff1d(np.arange(len(labels)), np.concatenate((train, validate)))
    return Split(train, validate, test, random.randint(0, 1000000, INITIALISATIONS))


def _of_every_class(random, labels, count: int, taken):
    free = ~np.isin(np.arange(len(labels)), taken)
    return np.concatenate([
        random.choice(np.flatnonzero((labels == c) & free), count, replace=False) for c in range(labels.max() + 1)
    ])  # fmt: skip


class Training(NamedTuple):
    """How long a network is trained."""

    patience: int = 50
    epochs: int = 10000


PAPER = Training()


def accuracy_of(network, problem: Problem, split: Split, training: Training) -> tuple[float, float, int]:
    """The accuracy at the best weights on the nodes to test and to validate, and the number of epochs.

    Better is a validation loss that is smaller or an accuracy that is larger than all before. The state of the whole
    graph that the network had then stands for its weights. See `networks.Diffused` for what a network has.
    """
    labels = torch.tensor(problem.labels)
    train, validate, test = (network.rows(nodes) for nodes in split[:3])
    least, most, waited, best = np.inf, 0.0, 0, None
    for epoch in range(training.epochs + 1):
        state, loss = network.evaluated_and_loss(train, labels[split.train])
        if epoch:  # what follows step number `epoch`
            logs = network.read(state, validate)
            value = float(torch.nn.functional.nll_loss(logs, labels[split.validate]))
            share = right(logs, labels[split.validate])
            waited = 0 if value < least or share > most else waited + 1
            if waited == 0:
                best, at_best = state, share
            least, most = min(least, value), max(most, share)
            if waited >= training.patience:
                break
        loss.backward()
        network.base.step()
    return right(network.read(best, test), labels[split.test]), at_best, epoch


def right(logs, labels) -> float:
    """The share of nodes whose class is the likeliest one."""
    return float((logs.argmax(1) == labels).double().mean())
