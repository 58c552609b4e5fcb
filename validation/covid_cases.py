"""New cases of COVID-19 in England's regions, nine in ten hidden: does diffusion along mobility help to predict tomorrow?

The published protocol is that of the code of COIN (Wang, Bao, Shi 2024): eight days of a region are its features, the next
day is the target, the graph is that of the first of the eight days; the first fifth of the 53 windows trains, the second is
set aside, the rest tests. It leaks: a region is standardised by mean and deviation of *all* 61 days and entries, hidden
ones and those to be predicted included, and a mask is drawn anew if what it hides on these days is unsuitable. The part set
aside to validate is not used. The clean protocol beside it standardises by one mean and one deviation, of the entries that
are observed on the days of training (a region has two of them on average: too few for its own), draws no mask anew, and
takes the epoch by the observed entries of the days to validate. Errors are divided by those of the prediction zero for the
comparison of both, because their units differ.

All inits of a mask train at once (`torch.func`): weights from the published seeds, other random numbers in dropout. The
paper size is 10 masks x 10 inits, all of them, and takes some minutes of one core. The small one has one mask, two inits.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
import torch
from torch import nn
from torch.func import stack_module_state

import pdenn as pn
from pdenn.audit.kernel import SLACK, least_entry

from .study import Claim, Study

LAGS, SNAPSHOTS, PART, HIDDEN, MISSING = 8, 53, 10, 16, 0.9
STEPS, STEP, DROPOUT, EPOCHS = 10, 0.5, 0.25, 100
TRAIN, VALIDATE, TEST = slice(0, PART), slice(PART, 2 * PART), slice(2 * PART, SNAPSHOTS)
ZERO, LINEAR, MLP, GCN, CACHED = "zero", "linear regression", "MLP", "GCN", "GCN, graph of the first day"
BASE, COIN, SAFE, IMPLICIT = "COIN's base alone", "COIN, published", "COIN, max-min Euler", "COIN, implicit Euler"
SCHEMES = {COIN: pn.ExplicitEuler(), SAFE: pn.ExplicitEuler(), IMPLICIT: pn.ImplicitEuler(pn.BiCGStab())}
NETS = (MLP, GCN, CACHED, BASE, COIN, SAFE, IMPLICIT)
LISTED = {COIN: 0.719, BASE: 0.911, MLP: 0.794, GCN: 0.799, LINEAR: 0.834, ZERO: 0.820}
DEVIATION = {COIN: 0.021, BASE: 0.210, MLP: 0.037, GCN: 0.042, LINEAR: 0.077, ZERO: 0.0}  # of 10 masks x 4 inits


def run(size: str) -> Study:
    """Test errors of both protocols, and what is certified of the diffusion."""
    masks, inits, epochs = (1, 2, 30) if size == "small" else (10, 10, EPOCHS)
    seeds = np.random.RandomState(42).randint(0, 1000000, 10)[:masks]
    found = {"published": [], "clean": []}
    for seed in seeds:
        for protocol, make in (("published", published), ("clean", clean)):
            problem, rng = make(seed)
            found[protocol].append(errors(problem, rng.randint(0, 1000000, 10)[:inits], epochs))
    tables = {name: {net: np.stack([one[net] for one in runs]) for net in runs[0]} for name, runs in found.items()}
    days = audited(SNAPSHOTS if size == "paper" else 3)
    rows = [row(protocol, net, table) for protocol, table in tables.items() for net in table]
    columns = (
        "protocol",
        "network",
        "kept by a step",
        "steps",
        "runs",
        "test MSE",
        "±",
        "listed",
        "MSE / zero",
        "validated epoch",
    )
    title = f"England's cases, 90 % hidden: {masks} masks x {inits} inits, mean and deviation over runs"
    return Study(title, columns, rows, claims(tables, days, size), lambda f: draw(f, tables))


class Problem(NamedTuple):
    """Features (windows, regions, 8), targets of tomorrow (windows, regions), and which of those are known: tensors."""

    features: torch.Tensor
    targets: torch.Tensor
    known: torch.Tensor


@cache
def england():
    """The data, read once."""
    return pn.datasets.england_covid()


def published(seed):
    """The protocol of the code, and its source of random numbers after the mask."""
    rng, cases = np.random.RandomState(seed), england().cases.astype(float)
    z = (cases - cases.mean(0)) / (cases.std(0) + 1e-10)
    while True:
        seen = mask(rng, z)
        counts, spread = seen.sum(0), np.ma.array(z, mask=~seen).std(0).filled(0.0)
        if counts.min() >= 2 and spread.min() > 1e-9:
            return windows(z, seen), rng


def clean(seed):
    """No number of a hidden entry, nor of a day to validate or to test, enters the units."""
    rng, cases = np.random.RandomState(seed), england().cases.astype(float)
    seen = mask(rng, cases)
    values = cases[: PART + LAGS][seen[: PART + LAGS]]
    return windows((cases - values.mean()) / values.std(), seen), rng


def mask(rng, z):
    """Which entries are seen: one in ten."""
    seen = np.ones(z.size, bool)
    seen[rng.choice(z.size, int(MISSING * z.size), replace=False)] = False
    return seen.reshape(z.shape)


def windows(z, seen) -> Problem:
    """Hidden features are zero; targets are known where they are seen, and all of them on the days to test."""
    shown = np.where(seen, z, 0.0)
    features = np.stack([shown[i : i + LAGS].T for i in range(SNAPSHOTS)])
    known = seen[LAGS:].copy()
    known[TEST] = True
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (features, z[LAGS:]))
    return Problem(*tensors, torch.tensor(known))


@cache
def graph(day: int) -> pn.Graph:
    """Mobility between regions, those who stay left out, `D^(-1/2) A D^(-1/2)` with the sums of rows; directed."""
    A = england().mobility[day]
    apart = scipy.sparse.csr_array(A - scipy.sparse.diags_array(A.diagonal()))
    apart.eliminate_zeros()
    return pn.Graph(apart, "symmetric", directed=True)


class Flow(NamedTuple):
    """Diffusion or convolution on all days: matrices (53, 129, 129) of a step and of all steps, and their number."""

    step: torch.Tensor
    all: torch.Tensor
    count: int

    def on(self, which):
        """The same on some of the days."""
        return Flow(self.step[which], self.all[which], self.count)


@cache
def flow_of(name: str) -> Flow:
    """`I - τ L` with the published step, with that which keeps extrema on all days, or `(I + τ L)⁻¹`, which always does."""
    if name in (GCN, CACHED):
        P, count = np.stack([convolution(0 if name == CACHED else day) for day in range(SNAPSHOTS)]), 1
    else:
        count = max(fewest(day) for day in range(SNAPSHOTS)) if name == SAFE else STEPS
        tau = STEPS * STEP / count
        L, eye = np.stack([graph(day).laplacian.toarray() for day in range(SNAPSHOTS)]), np.eye(graph(0).size)
        P = np.linalg.inv(eye + tau * L) if name == IMPLICIT else eye - tau * L
    step = torch.tensor(P)
    return Flow(step.float(), torch.linalg.matrix_power(step, count).float(), count)


def fewest(day) -> int:
    """Steps of explicit Euler for the published time whose certificate says that extrema are kept."""
    A = pn.discretise(pn.Diffusion(), graph(day))
    return int(np.ceil(STEPS * STEP / pn.certificate(pn.ExplicitEuler(), A, "max-min").tau))


def convolution(day):
    """`D^(-1/2) (A + I) D^(-1/2)` with degrees of what arrives (Kipf and Welling 2017, directed edges)."""
    arcs = england().mobility[day].toarray().T  # row i: what arrives in region i
    np.fill_diagonal(arcs, np.where(np.diag(arcs) > 0, np.diag(arcs), 1.0))
    scale = arcs.sum(1) ** -0.5
    return scale[:, None] * arcs * scale


class Residual(nn.Module):
    """The weights of the base of COIN: `W x + b + V ELU(U x + c) + d`."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer, self.shortcut = nn.Linear(LAGS, HIDDEN), nn.Linear(HIDDEN, 1), nn.Linear(LAGS, 1)


