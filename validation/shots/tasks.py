"""Tasks: a few labelled points of some classes, the support, and points whose classes are asked for, the queries.

All tasks of a setting have the same numbers of points; they are treated together, along the first axis.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

import pdenn as pn

from .images import shrunk


class Tasks(NamedTuple):
    """Points of shape (tasks, points, features), the support first, and their classes of shape (tasks, points).

    Classes count from 0 in every task; `shots` points of each are in the support, class by class.
    """

    x: torch.Tensor
    y: torch.Tensor
    ways: int
    shots: int

    @property
    def support(self):
        return self.x[:, : self.ways * self.shots]

    @property
    def queries(self):
        return self.x[:, self.ways * self.shots :]

    @property
    def known(self):
        """The classes of the support."""
        return self.y[:, : self.ways * self.shots]

    def accuracy(self, scores) -> np.ndarray:
        """Accuracy of every task in per cent, for scores of shape (tasks, queries, ways)."""
        right = scores.argmax(-1) == self.y[:, self.ways * self.shots :]
        return 100 * right.double().mean(1).numpy()


def episodes(x, labels, number: int, ways: int, shots: int, queries=15, seed=0):
    """Tasks drawn at random from points `x` of shape (n, features): classes first, then points of each."""
    random, points, classes = np.random.default_rng(seed), [], np.unique(labels)
    members = {c: np.flatnonzero(labels == c) for c in classes}
    for _ in range(number):
        chosen = random.choice(classes, ways, replace=False)
        drawn = np.stack([random.choice(members[c], shots + queries, replace=False) for c in chosen])
        points.append(np.concatenate((drawn[:, :shots].ravel(), drawn[:, shots:].ravel())))
    y = np.concatenate((np.repeat(np.arange(ways), shots), np.repeat(np.arange(ways), queries)))
    return Tasks(x[torch.as_tensor(np.stack(points))], torch.as_tensor(y).expand(number, -1), ways, shots)


def runs(embed, number=20) -> Tasks:
    """The published runs of twenty-way one-shot classification; `embed` makes features of images."""
    found = pn.datasets.omniglot_runs()[:number]
    x = torch.stack([embed(shrunk(np.concatenate((run.support, run.queries)))) for run in found])
    y = np.stack([np.concatenate((np.arange(20), run.labels)) for run in found])
    return Tasks(x, torch.as_tensor(y), 20, 1)


def centred(tasks: Tasks, mean) -> Tasks:
    """As in the papers: less the mean of the base classes, of length one, queries shifted to the mean of the support."""
    x, count = functional.normalize(tasks.x - mean, dim=-1), tasks.ways * tasks.shots
    support, queries = x[:, :count], x[:, count:]
    shift = support.mean(1, keepdim=True) - queries.mean(1, keepdim=True)
    return tasks._replace(x=torch.cat((support, queries + shift), 1))
