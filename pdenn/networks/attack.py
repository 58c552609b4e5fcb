"""Attacks on the claims of a layer: states for which it raises a norm, a distance, or an extremum.

What is found is a proof that a claim fails; what is not found is no proof that it holds.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..audit.flow import audit_flow
from ..audit.report import Audit, Finding, Witness
from ..certificates import CLAIMS, certify
from .graph_flow import GraphFlow
from .graph_nets import COIN, DiffResNet

ROUNDING = 1e-9
CLIMBS, ITERATIONS = 100, 30


def audit_network(network: nn.Module, example: Tensor | None = None) -> Audit:
    """The audit of a torch module; see `pdenn.audit`."""
    if isinstance(network, DiffResNet):
        network = network.flows[0]
    flow = network.flow if isinstance(network, COIN) else network
    if isinstance(flow, GraphFlow):
        return audit_flow(flow.A, flow.tau, flow.steps, flow.scheme)
    layer, u = _prepared(network, example)
    proved = (
        {c.claim: c for c in certify(network)} if certify.dispatch(type(network)) != certify.dispatch(object) else {}
    )
    attacks = {"contractive": stretched_distance, "bounded": stretched_norm, "max-min": lost_extremum}
    findings = tuple(
        Finding(claim, "holds", proved[claim].tau, None, proved[claim].because)
        if claim in proved
        else _attacked(claim, attacks[claim](layer, u), len(u))
        for claim in CLAIMS
    )
    return Audit(f"{type(network).__name__} on states of shape {tuple(u.shape[1:])}", findings)


def _attacked(claim: str, witness: Witness | None, tries: int) -> Finding:
    if witness is None:
        return Finding(claim, "open", None, None, f"no witness found from {tries} states, and nothing is proved")
    return Finding(claim, "fails", None, None, "found by an attack, and evaluated in double precision", witness)


def _prepared(network: nn.Module, example: Tensor | None) -> tuple[nn.Module, Tensor]:
    """The layer in double precision, without dropout and gradients of weights, and the states to start from."""
    if not isinstance(example, torch.Tensor) or example.ndim < 2 or not example.is_floating_point():
        raise TypeError(
            f"example must be a real tensor of shape (batch, ...) for {type(network).__name__}, got {example!r}"
        )
    if not torch.isfinite(example).all():
        raise ValueError("example must be finite, got NaN or infinite values")
    layer, u = copy.deepcopy(network).double().eval().requires_grad_(False), example.detach().double()
    if layer(u).shape != u.shape:
        raise ValueError(
            f"subject must keep the shape of its states, got {tuple(layer(u).shape)} from {tuple(u.shape)}"
        )
    # Small states see the slope at zero, large ones the slope at infinity; what is not constant has a range.
    noise = torch.randn(u.shape, dtype=u.dtype, generator=torch.Generator().manual_seed(0)).to(u.device)
    return layer, torch.cat([u, 1e-3 * u, 1e3 * u, noise])


def norms(u: Tensor) -> Tensor:
    """The Euclidean norm of every state of a batch."""
    return u.flatten(1).norm(dim=1)


def stretched_norm(layer: nn.Module, u: Tensor) -> Witness | None:
    """A state with `‖f(u)‖ > ‖u‖`."""
    zero = torch.zeros_like(u[:1])
    if norms(layer(zero)).item() > ROUNDING:
        return Witness(
            zero, float("inf"), float("inf"), f"the state 0 becomes one of norm {norms(layer(zero)).item():.4g}"
        )
    u = u[norms(u) > 0]
    best = _climbed(lambda v: norms(layer(v)) / norms(v), u)
    growth = (norms(layer(best)) / norms(best)).item()
    if not growth > 1 + ROUNDING:
        return None
    return Witness(best, growth, growth, f"the norm of a state grows {growth:.4f} times")


def stretched_distance(layer: nn.Module, u: Tensor) -> Witness | None:
    """Two states with `‖f(u) - f(v)‖ > ‖u - v‖`: along the first singular vector of the derivative."""
    v = torch.randn(u.shape, dtype=u.dtype, generator=torch.Generator().manual_seed(1)).to(u.device)
    for _ in range(ITERATIONS):
        forward = torch.autograd.functional.jvp(layer, u, v)[1]
        back = torch.autograd.functional.vjp(layer, u, forward)[1]
        v = back / norms(back).clamp(min=1e-300).reshape(-1, *[1] * (u.ndim - 1))
    pairs = torch.cat([torch.stack([u, u + eps * norms(u).max() * v], 1) for eps in (1e-6, 1e-3, 1.0)])
    apart = norms(pairs[:, 1] - pairs[:, 0])
    ratio = norms(layer(pairs[:, 1]) - layer(pairs[:, 0])) / apart
    ratio = torch.where((apart > 0) & ratio.isfinite(), ratio, 0.0)
    k = int(ratio.argmax())
    growth = ratio[k].item()
    # A difference of 1e-6 of the states loses six digits.
    if not growth > 1 + 1e-7:
        return None
    return Witness(pairs[k], growth, growth, f"the distance of two states grows {growth:.4f} times")


def lost_extremum(layer: nn.Module, u: Tensor) -> Witness | None:
    """A state `u` with `f(u)` outside `[min u, max u]`: a constant, or what a climb finds."""
    ones = torch.ones_like(u[:1])
    u = torch.cat([u, *(c * ones for c in (0.0, 1.0, -1.0))])
    best = max((u[k : k + 1] for k in range(len(u))), key=lambda v: _excess(layer, v).item())
    if not _excess(layer, best).item() > ROUNDING:
        best = _climbed(lambda v: _excess(layer, v), u[: -len(ones) * 3])
    excess = _excess(layer, best).item()
    if not excess > ROUNDING:
        return None
    low, high, after = best.min(), best.max(), layer(best)
    what = f"a state with values in [{low:.4g}, {high:.4g}] becomes [{after.min():.4g}, {after.max():.4g}]"
    return Witness(best, excess, excess, what)


def _excess(layer: nn.Module, u: Tensor) -> Tensor:
    """How far the states leave their extrema, in units of their range; constants in their own units."""
    before, after = u.flatten(1), layer(u).flatten(1)
    low, high = before.amin(1), before.amax(1)
    scale = torch.where(high > low, high - low, low.abs().clamp(min=1.0))
    return torch.maximum(low - after.amin(1), after.amax(1) - high) / scale


def _climbed(objective: Callable[[Tensor], Tensor], u: Tensor) -> Tensor:
    """The state with the largest objective after steps along its gradient, relative to the size of the states."""
    u = u.clone()
    best, highest = u[:1], -torch.inf
    for k in range(CLIMBS):
        u.requires_grad_(True)
        value = objective(u)
        if value.max() > highest:
            best, highest = u[value.argmax()][None].detach(), value.max().item()
        gradient = torch.autograd.grad(value.sum(), u)[0]
        shape = (-1, *[1] * (u.ndim - 1))
        size = (0.3 * 0.95**k * norms(u) / norms(gradient).clamp(min=1e-300)).reshape(shape)
        u = (u + size * gradient).detach()
    return best