class Layers(nn.Module):
    """The weights of two layers."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(LAGS, HIDDEN), nn.Linear(HIDDEN, 1)


def initial(kind, seeds) -> dict:
    """The weights of all inits, stacked along a first axis."""
    nets = []
    for seed in seeds:
        torch.manual_seed(int(seed))
        nets.append(kind())
    return stack_module_state(nets)[0]


def affine(x, weights, layer):
    """A layer of all inits: `(inits or 1, windows, regions, inputs)` to outputs."""
    return x @ weights[f"{layer}.weight"].transpose(-1, -2)[:, None] + weights[f"{layer}.bias"][:, None, None]


def spread(P, u):
    """`P u` for a matrix of each window and a state of each init."""
    inits, windows, regions, values = u.shape
    v = P @ u.permute(1, 2, 0, 3).reshape(windows, regions, inits * values)
    return v.reshape(windows, regions, inits, values).permute(2, 0, 1, 3)


def layers(weights, x, flow, training):
    """Two layers with dropout before each, on every region alone, or behind a graph convolution."""
    for layer in ("first", "second"):
        x = nn.functional.dropout(x, DROPOUT, training)
        x = affine(x if flow is None else spread(flow.step, x), weights, layer)
        x = nn.functional.elu(x) if layer == "first" else x
    return x


def diffused(weights, x, flow, training):
    """The base, then diffusion with dropout before every step, of such a part that the whole keeps as much."""
    u = affine(x, weights, "shortcut") + affine(nn.functional.elu(affine(x, weights, "inner")), weights, "outer")
    if flow is None or not training:
        return u if flow is None else spread(flow.all, u)
    for _ in range(flow.count):
        u = spread(flow.step, nn.functional.dropout(u, 1 - (1 - DROPOUT) ** (STEPS / flow.count)))
    return u


def errors(problem, seeds, epochs) -> dict:
    """Of every network the test errors of all inits, shape (inits, 2): at the last epoch, and at the validated one."""
    found = {ZERO: torch.zeros_like(problem.targets), LINEAR: linear(problem)}
    found = {name: np.full((1, 2), float(loss(u, problem, TEST))) for name, u in found.items()}
    return found | {name: trained(name, problem, seeds, epochs) for name in NETS}


def loss(outputs, problem, which):
    """The mean over windows of the mean square over known targets, for outputs of all windows `(..., 53, regions)`."""
    known = problem.known[which]
    squares = torch.where(known, (outputs[..., which, :] - problem.targets[which]) ** 2, 0.0)
    return (squares.sum(-1) / known.sum(-1).clamp(min=1)).mean(-1)


def linear(problem):
    """Least squares over all known targets of the windows to train."""
    x = nn.functional.pad(problem.features, (0, 1), value=1.0).double()
    known = problem.known[TRAIN]
    weights = torch.linalg.lstsq(x[TRAIN][known], problem.targets[TRAIN][known].double()[:, None]).solution
    return (x @ weights).squeeze(-1).float()


def trained(name, problem, seeds, epochs):
    """All inits at once: their losses add up, so that Adam sees for each what it would see alone."""
    kind, net = (Layers, layers) if name in (MLP, GCN, CACHED) else (Residual, diffused)
    weights, flow = initial(kind, seeds), None if name in (MLP, BASE) else flow_of(name)
    optimiser = torch.optim.Adam(weights.values(), lr=0.01, weight_decay=5e-4)
    x, early, history = problem.features.expand(len(seeds), -1, -1, -1), flow and flow.on(TRAIN), []
    part = Problem(*(a[TRAIN] for a in problem))
    for _ in range(epochs):
        optimiser.zero_grad()
        loss(net(weights, x[:, TRAIN], early, True).squeeze(-1), part, slice(None)).sum().backward()
        optimiser.step()
        with torch.no_grad():
            u = net(weights, x, flow, False).squeeze(-1)
            history.append(torch.stack([loss(u, problem, VALIDATE), loss(u, problem, TEST)]))
    validation, test = torch.stack(history, 1).numpy()
    best = validation.argmin(0)
    return np.stack([test[-1], test[best, np.arange(len(seeds))]], 1)


def audited(days) -> list:
    """The audit of the published diffusion on each day, and whether its ten steps together keep extrema."""
    operators = [pn.discretise(pn.Diffusion(), graph(day)) for day in range(days)]
    return [
        (pn.audit(A, tau=STEP, steps=STEPS), least_entry(A, pn.ExplicitEuler(), STEP, STEPS) >= -SLACK)
        for A in operators
    ]


def kept(net) -> list[str]:
    """The claims whose certificates allow the step on the graphs of all days."""
    tau, scheme = STEPS * STEP / flow_of(net).count, SCHEMES[net]
    proofs = [pn.certify(scheme, pn.discretise(pn.Diffusion(), graph(day))) for day in range(SNAPSHOTS)]
    bounds = [{c.claim: c.tau for c in proof} for proof in proofs]
    return [claim for claim in pn.certificates.CLAIMS if all(tau <= b.get(claim, 0.0) for b in bounds)]


def row(protocol, net, table) -> tuple:
    """Mean and deviation of the published epoch, or of the validated one."""
    mine = table[net][..., column(protocol)]
    proved = ", ".join(kept(net)) or "nothing" if net in SCHEMES else "-"
    count = flow_of(net).count if net in SCHEMES else "-"
    relative = float((mine / table[ZERO][..., 0]).mean())
    listed = LISTED.get(net, "-") if protocol == "published" else "-"
    other = float(table[net][..., 1].mean()) if protocol == "published" else float(mine.mean())
    return protocol, net, proved, count, mine.size, float(mine.mean()), float(mine.std()), listed, relative, other


def column(protocol) -> int:
    """Published: the last epoch. Clean: the validated one."""
    return int(protocol == "clean")


def claims(tables, days, size) -> list[Claim]:
    """The listed numbers, what the step of a half keeps on directed graphs, and what diffusion brings."""
    number = len(days)
    normal = [a for a, _ in days if {"bounded", "contractive"} <= set(a.failed)]
    extrema = [a for a, _ in days if "max-min" in a.failed]
    growth = max(a["bounded"].witness.amount for a, _ in days)
    together = sum(kept for _, kept in days)
    found = [
        Claim(f"a step of {STEP} is neither bounded nor contractive on any of {number} days: the 2-norm grows up to {growth:.4f} times",
              len(normal) == number),
        Claim(f"a step of {STEP} leaves the extrema on every day, {together} of {number} times all ten steps together do not",
              len(extrema) == number),
        Claim("max-min Euler and implicit Euler are certified to keep extrema on all days, and have no negative entry in a step",
              all(kept(name) == ["max-min"] and float(flow_of(name).step.min()) >= -1e-9 for name in (SAFE, IMPLICIT))),
    ]  # fmt: skip
    return found if size == "small" else found + measured(tables)


def measured(tables) -> list[Claim]:
    """Claims on errors, which need all masks."""
    table = {p: {net: t[net][..., column(p)] for net in t} for p, t in tables.items()}
    found = []
    for net, listed in LISTED.items():
        mean = table["published"][net].mean()
        near = abs(mean - listed) <= max(DEVIATION[net], 0.0005)
        found.append(Claim(f"published protocol, {net}: {mean:.3f}, listed {listed:.3f} ± {DEVIATION[net]:.3f}", near))
    for protocol, one in table.items():
        for net in (SAFE, IMPLICIT):
            gap = one[net].mean() - one[COIN].mean()
            found.append(
                Claim(
                    f"{protocol} protocol, {net}: error {gap:+.4f} from the published steps, at most 0.02", gap <= 0.02
                )
            )
    return found


def draw(figure, tables):
    """All runs, relative to the prediction zero, one line a network."""
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (protocol, table) in zip(panels, tables.items(), strict=True):
        for height, net in enumerate(reversed(list(table))):
            values = (table[net][..., column(protocol)] / table[ZERO][..., 0]).ravel()
            axes.plot(values, height + np.linspace(-0.25, 0.25, values.size), ".", color="C0", markersize=3)
            axes.plot(values.mean(), height, "|", color="black", markersize=12)
        axes.axvline(1.0, color="0.7", linewidth=0.8)
        axes.set_yticks(range(len(table)), list(table)[::-1], fontsize=8)
        axes.set_title(f"{protocol} protocol", fontsize=10)
        axes.set_xlabel("test error, 1 = predict zero", fontsize=8)
