"""Two circles, two moons, two spirals, and the xor of four discs: what diffusion does to features, step by step.

The problems, seeds, graphs and the training are those of the code of Diff-ResNet (Wang, Dou, Bao, Shi 2024): 1000 points,
a residual block of two neurons, full-batch SGD, an optimiser anew in every epoch (so that its momentum never acts), 21
evaluations, all points both trained on and tested on. The numbers listed beside those found come from a run of that code
with its diffusion switched on. Ours is the same diffusion time by cycles of FSI that together keep extrema, and by one
implicit step: certified at any size, but far from the exponential, so that its accuracy is a finding and no claim. For xor
nothing is trained: what grows is the ratio of the least distance between discs to the largest diameter of one.

The paper size takes half a minute of one core; the small one has the moons and xor only.
"""

from typing import NamedTuple

import numpy as np
import torch

import pdenn as pn
from pdenn.audit.kernel import SLACK, least_entry
from pdenn.networks import DiffResNet
from pdenn.separation import distance_diameter, predict

from .study import Claim, Study

EPOCHS = 21
TOLERANCE = 0.5  # per cent: five points of a thousand, for sums of float32 in another order
NONE, EULER, FAST, IMPLICIT = "none", "explicit Euler, as published", "FSI", "implicit Euler, one step"
ONE_STEP = pn.ImplicitEuler(pn.BiCGStab(rtol=1e-4))  # the tolerance is for states in float32
XOR = {0: 0.366, 1: 0.80, 5: 1.81, 10: 3.13, 20: 7.35, 50: 76.7, 100: 3500.0, 200: 7.2e6}  # L/D after steps
DISCS, LAYERS, COLOURS = np.repeat(np.arange(4), 100), 200, np.array(["C0", "C3"])


class Problem(NamedTuple):
    """A row of the table of the paper: how the network is trained, and its accuracies in per cent."""

    curves: object
    noise: float
    seed: int
    neighbours: int
    layers: int
    rate: float
    without: float
    first: int  # epoch with 100 % under diffusion
    cycle: int  # of FSI: of 8, 12, 16, 24 and 36 that which needs fewest calls


def circles():
    """Radii two and one."""
    a = np.linspace(0, 2 * np.pi, 500)
    ring = np.stack([np.cos(a), np.sin(a)], 1)
    return np.concatenate([2 * ring, ring])


def moons():
    """Two half circles that reach into each other."""
    a = np.linspace(0, np.pi, 500)
    return np.concatenate([np.stack([np.cos(a), np.sin(a)], 1), np.stack([1 - np.cos(a), 0.5 - np.sin(a)], 1)])


def spirals():
    """One turn each, the second one reflected at the origin."""
    a = np.linspace(0, 2 * np.pi, 500)
    arm = ((1 + a) * np.stack([np.cos(a), np.sin(a)])).T
    return np.concatenate([arm, -arm])


PROBLEMS = {
    "two circles": Problem(circles, 0.05, 42, 50, 200, 1.0, 51.6, 13, 16),
    "two moons": Problem(moons, 0.05, 40, 25, 60, 1.0, 87.7, 19, 8),
    "two spirals": Problem(spirals, 0.1, 42, 25, 900, 0.8, 52.4, 16, 24),
}


def run(size: str) -> Study:
    """Accuracies with and without diffusion, and the ratio for xor."""
    names = ["two moons"] if size == "small" else list(PROBLEMS)
    found = {name: trained(PROBLEMS[name]) for name in names}
    x, graph = discs()
    states = diffused(graph, x, LAYERS)
    ratios = [distance_diameter(state, DISCS).ratio for state in states]
    rows = [row for name in names for row in accuracy_rows(name, PROBLEMS[name], found[name])]
    rows += [
        ("xor: L/D", "explicit Euler, as published", k, "max-min, each step", float(ratios[k]), XOR[k], "-", "-")
        for k in XOR
    ]
    columns = (
        "problem",
        "diffusion",
        "calls",
        "kept by all steps",
        "accuracy % or L/D",
        "listed",
        "100 % from epoch",
        "listed",
    )
    proof = provable(x)
    said = [c for name in names for c in accuracy_claims(name, PROBLEMS[name], found[name])] + xor_claims(
        ratios, graph, proof
    )
    title = "Toy problems of Diff-ResNet: accuracy with and without diffusion, and the distance-diameter ratio"
    return Study(title, columns, rows, said, lambda f: draw(f, found, states, ratios, proof))


class Run(NamedTuple):
    """A trained network: right answers in per cent at every evaluation, features of all points, calls of the operator."""

    network: DiffResNet
    accuracy: list
    features: np.ndarray
    calls: int


