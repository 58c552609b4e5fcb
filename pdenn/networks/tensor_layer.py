"""A layer that is anisotropic diffusion in the plane, with a law that learns."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor as TorchTensor
from torch import nn

from ..arrays import Number
from ..grids import Grid
from ..operators.anisotropic import GridAnisotropicDiffusion, HeldAnisotropicDiffusion
from ..operators.structure_tensor import structure_tensor
from ..tensors import EdgeEnhancing
from .layers import learnt, positive


class TensorLayer(nn.Module):
    """`div(D(∇u_σ) ∇u)` with `D` edge-enhancing, whose contrast learns.

    At initialisation it equals its operator to rounding.

    Parameters
    ----------
    A : GridAnisotropicDiffusion
        In the plane, with an `EdgeEnhancing` tensor (ValueError otherwise).
    """

    def __init__(self, A: GridAnisotropicDiffusion) -> None:
        super().__init__()
        if A.grid.dim != 2 or not isinstance(A.equation.tensor, EdgeEnhancing):
            raise ValueError(f"a layer represents an EdgeEnhancing tensor in the plane, got {A.equation} on {A.grid}")
        self.equation, self.grid, self.bound = A.equation, A.grid, A.bound
        self.kind, logs = learnt(A.equation.tensor.law)
        self.logarithms = nn.Parameter(logs)

    @property
    def operator(self) -> "Tensor":
        """The operator at the present weights, a differentiable function of them."""
        tensor = self.equation.tensor._replace(law=self.kind(*positive(self.logarithms)))
        return Tensor(tensor, self.equation.stencil, self.grid, self.bound)

    def forward(self, t: Number, u: TorchTensor) -> TorchTensor:
        return self.operator(t, u)

    def extra_repr(self) -> str:
        return f"{self.equation}, {self.grid}"


@dataclass(frozen=True, eq=False)
class Tensor:
    """`A(u) = -K* C(u) K u` with tensors for the parameters of the law; see `GridAnisotropicDiffusion`."""

    tensor: Any
    stencil: float
    grid: Grid
    bound: Any

    def __call__(self, t: Number, u: TorchTensor) -> TorchTensor:
        return self.hold(t, u)(t, u)

    def hold(self, t: Number, u: TorchTensor) -> HeldAnisotropicDiffusion:
        """The linear operator with the tensor frozen at `u`."""
        components = self.tensor.of(*structure_tensor(u, self.tensor.sigma, self.tensor.rho, self.grid))
        return HeldAnisotropicDiffusion(components, self.stencil, self.grid, self.bound)
