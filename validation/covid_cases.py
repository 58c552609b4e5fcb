"""New cases of COVID-19 in England's regions, nine in ten hidden: does diffusion along mobility help to predict tomorrow?

The published protocol is that of the code of COIN (Wang, Bao, Shi 2024): eight days of a region are its features, the next
day is the target, the graph is that of the first of the eight days; the first fifth of the 53 windows trains, the second is
set aside, the rest tests. It leaks: a region is standardised by mean and deviation of *all* 61 days and entries, hidden
ones and those to be predicted included, and a mask is drawn anew if what it hides on these days is unsuitable. The part set
aside to validate is not used. The clean protocol beside it standardises by one mean and one deviation, of the entries that
are observed on the days of training (a region has two of them on average: too few for its own), draws no mask anew, and
takes the epoch by the observed entries of the days to validate. Errors are divided by those of the prediction zero for the
comparison of both, because their units differ. They differ in what a region knows of its own level, too: whether COIN loses
its lead there to the leak or to the common units, this study cannot tell apart.

All inits of a mask train at once (`torch.func`): weights from the published seeds, other random numbers in dropout. The
paper size is 10 masks x 10 inits, all of them, in three minutes of one core. The small one has one mask, two inits.
"""

import numpy as np

import pdenn as pn
from pdenn.audit.kernel import SLACK, least_entry

from .covid.networks import BASE, COIN, GCN, IMPLICIT, LINEAR, MLP, SAFE, STEP, STEPS, ZERO, errors, flow_of
from .covid.protocol import LAGS, PART, SNAPSHOTS, clean, england, graph, published
from .study import Claim, Study

EPOCHS = 100
SCHEMES = {COIN: pn.ExplicitEuler(), SAFE: pn.ExplicitEuler(), IMPLICIT: pn.ImplicitEuler(pn.BiCGStab())}
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
    columns = ("protocol", "network", "kept by a step", "steps", "runs", "last epoch: MSE", "±", "validated epoch: MSE", "±",
               "listed", "MSE / zero")  # fmt: skip
    title = f"England's cases, 90 % hidden: {masks} masks x {inits} inits, mean and deviation over runs"
    return Study(title, columns, rows, claims(tables, days, size), lambda f: draw(f, tables))


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
    """Mean and deviation at the last epoch and at the validated one; beside zero that which the protocol asks for."""
    mine, zero = table[net], table[ZERO]
    proved = ", ".join(kept(net)) or "nothing" if net in SCHEMES else "-"
    count = flow_of(net).count if net in SCHEMES else "-"
    numbers = [float(f(mine[..., k])) for k in range(2) for f in (np.mean, np.std)]
    listed = LISTED.get(net, "-") if protocol == "published" else "-"
    relative = (mine / zero)[..., column(protocol)].mean()
    return protocol, net, proved, count, mine[..., 0].size, *numbers, listed, float(relative)


def column(protocol) -> int:
    """Published: the last epoch. Clean: the validated one."""
    return int(protocol == "clean")


def leak() -> tuple[float, float]:
    """Mean squares, in cases, of two constants for each region on the days to test.

    Its mean over all days, which "zero" in the published units is; and its mean over the days of training, none hidden.
    """
    cases = england().cases.astype(float)
    later = cases[LAGS + 2 * PART :]
    return tuple(float(((later - known.mean(0)) ** 2).mean()) for known in (cases, cases[: PART + LAGS]))


def claims(tables, days, size) -> list[Claim]:
    """The listed numbers, what the step of a half keeps on directed graphs, and what diffusion brings."""
    number = len(days)
    normal = [a for a, _ in days if {"bounded", "contractive"} <= set(a.failed)]
    extrema = [a for a, _ in days if "max-min" in a.failed]
    growth = max(a["bounded"].witness.amount for a, _ in days)
    together, (all_days, training) = sum(kept for _, kept in days), leak()
    found = [
        Claim(f"the leak: predicting zero in the published units, a mean over all days, errs by {all_days:.0f} squared cases on the "
              f"days to test, the mean over the days of training by {training:.0f}", all_days < training),
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
    alone = [net for net in table["clean"] if net not in SCHEMES]
    best = {protocol: min(alone, key=lambda net: one[net].mean()) for protocol, one in table.items()}
    gain = {protocol: one[COIN].mean() / one[best[protocol]].mean() - 1 for protocol, one in table.items()}
    found += [
        Claim(f"published protocol: COIN errs least of all, {100 * gain['published']:+.0f} % from {best['published']}", gain["published"] < 0),
        Claim(f"clean protocol: it does not, {100 * gain['clean']:+.0f} % from {best['clean']}", gain["clean"] > 0),
    ]  # fmt: skip
    for protocol, one in table.items():
        for net in (SAFE, IMPLICIT):
            gap = one[net].mean() / one[COIN].mean() - 1
            words = f"{protocol} protocol, {net}: error {100 * gap:+.1f} % from the published steps, at most 2 %"
            found.append(Claim(words, gap <= 0.02))
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
