"""Few shots: Omniglot's characters, and photographs from folders that a user has, classified by prototypes and diffusion.

An embedding is trained on base classes, tasks are drawn from other classes, and all methods see the same features: the
nearest prototype (SimpleShot, Wang et al. 2019), LaplacianShot (Ziko et al. 2020; 3 neighbours, λ = 1/2, 20 updates),
COIN (10 steps of 0.5) and Diff-ResNet (6 steps of 0.5) with the graphs and the training of the papers, each beside the
same net without its diffusion. LaplacianShot and diffusion are transductive: they see the queries of a task together,
and so does the shift of the queries to the mean of the support, which all methods share.

Two settings of Omniglot. Episodes: five alphabets to train on, three others to draw 400 tasks from (5-way; 1 or 5 shots;
15 queries a class). The 20 published runs of 20-way one-shot classification, with an embedding trained on all eight
alphabets of the small background sets; the full set is four times as large. There a class has one labelled point and one
query, so that most of the six neighbours in the graphs of the papers are of other classes; graphs with one neighbour,
which the count of points suggests, stand beside (two were tried on the same runs, and are worse). The small size has a
narrower embedding, a short training, 60 tasks of each kind, and no runs. The paper size takes some seven minutes of one
free core, nearly all for the two embeddings.

mini-ImageNet, tiered-ImageNet and CUB go the same way where `shots.images` finds their folders. The embedding has four
convolutions, not the 18 layers of the papers, so that the numbers are not theirs.
"""

from typing import NamedTuple

import numpy as np

from .shots.embedding import features, trained
from .shots.images import Images, characters, folders, photographs, turned
from .shots.methods import coin, diff_resnet, gain, graph_of, laplacian_shot, limit, prototypes
from .shots.tasks import centred, episodes, runs
from .study import Claim, Study

STEP, COIN_STEPS, DIFF_RESNET_STEPS = 0.5, 10, 6
METHODS = {
    "nearest prototype": lambda tasks, graph: prototypes(tasks),
    "LaplacianShot": lambda tasks, graph: laplacian_shot(tasks),
    "COIN's base alone": lambda tasks, graph: coin(tasks, graph, 0),
    "COIN": lambda tasks, graph: coin(tasks, graph, COIN_STEPS, STEP),
    "Diff-ResNet's block alone": lambda tasks, graph: diff_resnet(tasks, graph, 0),
    "Diff-ResNet": lambda tasks, graph: diff_resnet(tasks, graph, DIFF_RESNET_STEPS, STEP),
}
BARE = {"COIN": "COIN's base alone", "Diff-ResNet": "Diff-ResNet's block alone"}
SPARSE = ", one neighbour"
HAUSDORFF = 100 - 38.8  # accuracy of the modified Hausdorff distance on the 20 runs, as their origin says
ONE, FIVE, RUNS = "5-way 1-shot", "5-way 5-shot", "20 runs, 20-way 1-shot"


class Effort(NamedTuple):
    """Width and epochs of the embedding, and the number of tasks of each setting."""

    width: int
    epochs: int
    tasks: int


EFFORTS = {"small": Effort(24, 5, 60), "paper": Effort(64, 12, 400)}


def run(size: str) -> Study:
    """Accuracies of all methods in all settings."""
    effort, found, limits = EFFORTS[size], {}, {}
    for data, setting, tasks in settings(size, effort):
        graphs = {"": graph_of(tasks)} | ({SPARSE: graph_of(tasks, n_top=3, sigma=2)} if setting == RUNS else {})
        for kind, graph in graphs.items():
            limits[data, setting, kind] = limit(graph)
            for name in BARE if kind else METHODS:
                found[data, setting, name + kind] = tasks.accuracy(METHODS[name](tasks, graph))
    rows = [row(key, found, limits) for key in found]
    columns = ("data", "setting", "method", "tasks", "accuracy %", "±", "over prototypes", "±", "largest step")
    title = f"Few shots, {size} size: mean and 1.96 standard errors over tasks"
    return Study(title, columns, rows, claims(found, limits), lambda f: draw(f, found))


def settings(size: str, effort: Effort):
    """Name of the data, name of the setting, and its tasks, centred."""
    if size == "small":
        yield from omniglot_episodes(characters((1,)), effort)
        return
    yield from omniglot_episodes(turned(characters((1,))), effort)
    yield omniglot_runs(turned(characters((1, 2))), effort)
    for name, path in folders().items():
        yield from drawn(name, photographs(path, "base"), photographs(path, "novel"), effort)


def omniglot_episodes(base: Images, effort: Effort):
    """Episodes from the alphabets of the second set that the first one has not."""
    return drawn("Omniglot", base, characters((2,), without=("Greek", "Latin")), effort)


