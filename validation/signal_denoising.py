"""Denoising of 1-D signals: what symmetric and accelerated nets gain over standard ones, and what activations do.

Alt et al. (2022) report that symmetric nets reach standard ones with half the parameters, that nonmonotone activations
win where channels are few, and accelerated nets where blocks are. Their settings are not published in numbers, so that
signals and training are those of `signals`. Each message is a claim about the mean difference in PSNR of two nets with
the same seed, that is with the same signals in the same order, and stands with its 95 % interval over the seeds (Student).

The rate of Adam is the best of four for each kind of net and activation, at a middle size, on signals of its own, and for
two seeds that take no part later. The paper size needs ten minutes of one idle core; it keeps every configuration in a
file in pooch's cache, goes on where it was stopped, and Ctrl-C ends it with the table of what is there. The small size asks
whether everything works.
"""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
import scipy.stats

import pdenn as pn
from pdenn.networks import SymmetricNet

from .signals.data import psnr, signals
from .signals.networks import CYCLES, FAMILIES, FAST, FRANKEL, LAWS, STANDARD, SYMMETRIC, calls, network
from .signals.resume import resumed
from .signals.training import RATES, SEARCH_SEEDS, Training, best_rate, errors, trained
from .study import Claim, Study

WIDTHS, DEPTHS, MIDDLE = (1, 2, 4, 8), (2, 4, 8), (4, 4)  # features at 4 blocks, blocks at 4 features
FEW, REACH = 2, 0.1  # blocks or features; dB by which a net that reaches another may stay below
SIZES = {"small": (400, 2, Training(150, 16, 60)), "paper": (10_000, 5, Training(750, 16, 750))}
COLOURS = dict(zip(FAMILIES, ("0.35", "C3", "C0", "C2", "C1"), strict=True))


class Kind(NamedTuple):
    """What has a rate of its own."""

    family: str
    activation: str


class Configuration(NamedTuple):
    """What is trained from all seeds at once."""

    family: str
    activation: str
    features: int
    blocks: int


def run(size: str) -> Study:
    """PSNR of all configurations, and the messages of the paper as claims."""
    count, seeds, training = SIZES[size]
    bench = Bench(signals(count, 0), signals(500, 1), signals(1000, 2), range(seeds), training)
    if size == "small":
        chosen = [(STANDARD, "ReLU"), (SYMMETRIC, "ReLU"), *((family, "Perona-Malik") for family in FAMILIES)]
        runs = [bench.measure(Configuration(*k, FEW, FEW), bench.search(Kind(*k))["rate"]) for k in chosen]
    else:
        rates = {(r["family"], r["activation"]): r["rate"] for r in resumed("signal_rates", kinds(), bench.search)}
        known = [c for c in wanted() if c[:2] in rates]
        runs = resumed("signal_denoising", known, lambda c: bench.measure(c, rates[c[:2]]))
    return study(runs, bench.noisy, size)


def study(runs, noisy: float, size: str) -> Study:
    """The table of the configurations that there are."""
    found = {Configuration(*(r[key] for key in Configuration._fields)): r for r in runs}
    columns = ("net", "activation", "features", "blocks", "calls", "parameters", "certified", "rate", "PSNR", "±",
               "CPU seconds")  # fmt: skip
    seeds = len(runs[0]["psnr"])
    title = f"Denoising of signals: PSNR in dB, mean and deviation over {seeds} seeds; noisy {noisy:.2f}"
    said = sound(found, noisy) + (messages(found) if size == "paper" else [])
    return Study(title, columns, [row(c, found[c]) for c in found], said, lambda figure: draw(figure, found))


class Bench(NamedTuple):
    """The signals, seeds and training that all networks share."""

    data: object
    validation: object
    test: object
    seeds: range
    training: Training

    @property
    def noisy(self) -> float:
        """PSNR of the signals as they come."""
        return psnr(float(((self.test.noisy - self.test.clean) ** 2).mean()))

    def search(self, kind) -> dict:
        """The rate of a kind at its middle size; cycles call their operators four times as often."""
        make = partial(network, *kind, MIDDLE[0], FEW if kind.family == CYCLES else MIDDLE[1])
        rate = best_rate(make, SEARCH_SEEDS, RATES, self.data, self.validation, self.training)
        return kind._asdict() | {"rate": rate}

    def measure(self, configuration, rate) -> dict:
        """PSNR of every seed, and what is certified of all of them."""
        begin, make = time.process_time(), partial(network, *configuration)
        stack = trained(make, self.seeds, [rate], self.data, self.training.updates, self.training.batch)
        nets = [stack.single(k) for k in range(len(stack))]
        kernels = sum(p.numel() for name, p in nets[0].named_parameters() if name.endswith("weight"))
        return configuration._asdict() | {
            "parameters": sum(p.numel() for p in nets[0].parameters()),
            "kernels": kernels,
            "certified": certified(nets),
            "rate": rate,
            "psnr": [psnr(error) for error in errors(stack, self.test)],
            "seconds": time.process_time() - begin,
        }


