"""Projected gradients in the 2-norm, through the mean over the random numbers of a classifier; its answers by votes.

Madry, Makelov, Schmidt, Tsipras and Vladu (2018); for random nets Athalye, Carlini and Wagner (2018). Rests on torch.
"""

import torch

from pdenn.robustness import lower_bound

PATHS, ANSWERS, ALPHA = 8, 32, 1e-3  # paths for a gradient, and for an answer


def probabilities(net, x, paths, noise=0.0):
    """The mean over paths of the probabilities, with Gaussian noise at the input."""
    y = x.repeat(paths, 1)
    y = y + noise * torch.randn_like(y) if noise else y
    return net(y).softmax(1).unflatten(0, (paths, len(x))).mean(0)


def attacks(net, x, labels, radius, *, noise, paths, steps, restarts):
    """Points within the radius where the label is least probable, one a restart: `(restarts, batch, features)`."""
    return torch.stack([_attack(net, x, labels, radius, noise, paths, steps) for _ in range(restarts)])


def _attack(net, x, labels, radius, noise, paths, steps):
    shift = _scaled(torch.randn_like(x), radius)
    for _ in range(steps):
        shift.requires_grad_(True)
        right = probabilities(net, x + shift, paths, noise).clamp(min=1e-12).log().gather(1, labels[:, None])
        slope = torch.autograd.grad(-right.sum(), shift)[0]
        shift = (shift + _scaled(slope, 2.5 * radius / steps)).detach()
        shift = torch.where(shift.norm(dim=1, keepdim=True) > radius, _scaled(shift, radius), shift)
    return x + shift


def _scaled(v, length):
    return v * (length / v.norm(dim=1, keepdim=True).clamp(min=1e-12))


@torch.no_grad()
def wrong(net, x, labels, paths):
    """Which answers of the mean over paths are wrong."""
    return (probabilities(net, x, paths).argmax(1) != labels).numpy()


@torch.no_grad()
def outvoted(net, x, labels, noise, votes):
    """Where the smoothed classifier gives the label a probability below 1/2, at the confidence `1 - ALPHA`.

    Within a certified radius that probability is at least 1/2: one such point there refutes its certificate.
    """
    y = x.repeat(votes, 1)
    others = (net(y + noise * torch.randn_like(y)).argmax(1).unflatten(0, (votes, len(x))) != labels).sum(0)
    return lower_bound(others.numpy(), votes, ALPHA) > 0.5
