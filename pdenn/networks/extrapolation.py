"""Extrapolation weights that learn, between 1 and 2 at every parameter value."""

from dataclasses import replace

import torch
from torch import nn

from ..schemes import Extrapolation

EDGE = 1e-6  # the first weights keep this distance from 1 and 2


def heights(scheme, steps: int) -> nn.Parameter | None:
    """`θ` in float64 with the weights `α = 1 + σ(θ)`, one row per step; None for schemes without such weights."""
    if not isinstance(scheme, Extrapolation):
        return None
    share = torch.tensor(scheme.weights, dtype=torch.float64) - 1
    return nn.Parameter(torch.logit(share, EDGE).repeat(steps, 1))


def learnt(scheme, row):
    """The scheme with the weights of a row, tensors."""
    return scheme if row is None else replace(scheme, weights=tuple((1 + torch.sigmoid(row)).unbind()))


def present(scheme, row):
    """The scheme with the weights of a row as numbers; the first ones, to the bit, if they have not moved."""
    if row is None:
        return scheme
    first = heights(scheme, 1)[0].to(row)
    return scheme if torch.equal(first, row) else replace(scheme, weights=tuple((1 + torch.sigmoid(row)).tolist()))
