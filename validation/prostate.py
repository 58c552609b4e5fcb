"""Prostate cancer, primary or metastatic, from twenty labelled patients: COIN against its base without diffusion.

The protocol is that of the code of COIN (Wang, Bao, Shi 2024): ten splits with 20 patients to train on, 100 to validate (not
used) and 893 to test, ten initialisations each; features are genes that have mutated, been lost or been amplified; the graph
joins patients whose genes act alike in a base trained before; 40 steps of 0.2; 300 epochs of gradient descent. The
published numbers could not be read.

The tables are not free to be handed on. The paper size reads them from `PDENN_DATA/prostate` (`prostate` in pooch's cache
without `PDENN_DATA`); where files are missing, it says which, where they come from and where they belong. The small size
makes patients up: two kinds of tumours, each with genes of its own, hidden among others.
"""

import os
from pathlib import Path

import numpy as np
import torch
from scipy.stats import rankdata
from torch import nn

import pdenn as pn
from pdenn.datasets import sources

from .citations.runs import gain
from .study import Claim, Study

BASE, COIN, FAST = "base alone", "COIN, 40 steps of 0.2", "COIN, FSI"
STEP, STEPS, EPOCHS, INITIALISATIONS = 0.2, 40, 300, 10
MEASURES = ("accuracy", "area under ROC", "average precision")


def run(size: str) -> Study:
    """Accuracies, areas and precisions of all networks over splits and initialisations."""
    if size == "small":
        return study(made(160, 60), 2, 1, 60)
    patients = pn.datasets.prostate(place())
    return study(patients, len(patients.train), INITIALISATIONS, EPOCHS)


def place() -> Path:
    """The folder of the tables."""
    return Path(os.environ.get("PDENN_DATA") or sources.cache(), "prostate")


def study(patients, splits: int, inits: int, epochs: int) -> Study:
    """The table of all networks, and what is certified of their diffusion."""
    runs, flows = [], {}
    for number in range(splits):
        for network, k, flow, numbers in measured(patients, number, inits, epochs):
            runs.append({"data": "prostate", "network": network, "split": number, "initialisation": k,
                         "test": numbers[0], "measures": numbers})  # fmt: skip
            flows.setdefault(network, []).append(flow)
    rows = [row(network, flows[network], runs) for network in (BASE, COIN, FAST)]
    columns = ("network", "certified", "calls", "runs", *(x for m in MEASURES for x in (m, "±")))
    title = f"{len(patients.names)} patients, {len(patients.genes)} genes: mean and deviation over runs"
    return Study(title, columns, rows, claims(rows, runs, splits), lambda figure: draw(figure, runs))


def measured(patients, number: int, inits: int, epochs: int):
    """Name, initialisation, flow and test measures of all runs of a split."""
    nodes = np.concatenate([np.flatnonzero(part[number]) for part in (patients.train, patients.test)])
    x, y = torch.tensor(patients.features[nodes]), torch.tensor(patients.labels[nodes], dtype=torch.float32)
    labelled = int(patients.train[number].sum())
    first = trained(Base(x, 0), x[:labelled], y[:labelled], epochs)
    with torch.no_grad():
        graph = pn.Graph.coin(first.genes(x).double().numpy(), 40, 20)
    for network, flow in {BASE: None, COIN: published(graph), FAST: fastest(graph)}.items():
        for k in range(inits):
            base = Base(x, k)
            net = trained(base if flow is None else nn.Sequential(base, flow), x, y[:labelled], epochs)
            with torch.no_grad():
                scores = net(x)[labelled:, 0].numpy()
            yield network, k, flow, measures(y[labelled:].numpy(), scores)


class Base(nn.Module):
    """`sigmoid(a z + C relu(B z))` with one number a gene, `z = Σ_types w x + b`: the base of COIN for patients."""

    def __init__(self, x, seed: int):
        super().__init__()
        torch.manual_seed(seed)
        genes, types = x.shape[1:]
        self.w = nn.Parameter(nn.init.xavier_normal_(torch.empty(1, types * genes)).view(genes, types))
        self.b = nn.Parameter(torch.zeros(genes))
        self.plain, self.inner, self.outer = nn.Linear(genes, 1), nn.Linear(genes, 3), nn.Linear(3, 1)

    def genes(self, x):
        """The number of each gene."""
        return (x * self.w).sum(-1) + self.b

    def forward(self, x):
        z = self.genes(x)
        return (self.plain(z) + self.outer(self.inner(z).relu())).sigmoid()


def published(graph):
    """40 steps of explicit Euler: each must keep extrema, or this raises."""
    return pn.networks.GraphFlow(graph, STEP * STEPS, STEPS, claim="max-min")


