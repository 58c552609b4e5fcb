"""Graphs whose neighbours are often of different classes: diffusion, convection, both or neither before the classifier.

The classifier sees the features of a node, `h = relu(W x + b)`, beside what flows bring there: two steps of diffusion; or
one step of upwind transport each way along the edges, which are directed by the leading principal component of the
features (no label is used; edges between equals carry nothing); or both. Every step is the largest that is certified to
keep extrema. Ten stored splits (Platonov et al. 2023); the weights are those of the best validation score.
"""

from typing import NamedTuple

import numpy as np
import scipy
import torch
from torch import nn

import pdenn as pn

from .citations.networks import Sparse, dropped
from .study import Claim, Study

GRAPHS = {
    "small": ("texas", "cornell"),
    "paper": ("texas", "cornell", "chameleon_filtered", "squirrel_filtered", "actor", "minesweeper"),
}
FLOWS = ("neither", "diffusion", "convection", "both")
EPOCHS = {"small": 40, "paper": 200}
WIDTH, DROPOUT, PATIENCE = 64, 0.5, 50


class Problem(NamedTuple):
    """A graph with what flows on it: matrices of one step."""

    features: Sparse
    labels: torch.Tensor
    diffusion: Sparse
    down: Sparse
    up: Sparse
    data: object


def run(size: str) -> Study:
    """Accuracy, for minesweeper the area under the ROC curve, on the ten splits."""
    splits, scores = {"small": 2, "paper": 10}[size], {}
    for name in GRAPHS[size]:
        problem = problem_of(name)
        for flow in FLOWS:
            scores[name, flow] = [trained(problem, flow, k, EPOCHS[size]) for k in range(splits)]
    rows = [row(name, flow, scores) for name, flow in scores]
    claims = [helps(name, scores) for name in GRAPHS[size]]
    columns = ("graph", "flow", "runs", "score %", "±", "gain over neither", "its standard error")
    title = f"Heterophilous graphs, {splits} stored splits; accuracy, for minesweeper the area under the ROC curve"
    return Study(title, columns, rows, claims, lambda f: draw(f, rows))


def problem_of(name: str) -> Problem:
    """Steps of diffusion and of transport both ways, each at its certified limit."""
    data = pn.datasets.heterophilous(name)
    edges, nodes = data.edges[data.edges[:, 0] != data.edges[:, 1]], len(data.labels)
    x = data.features - data.features.mean(0)
    leading = scipy.sparse.linalg.svds(x, 1, v0=np.ones(min(x.shape)))[0][:, 0]
    height = np.round(leading / abs(leading).max(), 5)  # equals are equal in spite of rounding
    first, second = edges[height[edges[:, 0]] < height[edges[:, 1]]], edges[height[edges[:, 0]] > height[edges[:, 1]]]
    down = np.unique(np.concatenate((first, second[:, ::-1])), axis=0)  # the lower node sees the higher one
    return Problem(
        Sparse(scipy.sparse.csr_array(data.features)),
        torch.tensor(data.labels),
        step(pn.Diffusion(), pn.Graph.from_edges(edges, nodes=nodes, normalisation="row")),
        *(step(pn.GraphConvection(), pn.Graph.from_edges(arcs, nodes=nodes, normalisation="row", directed=True))
          for arcs in (down, down[:, ::-1])),
        data,
    )  # fmt: skip


def step(equation, graph) -> Sparse:
    """The matrix of the largest step of explicit Euler that is certified to keep extrema."""
    tau = pn.certificate(pn.ExplicitEuler(), pn.discretise(equation, graph), "max-min").tau
    return Sparse(scipy.sparse.csr_array(scipy.sparse.eye_array(graph.size) - tau * graph.laplacian))


