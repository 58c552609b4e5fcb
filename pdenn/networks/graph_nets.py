"""The networks of convection and diffusion on graphs: Diff-ResNet diffuses features, COIN class probabilities."""

from typing import Any

import torch
from torch import Tensor, nn

from ..audit.matrices import OnGraph
from ..certificates import CLAIMS, Certificate, certify
from ..graphs import Graph
from ..schemes.protocol import Scheme
from .graph_flow import GraphFlow


class ResidualBlock(nn.Module):
    """Convection: `x + W₂ ReLU(W₁ x + b₁) + b₂`, or `x + ReLU(W x + b)` where `hidden` is None.

    Parameters
    ----------
    features : int
    hidden : int, optional
        Width of the hidden layer.
    """

    def __init__(self, features: int, hidden: int | None = None) -> None:
        super().__init__()
        self.inner = nn.Linear(features, features if hidden is None else hidden)
        self.outer = nn.Identity() if hidden is None else nn.Linear(hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        """For `x` of shape `(..., features)`, or a sparse matrix of shape (nodes, features); the result is dense."""
        if x.layout == torch.strided:
            return x + self.outer(torch.relu(self.inner(x)))
        inner = torch.sparse.mm(x, self.inner.weight.T) + self.inner.bias
        return x.to_dense() + self.outer(torch.relu(inner))


class DiffResNet(nn.Module):
    """Features are convected and diffused, block by block, then classified (Wang, Dou, Bao, Shi 2024).

    `ẋ_i = f(x_i, θ(t)) + Σ_j w̃_ij (x_j - x_i)`, split: every block is a `ResidualBlock`, then a `GraphFlow`. The published
    setting for Cora, 20 steps of 0.25, is `time=5.0, steps=20, claim="bounded", dropout=0.25`; that of the toy problems,
    200 steps of 1 on `Graph.diff_resnet`, `time=200.0, hidden=2`.

    Parameters
    ----------
    A : Graph, or operator on one
    features, classes : int
    hidden : int, optional
        Of the residual blocks.
    blocks : int
    time, steps, scheme, claim, dropout, whole
        Of the diffusion in every block; see `GraphFlow`.

    Raises
    ------
    TypeError, ValueError, NoCertificate, StepTooLarge
        As `GraphFlow`.
    """

    flows: Any  # nn.ModuleList of GraphFlow

    def __init__(self, A: Graph | OnGraph, features: int, classes: int, hidden: int | None = None, blocks: int = 1, *,
                 time: float = 5.0, steps: int | None = None, scheme: Scheme | None = None,
                 claim: str | None = "max-min", dropout: float = 0.0, whole: bool = False) -> None:  # fmt: skip
        super().__init__()
        if isinstance(blocks, bool) or not isinstance(blocks, int) or blocks < 1:
            raise ValueError(f"blocks must be a positive integer, got {blocks!r}")
        self.blocks = nn.ModuleList(ResidualBlock(features, hidden) for _ in range(blocks))
        self.flows = nn.ModuleList(GraphFlow(A, time, steps, scheme, claim, dropout, whole) for _ in range(blocks))
        self.classifier = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of shape `(..., nodes, classes)` for features of all nodes, `(..., nodes, features)`."""
        return self.classifier(self.diffused(x))

    def diffused(self, x: Tensor) -> Tensor:
        """The features after all blocks: what the classifier sees."""
        for block, flow in zip(self.blocks, self.flows, strict=True):
            x = flow(block(x))
        return x


class COIN(nn.Module):
    """Every node is classified by itself, then the class probabilities of all nodes diffuse (Wang, Bao, Shi 2024).

    `u(0) = softmax(W_c (x + ReLU(W x + b)) + b_c)`, `∂u/∂t = -(diag(W̃ 1) - W̃) u`. The rows keep their sum one; with the claim
    "max-min", the default, every value stays a probability. The published setting for Cora, which keeps no claim, is
    `time=7.0, steps=20, claim=None`.

    Parameters
    ----------
    A : Graph, or operator on one
    features, classes : int
        Of the default base network.
    base : torch.nn.Module, optional
        In place of the default one: whatever is to diffuse, `(..., nodes, features)` to `(..., nodes, values)`.
    time, steps, scheme, claim, dropout, whole
        Of the diffusion; see `GraphFlow`.

    Raises
    ------
    TypeError, ValueError, NoCertificate, StepTooLarge
        As `GraphFlow`.
    """

    def __init__(self, A: Graph | OnGraph, features: int | None = None, classes: int | None = None,
                 base: nn.Module | None = None, *, time: float = 7.0, steps: int | None = None,
                 scheme: Scheme | None = None, claim: str | None = "max-min", dropout: float = 0.0,
                 whole: bool = False) -> None:  # fmt: skip
        super().__init__()
        if base is None:
            if features is None or classes is None:
                raise ValueError("features and classes must be given where base is not")
            base = nn.Sequential(ResidualBlock(features), nn.Linear(features, classes), nn.Softmax(-1))
        self.base, self.flow = base, GraphFlow(A, time, steps, scheme, claim, dropout, whole)

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities of shape `(..., nodes, classes)` for features of all nodes, `(..., nodes, features)`."""
        return self.flow(self.base(x))


@certify.register
def _(network: COIN, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold for every step of the diffusion; nothing is said about the base network."""
    return certify(network.flow)


@certify.register
def _(network: DiffResNet, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold for every step of diffusion; nothing is said about the residual blocks."""
    found = [{c.claim: c for c in certify(flow)} for flow in network.flows]
    return tuple(found[0][claim] for claim in CLAIMS if all(claim in claims for claims in found))
