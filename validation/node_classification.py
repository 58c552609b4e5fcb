"""Node classification on Cora and Citeseer: published networks, and COIN with diffusion whose claims are certified.

The protocol is that of the papers (see `citations.protocol`). The paper size goes through the 100 splits, five at a time,
at first with two of the 20 initialisations, and keeps every run in a file in pooch's cache: it goes on where it was
stopped, and Ctrl-C ends it with the table of what is there, whose column says how many runs that are. Diff-ResNet, ten
times as expensive as the others, has one run in ten. The small size asks only whether everything works: it stops
training after 12 steps.
"""

import json
import time
from functools import cache
from pathlib import Path

import numpy as np
import scipy
import torch
from tqdm import tqdm

import pdenn as pn
from pdenn.datasets import sources

from .citations.networks import (
    Convolutions,
    DiffResNet,
    Diffused,
    DiffusedLogits,
    Perceptron,
    ResidualBase,
    Sparse,
    Undiffused,
)
from .citations.protocol import INITIALISATIONS, PAPER, SPLITS, Training, accuracy_of, problem, split
from .study import Claim, Study

TIME = 7.0  # of COIN's diffusion on Cora: 20 steps of 0.35; its setting on Citeseer could not be read
DIFF_RESNET = {"cora": (0.25, 20, 0.25), "citeseer": (0.2, 20, 0.35)}  # step, steps, dropout
PUBLISHED, EULER = "COIN, 20 steps of 0.35", "COIN, Euler"
FAST, IMPLICIT, BASE = "COIN, FSI", "COIN, implicit Euler", "COIN's base alone"
CERTIFIED = (EULER, FAST, IMPLICIT)
OURS = "features and scores diffuse"
FEATURES = (
    4  # steps of the features in it; this and the scheme were chosen on the nodes to validate of four runs on Cora
)
SMALL = ("MLP", "GCN", BASE, PUBLISHED, EULER)


def run(size: str) -> Study:
    """Accuracies of all networks, and what is certified of their diffusion."""
    data = {name: Networks(name) for name in {"small": ("cora",), "paper": ("cora", "citeseer")}[size]}
    if size == "small":
        runs = [measure(data["cora"], name, 0, k, Training(epochs=12)) for name in SMALL for k in range(2)]
    else:
        runs = resumed(data, sources.cache() / "validation" / "node_classification.jsonl")
    return study(data, runs)


def study(data, runs) -> Study:
    """The table of the runs that there are."""
    rows = [row(networks, name, runs) for networks in data.values() for name in networks.names]
    rows = [r for r in rows if r[4] > 0]
    columns = ("data", "network", "certified", "calls", "runs", "accuracy %", "±", "epochs", "CPU seconds a run")
    title = "Node classification, largest components: mean and deviation over the runs done, of 2,000"
    return Study(title, columns, rows, claims(rows, runs), lambda f: draw(f, runs, data))


class Networks:
    """All networks for one set of papers: `make(name, seed)` makes one, `diffusion(name)` is the diffusion in it."""

    def __init__(self, data: str):
        self.data, self.problem = data, problem(data)
        self.X, self.couplings = Sparse(self.problem.features), convolution(self.problem.A.graph)
        self.flows = flows(self.problem.A, *DIFF_RESNET[data][:2])
        self.step, self.matrix, self.diffusion = cache(self._step), cache(self._matrix), cache(self._diffusion)
        self.names = ["MLP", "GCN", "APPNP", "Diff-ResNet", BASE, PUBLISHED, *CERTIFIED, OURS]

    def make(self, name: str, seed: int):
        """A network at its initial weights."""
        start = (self.X, self.problem.classes, seed)
        if name == "MLP":
            return Undiffused(Perceptron(*start))
        if name == "GCN":
            return Undiffused(Convolutions(*start, Sparse(self.couplings), T=Sparse(self.couplings)))
        if name == "APPNP":
            return DiffusedLogits(Perceptron(*start, bias=False, decays=(5e-3, 0.0)), self.matrix(name))
        if name == BASE:
            return Undiffused(ResidualBase(*start))
        if name == OURS:
            return DiffusedLogits(Convolutions(*start, self.step(safe(self.problem.A)), FEATURES), self.matrix(name))
        if name == "Diff-ResNet":
            step, steps, dropout = DIFF_RESNET[self.data]
            parts = self.matrix(name), self.X.X.to_dense(), self.step(step)
            return DiffResNet(ResidualBase(*start), *parts, steps, dropout, seed)
        return Diffused(ResidualBase(*start), self.matrix(name))

    def _step(self, tau: float):
        """A step of explicit Euler, sparse."""
        return Sparse(scipy.sparse.eye_array(self.problem.A.graph.size) - tau * self.problem.A.graph.laplacian)

    def _matrix(self, name: str):
        """What stands behind the base: `P`, float32."""
        P = pagerank(self.couplings) if name == "APPNP" else self.diffusion(name).u.T
        return torch.tensor(P.astype(np.float32))

    def _diffusion(self, name: str) -> pn.Solution:
        """The diffusion of every node by itself: state number j ends as column j of `P`."""
        scheme, time, tau, claim = self.flows[name]()
        return pn.solve(self.problem.A, np.eye(self.problem.A.graph.size), scheme, time, tau=tau, certificate=claim)


