"""The layer of an operator that has nothing to learn but how fast it acts, and that of a sum of operators."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import Number
from ..equations.sum import Statement
from ..operators import SumOperator
from ..operators.combine import Multiple, split
from ..operators.spectrum import divided, symbol
from .operator_layer import OperatorLayer


class RateLayer(OperatorLayer):
    """`c A(t, u)` with a trainable rate `c > 0`, one at initialisation.

    For tensors of anisotropic diffusion, fourth order, porous media, conservation laws, reactions, fidelity, transport on
    graphs, and velocities that are arrays or functions: the rate scales the tensor, the velocity, the weight of the data.

    Parameters
    ----------
    A : Operator
        TypeError for anything else.
    """

    def __init__(self, A: Any) -> None:
        super().__init__()
        if not hasattr(A, "bound"):
            raise TypeError(f"A must be an operator from pn.discretise(equation, grid), got {A!r}")
        self.begun, self.grid = A, A.grid
        self.log_rate = nn.Parameter(torch.zeros((), dtype=torch.float64))

    @property
    def equation(self) -> Statement:
        """The equation that it began as, at the rate one."""
        return self.begun.equation

    @property
    def rate(self) -> Tensor:
        """`c`, a tensor of shape ()."""
        return self.log_rate.exp()

    @property
    def operator(self) -> Multiple:
        """The operator at the present rate, a differentiable function of it."""
        return Multiple(self.rate, self.begun)

    def tangent(self, t: Number, u: Tensor) -> Any:
        """`c` times what is near the derivative of the operator."""
        return self.operator.tangent(t, u)

    @property
    def frozen(self) -> Any:
        """The operator at the present rate, a number: it runs on arrays, without torch."""
        rate = float(self.rate.detach())
        return self.begun if rate == 1 else Multiple(rate, self.begun)

    def extra_repr(self) -> str:
        return f"{self.equation}, {self.grid}"


class SumLayer(OperatorLayer):
    """`Σ_i A_i(t, u)` with a layer for each term.

    Splitting schemes step the layers one after the other: convection by an explicit block, diffusion by an implicit one.

    Parameters
    ----------
    terms : sequence of layers
        On one grid.
    """

    def __init__(self, terms: Iterable[nn.Module]) -> None:
        super().__init__()
        self.terms = nn.ModuleList(terms)
        self.grid = self.terms[0].grid

    @property
    def operator(self) -> SumOperator:
        """The sum of the layers."""
        return SumOperator(tuple(self.terms))

    def tangent(self, t: Number, u: Tensor) -> Any:
        """The sum of what is near the derivatives of the layers."""
        return self.operator.tangent(t, u)

    @property
    def frozen(self) -> SumOperator:
        """The sum of the operators at the present weights, numbers: it runs on arrays, without torch."""
        return SumOperator(tuple(layer.frozen for layer in self.terms))


@split.register
def _(layer: SumLayer) -> Any:
    return split(layer.operator)


@divided.register
def _(layer: OperatorLayer) -> tuple[Any, Any]:
    return divided(layer.operator)


@symbol.register
def _(layer: OperatorLayer) -> Any:
    return symbol(layer.operator)


def rates_of(A: Any) -> OperatorLayer:
    """The layer of an operator of which only rates learn, one for each term of a sum."""
    return SumLayer([RateLayer(term) for term in A.terms]) if isinstance(A, SumOperator) else RateLayer(A)
