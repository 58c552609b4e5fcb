"""Diffusion on a graph with a law that learns; the graph stays as it is."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import Number, check_state, check_tensor
from ..graphs import Graph
from ..operators import Bound
from ..operators.graph_diffusion import GraphDiffusion, bound_of, diffusivities
from ..operators.incidence import divergence, rises
from .layers import HeldLayer, layer_of, not_represented, positive, present_law


class GraphDiffusionLayer(nn.Module):
    """`A(u) = -K* (G(u) K u)` on a graph, with trainable parameters of the law.

    At initialisation the layer equals its operator to rounding. The step size is that of the network around it.

    Parameters
    ----------
    A : GraphDiffusion
        ValueError for other operators.
    """

    def __init__(self, A: GraphDiffusion) -> None:
        super().__init__()
        if not isinstance(A, GraphDiffusion):
            raise not_represented(A)
        self.equation, self.grid, self.kind = A.equation, A.graph, type(A.equation.law)
        logs = torch.tensor(list(A.equation.law), dtype=torch.float64).log()
        self.logarithms = nn.Parameter(logs)  # of the parameters of the law, which stay positive whatever is learned

    @property
    def law(self) -> Any:
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*positive(self.logarithms))

    def forward(self, t: Number, u: Tensor) -> Tensor:
        """`A(u)`, of the shape `(..., nodes)` of `u`."""
        return self.apply_to(u, None)

    def hold(self, t: Number, u: Tensor) -> HeldLayer:
        """The linear operator with the diffusivities frozen at `u` (they remain functions of the weights)."""
        check_state(u, self.grid.shape)
        return HeldLayer(self, diffusivities(rises(u, self.grid), self.equation, self.law, self.grid))

    def apply_to(self, u: Tensor, arcs: Tensor | None) -> Tensor:
        """`-K* G K u` with the diffusivities `arcs`; those of `u` itself where `arcs` is None."""
        check_state(u, self.grid.shape)
        slopes = rises(u, self.grid)
        g = diffusivities(slopes, self.equation, self.law, self.grid) if arcs is None else arcs
        return divergence(g * slopes, self.grid)

    @property
    def frozen(self) -> GraphDiffusion:
        """The operator at the present weights, with numbers for parameters: it runs on arrays, without torch."""
        return GraphDiffusion(replace(self.equation, law=present_law(self)), self.grid)

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now."""
        return bound_of(self.kind(*positive(self.logarithms.detach()).tolist()), self.grid)


layer_of.register(GraphDiffusion, GraphDiffusionLayer)


def check_features(x: Tensor, graph: Graph) -> None:
    """Raise TypeError or ValueError unless `x` is a real tensor of shape `(..., nodes, features)`."""
    check_tensor(x, "x")
    if x.ndim < 2 or x.shape[-2] != graph.size:
        raise ValueError(f"x must have shape (..., {graph.size}, features), got {tuple(x.shape)}")
    check_state(x, (), "x")