def certified(nets) -> str:
    """The claims that hold for all these networks at their present weights."""
    if not isinstance(nets[0], SymmetricNet):
        return "nothing"
    common = set.intersection(*({c.claim for c in pn.certify(net)} for net in nets))
    return ", ".join(sorted(common)) or "nothing"


def kinds() -> list[Kind]:
    """All kinds of nets; the blocks of ReLU are no operators that could be held over a cycle."""
    return [Kind(family, name) for family in FAMILIES for name in LAWS if family != CYCLES or LAWS[name]]


def wanted() -> list[Configuration]:
    """The middle, the shallowest nets, widths of standard and symmetric nets, and the deepest; fewer cycles."""
    one_call = [kind for kind in kinds() if kind.family != CYCLES]
    depths = [[Configuration(*kind, MIDDLE[0], blocks) for kind in one_call] for blocks in DEPTHS]
    plain = [kind for kind in one_call if kind.family in (STANDARD, SYMMETRIC)]
    widths = [Configuration(*kind, w, MIDDLE[1]) for w in WIDTHS if w != MIDDLE[0] for kind in plain]
    cycles = [Configuration(CYCLES, name, MIDDLE[0], n) for n in (1, FEW) for name in LAWS if LAWS[name]]
    return [*depths[1], *depths[0], *widths, *cycles, *depths[2]]


def row(c, r) -> tuple:
    """A configuration and what was found of it."""
    mean, deviation = float(np.mean(r["psnr"])), float(np.std(r["psnr"], ddof=1))
    return (*c, calls(c.family, c.blocks), r["parameters"], r["certified"], r["rate"], mean, deviation, r["seconds"])


def sound(found, noisy) -> list[Claim]:
    """What must hold at any size."""
    least = min(np.mean(r["psnr"]) for r in found.values()) - noisy
    pairs = [(r, found.get(c._replace(family=STANDARD))) for c, r in found.items() if c.family == SYMMETRIC]
    halves = [r["kernels"] * 2 == other["kernels"] for r, other in pairs if other]
    proved = [r["certified"] for c, r in found.items() if c.family in (SYMMETRIC, CYCLES)]
    return [
        Claim(f"every net takes away noise, on average over its seeds at least {least:.2f} dB", least > 0),
        Claim("symmetric nets have half the kernel weights of standard ones", bool(halves) and all(halves)),
        Claim("every symmetric net and every net of held cycles is certified at its trained weights", "nothing" not in proved),
    ]  # fmt: skip


class Gain(NamedTuple):
    """The mean difference of two nets over seeds and the half width of its 95 % interval, in dB."""

    mean: float
    half: float

    def __str__(self):
        return f"{self.mean:+.2f} ± {self.half:.2f} dB"


def gain(found, pairs) -> Gain:
    """Over the pairs of configurations that there are, each pair with equal seeds; NaN where there is none."""
    known = [(found[a]["psnr"], found[b]["psnr"]) for a, b in pairs if a in found and b in found]
    if not known:
        return Gain(np.nan, np.nan)
    of_seeds = np.mean([np.subtract(a, b) for a, b in known], 0)
    n = len(of_seeds)
    return Gain(float(of_seeds.mean()), float(scipy.stats.t.ppf(0.975, n - 1) * of_seeds.std(ddof=1) / np.sqrt(n)))


def share(found, pairs) -> str:
    """Parameters of the first of each pair in per cent of those of the second."""
    known = [found[a]["parameters"] / found[b]["parameters"] for a, b in pairs if a in found and b in found]
    return f"{np.mean(known or [np.nan]):.0%}"


def messages(found) -> list[Claim]:
    """The messages of the paper, each for every activation or family that it speaks of; NaN fails."""
    return [*saving(found), *nonmonotone(found), *accelerated(found)]


