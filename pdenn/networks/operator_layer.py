"""What layers that are operators share: they act as the operator that they are at their present weights."""

from typing import Any

from torch import Tensor, nn

from ..arrays import Number
from ..operators import Bound


class OperatorLayer(nn.Module):
    """A layer with `operator`, a differentiable function of its weights, and `frozen`, the same with numbers."""

    operator: Any
    frozen: Any

    def forward(self, t: Number, u: Tensor) -> Tensor:
        """`A(t, u)`, of the shape `(..., *grid.shape)` of `u`; with channels `(..., channels, *grid.shape)`."""
        return self.operator(t, u)

    def hold(self, t: Number, u: Tensor) -> Any:
        """The linear operator with its coefficients frozen at `u` (they remain functions of the weights)."""
        return self.operator.hold(t, u)

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now."""
        return self.frozen.bound
