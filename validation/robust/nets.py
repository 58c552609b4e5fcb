"""Residual nets on the space of their inputs: plain, with noise, with dropout, and symmetric with a Lipschitz constant one.

Rests on `pdenn.networks`.
"""

import torch
from torch import nn

from pdenn.networks import Dropout, NoiseInjected, RandomisedSmoothing, SymmetricNet, lipschitz

PLAIN, INJECTED, DROPOUT, NOISY, SYMMETRIC = (
    "plain",
    "noise-injected",
    "dropout",
    "trained with noisy inputs",
    "symmetric",
)
NETS = (PLAIN, INJECTED, DROPOUT, NOISY, SYMMETRIC)
KEEP, ONES = 0.8, 4


class Contractive(nn.Module):
    """A symmetric net on the inputs and constants beside them, then scores with weights of norm one.

    The constants stand for biases. `temperature` divides the scores in training: with slopes of one they could not
    become certain within the distances of the data.
    """

    def __init__(self, features, classes, hidden, blocks, temperature):
        super().__init__()
        self.net = SymmetricNet(features + ONES, hidden, blocks, claim="contractive", kernel=1, dim=1)
        self.classifier, self.temperature = nn.Linear(features + ONES, classes), temperature

    def scores(self, x):
        """Scores, each of Lipschitz constant one: shape `(batch, classes)`."""
        u = torch.cat([x, x.new_ones(len(x), ONES)], 1)
        return nn.functional.linear(self.net(u[..., None])[..., 0], self.weights, self.classifier.bias)

    @property
    def weights(self):
        """The weights of the scores, rows of norm one."""
        return nn.functional.normalize(self.classifier.weight, dim=1)

    def forward(self, x):
        return self.scores(x) / self.temperature

    @torch.no_grad()
    def certified(self, x):
        """Labels and the radii within which they are proved: the least `(s_a - s_b)/(L |w_a - w_b|)` over `b ≠ a`."""
        s = self.scores(x)
        label = s.argmax(1)
        slopes = lipschitz(self.net) * (self.weights[label][:, None] - self.weights[None]).norm(dim=2)
        margins = (s.gather(1, label[:, None]) - s) / slopes.clamp(min=1e-12)
        return label.numpy(), margins.scatter(1, label[:, None], torch.inf).amin(1).numpy()


def made(name, features, setting) -> nn.Module:
    """A net at its initial weights; a symmetric block has one matrix where the others have two, so there are twice as many."""
    if name == SYMMETRIC:
        return Contractive(features, setting.classes, setting.hidden, 2 * setting.blocks, setting.noise / 2)
    sizes = (features, setting.hidden, features)
    blocks = [nn.Sequential(nn.Linear(*sizes[:2]), nn.ReLU(), nn.Linear(*sizes[1:])) for _ in range(setting.blocks)]
    classifier, dt = nn.Linear(features, setting.classes), 1 / setting.blocks
    if name == DROPOUT:
        return Dropout(blocks, classifier, KEEP, dt)
    if name == NOISY:
        return RandomisedSmoothing(blocks, classifier, setting.noise, dt)
    return NoiseInjected(blocks, classifier, setting.noise * dt**0.5 if name == INJECTED else 0.0, dt)


def is_random(net) -> bool:
    """Whether the net draws random numbers when it answers."""
    return isinstance(net, Dropout) or max(getattr(net, "amplitude", 0.0), getattr(net, "noise", 0.0)) > 0
