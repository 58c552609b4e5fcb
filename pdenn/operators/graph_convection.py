"""Upwind transport on a directed graph: diffusion's loop over the arcs, and for the conservative form a rate per node."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import check_state
from ..equations import Diffusion, GraphConvection
from ..graphs import Graph
from .convection import like
from .graph_diffusion import GraphDiffusion
from .protocol import Bound, Constant, mixed

ROUNDING = 1e-12


@dataclass(frozen=True)
class GraphTransport:
    """`Σ_j w̃_ij (u_j - u_i)`, and for the conservative form `+ (Σ_j w̃_ij - Σ_j w̃_ji) u_i`: `-div(v u) = -v·∇u - u div v`.

    Parameters
    ----------
    equation : GraphConvection
    graph : Graph
    """

    equation: GraphConvection
    graph: Graph

    @property
    def grid(self) -> Graph:
        """The graph, by the name that solvers know."""
        return self.graph

    def __call__(self, t, u):
        return self._with_rate(self._advective(t, u), u)

    def definition(self, t, u):
        """The same from the incidence map."""
        check_state(u, self.graph.shape)
        return self._with_rate(self._advective.definition(t, u), u)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def hold(self, t, u):
        return self

    @cached_property
    def outflow(self) -> np.ndarray:
        """`Σ_j w̃_ji`: the rate at which a node is emptied; an Euler step up to `1/max` of it keeps `u ≥ 0` in both forms."""
        return self.graph.couplings.sum(0)

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`: `A = -d I + N` with `N ≥ 0` and `d` the largest inflow; balanced, `‖N‖₂ ≤ √(‖N‖₁ ‖N‖_∞) = d`."""
        if self.graph.symmetric:
            return self._advective.bound
        inflow = self.graph.degrees
        d = float(inflow.max())
        diagonal = Constant(d, f"A = -d I + N with N ≥ 0 and d = (largest inflow) = {d:.6g}")
        disk = Constant(2 * d, f"ρ = 2d = {2 * d:.6g} of a balanced flow")
        gap = abs(inflow - self.outflow)
        if gap.max() > ROUNDING * d:
            node = int(gap.argmax())
            what = f"{inflow[node]:.6g} enters node {node} and {self.outflow[node]:.6g} leaves it"
            disk = Constant(None, f"the 2-norm may grow because {what}: use certificate='max-min'")
            if self.equation.form == "conservative":
                disk = Constant(None, f"amounts may pile up because {what}: sums are kept, and signs up to "
                                f"τ = {1 / self.outflow.max():.6g} of an Euler step")  # fmt: skip
                diagonal = disk
        return Bound(disk, disk, diagonal, True, False)

    @cached_property
    def _advective(self) -> GraphDiffusion:
        return GraphDiffusion(Diffusion(), self.graph)

    def _with_rate(self, change, u):
        if self.equation.form == "advective":
            return change
        return change + like(self.graph.degrees - self.outflow, u) * u
