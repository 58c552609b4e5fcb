"""Tables of the pages on source papers: what is published beside what the studies found. Rests on the kept results.

A row stands for what a paper says, where, and for the claims of a study that ask the same; a claim carries its numbers with
their intervals, and whether it held. Published text and values are typed here, each with its place; ours are only read.
"""

from collections.abc import Callable
from typing import NamedTuple

from paper.results import cell, claims


class Line(NamedTuple):
    """What is published, where, and the claims of a study whose sentences begin so; None where no claim asks this."""

    published: str
    where: str
    study: str
    start: str | None = ""
    ours: Callable[[], str] | None = None  # numbers that the sentence does not hold


def decibels(sigma: int, claim: str) -> Callable[[], str]:
    """Our mean peak signal-to-noise ratio."""
    return lambda: f"{cell('image_denoising', 'dB', f'ours, {claim}', sigma):.2f} dB"


def accuracy(data: str, network: str) -> Callable[[], str]:
    """Mean and deviation over the runs done."""
    name, keys = "node_classification", (data, network)
    mean, spread, runs = (cell(name, column, *keys) for column in ("accuracy %", "±", "runs"))
    return lambda: f"{mean:.2f} ± {spread:.2f} % ({runs} runs)"


def shots(setting: str, method: str) -> Callable[[], str]:
    """Mean and 1.96 standard errors over tasks."""
    name, keys = "few_shot", (setting, method)
    mean, spread = (cell(name, column, *keys) for column in ("accuracy %", "± of accuracy %"))
    return lambda: f"{mean:.2f} ± {spread:.2f} %"


def reach(scheme: str) -> Callable[[], str]:
    """How many explicit limits fit into the limit of a cycle."""
    return lambda: f"{cycle_limit(scheme):.2f} explicit limits"


def cycle_limit(scheme: str) -> float:
    """The limit of a cycle over that of an explicit step."""
    return cell("stability_limits", "limit", scheme) / cell("stability_limits", "limit", "ExplicitEuler()")


ABSTRACT, CODE, UNREAD = "abstract", "released code", "table not read"
RUN = "run of the released code; table not read"
THEOREM = "theorem, re-derived"
ONE = "5-way 1-shot"

