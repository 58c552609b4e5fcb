"""Attacks and certificates: plain, noise-injected, dropout and symmetric residual nets on two moons and on digits.

All nets are chains `x + F(x)` on the space of the inputs with a linear classifier behind. The symmetric one, of steps
`x - τ Kᵀ Φ(K x)`, has Lipschitz constant one by construction, so that a margin of its scores certifies a radius. Every net is
also smoothed by Gaussian noise at its input, and certified with the bounds of Clopper and Pearson. Attacks are projected
gradients with random restarts; digits may leave [0, 1]. A point that falls at a radius counts as fallen at larger ones. That
no certificate is broken by an attack is a check that can fail; the smoothed classifiers are attacked themselves.

The paper size has 4 seeds and 200 test points for the moons, but only 2 seeds, 4000 digits to train on and 100 to test on
for MNIST: what three minutes of one core allow. Means and deviations are over seeds (initial weights, samples, attacks).
Noise injected in `n` blocks has the deviation `s/√n`, `s` that of smoothing. It does next to nothing against attacks, here
and in a first run with 0.1 in every block (blocks are free to enlarge the features before noise comes). The claim about it
was made after these runs.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

import pdenn as pn
from pdenn.networks import Plan, train
from pdenn.robustness import certified_accuracy, certify_points

from .robust.attacks import ANSWERS, PATHS, attacks, outvoted, wrong
from .robust.nets import INJECTED, NETS, NOISY, PLAIN, SYMMETRIC, is_random, made
from .study import Claim, Study
from .toy_problems import moons

ALIKE = 3  # points of a hundred


class Setting(NamedTuple):
    """A problem and all that depends on it; `data(seed)` gives points and labels to train on, and to test on."""

    data: object
    classes: int
    hidden: int
    blocks: int
    noise: float  # of smoothing, of training with noisy inputs, and of all injections together
    radii: tuple
    plan: Plan  # of the training
    steps: int  # of an attack
    restarts: int
    votes: int  # of a smoothed classifier; five times as many for a certificate
    seeds: int


def run(size: str) -> Study:
    """Accuracy against radius: under attack, and certified."""
    settings = PAPER if size == "paper" else {"moons": SMALL}
    found = {name: [measured(setting, seed) for seed in range(setting.seeds)] for name, setting in settings.items()}
    rows = [row for name, runs in found.items() for row in table(name, settings[name], runs)]
    columns = (
        "data",
        "net",
        "radius",
        "attacked %",
        "±",
        "by margin %",
        "±",
        "smoothed, attacked %",
        "±",
        "by smoothing %",
        "±",
    )
    said = [claim for name, runs in found.items() for claim in claims(name, settings[name], runs, size)]
    title = (
        "Accuracy under attack and certified, by margin and by smoothing, against the 2-norm radius; mean ± deviation"
    )
    return Study(title, columns, rows, said, lambda f: draw(f, found, settings))


def half_moons(training, testing):
    """A function of the seed: two half circles with noise of deviation 0.1."""

    def data(seed):
        rng, curves = np.random.default_rng(seed), moons()
        chosen = rng.integers(0, len(curves), training + testing)
        return split(curves[chosen] + 0.1 * rng.standard_normal((len(chosen), 2)), chosen // 500, training)

    return data


def digits(training, testing):
    """A function of the seed: images of MNIST in [0, 1] as vectors, those to test on from its part to test on."""

    def data(seed):
        rng, found = np.random.default_rng(seed), pn.datasets.mnist()
        a, b = rng.permutation(60000)[:training], rng.permutation(10000)[:testing]
        x = np.concatenate([found.x_train[a], found.x_test[b]]).reshape(-1, 784) / 255.0
        return split(x, np.concatenate([found.y_train[a], found.y_test[b]]), training)

    return data


def split(x, labels, training):
    """Points and labels as tensors: to train on, to test on."""
    x, labels = torch.tensor(x, dtype=torch.float32), torch.tensor(labels, dtype=torch.int64)
    return (x[:training], labels[:training]), (x[training:], labels[training:])


SMALL = Setting(half_moons(400, 40), 2, 16, 2, 0.15, (0.0, 0.1, 0.2), Plan(10, 50, 1e-2), 10, 2, 100, 1)
PAPER = {
    "moons": Setting(half_moons(1000, 200), 2, 32, 5, 0.15, (0.0, 0.05, 0.1, 0.15, 0.2, 0.3), Plan(40, 100, 1e-2),
                     20, 3, 200, 4),
    "MNIST": Setting(digits(4000, 100), 10, 32, 3, 0.5, (0.0, 0.25, 0.5, 1.0, 1.5), Plan(10, 100, 2e-3), 10, 2, 200, 2),
}  # fmt: skip


class Accuracies(NamedTuple):
    """Of one trained net, in per cent at each radius; `margin` is NaN where the net has no such certificate.

    `broken`: certificates that an attack refuted, by margin and by smoothing.
    """

    attacked: np.ndarray
    margin: np.ndarray
    smoothed: np.ndarray
    smoothing: np.ndarray
    broken: tuple[int, int]


def measured(setting, seed) -> dict[str, Accuracies]:
    """All nets, trained and attacked, for one seed."""
    samples, (x, labels) = setting.data(seed)
    return {name: judged(trained(name, samples, setting, seed), x, labels, setting) for name in NETS}


def trained(name, samples, setting, seed):
    """A net with its final weights; that with noisy inputs answers without noise."""
    torch.manual_seed(seed)
    net = made(name, samples[0].shape[1], setting)
    train(net, lambda f, x, y: nn.functional.cross_entropy(f(x), y), samples, replace(setting.plan, seed=seed))
    if name == NOISY:
        net.noise = 0.0
    return net.eval().requires_grad_(False)


def judged(net, x, labels, setting) -> Accuracies:
    """Attacks at each radius beside certificates."""
    n, y, radii = len(x), labels.numpy(), setting.radii
    verdict = certify_points(lambda z: net(torch.from_numpy(z)).argmax(1).numpy(), x.numpy(), setting.noise,
                             trials=5 * setting.votes, alpha=1e-3)  # fmt: skip
    label, margin = net.certified(x) if hasattr(net, "certified") else (np.full(n, -1), np.zeros(n))
    fallen, broken, curves = np.zeros((2, n), bool), [0, 0], []
    for radius in radii:
        now = np.stack(assault(net, x, labels, radius, setting))
        proved = (label == y) & (margin > radius * (1 + 1e-5)), (verdict.label == y) & (verdict.radius > radius)
        broken = [b + int((f & p).sum()) for b, f, p in zip(broken, now, proved, strict=True)]
        fallen = fallen | now
        curves.append(100 * (1 - fallen.mean(1)))
    attacked, smoothed = np.array(curves).T
    by_margin = [100 * float(((label == y) & (margin >= r)).mean()) for r in radii]
    by_margin = np.array(by_margin) if hasattr(net, "certified") else np.full(len(radii), np.nan)
    return Accuracies(attacked, by_margin, smoothed, 100 * certified_accuracy(verdict, y, radii), tuple(broken))


def assault(net, x, labels, radius, setting):
    """Which points fall, of the net itself and of the smoothed one."""
    paths, answers = (PATHS, ANSWERS) if is_random(net) else (1, 1)
    if radius == 0:
        return wrong(net, x, labels, answers), outvoted(net, x, labels, setting.noise, setting.votes)
    how = {"steps": setting.steps, "restarts": setting.restarts}
    own = attacks(net, x, labels, radius, noise=0.0, paths=paths, **how)
    smooth = attacks(net, x, labels, radius, noise=setting.noise, paths=PATHS, steps=setting.steps, restarts=1)[0]
    fallen = np.any([wrong(net, points, labels, answers) for points in own], 0)
    return fallen, outvoted(net, smooth, labels, setting.noise, setting.votes)


def table(name, setting, runs) -> list[tuple]:
    """A row for each net and radius."""
    rows = []
    for net in NETS:
        curves = [np.array([run[net][part] for run in runs]) for part in range(4)]
        for k, radius in enumerate(setting.radii):
            numbers = [float(f(curve[:, k])) for curve in curves for f in (np.mean, np.std)]
            rows.append((name, net, radius, *("-" if np.isnan(x) else round(x, 2) for x in numbers)))
    return rows


def claims(name, setting, runs, size) -> list[Claim]:
    """Certificates against attacks, and what noise and symmetry bring."""
    one = [run[net] for run in runs for net in NETS]
    refuted = np.sum([a.broken for a in one], 0)
    below = all((a.smoothing <= a.smoothed).all() and not (a.margin > a.attacked).any() for a in one)
    found = [
        Claim(f"{name}: of all margins of the symmetric net no attack refutes one ({refuted[0]})", refuted[0] == 0),
        Claim(f"{name}: of all certificates by smoothing no attack refutes one ({refuted[1]})", refuted[1] == 0),
        Claim(f"{name}: certified accuracy is nowhere above that under attack, for any net, radius and seed", below),
    ]
    return found if size == "small" else found + compared(name, setting, runs)


def compared(name, setting, runs) -> list[Claim]:
    """Differences to the plain net under attack, run by run, at each radius."""
    found = []
    for net in (NOISY, SYMMETRIC, INJECTED):
        gains = np.mean([run[net].attacked - run[PLAIN].attacked for run in runs], 0)[1:]
        words = ", ".join(f"{g:+.1f} at {r}" for g, r in zip(gains, setting.radii[1:], strict=True))
        said, held = f"{net} is above plain on average over radii", gains.mean() > 0
        if net == INJECTED:
            said, held = f"{net} is like plain, to {ALIKE} points at each radius", np.abs(gains).max() <= ALIKE
        found.append(Claim(f"{name}: under attack {said} ({words})", bool(held)))
    return found


def draw(figure, found, settings):
    """Accuracy against radius: dashed where certified, by margin in the colour of the symmetric net."""
    figure.set_size_inches(9, 3.6 * len(found))
    panels = figure.subplots(len(found), 2, squeeze=False)
    for line, (name, runs) in zip(panels, found.items(), strict=True):
        radii = settings[name].radii
        for axes, parts, title in zip(
            line, (("attacked", "margin"), ("smoothed", "smoothing")), ("nets", "smoothed nets"), strict=True
        ):
            for k, net in enumerate(NETS):
                for part, style in zip(parts, ("o-", "s--"), strict=True):
                    curve = np.mean([getattr(run[net], part) for run in runs], 0)
                    axes.plot(radii, curve, style, color=f"C{k}", markersize=3, label=net if style == "o-" else None)
            axes.set_title(f"{name}, {title}: attacked (solid) and certified (dashed)", fontsize=8)
            axes.set_ylim(-3, 103)
            axes.set_xlabel("radius", fontsize=8)
            axes.set_ylabel("accuracy, %", fontsize=8)
            axes.legend(fontsize=6)
