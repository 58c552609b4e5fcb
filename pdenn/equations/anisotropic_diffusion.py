"""Diffusion with a tensor."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..tensors import check_tensor
from .sum import Statement


@dataclass(frozen=True)
class AnisotropicDiffusion(Statement):
    """`∂u/∂t = div(D(J_ρ(∇u_σ)) ∇u)` in the plane or in space.

    On a line there is one direction only: use `Diffusion`.

    Parameters
    ----------
    tensor : tensor
        `D`, an instance from `pdenn.tensors`: `EdgeEnhancing(...)` or `CoherenceEnhancing(...)`.
    stencil : float
        The free parameter `α ∈ [0, 1/2]` of the family of 3x3 stencils of Weickert, Welk and Wickert (2013): 0 keeps
        the weights non-negative where any stencil can, 1/2 damps least and allows the largest steps. In space the same
        parameter of the 3x3x3 stencils that extend them: 0 damps the mixed differences of the cubes most, 1/2 leaves
        them alone.

    Raises
    ------
    TypeError, ValueError
        `tensor` is no tensor, or a parameter is out of range.
    """

    tensor: Any
    stencil: float = 0.0

    def __post_init__(self) -> None:
        check_tensor(self.tensor)
        if not (isinstance(self.stencil, Real) and 0 <= self.stencil <= 0.5):
            raise ValueError(f"stencil must be in [0, 0.5], got {self.stencil!r}")

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return f"div(D(J_ρ(∇u_σ)) ∇u) [D = {self.tensor!r}]"