def fastest(graph):
    """The cycles of FSI with the fewest calls whose steps together keep extrema."""
    flows = [pn.networks.GraphFlow(graph, STEP * STEPS, scheme=pn.FSI(n), whole=True) for n in (2, 3, 4, 5)]
    return min(flows, key=calls)


def calls(flow) -> int:
    return flow.steps * getattr(flow.scheme, "n", 1)


def trained(net, x, y, epochs: int):
    """Gradient descent on the entropy of the first patients, the rate divided by ten at one half and at three quarters."""
    descent = torch.optim.SGD(net.parameters(), lr=1.0, weight_decay=5e-4)
    rate = torch.optim.lr_scheduler.MultiStepLR(descent, [epochs // 2, epochs * 3 // 4], 0.1)
    for _ in range(epochs):
        descent.zero_grad()
        nn.functional.binary_cross_entropy(net(x)[: len(y), 0], y).backward()
        descent.step()
        rate.step()
    return net


def measures(y, scores) -> tuple[float, float, float]:
    """Share of right answers at one half; area under the ROC curve; average precision over the falling thresholds."""
    positive = int(y.sum())
    ranks = rankdata(scores)[y == 1].sum() - positive * (positive + 1) / 2
    falling = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[falling])), len(y) - 1)  # of equal scores
    found = np.cumsum(y[falling])[last]
    precision = np.sum(np.diff(found, prepend=0.0) * found / (last + 1)) / positive
    return float(((scores > 0.5) == y).mean()), float(ranks / positive / (len(y) - positive)), float(precision)


def made(patients: int, genes: int):
    """Patients with a label: a third of the genes changes more often in one kind of tumours, a third in the other."""
    random = np.random.default_rng(0)
    labels = np.arange(patients) % 3 == 0
    kind = np.where(np.arange(genes) % 3 == 2, 0.5, np.arange(genes) % 3)
    often = 0.05 + 0.25 * (1 - np.abs(labels[:, None] - kind))
    features = (random.random((patients, genes, 3)) < often[:, :, None]).astype(np.float32)
    train, validate = np.zeros((2, 10, patients), bool)
    for split in range(10):
        order = random.permutation(patients)
        train[split, order[:20]] = validate[split, order[20:30]] = True
    names = tuple(map(str, range(patients))), tuple(map(str, range(genes)))
    return pn.datasets.Patients(features, labels.astype(np.int64), *names, train, validate, ~(train | validate))


def row(network: str, flows, runs) -> tuple:
    """Means over the runs of one network, and what holds for its diffusion on the graphs of all splits."""
    mine = np.array([r["measures"] for r in runs if r["network"] == network])
    proved = count = "-"
    if network != BASE:
        found = [{c.claim for c in pn.certify(flow)} for flow in flows]
        proved, count = ", ".join(sorted(set.intersection(*found))) or "nothing", max(map(calls, flows))
    numbers = [float(f(mine[:, k])) for k in range(len(MEASURES)) for f in (np.mean, np.std)]
    return network, proved, count, len(mine), *numbers


def claims(rows, runs, splits: int) -> list[Claim]:
    """Extrema, calls, and in paper size what diffusion adds, by the 95 % interval of paired means over the splits."""
    facts = {r[0]: r for r in rows}
    found = [
        Claim("the published steps keep [0, 1] on the graphs of all splits", "max-min" in facts[COIN][1]),
        Claim(
            f"FSI keeps it, too, with {facts[FAST][2]} calls", facts[FAST][2] < STEPS and "max-min" in facts[FAST][1]
        ),
    ]
    adds = gain(runs, "prostate", COIN, BASE)
    near = gain(runs, "prostate", FAST, COIN)
    if splits > 2:
        found += [
            Claim(f"diffusion adds to the accuracy of the base: {adds}", adds.mean > adds.half),
            Claim(f"FSI is less than half a point below the published steps: {near}", near.mean - near.half > -0.5),
        ]
    return found


def draw(figure, runs):
    """All runs, one panel a measure, one line a network."""
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    for k, (axes, measure) in enumerate(zip(panels, MEASURES, strict=True)):
        for height, network in enumerate((FAST, COIN, BASE)):
            values = np.array([r["measures"][k] for r in runs if r["network"] == network])
            axes.plot(values, height + np.linspace(-0.2, 0.2, len(values)), ".", color="C0", markersize=4)
            axes.plot(values.mean(), height, "|", color="black", markersize=14)
        axes.set_yticks(range(3), (FAST, COIN, BASE), fontsize=8)
        axes.set_xlabel(measure, fontsize=9)