ALT = (
    Line("explicit steps are stable in the Euclidean norm up to τ = 2/(L‖K‖²)", THEOREM, "stability_limits", "ExplicitEuler()"),
    Line("so are symmetric residual networks, of any depth", ABSTRACT, "attacked_nets", "no attack raises the norm"),
    Line("(the same is not true of distances; not a claim of the paper)", "-", "attacked_nets", "bounded is not contractive"),
    Line("symmetric networks save half of the parameters", ABSTRACT, "signal_denoising", "symmetric nets have half"),
    *(
        Line("and can outperform standard ones of the same complexity", ABSTRACT, "signal_denoising", f"{law}: symmetric")
        for law in ("ReLU", "Charbonnier", "Perona-Malik")
    ),
    Line("nonmonotone activations are worth training", ABSTRACT, "signal_denoising", "standard nets of 1 and 2"),
    Line("the same in symmetric networks", ABSTRACT, "signal_denoising", "symmetric nets of 1 and 2"),
    *(
        Line("skips that extrapolate accelerate (that they gain where blocks are few is our reading)", ABSTRACT,
             "signal_denoising", start)
        for start in ("FSI,", "Du Fort-Frankel,", "certified cycles,")
    ),
    Line("U-nets that are multigrid learn efficient solutions of equations", ABSTRACT, "unet_inpainting"),
)  # fmt: skip
COIN = (
    Line("20 steps of 0.35 on Cora", f"{CODE}; {UNREAD}", "node_classification", "cora: diffusion adds",
         accuracy("cora", "COIN, 20 steps of 0.35")),
    Line("(the same diffusion time in certified steps; ours)", "-", "node_classification", "cora, COIN, Euler",
         accuracy("cora", "COIN, Euler")),
    Line("(by FSI; ours)", "-", "node_classification", "cora, COIN, FSI", accuracy("cora", "COIN, FSI")),
    Line("(by one implicit step; ours)", "-", "node_classification", "cora, COIN, implicit",
         accuracy("cora", "COIN, implicit Euler")),
    Line("COIN on Citeseer", "setting not read; that of Cora is used", "node_classification", "citeseer: diffusion adds",
         accuracy("citeseer", "COIN, 20 steps of 0.35")),
    *(
        Line(f"cases of COVID-19, {net}: mean squared error {value}", RUN, "covid_cases", f"published protocol, {net}: ")
        for net, value in (("COIN, published", "0.719 ± 0.021"), ("COIN's base alone", "0.911 ± 0.210"),
                           ("MLP", "0.794 ± 0.037"), ("GCN", "0.799 ± 0.042"), ("linear regression", "0.834 ± 0.077"))
    ),
    Line("COIN is the best of them", RUN, "covid_cases", "published protocol: COIN"),
    Line("(standardised by the days of training; ours)", "-", "covid_cases", "clean protocol: it"),
    Line("10 steps of 0.5 along mobility", CODE, "covid_cases", "a step of 0.5"),
    Line("diffusion helps with few shots (mini-ImageNet, tiered-ImageNet, CUB)", UNREAD, "few_shot",
         "Omniglot, 5-way 1-shot: diffusion makes COIN", shots(ONE, "COIN")),
    Line("the same, 20 classes with one shot", "not in the paper", "few_shot", "20 runs, 20-way 1-shot: with six neighbours diffusion harms COIN",
         shots("20 runs, 20-way 1-shot", "COIN")),
)  # fmt: skip
AXIOMS = (
    Line("noise as diffusion: certified radii", "theorem, re-derived", "adversarial_robustness", "moons: of all certificates"),
    Line("the same on digits", "theorem, re-derived", "adversarial_robustness", "MNIST: of all certificates"),
    Line("convection-diffusion improves robustness: noisy inputs in training", ABSTRACT, "adversarial_robustness",
         "moons: under attack trained with noisy inputs"),
    Line("the same on digits", ABSTRACT, "adversarial_robustness", "MNIST: under attack trained with noisy inputs"),
    Line("(noise in every block, which is diffusion in steps; ours)", "-", "adversarial_robustness", "moons: under attack noise-injected"),
    Line("(the same on digits; ours)", "-", "adversarial_robustness", "MNIST: under attack noise-injected"),
)  # fmt: skip
DIFF_RESNET = (
    *(
        line
        for problem, bare, epoch in (("two circles", 51.6, 13), ("two moons", 87.7, 19), ("two spirals", 52.4, 16))
        for line in (
            Line(f"{problem}: {bare} % without diffusion", RUN, "toy_problems", f"{problem}: {bare} % without"),
            Line(f"{problem}: 100 % with it, from epoch {epoch} on", RUN, "toy_problems", f"{problem}: 100 %"),
            Line("(the same time by cycles that keep the range; ours)", "-", "toy_problems", f"{problem}: FSI"),
        )
    ),
    Line("the ratio of distance to diameter grows: 0.366 to 7.2e6 in 200 steps", RUN, "toy_problems", "xor: every ratio"),
    *(
        line
        for data in ("cora", "citeseer")
        for line in (
            Line(f"Diff-ResNet on {data.title()}", UNREAD, "node_classification", None, accuracy(data, "Diff-ResNet")),
            Line("(features and probabilities diffuse; ours)", "-", "node_classification", f"{data}, features",
                 accuracy(data, "features and probabilities diffuse")),
        )
    ),
    Line("few shots: 73.47 and 83.86 % (mini-ImageNet), 79.74 and 87.10 % (tiered-ImageNet)",
         "second hand, backbone not stated", "few_shot", "Omniglot, 5-way 1-shot: diffusion makes Diff-ResNet",
         shots(ONE, "Diff-ResNet")),
)  # fmt: skip
CYCLES = (
    *(
        Line(f"a cycle of {n} steps reaches n(n + 1)/3 = {n * (n + 1) / 3:.2f} explicit limits", THEOREM, "stability_limits",
             f"{name}(n={n}, coefficients='held')", reach(f"{name}(n={n}, coefficients='held')"))
        for name, n in (("FSI", 4), ("FSI", 8), ("FED", 4))
    ),
    Line("(within a cycle coefficients may be updated; ours)", "-", "certificates_at_their_limits",
         "contractive, isotropic Charbonnier, FSI"),
)  # fmt: skip
RIVALS = (
    ("CRR-NN, convex", "contractive", {15: 30.55, 25: 28.10}, "mean of the files of its repository"),
    ("CRR-NN, convex", "bounded", {15: 30.55, 25: 28.10}, "mean of the files of its repository"),
    ("WCRR-NN, weakly convex", "bounded", {15: 31.21, 25: 28.68}, "mean of the files of its repository"),
    ("BM3D", "bounded", {15: 31.07, 25: 28.57, 50: 25.62}, "Zhang et al. 2017, table of BSD68"),
)
DENOISING = tuple(
    Line(f"{name}, σ = {sigma}: {value:.2f} dB", where, "image_denoising", f"ours, {claim}, σ = {sigma}: above {name}",
         decibels(sigma, claim))
    for name, claim, values, where in RIVALS
    for sigma, value in values.items()
)  # fmt: skip


def held(found: list[dict]) -> str:
    """`yes`, `no`, how many of several, or `-` where nothing is claimed."""
    if not found:
        return "-"
    count = sum(claim["held"] for claim in found)
    return ("yes" if count else "**no**") if len(found) == 1 else f"{count} of {len(found)}"


def row(line: Line) -> str:
    """A row of a Markdown table; each finding has a line of its own."""
    found = [] if line.start is None else claims(line.study, line.start)
    said = [line.ours()] if line.ours else []
    said += [claim["sentence"] + ("" if claim["held"] or len(found) == 1 else " (**no**)") for claim in found]
    ours = "<br>".join(said).replace("|", "\\|")
    return f"| {line.published} | {line.where} | {ours} | {held(found)} |"


def table(lines: tuple[Line, ...]) -> str:
    """What is published beside what was found: for each study its command, and a table."""
    head, parts = ["| published | where | ours | held? |", "|---|---|---|---|"], []
    for study in dict.fromkeys(line.study for line in lines):
        mine = [row(line) for line in lines if line.study == study]
        parts.append("\n".join([f"`python -m validation {study} --size paper`", "", *head, *mine, ""]))
    return "\n".join(parts)


TABLES = {
    "alt_table": ALT,
    "coin_table": COIN,
    "axioms_table": AXIOMS,
    "diff_resnet_table": DIFF_RESNET,
    "cycles_table": CYCLES,
    "denoising_table": DENOISING,
}


def substitutions() -> dict[str, str]:
    """The tables by the names that the pages use."""
    return {name: table(lines) for name, lines in TABLES.items()}
