"""The base of COIN, as wide as its dictionary, and Diff-ResNet on it: gradient and Adam by hand, 64 hidden units at a time.

While a block of units is in the cache, its gradient is formed, its weights take their step, and its part of the next scores
is computed: weights and moments are read once an epoch. Rests on `machine`; torch draws the initial weights.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from .machine import BLOCK, Fours, adam, fours, product, residual, thinned, thinned_adjoint, where_above
from .networks import RATE

DECAY = np.float32(5e-4)


class Thinning(NamedTuple):
    """`layers` symmetric steps `S` of diffusion, with dropout before each of `least` in 65536."""

    S: Fours
    layers: int
    least: np.uint32


class ResidualBase:
    """`z = C y + c` with `y = x + relu(W x + b)` and as many hidden units as words, in training perhaps with `y` thinned.

    `base(training)` gives the scores of all nodes, a leaf; `base.step()` is a step of Adam with the gradient found there.
    """

    def __init__(self, features, classes: int, seed: int, thinning: Thinning | None = None):
        torch.manual_seed(int(seed))
        nodes, self.words = features.shape
        linear, classifier = nn.Linear(self.words, self.words), nn.Linear(self.words, classes)
        self.thinning, self.seeds, self.random = thinning, {}, np.random.default_rng(int(seed))
        self.X, self.XT, self.x = fours(features), fours(features.T), self.cut(features.toarray().T).copy()
        self.W, self.b = self.cut(linear.weight), self.cut(linear.bias[:, None])
        self.C, self.c = self.cut(classifier.weight.T).swapaxes(1, 2).copy(), classifier.bias.detach().numpy()[None]
        self.moments = {name: np.zeros((2, *getattr(self, name).shape), np.float32) for name in "WbCc"}
        self.y = np.empty_like(self.x)
        self.u = self.y if thinning is None else np.empty_like(self.x)  # what the classifier sees in training
        self.g, self.room, self.slope = (np.empty((n, BLOCK), np.float32) for n in (nodes, nodes, self.words))
        self.steps = 0
        self.advance()

    def cut(self, rows):
        """A matrix with one row a hidden unit, transposed, in blocks of 64 units; the last one is filled up with zeros."""
        rows = rows.detach().numpy() if isinstance(rows, torch.Tensor) else rows
        w = np.zeros((-(-self.words // BLOCK) * BLOCK, rows.shape[1]), np.float32)
        w[: self.words] = rows
        return np.ascontiguousarray(w.reshape(-1, BLOCK, rows.shape[1]).swapaxes(1, 2))

    def __call__(self, training: bool):
        return self.z if training else self.plain

    def step(self):
        """A step of Adam, and the scores after it."""
        self.advance(np.ascontiguousarray(self.z.grad))

    def advance(self, gz=None):
        """The scores of all nodes; with their gradient `gz` given, after a step of Adam, block by block."""
        if gz is not None:
            self.steps += 1
            self.follow("c", 0, gz.sum(0, keepdims=True))
        z = plain = 0.0
        for k in range(len(self.W)):
            if gz is not None:
                for name, slope in zip("WbC", self.slopes(k, gz), strict=True):
                    self.follow(name, k, slope)
            residual(self.X, self.W[k], self.b[k, 0], self.x[k], self.y[k])
            plain = plain + self.y[k] @ self.C[k]
            if self.thinning is not None:
                self.u[k] = self.y[k]
                self.seeds[k] = self.random.integers(1, 2**32, (self.thinning.layers, BLOCK), np.uint32)
                thinned(self.thinning.S, self.seeds[k], self.thinning.least, self.u[k], self.room)
                z = z + self.u[k] @ self.C[k]
        self.plain = torch.from_numpy(plain + self.c)
        self.z = (self.plain if self.thinning is None else torch.from_numpy(z + self.c)).clone().requires_grad_()

    def slopes(self, k: int, gz):
        """The gradient of the loss by `W`, `b` and `C`, block `k`."""
        np.dot(gz, self.C[k].T, self.g)
        if self.thinning is not None:
            thinned_adjoint(self.thinning.S, self.seeds[k], self.thinning.least, self.g, self.room)
        where_above(self.y[k], self.x[k], self.g)
        product(self.XT, self.g, self.slope)
        return self.slope, self.g.sum(0, keepdims=True), self.u[k].T @ gz

    def follow(self, name: str, k: int, slope):
        """A step of Adam for one block of one weight."""
        w, (first, second) = getattr(self, name), self.moments[name]
        at = ... if name == "c" else k
        adam(w[at], first[at], second[at], slope, DECAY, RATE, self.steps)
