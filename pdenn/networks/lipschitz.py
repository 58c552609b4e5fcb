"""An upper bound of the Lipschitz constant of a network at its present weights."""

import math
from functools import singledispatch
from typing import Any

from torch import nn

from ..certificates import certify
from ..laws import Linear, check_law
from ..schemes import ExplicitEuler
from ..schemes.protocol import Scheme
from ..schemes.trace import Butcher, trace
from .layers import DiffusionLayer, law_of
from .scheme_net import SchemeNet
from .symmetric import SymmetricNet, rounding_of
from .weights import check_weights


@singledispatch
def lipschitz(network: object) -> float:
    """`L` with `‖f(u) - f(v)‖₂ ≤ L ‖u - v‖₂` for all `u`, `v`, at the present weights.

    The product over the steps. Where a step is proved contractive it counts one. For an explicit step the Jacobian
    `I - τ K* D K` is symmetric with `inf Φ' ≤ D ≤ sup Φ'`, so that it counts `max(1, τ sup Φ' ‖K‖² - 1, 1 - τ inf Φ' ‖K‖²)`
    instead of the naive `1 + τ sup |Φ'| ‖K‖²`. Other steps count what their Butcher table gives; it is infinite where
    coefficients are held over several stages, because then nothing bounds the change of the coefficients.

    Parameters
    ----------
    network : SymmetricNet or SchemeNet
        SchemeNet on a grid.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        Nothing is known about this kind of network.
    ValueError
        A weight is NaN or infinite, or a parameter of a law out of its range.
    """
    raise TypeError(f"lipschitz is known for SymmetricNet and for SchemeNet on a grid, got {type(network).__name__}")


@lipschitz.register
def _(network: SymmetricNet) -> float:
    check_weights(network)
    steps = [float(tau.detach()) for tau in network.steps()]
    parts = zip(network.schemes(), network.blocks, steps, strict=True)
    return math.prod(of_step(*part, network.rounding) for part in parts) ** network.repeats


@lipschitz.register
def _(network: SchemeNet) -> float:
    check_weights(network)
    parts = zip(network.schemes(), network.layers, network.tau.tolist(), strict=True)
    return math.prod(of_step(*part, rounding_of(network.tau)) for part in parts) ** network.repeats


def averaged(network: SymmetricNet | SchemeNet) -> float | None:
    """The constant `α` of a network that is averaged: `f = (1 - α) I + α N` with `N` of Lipschitz constant one.

    Iterations of averaged maps converge to a fixed point if there is one (Krasnoselskii 1955, Mann 1953). An explicit step
    on a monotone flux has `α_k = τ ρ'/2`, and the network `α = 1 / (1 + 1/Σ_k α_k/(1 - α_k))` (Combettes and Yamada 2015).
    A mean with the identity, as in every step of `ReactionDiffusionNet`, divides `α` by `1 + μ`.

    Parameters
    ----------
    network : SymmetricNet or SchemeNet

    Returns
    -------
    float or None
        In `[0, 1)`; None where this is not proved: another scheme, a flux that is not monotone, a step at its limit.

    Raises
    ------
    ValueError
        A weight is NaN or infinite.
    TypeError
        Nothing is known about this kind of network.
    """
    if not isinstance(network, SymmetricNet | SchemeNet):
        raise TypeError(f"averaged is known for SymmetricNet and for SchemeNet, got {type(network).__name__}")
    check_weights(network)
    layers: Any = network.blocks if isinstance(network, SymmetricNet) else network.layers
    steps = network.steps() if isinstance(network, SymmetricNet) else network.tau
    slopes = [layer.bound.contraction.value for layer in layers]
    if not isinstance(network.scheme, ExplicitEuler) or None in slopes:
        return None
    parts = [float(tau.detach()) * slope / 2 for tau, slope in zip(steps, slopes, strict=True)]
    if not all(0 <= part < 1 for part in parts):
        return None
    learnt: Any = getattr(network, "reactions", None)  # of a `ReactionDiffusionNet`, which rests on this module
    reactions = [0.0] * len(parts) if learnt is None else [float(mu.detach()) for mu in learnt()]
    alpha = 0.0
    for part, mu in zip(parts * network.repeats, reactions * network.repeats, strict=True):
        total = alpha / (1 - alpha) + part / (1 - part)
        alpha = total / (1 + total) / (1 + mu)
    return float(alpha)


def of_step(scheme: Scheme, layer: Any, tau: float, rounding: float) -> float:
    """One step: proved contractive, or by the range of the slopes of its flux; `rounding` is that of `tau`."""
    limit = max((c.tau for c in certify(scheme, layer) if c.claim == "contractive"), default=-1.0)
    if 0 <= tau <= limit * (1 + rounding):
        return 1.0
    if not hasattr(layer, "square"):
        raise TypeError(f"nothing is known about the norm of {type(layer).__name__}")
    if isinstance(layer, DiffusionLayer) and layer.equation.presmoothing > 0 and layer.kind is not Linear:
        return math.inf  # the diffusivity sees another gradient than the flux
    if isinstance(layer, DiffusionLayer) and not isinstance(layer.kind, nn.Module):
        check_law(law_of(layer))  # positive parameters are all that training keeps
    law, size = law_of(layer), abs(tau) * layer.square
    lowest, largest = float(law.inf_slope), float(law.sup_slope)
    if tau < 0:
        lowest, largest = -largest, -lowest
    try:
        table = trace(scheme)
    except ValueError:
        return math.inf  # it takes the operator apart
    if table.stages == 1 and table.explicit:
        return max(1.0, size * largest - 1, 1 - size * lowest)
    held = getattr(scheme, "coefficients", "updated") == "held" and not isinstance(law, Linear)
    if held or not table.explicit:
        return math.inf
    return _of_table(table, size * max(abs(lowest), abs(largest)))


def _of_table(table: Butcher, size: float) -> float:
    """`l_i = 1 + Σ_j |a_ij| z l_j` stage by stage, `1 + Σ_j |b_j| z l_j` at the end, `z = τ sup |Φ'| ‖K‖²`."""
    stages: list[float] = []
    for row in abs(table.a):
        stages.append(1 + size * sum(a * l for a, l in zip(row, stages, strict=False)))
    return 1 + size * sum(b * l for b, l in zip(abs(table.b), stages, strict=True))