class Network:
    """`C [h, flows of h] + c` with `h = relu(W x + b)`."""

    def __init__(self, problem: Problem, flow: str, seed: int):
        torch.manual_seed(seed)
        self.problem, self.flow, self.random = problem, flow, np.random.default_rng(seed)
        first = nn.Linear(problem.features.X.shape[1], WIDTH)
        self.W, self.b = nn.Parameter(first.weight.T.contiguous().detach()), first.bias
        parts = {"neither": 1, "diffusion": 3, "convection": 3, "both": 5}[flow]
        self.last = nn.Linear(parts * WIDTH, int(problem.labels.max()) + 1)
        self.parameters = [self.W, self.b, *self.last.parameters()]

    def __call__(self, training: bool):
        p = self.problem
        h = ((p.features.thinned(self.W, DROPOUT, self.random) if training else p.features(self.W)) + self.b).relu()
        parts = [h]
        if self.flow in ("diffusion", "both"):
            parts += [p.diffusion(h), p.diffusion(p.diffusion(h))]
        if self.flow in ("convection", "both"):
            parts += [p.down(h), p.up(h)]
        u = torch.cat(parts, 1)
        return self.last(dropped(u, DROPOUT, self.random) if training else u)


def trained(problem: Problem, flow: str, number: int, epochs: int) -> float:
    """The test score in per cent where the validation score was best."""
    train, validate, test = (torch.tensor(masks[number]) for masks in problem.data[3:])
    network, y = Network(problem, flow, number), problem.labels
    adam = torch.optim.Adam(network.parameters, lr=0.01, weight_decay=5e-4, fused=True)
    best, result, waited = -1.0, 0.0, 0
    for _ in range(epochs):
        adam.zero_grad()
        nn.functional.cross_entropy(network(True)[train], y[train]).backward()
        adam.step()
        with torch.no_grad():
            z = network(False)
        found, waited = score(z[validate], y[validate]), waited + 1
        if found > best:
            best, result, waited = found, score(z[test], y[test]), 0
        if waited > PATIENCE:
            break
    return result


def score(z, y) -> float:
    """Accuracy, or with two classes the area under the ROC curve: the share of pairs in the right order, in per cent."""
    if z.shape[1] > 2:
        return 100 * float((z.argmax(1) == y).double().mean())
    ranks = torch.from_numpy(scipy.stats.rankdata((z[:, 1] - z[:, 0]).numpy()))
    ones = int(y.sum())
    return 100 * float((ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones)))


def row(name: str, flow: str, scores) -> tuple:
    """Mean and deviation over the splits, and the gain over the network without flows, split by split."""
    found = np.array(scores[name, flow])
    gains = found - scores[name, "neither"]
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    return name, flow, len(found), float(found.mean()), float(found.std()), float(gains.mean()), float(error)


def helps(name: str, scores) -> Claim:
    """What can be said of convection on one graph: a finding, and whether it is one."""
    gains = np.array(scores[name, "convection"]) - scores[name, "diffusion"]
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    verdict = "more" if gains.mean() > 2 * error else "less" if gains.mean() < -2 * error else "neither more nor less"
    sentence = f"{name}: convection brings {verdict} than diffusion ({gains.mean():+.1f} ± {error:.1f} points)"
    return Claim(sentence, bool(np.isfinite(gains).all()))


def draw(figure, rows):
    """Gain over the network without flows; minesweeper has a scale of its own."""
    names = list(dict.fromkeys(r[0] for r in rows))
    groups = [[n for n in names if n != "minesweeper"], [n for n in names if n == "minesweeper"]]
    groups = [group for group in groups if group]
    panels = figure.subplots(1, len(groups), width_ratios=[len(group) for group in groups], squeeze=False)[0]
    for axes, group in zip(panels, groups, strict=True):
        for shift, flow in zip((-0.25, 0.0, 0.25), FLOWS[1:], strict=True):
            gains, errors = zip(*((r[5], 2 * r[6]) for r in rows if r[1] == flow and r[0] in group), strict=True)
            axes.bar(np.arange(len(group)) + shift, gains, 0.22, yerr=errors, label=flow, error_kw={"linewidth": 1})
        axes.axhline(0.0, color="0.5", linewidth=0.8)
        axes.set_xticks(range(len(group)), [name.replace("_", "\n") for name in group], fontsize=8)
    panels[0].set_ylabel("gain over the features alone, points; two standard errors")
    panels[0].legend(frameon=False, fontsize=8)
