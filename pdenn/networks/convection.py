"""Convection with a constant velocity that learns, sign included."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import Number
from ..operators.convection import GridConvection
from ..operators.convection_diffusion import GridConvectionDiffusion
from ..operators.faces import face_velocities
from .layers import layer_of
from .operator_layer import OperatorLayer
from .rates import RateLayer


class ConvectionLayer(OperatorLayer):
    """`-div(v u)` or `-div(v u - ε ∇u)` with a trainable velocity `v`, one number per axis; `ε` stays.

    A constant velocity is free of divergence at every value: what keeps extrema and norms keeps them whatever is learned,
    up to a step that `certify` finds for the present velocity.

    Parameters
    ----------
    A : GridConvection or GridConvectionDiffusion
        With a velocity that is one number per axis (ValueError otherwise).
    """

    def __init__(self, A: GridConvection | GridConvectionDiffusion) -> None:
        super().__init__()
        if not is_constant(A):
            raise ValueError(f"a layer learns a velocity that is one number per axis, got {getattr(A, 'equation', A)}")
        self.begun: Any = A
        self.equation, self.grid = A.equation, A.grid
        self.velocity = nn.Parameter(torch.tensor(A.equation.velocity, dtype=torch.float64))
        for axis, ones in enumerate(face_velocities((1.0,) * A.grid.dim, A.grid, 0.0)):
            # One at every face, zero at walls that let nothing pass; no weight, so that no file holds it.
            self.register_buffer(f"open{axis}", torch.from_numpy(ones), persistent=False)

    @property
    def operator(self) -> GridConvection | GridConvectionDiffusion:
        """The operator at the present velocity, a differentiable function of it."""
        faces = tuple(v * getattr(self, f"open{axis}") for axis, v in enumerate(self.velocity.unbind()))
        return replace(self.begun, held=faces)

    def hold(self, t: Number, u: Tensor) -> "ConvectionLayer":
        """The layer itself: a steady velocity leaves nothing to hold."""
        return self

    @property
    def frozen(self) -> GridConvection | GridConvectionDiffusion:
        """The operator at the present velocity, numbers: it runs on arrays, without torch."""
        return replace(self.begun, equation=replace(self.equation, velocity=tuple(self.velocity.tolist())))

    def extra_repr(self) -> str:
        return f"{self.equation}, {self.grid}"


def is_constant(A: Any) -> bool:
    """Whether an operator is convection with one number per axis."""
    if (
        not isinstance(A, GridConvection | GridConvectionDiffusion)
        or A.held is not None
        or callable(A.equation.velocity)
    ):
        return False
    velocity: Any = A.equation.velocity
    return all(isinstance(v, float) for v in velocity)


@layer_of.register(GridConvection)
@layer_of.register(GridConvectionDiffusion)
def _(A: GridConvection | GridConvectionDiffusion) -> nn.Module:
    return ConvectionLayer(A) if is_constant(A) else RateLayer(A)