def drawn(data: str, base: Images, novel: Images, effort: Effort):
    """Episodes of one and of five shots from novel classes."""
    embedding = trained(base, effort.width, effort.epochs, progress=len(base.x) > 5000)
    mean, x = features(embedding, base.x).mean(0), features(embedding, novel.x)
    for shots, setting in ((1, ONE), (5, FIVE)):
        yield data, setting, centred(episodes(x, novel.y.numpy(), effort.tasks, 5, shots), mean)


def omniglot_runs(base: Images, effort: Effort):
    """The published runs."""
    embedding = trained(base, effort.width, 2 * effort.epochs // 3, progress=True)
    tasks = runs(lambda x: features(embedding, x))
    return "Omniglot", RUNS, centred(tasks, features(embedding, base.x).mean(0))


def row(key, found, limits) -> tuple:
    """Mean accuracy, and mean gain over prototypes on the same tasks, with 1.96 standard errors each."""
    data, setting, name = key
    accuracies = found[key]
    more = gain(accuracies, found[data, setting, "nearest prototype"])
    largest = limits[data, setting, SPARSE if name.endswith(SPARSE) else ""]
    return data, setting, name, len(accuracies), *gain(accuracies, 0.0), *more, largest


def claims(found, limits) -> list[Claim]:
    """What is certified of the diffusions, what they bring, and that the embedding is worth anything."""
    said = []
    for (data, setting, kind), largest in limits.items():
        sentence = (
            f"{data}, {setting}{kind}: steps of {STEP} keep extrema on the graphs of all tasks; limit {largest:.3f}"
        )
        said.append(Claim(sentence, STEP <= largest))
    for data in dict.fromkeys(data for data, _, _ in limits):
        said += [claim for name in BARE for claim in brings(data, name, found)]
    return said + (of_the_runs(found) if ("Omniglot", RUNS, "") in limits else [])


def of_the_runs(found) -> list[Claim]:
    """The embedding is worth something, and neighbours must not outnumber the points of a class."""
    accuracies = {name: a for (data, setting, name), a in found.items() if (data, setting) == ("Omniglot", RUNS)}
    mean = np.mean(accuracies["nearest prototype"])
    sentence = f"{RUNS}: prototypes, {mean:.1f} %, are above the modified Hausdorff distance, {HAUSDORFF:.1f} %"
    said = [Claim(sentence, mean > HAUSDORFF)]
    for name, bare in BARE.items():
        (six, e6), (one, e1) = (gain(accuracies[name + kind], accuracies[bare]) for kind in ("", SPARSE))
        said += [
            Claim(f"{RUNS}: with six neighbours diffusion harms {name}, {six:+.2f} ± {e6:.2f} points", six < -e6),
            Claim(f"{RUNS}: with one neighbour it does not harm {name}, {one:+.2f} ± {e1:.2f} points", one > -e1),
        ]
    return said


def brings(data: str, name: str, found) -> list[Claim]:
    """What diffusion adds to a net, which is claimed for one shot, where it matters most."""
    gains = {key[1]: gain(found[key], found[data, key[1], BARE[name]]) for key in found if key[::2] == (data, name)}
    numbers = {setting: f"{more:+.2f} ± {error:.2f}" for setting, (more, error) in gains.items()}
    (one, error), (five, _) = gains[ONE], gains[FIVE]
    more = f"{data}, {ONE}: diffusion makes {name} more accurate, by {numbers[ONE]} points"
    less = f"{data}: diffusion brings {name} less with five shots, {numbers[FIVE]} points, than with one"
    return [Claim(more, one > error), Claim(less, five < one)]


def draw(figure, found):
    """Accuracy of every method, one panel a setting."""
    keys = list(dict.fromkeys(key[:2] for key in found))
    panels = figure.subplots(1, len(keys), sharey=True, squeeze=False)[0]
    methods = list(dict.fromkeys(key[2] for key in found))[::-1]
    for axes, (data, setting) in zip(panels, keys, strict=True):
        for height, name in enumerate(methods):
            if (data, setting, name) in found:
                mean, error = gain(found[data, setting, name], 0.0)
                colour = "C3" if name.removesuffix(SPARSE) in BARE else "0.4"
                axes.errorbar(mean, height, xerr=error, fmt="o", color=colour, markersize=4, capsize=3)
        axes.set_yticks(range(len(methods)), methods, fontsize=8)
        axes.set_title(f"{data}\n{setting}", fontsize=9)
        axes.set_xlabel("accuracy, %")
        axes.grid(axis="x", color="0.9")
