"""A law that learns a smooth flux function, a positive combination of Gaussians, and keeps its shape at every weight."""

import torch
from torch import nn

from ..equations.law import Law
from ..laws.gaussians import SHAPES, Gaussians
from .spline_flux import EDGE, beginning

BEYOND = 5  # Gaussians whose centres lie beyond `reach`, so that the sum does not fade before it


class GaussianFlux(nn.Module):
    """A trainable odd flux `Φ` with infinitely many derivatives, that begins close to a law; see `Gaussians`.

    The sibling of `SplineFlux`: influence functions of Gaussians, as in Chen and Pock 2017, with a shape. At every
    parameter value, with the ceiling `c` twice the largest value of the law it began as and `a = c σ(θ)`:

    - "monotone": `Φ' = Σ_k a_k G_k` lies in `(0, c)`;
    - "dissipative": `g = Σ_k a_k G_k` lies in `(0, c)`, and `Φ` may rise and fall.

    Called without arguments, it gives the law at its weights: `flux().g(s2)`, `flux().sup_g`, differentiable. The bounds
    are sums: `sup_g` and `sup_slope` are never exceeded, but attained only where neighbours are alike.
    It begins within `w² sup|f''|/2 + 4e-4 c` of `f`, `Φ'` or `g` of its law, `w = reach/knots`, for `s ≤ reach`: a sum of
    Gaussians smooths with the width `w` (Maz'ya and Schmidt 1996).

    Parameters
    ----------
    law : law
        Where it begins.
    reach : float
        Up to where it follows the law; beyond, it fades to zero.
    knots : int
        Number of centres in `(0, reach]`.
    shape : {"monotone", "dissipative"}, optional
        By default what the law is.

    Raises
    ------
    TypeError, ValueError
        `law` is no law or does not have the shape, `reach` is not positive, `knots` is no positive integer.
    """

    def __init__(self, law: Law, reach: float = 1.0, knots: int = 16, shape: str | None = None) -> None:
        super().__init__()
        self.shape, self.width, self.ceiling = beginning(law, reach, knots, shape, SHAPES)
        s = self.width * torch.arange(knots + BEYOND + 1, dtype=torch.float64)
        step = 1e-3 * self.width
        wanted = (law.flux(s + step) - law.flux(s - step)) / (2 * step) if self.monotone else law.g(s * s)
        self.heights = nn.Parameter(torch.logit(wanted / self.ceiling, EDGE).to(torch.get_default_dtype()))

    def forward(self) -> Gaussians:
        """The law at the present weights."""
        return Gaussians(self.ceiling * torch.sigmoid(self.heights), self.width, self.shape)

    @property
    def monotone(self) -> bool:
        return self.shape == "monotone"

    @property
    def nonnegative(self) -> bool:
        return True

    def extra_repr(self) -> str:
        knots = len(self.heights) - 1 - BEYOND
        return f"reach={self.width * knots:g}, knots={knots}, shape={self.shape!r}, ceiling={self.ceiling:g}"