def safe(A) -> float:
    """The largest step of explicit Euler that is certified to keep extrema."""
    return pn.certificate(pn.ExplicitEuler(), A, "max-min").tau


def flows(A, step: float, steps: int) -> dict:
    """Functions that give scheme, time, step size and the claim asked for."""
    implicit = pn.ImplicitEuler(pn.ConjugateGradients(rtol=1e-6))
    return {
        "Diff-ResNet": lambda: (pn.ExplicitEuler(), step * steps, step, None),
        PUBLISHED: lambda: (pn.ExplicitEuler(), TIME, 0.35, None),
        EULER: lambda: (pn.ExplicitEuler(), TIME, None, "max-min"),
        FAST: lambda: fastest(A),
        IMPLICIT: lambda: (implicit, TIME, TIME / 4, "max-min"),  # one step was a point or two worse on two runs
        OURS: lambda: (implicit, TIME, TIME, "max-min"),
    }


def fastest(A):
    """The cycles of FSI with the fewest calls: each bounded, all of them together without a negative entry in `P`."""
    cycles = [pn.networks.GraphFlow(A, TIME, scheme=pn.FSI(n), whole=True) for n in (3, 4, 5)]
    best = min(cycles, key=lambda flow: flow.steps * flow.scheme.n)
    return best.scheme, TIME, best.tau, "bounded"


def convolution(graph):
    """`D^(-1/2) (A + I) D^(-1/2)` with its diagonal, which the couplings of the graph leave out."""
    scale = scipy.sparse.diags_array(graph.weights.sum(1) ** -0.5)
    return scipy.sparse.csr_array(scale @ graph.weights @ scale)


def pagerank(couplings, restart=0.1, steps=10):
    """Ten steps of `P ← (1 - α) Ŵ P + α I` from `P = I`, `α = 0.1` (APPNP: Klicpera, Bojchevski and Günnemann 2019)."""
    eye = np.eye(couplings.shape[0])
    P = eye
    for _ in range(steps):
        P = (1 - restart) * (couplings @ P) + restart * eye
    return P


def measure(networks, name: str, number: int, k: int, training=PAPER) -> dict:
    """One run: a network, a split, an initialisation."""
    parts = split(number, networks.problem.labels)
    net, begin = networks.make(name, parts.seeds[k]), time.process_time()
    test, validation, epochs = accuracy_of(net, networks.problem, parts, training)
    seconds = time.process_time() - begin
    return {"data": networks.data, "network": name, "split": number, "initialisation": k,
            "test": test, "validation": validation, "epochs": epochs, "seconds": seconds}  # fmt: skip


