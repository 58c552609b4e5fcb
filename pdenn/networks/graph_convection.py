"""Upwind transport on the arcs of a graph at speeds that are learned, with extrema kept at every weight."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..arrays import Number
from ..certificates import Certificate, certify
from ..certificates import certificate as certificate_of
from ..graphs import Graph
from ..operators import Bound
from ..operators.incidence import total
from ..operators.protocol import Constant
from ..schemes import ExplicitEuler
from ..schemes.protocol import Scheme
from .graph_layers import check_features
from .weights import check_weights


class GraphConvectionLayer(nn.Module):
    """`du_i/dt = Σ_j a_ij (u_j - u_i)` with trainable speeds `a_ij ≥ 0`, for tensors `(..., nodes, features)`.

    `a_ij = w̃_ij s_ij / max_i Σ_j w̃_ij s_ij`, `s = softplus(θ)`, `θ` one number per arc, or from the features `x` that enter,
    `θ_ij = ⟨Q x_i, K x_j⟩/√k`, as attention has it. The two arcs of an edge learn by themselves. A step is
    `τ = σ(θ_τ) C`, `σ` the logistic function and `C` the limit of the claim at the unit speed: no training can exceed it.

    Parameters
    ----------
    graph : Graph
        Its couplings say which arcs there are, and weight them.
    features : int, optional
        Speeds from features of this number; by default one parameter per arc.
    keys : int
        `k`, the dimension in which features are compared.
    steps : int
        Steps with the same speeds.
    scheme : Scheme, optional
        With `C > 0`; by default `ExplicitEuler()`.

    Raises
    ------
    TypeError, ValueError, NoCertificate
        An argument is out of range, or the scheme keeps no extrema.
    """

    theta: Any  # nn.Parameter; None with features
    tails: Tensor
    heads: Tensor
    weights: Tensor

    def __init__(
        self,
        graph: Graph,
        features: int | None = None,
        keys: int = 16,
        steps: int = 1,
        scheme: Scheme | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(graph, Graph):
            raise TypeError(f"graph must be a pn.Graph, got {graph!r}")
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps must be a positive integer, got {steps!r}")
        self.graph, self.steps = graph, steps
        self.scheme: Scheme = ExplicitEuler() if scheme is None else scheme
        unit: Any = Unit  # a certificate asks for the bound alone
        self.limit = certificate_of(self.scheme, unit, "max-min").tau
        if math.isinf(self.limit):
            raise ValueError(f"scheme must have a step limit that can choose the step, got {self.scheme}")
        w = graph.couplings
        self.register_buffer("tails", torch.from_numpy(np.repeat(np.arange(graph.size), np.diff(w.indptr))))
        self.register_buffer("heads", torch.from_numpy(w.indices.astype(np.int64)))
        self.register_buffer("weights", torch.from_numpy(w.data.copy()).to(torch.get_default_dtype()))
        self.theta = nn.Parameter(torch.zeros(w.nnz)) if features is None else None
        self.query, self.key = (None if features is None else nn.Linear(features, keys, bias=False) for _ in range(2))
        self.theta_step = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """The state after all steps, of the shape `(..., nodes, features)` of `x`."""
        check_features(x, self.graph)
        u, tau = x.transpose(-1, -2), self.step()
        A: Any = Transport(self, self.speeds(x).to(u.dtype))
        for k in range(self.steps):
            u = self.scheme.step(A, k * tau, u, tau)
        return u.transpose(-1, -2)

    def step(self) -> Tensor:
        """`τ`, below the limit of the claim."""
        return torch.sigmoid(self.theta_step) * self.limit

    def speeds(self, x: Tensor) -> Tensor:
        """`a` at the arcs, in the order of `Graph.couplings`: shape (arcs,), or `(..., 1, arcs)` from features."""
        theta = self.theta
        if self.query is not None and self.key is not None:
            products = self.query(x)[..., self.tails, :] * self.key(x)[..., self.heads, :]
            theta = products.sum(-1)[..., None, :] / math.sqrt(self.key.out_features)
        raw = self.weights * functional.softplus(theta)
        # Without arcs, or after an underflow, nothing moves.
        return raw / total(raw, self.graph).amax(-1, keepdim=True).clamp(min=torch.finfo(raw.dtype).tiny)

    def extra_repr(self) -> str:
        return f"{self.graph}, steps={self.steps}, scheme={self.scheme}"


class Transport:
    """`Σ_j a_ij (u_j - u_i)` with the speeds given."""

    def __init__(self, layer: GraphConvectionLayer, speeds: Tensor) -> None:
        self.layer, self.speeds = layer, speeds

    def __call__(self, t: Number, u: Tensor) -> Tensor:
        rises = u[..., self.layer.heads] - u[..., self.layer.tails]
        return total(self.speeds * rises, self.layer.graph)

    def hold(self, t: Number, u: Tensor) -> "Transport":
        return self


class Unit:
    """What the certificate needs of transport at the unit speed."""

    _nothing = Constant(None, "transport without balance may let the 2-norm grow")
    bound = Bound(_nothing, _nothing, Constant(1.0, "the largest inflow is d = 1 at every weight"), True, False)


@certify.register
def _(layer: GraphConvectionLayer, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold at every weight."""
    check_weights(layer)
    return certify(layer.scheme, Unit)
