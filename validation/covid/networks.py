"""The networks that predict cases, all inits at once, their training and their errors.

A state of all inits has the shape `(inits, windows, regions, values)`. Rests on torch, and on the graphs of the protocol.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.func import stack_module_state

import pdenn as pn

from .protocol import LAGS, SNAPSHOTS, TEST, TRAIN, VALIDATE, Problem, england, graph

HIDDEN, STEPS, STEP, DROPOUT = 16, 10, 0.5, 0.25
EVERY = 5  # epochs from one validation to the next
ZERO, LINEAR, MLP, GCN, CACHED = "zero", "linear regression", "MLP", "GCN", "GCN, graph of the first day"
BASE, COIN, SAFE, IMPLICIT = "COIN's base alone", "COIN, published", "COIN, max-min Euler", "COIN, implicit Euler"
NETS = (MLP, GCN, CACHED, BASE, COIN, SAFE, IMPLICIT)


class Flow(NamedTuple):
    """Diffusion or convolution on all days: matrices (53, 129, 129) of a step and of all steps, and their number."""

    step: torch.Tensor
    all: torch.Tensor
    count: int

    def on(self, which):
        """The same on some of the days."""
        return Flow(self.step[which], self.all[which], self.count)


@cache
def flow_of(name: str) -> Flow:
    """`I - τ L` with the published step, with that which keeps extrema on all days, or `(I + τ L)⁻¹`, which always does."""
    if name in (GCN, CACHED):
        P, count = np.stack([convolution(0 if name == CACHED else day) for day in range(SNAPSHOTS)]), 1
    else:
        count = max(fewest(day) for day in range(SNAPSHOTS)) if name == SAFE else STEPS
        tau = STEPS * STEP / count
        L, eye = np.stack([graph(day).laplacian.toarray() for day in range(SNAPSHOTS)]), np.eye(graph(0).size)
        P = np.linalg.inv(eye + tau * L) if name == IMPLICIT else eye - tau * L
    step = torch.tensor(P)
    return Flow(step.float(), torch.linalg.matrix_power(step, count).float(), count)


def fewest(day) -> int:
    """Steps of explicit Euler for the published time whose certificate says that extrema are kept."""
    A = pn.discretise(pn.Diffusion(), graph(day))
    return int(np.ceil(STEPS * STEP / pn.certificate(pn.ExplicitEuler(), A, "max-min").tau))


def convolution(day):
    """`D^(-1/2) (A + I) D^(-1/2)` with degrees of what arrives (Kipf and Welling 2017, directed edges)."""
    arcs = england().mobility[day].toarray().T  # row i: what arrives in region i
    np.fill_diagonal(arcs, np.where(np.diag(arcs) > 0, np.diag(arcs), 1.0))
    scale = arcs.sum(1) ** -0.5
    return scale[:, None] * arcs * scale


class Residual(nn.Module):
    """The weights of the base of COIN: `W x + b + V ELU(U x + c) + d`."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer, self.shortcut = nn.Linear(LAGS, HIDDEN), nn.Linear(HIDDEN, 1), nn.Linear(LAGS, 1)


class Layers(nn.Module):
    """The weights of two layers."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(LAGS, HIDDEN), nn.Linear(HIDDEN, 1)


def initial(kind, seeds) -> dict:
    """The weights of all inits, stacked along a first axis."""
    nets = []
    for seed in seeds:
        torch.manual_seed(int(seed))
        nets.append(kind())
    return stack_module_state(nets)[0]


def affine(x, weights, layer):
    """A layer of all inits: `(inits or 1, windows, regions, inputs)` to outputs."""
    return x @ weights[f"{layer}.weight"].transpose(-1, -2)[:, None] + weights[f"{layer}.bias"][:, None, None]


def spread(P, u):
    """`P u` for a matrix of each window and a state of each init."""
    inits, windows, regions, values = u.shape
    v = P @ u.permute(1, 2, 0, 3).reshape(windows, regions, inits * values)
    return v.reshape(windows, regions, inits, values).permute(2, 0, 1, 3)


def layers(weights, x, flow, training):
    """Two layers with dropout before each, on every region alone; graph convolutions where there is a flow."""
    x = nn.functional.dropout(x, DROPOUT, training)
    x = nn.functional.elu(affine(x if flow is None else spread(flow.step, x), weights, "first"))
    x = nn.functional.dropout(x, DROPOUT, training)
    if flow is None:
        return affine(x, weights, "second")
    narrow = x @ weights["second.weight"].transpose(-1, -2)[:, None]  # convolved after the weights: one column, not 16
    return spread(flow.step, narrow) + weights["second.bias"][:, None, None]


def diffused(weights, x, flow, training):
    """The base, then diffusion with dropout before every step, of such a part that the whole keeps as much."""
    u = affine(x, weights, "shortcut") + affine(nn.functional.elu(affine(x, weights, "inner")), weights, "outer")
    if flow is None or not training:
        return u if flow is None else spread(flow.all, u)
    for _ in range(flow.count):
        u = spread(flow.step, nn.functional.dropout(u, 1 - (1 - DROPOUT) ** (STEPS / flow.count)))
    return u


def errors(problem, seeds, epochs) -> dict:
    """Of every network the test errors of all inits, shape (inits, 2): at the last epoch, and at the validated one."""
    found = {ZERO: torch.zeros_like(problem.targets), LINEAR: linear(problem)}
    found = {name: np.full((1, 2), float(loss(u, problem, TEST))) for name, u in found.items()}
    return found | {name: trained(name, problem, seeds, epochs) for name in NETS}


def loss(outputs, problem, which):
    """The mean over windows of the mean square over known targets, for outputs of all windows `(..., 53, regions)`."""
    known = problem.known[which]
    squares = torch.where(known, (outputs[..., which, :] - problem.targets[which]) ** 2, 0.0)
    return (squares.sum(-1) / known.sum(-1).clamp(min=1)).mean(-1)


def linear(problem):
    """Least squares over all known targets of the windows to train."""
    x = nn.functional.pad(problem.features, (0, 1), value=1.0).double()
    known = problem.known[TRAIN]
    weights = torch.linalg.lstsq(x[TRAIN][known], problem.targets[TRAIN][known].double()[:, None]).solution
    return (x @ weights).squeeze(-1).float()


def trained(name, problem, seeds, epochs):
    """All inits at once: their losses add up, so that Adam sees for each what it would see alone."""
    kind, net = (Layers, layers) if name in (MLP, GCN, CACHED) else (Residual, diffused)
    weights, flow = initial(kind, seeds), None if name in (MLP, BASE) else flow_of(name)
    optimiser = torch.optim.Adam(weights.values(), lr=0.01, weight_decay=5e-4)
    x, early, history = problem.features.expand(len(seeds), -1, -1, -1), flow and flow.on(TRAIN), []
    part = Problem(*(a[TRAIN] for a in problem))
    for epoch in range(epochs):
        optimiser.zero_grad()
        loss(net(weights, x[:, TRAIN], early, True).squeeze(-1), part, slice(None)).sum().backward()
        optimiser.step()
        if (epoch + 1) % EVERY:
            continue
        with torch.no_grad():
            u = net(weights, x, flow, False).squeeze(-1)
            history.append(torch.stack([loss(u, problem, VALIDATE), loss(u, problem, TEST)]))
    validation, test = torch.stack(history, 1).numpy()
    best = validation.argmin(0)
    return np.stack([test[-1], test[best, np.arange(len(seeds))]], 1)