def data(problem):
    """The points, float64 of shape (1000, 2): all noise of the first coordinates is drawn before that of the second."""
    noise = np.random.RandomState(problem.seed).randn(2, 1000).T
    return problem.curves() + problem.noise * noise


def trained(problem) -> dict[str, Run]:
    """The network without diffusion, as published, and with the same time of diffusion by other schemes."""
    x = data(problem)
    graph = pn.Graph.diff_resnet(x, problem.neighbours)
    settings = {
        NONE: {"time": 0.0},
        EULER: {"time": problem.layers, "steps": problem.layers},
        FAST: {"time": problem.layers, "scheme": pn.FSI(problem.cycle), "whole": True},
        IMPLICIT: {"time": problem.layers, "scheme": ONE_STEP},
    }
    return {name: train(graph, x, problem, setting) for name, setting in settings.items()}


def train(graph, x, problem, setting) -> Run:
    """21 evaluations, and a step of steepest descent after each."""
    torch.manual_seed(problem.seed)
    net = DiffResNet(graph, 2, 2, hidden=2, **setting)
    inputs, labels = torch.tensor(x, dtype=torch.float32), torch.arange(1000) // 500
    accuracy = []
    for _ in range(EPOCHS):
        scores = net(inputs)
        accuracy.append(float((scores.argmax(1) == labels).double().mean()) * 100)
        features = net.blocks[0](inputs).detach().double().numpy()  # of this evaluation, before the weights change
        optimiser = torch.optim.SGD(net.parameters(), lr=problem.rate, momentum=0.9, weight_decay=5e-4)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(scores, labels).backward()
        optimiser.step()
    return Run(net, accuracy, features, calls(net.flows[0], features))


def calls(flow, features) -> int:
    """Calls of the operator in all steps, counted by the solver on the features of the trained network."""
    if flow.time == 0:
        return 0
    return pn.solve(flow.A, features.T.copy(), flow.scheme, flow.time, tau=flow.tau, certificate=None).calls


def kept(flow) -> str:
    """Whether all steps together keep extrema: each does, or their kernel has no negative entry and row sums one."""
    if flow.time == 0:
        return "-"
    if any(c.claim == "max-min" and flow.tau <= c.tau for c in pn.certify(flow.scheme, flow.A)):
        return "max-min, each step"
    return "max-min" if least_entry(flow.A, flow.scheme, flow.tau, flow.steps) >= -SLACK else "nothing"


def first(accuracy) -> int | str:
    """The epoch from which all points are right, if there is one."""
    wrong = [k for k, value in enumerate(accuracy) if value < 100]
    last = wrong[-1] if wrong else -1
    return last + 1 if last + 1 < len(accuracy) else "-"


def accuracy_rows(name, problem, runs) -> list[tuple]:
    """A row for each kind of diffusion."""
    listed = {NONE: (problem.without, "-"), EULER: (100.0, problem.first)}
    rows = []
    for kind, run in runs.items():
        published, epoch = listed.get(kind, ("-", "-"))
        flow = run.network.flows[0]
        rows.append((name, kind, run.calls, kept(flow), run.accuracy[-1], published, first(run.accuracy), epoch))
    return rows


def accuracy_claims(name, problem, runs) -> list[Claim]:
    """The listed numbers, what the graph does for them, and the certified variants."""
    graph = runs[EULER].network.flows[0].A.grid
    across = graph.couplings[:500][:, 500:].nnz + graph.couplings[500:][:, :500].nnz
    without, euler = runs[NONE].accuracy[-1], runs[EULER].accuracy
    same = first(euler) == problem.first
    return [
        Claim(f"{name}: {without:.1f} % without diffusion, within {TOLERANCE} of the listed {problem.without} %",
              abs(without - problem.without) <= TOLERANCE),
        Claim(f"{name}: 100 % with the published diffusion, from the listed epoch {problem.first} on", same),
        Claim(f"{name}: no edge of the graph joins the classes, so that the graph alone solves the problem", across == 0),
        Claim(f"{name}: steps of one keep max-min by their certificate, and features stay in the range of the inputs of diffusion",
              kept(runs[EULER].network.flows[0]) == "max-min, each step" and in_range(runs[EULER])),
        Claim(f"{name}: FSI reaches 100 % over the same diffusion time, keeps max-min, with {runs[FAST].calls} calls "
              f"in place of {runs[EULER].calls}",
              runs[FAST].accuracy[-1] == 100 and "max-min" in kept(runs[FAST].network.flows[0]) and runs[FAST].calls < runs[EULER].calls),
    ]  # fmt: skip