def resumed(data, path: Path) -> list[dict]:
    """All runs of the paper size; those that the file has are not repeated, new ones are added to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    done = {(r["data"], r["network"], r["split"], r["initialisation"]) for r in runs}
    wanted = [
        (name, network, number, k)
        for first in range(0, INITIALISATIONS, 2)
        for five in range(0, SPLITS, 5)
        for k in (first, first + 1)
        for name, networks in data.items()
        for number in range(five, min(five + 5, SPLITS))
        for network in networks.names
        if network != "Diff-ResNet" or (number == five + 4 and k == first + 1)  # ten times as expensive
    ]
    with tqdm(total=len(wanted), initial=len(done), unit="run") as bar, path.open("a") as file:
        try:
            for name, network, number, k in [key for key in wanted if key not in done]:
                runs.append(measure(data[name], network, number, k))
                print(json.dumps(runs[-1]), file=file, flush=True)
                bar.update()
        except KeyboardInterrupt:
            bar.write("stopped: the table holds the runs so far")
    return runs


def accuracies(runs, data: str, network: str) -> dict:
    """Test accuracy in per cent of every (split, initialisation)."""
    mine = [r for r in runs if (r["data"], r["network"]) == (data, network)]
    return {(r["split"], r["initialisation"]): 100 * r["test"] for r in mine}


def row(networks, name: str, runs) -> tuple:
    """Means over the runs of one network, and what holds for its diffusion."""
    mine = [r for r in runs if (r["data"], r["network"]) == (networks.data, name)]
    found = np.array([100 * r["test"] for r in mine] or [np.nan])
    proved = calls = "-"
    if mine and name in networks.flows:
        solution = networks.diffusion(name)
        proved, calls = kept(solution), solution.calls + FEATURES * (name == OURS)
    epochs, seconds = (float(np.mean([r[key] for r in mine] or [0])) for key in ("epochs", "seconds"))
    return networks.data, name, proved, calls, len(mine), float(found.mean()), float(found.std()), epochs, seconds


def kept(solution) -> str:
    """The claims that hold for the diffusion: of each step by its certificate, or of all together by the entries of `P`."""
    bounds = {c.claim: c.tau for c in pn.certify(solution.scheme, solution.operator)}
    found = [claim for claim in ("bounded", "max-min") if solution.tau <= bounds.get(claim, 0.0) * (1 + 1e-12)]
    if "max-min" not in found and solution.u.min() >= -1e-12:
        found.append("max-min of all steps")
    return ", ".join(found) or "nothing"


def claims(rows, runs) -> list[Claim]:
    """What the certified diffusions are held to."""
    facts, found = {(r[0], r[1]): r for r in rows}, []
    for data in dict.fromkeys(r[0] for r in rows):
        gain = facts[data, PUBLISHED][5] - facts[data, BASE][5]
        found.append(Claim(f"{data}: diffusion adds more than ten points to COIN's base", gain > 10))
        found += [c for name in CERTIFIED if (data, name) in facts for c in certified(data, name, facts, runs)]
        if (data, OURS) in facts:
            rivals = ("GCN", "APPNP", PUBLISHED)
            found += [
                Claim(f"{data}, {OURS}: above {r} on average", gains(data, OURS, r, runs).mean() > 0) for r in rivals
            ]
    return found


def certified(data, name, facts, runs) -> list[Claim]:
    """Claims on one certified diffusion beside the published one."""
    more, words = gains(data, name, PUBLISHED, runs), f"{data}, {name}"
    found = [
        Claim(f"{words}: at most half a point below the published setting on average", more.mean() >= -0.5),
        Claim(f"{words}: [0, 1] is kept", "max-min" in facts[data, name][2]),
    ]
    if name == FAST:
        fewer = facts[data, name][3] < facts[data, PUBLISHED][3]
        found.append(Claim(f"{words}: fewer calls of the operator than the published setting", fewer))
    return found


def gains(data, one, other, runs):
    """By how many points one network is more accurate than another, run by run."""
    a, b = accuracies(runs, data, one), accuracies(runs, data, other)
    return np.array([a[key] - b[key] for key in sorted(a.keys() & b.keys())])


def draw(figure, runs, data):
    """Accuracies of all runs, one line a network; those far to the left in words; certified diffusion in red."""
    panels = figure.subplots(1, len(data), squeeze=False, sharey=True)[0]
    for axes, (name, networks) in zip(panels, data.items(), strict=True):
        found = {network: list(accuracies(runs, name, network).values()) for network in networks.names}
        left = min(min(values) for network, values in found.items() if values and network not in ("MLP", BASE)) - 1
        for height, network in enumerate(reversed(networks.names)):
            values, mean = found[network], np.mean(found[network] or [np.nan])
            colour = "C3" if network in (*CERTIFIED, OURS) else "0.5"
            axes.plot(values, height + np.linspace(-0.25, 0.25, len(values)), ".", color=colour, markersize=4)
            axes.plot(mean, height, "|", color="black", markersize=14)
            if mean < left:
                axes.text(left, height, f" ← {mean:.1f}", va="center", fontsize=8)
        axes.set_xlim(left=left)
        axes.set_yticks(range(len(networks.names)), networks.names[::-1], fontsize=8)
        axes.set_title(name.capitalize(), fontsize=10)
        axes.set_xlabel("test accuracy, %", fontsize=9)
