"""Extrapolation weights that learn, between 1 and 2 at every parameter value."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from ..schemes import Extrapolation
from ..schemes.protocol import Scheme

EDGE = 1e-6  # the first weights keep this distance from 1 and 2


def heights(scheme: Scheme, steps: int) -> nn.Parameter | None:
    """`θ` in float64 with the weights `α = 1 + σ(θ)`, one row per step; None for schemes without such weights."""
    if not isinstance(scheme, Extrapolation):
        return None
    return nn.Parameter(_first(scheme).repeat(steps, 1))


def _first(scheme: Extrapolation) -> Tensor:
    """`θ` of the weights that a scheme has."""
    return torch.logit(torch.tensor(scheme.weights, dtype=torch.float64) - 1, EDGE)


def learnt(scheme: Scheme, row: Tensor | None) -> Scheme:
    """The scheme with the weights of a row, tensors."""
    if row is None or not isinstance(scheme, Extrapolation):
        return scheme
    return replace(scheme, weights=tuple((1 + torch.sigmoid(row)).unbind()))


def present(scheme: Scheme, row: Tensor | None) -> Scheme:
    """The scheme with the weights of a row as numbers; the first ones, to the bit, if they have not moved."""
    if row is None or not isinstance(scheme, Extrapolation):
        return scheme
    return (
        scheme
        if torch.equal(_first(scheme).to(row), row)
        else replace(scheme, weights=tuple((1 + torch.sigmoid(row)).tolist()))
    )