def in_range(run) -> bool:
    """Whether diffusion kept the features between their extrema, to rounding."""
    graph, n = run.network.flows[0].A.grid, run.network.flows[0].steps
    before, after = run.features, diffused(graph, run.features, n)[-1]
    slack = 1e-12 * np.abs(before).max()
    return bool((after.min(0) >= before.min(0) - slack).all() and (after.max(0) <= before.max(0) + slack).all())


def diffused(graph, x, steps) -> list[np.ndarray]:
    """The points after 0, 1, ... steps of size one, `X ← W X`."""
    A = pn.discretise(pn.Diffusion(), graph)
    pn.certificate(pn.ExplicitEuler(), A, "max-min")
    states = [x]
    for _ in range(steps):
        states.append(pn.ExplicitEuler().step(A, 0.0, np.ascontiguousarray(states[-1].T), 1.0).T)
    return states


def discs():
    """400 points of xor, uniform in discs of radius 3/4, and their graph."""
    rng = np.random.RandomState(42)
    r, angle = np.sqrt(rng.uniform(0, 0.75**2, 400)), np.pi * rng.uniform(0, 2, 400)
    centres = np.array([(0, 0), (2, 2), (2, 0), (0, 2)])[DISCS]
    x = centres + np.stack([r * np.cos(angle), r * np.sin(angle)], 1)
    return x, pn.Graph.diff_resnet(x, 20)


class Proof(NamedTuple):
    """On the symmetric graph of the same points: the ratio found in every step, and that which is proved."""

    found: np.ndarray
    proved: np.ndarray


def provable(x) -> Proof:
    """The theorem needs symmetric weights: those of the same neighbours, with the largest step that keeps extrema."""
    graph = pn.Graph.from_points(x, 19, 0.5)
    A = pn.discretise(pn.Diffusion(), graph)
    gamma = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    states = [x]
    for _ in range(LAYERS):
        states.append(states[-1] - gamma * (graph.laplacian @ states[-1]))
    found = [distance_diameter(state, DISCS).ratio for state in states]
    return Proof(np.array(found), predict(x, graph, DISCS, gamma, LAYERS).ratio)


def xor_claims(ratios, graph, proof) -> list[Claim]:
    """The listed sequence, and the theorem."""
    worst = max(abs(ratios[k] / listed - 1) for k, listed in XOR.items())
    joined = graph.couplings.tocoo()
    apart = not (DISCS[joined.row] != DISCS[joined.col]).any()
    diameters = np.all(np.diff(np.log(ratios[1:])) > 0)
    return [
        Claim(f"xor: every ratio within 2 % of the listed one (two to three digits), at worst {100 * worst:.2g} %", worst < 0.02),
        Claim("xor: no edge joins two discs, and the ratio grows in every step after the first", apart and bool(diameters)),
        Claim("xor, symmetric graph: the ratio is never below the proved bound, which exceeds one in the end "
              f"({proof.proved[-1]:.3g}; found {proof.found[-1]:.3g})",
              bool((proof.found >= proof.proved * (1 - 1e-9)).all() and proof.proved[-1] > 1)),
    ]  # fmt: skip


def draw(figure, found, states, ratios, proof):
    """Points at four depths, and the ratio of xor against the steps."""
    figure.set_size_inches(9, 2.3 * (len(found) + 1))
    panels = figure.subplots(len(found) + 1, 4)
    for line, (name, runs) in zip(panels, found.items(), strict=False):
        layers = runs[EULER].network.flows[0].steps
        evolution = diffused(runs[EULER].network.flows[0].A.grid, runs[EULER].features, layers)
        for axes, depth in zip(line, (0, layers // 20, layers // 4, layers), strict=True):
            scatter(axes, evolution[depth], COLOURS[np.arange(1000) // 500], f"{name}, {depth} layers")
    for axes, depth in zip(panels[-1], (0, 5, 20), strict=False):
        scatter(axes, states[depth], COLOURS[DISCS // 2], f"xor, {depth} layers")
    curve = panels[-1][3]
    curve.semilogy(ratios, color="C0", label="row-stochastic")
    curve.semilogy(list(XOR), list(XOR.values()), "o", color="0.4", markersize=3, label="listed")
    curve.semilogy(proof.found, color="C2", label="symmetric")
    curve.semilogy(np.where(proof.proved > 0, proof.proved, np.nan), "--", color="C2", label="proved")
    curve.set_title("xor: L/D against layers", fontsize=8)
    curve.legend(fontsize=6)
    curve.tick_params(labelsize=6)


def scatter(axes, x, colours, title):
    """Points, with axes of equal scale around them."""
    axes.scatter(x[:, 0], x[:, 1], s=2, c=colours)
    axes.set_title(title, fontsize=8)
    axes.set_aspect("equal", "datalim")
    axes.tick_params(labelsize=6)
