"""Reading a network on a graph back: its equation, time, steps and spectrum, and the solver that it is without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from ..certificates import Certificate, certify
from ..chain import Chain
from ..equations.sum import Statement
from ..graphs import Graph
from ..inspect import inspect
from .graph_flow import GraphFlow
from .graph_nets import COIN, DiffResNet


@dataclass(frozen=True)
class GraphReading:
    """What a network on a graph is.

    Attributes
    ----------
    equation : Statement or None
        The one equation that all steps discretise, if there is one.
    graph : Graph
    scheme : Scheme or tuple of Scheme
    tau : float or tuple of float
        Scheme and step size; one per step where they differ.
    steps : int
    time : float
        Effective time: the sum of `τ g(0)` over the steps, `g = 1` where the equation has no law; for small states the time
        of linear diffusion.
    largest : float or None
        The eigenvalues of `-A`, coefficients held, lie in `[0, largest]` in every step; None where no bound is known.
    certificates : tuple of Certificate
        What `certify` says of the network.
    chain : Chain
        The solver that it is, on arrays `(..., nodes)`, without torch.
    """

    equation: Statement | None
    graph: Graph
    scheme: Any
    tau: float | tuple[float, ...]
    steps: int
    time: float
    largest: float | None
    certificates: tuple[Certificate, ...]
    chain: Chain

    def __str__(self) -> str:
        spectrum = "of unknown size" if self.largest is None else f"in [{-self.largest:.6g}, 0]"
        head = f"{self.equation or '∂u/∂t = -K* Φ(K u), with Φ of each step'} on {self.graph}"
        steps = f"{self.steps} steps of {self.scheme}, τ = {self.tau}, effective time {self.time:.6g}"
        return "\n".join([head, steps, f"eigenvalues {spectrum}", *map(str, self.certificates)])


def read_graph(network: nn.Module, equation: Statement | None, chain: Chain) -> GraphReading:
    """The reading of a network that is the solver `chain` on a graph."""
    taus = chain.tau
    rhos = [A.bound.spectral.value for A in chain.operators]
    time = sum(tau * _at_rest(A) for A, tau in zip(chain.operators, taus, strict=True))
    largest = None if None in rhos else max(rhos)
    graph = chain.operators[0].grid
    return GraphReading(equation, graph, chain.scheme, one(taus), len(taus), time, largest, certify(network), chain)


@inspect.register
def read_flow(flow: GraphFlow) -> GraphReading:
    """The reading of a flow."""
    equation = getattr(flow.A, "equation", None)
    return read_graph(flow, equation, Chain((flow.A,) * flow.steps, flow.scheme, (flow.tau,) * flow.steps))


@inspect.register
def _(network: COIN) -> GraphReading:
    """The diffusion of the class probabilities; the base network is no PDE."""
    return read_flow(network.flow)


@inspect.register
def _(network: DiffResNet) -> tuple[GraphReading, ...]:
    """The diffusion of every block; between them lie the residual blocks, which are no PDE."""
    return tuple(read_flow(flow) for flow in network.flows)


def one(things: Sequence[Any]) -> Any:
    """The thing that all are, or the tuple of them."""
    return things[0] if all(x == things[0] for x in things) else tuple(things)


def _at_rest(A: Any) -> float:
    """`g(0)` of an operator."""
    law = getattr(getattr(A, "equation", None), "law", None)
    return 1.0 if law is None else float(law.g(np.zeros(1))[0])