def saving(found):
    """Symmetric against standard nets: with half the kernels, and with about as many parameters."""
    for name in LAWS:
        own = [c for c in found if (c.family, c.activation) == (SYMMETRIC, name)]
        pairs = [(c, c._replace(family=STANDARD)) for c in own]
        half = gain(found, pairs)
        yield Claim(f"{name}: symmetric nets reach the standard ones (to {REACH} dB) with {share(found, pairs)} of their "
                    f"parameters, mean over widths and depths: {half}", half.mean >= -REACH)  # fmt: skip
        doubled = [c for c in own if c.blocks == MIDDLE[1] and c.features > 1]
        same = gain(found, [(c, c._replace(family=STANDARD, features=c.features // 2)) for c in doubled])
        yield Claim(f"{name}: symmetric nets are better than standard ones of half the features, which have about as "
                    f"many parameters: {same}", same.mean > same.half)  # fmt: skip
    own = [c for c in found if (c.family, c.activation) == (SYMMETRIC, "Perona-Malik")]
    usual = [(c, c._replace(family=STANDARD, activation="ReLU")) for c in own]
    more = gain(found, usual)
    yield Claim(f"symmetric nets with Perona-Malik reach the usual net, standard with ReLU, with {share(found, usual)} "
                f"of its parameters: {more}", more.mean >= -REACH)  # fmt: skip


def nonmonotone(found):
    """Perona and Malik's activation against each of the others, at few features and at many."""
    for family in (STANDARD, SYMMETRIC):
        for other in ("ReLU", "Charbonnier"):
            pairs = {
                w: [(Configuration(family, "Perona-Malik", w, 4), Configuration(family, other, w, 4))] for w in WIDTHS
            }
            few = gain(found, [pair for w in WIDTHS if w <= FEW for pair in pairs[w]])
            many = gain(found, pairs[WIDTHS[-1]])
            yield Claim(f"{family} nets of 1 and 2 features: Perona-Malik is better than {other}, {few} "
                        f"(with 8 features {many})", few.mean > few.half)  # fmt: skip


def accelerated(found):
    """Accelerated against explicit symmetric nets of as many blocks; held cycles also against nets of as many calls."""
    for family, name in dict.fromkeys((c.family, c.activation) for c in found if c.family in (FAST, FRANKEL, CYCLES)):
        own = [c for c in found if (c.family, c.activation) == (family, name) and c.features == MIDDLE[0]]
        versus = {c.blocks: gain(found, [(c, c._replace(family=SYMMETRIC))]) for c in own}
        few = versus.pop(FEW, Gain(np.nan, np.nan))
        rest = ", ".join(
            f"{blocks} blocks {versus[blocks]}" for blocks in sorted(versus) if np.isfinite(versus[blocks].mean)
        )
        also = f" ({rest})" if rest else ""
        yield Claim(
            f"{family}, {name}: with {FEW} blocks better than the symmetric net, {few}{also}", few.mean > few.half
        )
        if family == CYCLES:
            n = calls(CYCLES, 1)
            same = gain(found, [(c, c._replace(family=SYMMETRIC, blocks=n * c.blocks)) for c in own])
            yield Claim(f"{CYCLES}, {name}: reach (to {REACH} dB) symmetric nets of {n} times as many blocks, which "
                        f"call their operators as often: {same}", same.mean >= -REACH)  # fmt: skip


def draw(figure, found):
    """PSNR against parameters at four blocks, and against blocks at four features; one column an activation."""
    names = [name for name in LAWS if any(c.activation == name for c in found)]
    figure.set_size_inches(3.3 * len(names) + 0.6, 6.2)
    panels = figure.subplots(2, len(names), squeeze=False, sharey=True, sharex="row")
    middle = MIDDLE if any(c[2:] == MIDDLE for c in found) else (FEW, FEW)
    for column, name in zip(panels.T, names, strict=True):
        for family in FAMILIES:
            own = [c for c in found if (c.family, c.activation) == (family, name)]
            line(column[0], family, [(found[c]["parameters"], found[c]) for c in own if c.blocks == middle[1]])
            aside = 2 ** (0.05 * (FAMILIES.index(family) - 2))  # nets of as many blocks stand side by side
            line(column[1], family, [(aside * c.blocks, found[c]) for c in own if c.features == middle[0]])
        column[0].set_title(name, fontsize=11)
        for axes, what in zip(
            column, (f"parameters, {middle[1]} blocks", f"blocks, {middle[0]} features"), strict=True
        ):
            axes.set_xscale("log", base=2)
            axes.set_xlim((6, 300) if axes is column[0] else (0.85, 9.5))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.set_xlabel(what)
            axes.grid(alpha=0.25)
    for axes in panels[:, 0]:
        axes.set_ylabel("PSNR, dB")
    figure.legend(*panels[0, -1].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)


def line(axes, family, points):
    """Means with the deviation over the seeds."""
    points = sorted(points, key=lambda p: p[0])
    x, values = [p[0] for p in points], [p[1]["psnr"] for p in points]
    mean, deviation = [float(np.mean(v)) for v in values], [float(np.std(v, ddof=1)) for v in values]
    axes.errorbar(x, mean, deviation, marker="o", markersize=4, capsize=2, lw=1.5, color=COLOURS[family], label=family)
