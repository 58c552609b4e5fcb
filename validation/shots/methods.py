"""What classifies tasks: prototypes, LaplacianShot, and networks that are trained task by task, with or without diffusion.

The networks are trained for all tasks together: weights have an axis of tasks, graphs of the tasks are the blocks of one
graph, and the loss is the sum over tasks, so that every task is trained as if it were alone. Rests on `pn.networks`.
"""

import numpy as np
import scipy
import torch
from torch import nn

import pdenn as pn

from .tasks import Tasks

EPOCHS = 100


def prototypes(tasks: Tasks):
    """`-|q - m_c|²`, `m_c` the mean of class `c` in the support."""
    means = tasks.support.unflatten(1, (tasks.ways, tasks.shots)).mean(2)
    return -(torch.cdist(tasks.queries, means) ** 2)


def laplacian_shot(tasks: Tasks, knn=3, strength=0.5, updates=20):
    """`y ← softmax(-a + λ W y)`; `W` joins a query with the nearest ones, `knn` of them with itself (Ziko et al. 2020)."""
    near = torch.cdist(tasks.queries, tasks.queries, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = near.topk(knn, largest=False).indices[..., 1:]
    W = torch.zeros_like(near).scatter_(-1, nearest, 1.0)
    a = -prototypes(tasks)
    y = (-a).softmax(-1)
    for _ in range(updates):
        y = (strength * (W @ y) - a).softmax(-1)
    return y


def graph_of(tasks: Tasks, n_top=8, sigma=4) -> pn.Graph:
    """The graph of every task, support and queries alike, as the blocks of one; by default that of both papers."""
    blocks = [pn.Graph.coin(x, n_top, sigma).weights for x in tasks.x.numpy()]
    return pn.Graph(scipy.sparse.block_diag(blocks))


class Linear(nn.Module):
    """`x W + b` for points of shape (tasks, points, features), each task with weights of its own."""

    def __init__(self, tasks: int, features: int, values: int):
        super().__init__()
        bound = features**-0.5
        self.W = nn.Parameter(torch.empty(tasks, features, values).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.empty(tasks, 1, values).uniform_(-bound, bound))

    def forward(self, x):
        return torch.baddbmm(self.b, x, self.W)


class Classifier(nn.Module):
    """COIN's base: `softmax(C (x + relu(W x + b)) + c)`, for points of all tasks in a row."""

    def __init__(self, tasks: int, features: int, ways: int):
        super().__init__()
        self.tasks, self.outer = tasks, Linear(tasks, features, ways)
        self.inner = Linear(tasks, features, features)

    def forward(self, x):
        x = x.unflatten(0, (self.tasks, -1))
        return self.outer(x + self.inner(x).relu()).softmax(-1).flatten(0, 1)


class Diffused(nn.Module):
    """Diff-ResNet: `softmax(C P (x + W₂ relu(W₁ x + b₁) + b₂) + c)`, `P` the diffusion of features."""

    def __init__(self, flow, tasks: int, features: int, ways: int):
        super().__init__()
        self.flow, self.tasks, self.outer = flow, tasks, Linear(tasks, features, ways)
        self.first, self.second = Linear(tasks, features, features), Linear(tasks, features, features)

    def forward(self, x):
        x = x.unflatten(0, (self.tasks, -1))
        moved = self.flow((x + self.second(self.first(x).relu())).flatten(0, 1))
        return self.outer(moved.unflatten(0, (self.tasks, -1))).softmax(-1).flatten(0, 1)


def coin(tasks: Tasks, graph: pn.Graph, steps: int, step=0.0):
    """COIN on each task; its base alone with no steps."""
    number, _, features = tasks.x.shape
    base = Classifier(number, features, tasks.ways)
    return fitted(pn.networks.COIN(graph, base=base, **flow(graph, steps, step)), tasks)


def diff_resnet(tasks: Tasks, graph: pn.Graph, steps: int, step=0.0):
    """Diff-ResNet on each task; without diffusion if there are no steps."""
    number, _, features = tasks.x.shape
    diffusion = pn.networks.GraphFlow(graph, **flow(graph, steps, step))
    return fitted(Diffused(diffusion, number, features, tasks.ways), tasks)


def flow(graph: pn.Graph, steps: int, step: float) -> dict:
    """Time, steps and claim of a diffusion: "max-min" if its steps allow it, else none."""
    claim = "max-min" if step <= limit(graph) else None
    return {"time": steps * step, "steps": max(steps, 1), "claim": claim}


def limit(graph: pn.Graph) -> float:
    """The largest step of explicit Euler that is certified to keep extrema."""
    return pn.certificate(pn.ExplicitEuler(), pn.discretise(pn.Diffusion(), graph), "max-min").tau


def fitted(network: nn.Module, tasks: Tasks):
    """The scores of the queries after training as published: SGD, 100 epochs, the rate 0.1 cut at one half and 3/4."""
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [EPOCHS // 2, EPOCHS * 3 // 4])
    x, labels, (number, count) = tasks.x.flatten(0, 1), tasks.known.flatten(), tasks.known.shape
    for _ in range(EPOCHS):
        optimiser.zero_grad()
        u = network(x).unflatten(0, (number, -1))
        mean = pn.networks.negative_log_likelihood(u[:, :count].flatten(0, 1), labels, negative="clamp")
        (number * mean).backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        return network(x).unflatten(0, (number, -1))[:, count:]


def gain(one, other) -> tuple[float, float]:
    """Mean of the differences between accuracies of the same tasks, and 1.96 standard errors of it."""
    d = np.asarray(one) - np.asarray(other)
    return float(d.mean()), float(1.96 * d.std(ddof=1) / np.sqrt(len(d)))
