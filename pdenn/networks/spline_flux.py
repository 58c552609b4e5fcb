"""A law that learns its whole flux function, and keeps its shape at every weight."""

import torch
from torch import Tensor, nn

from ..equations.law import Law
from ..laws import check_law
from ..laws.spline import SHAPES, Spline

EDGE = 1e-4  # the first heights keep this distance from the ends of their range, where a sigmoid has no gradient


class SplineFlux(nn.Module):
    """A trainable odd flux `Φ`, piecewise linear on `[-reach, reach]` and linear beyond, that begins as a law.

    At every parameter value, with the ceiling `c` twice the largest value of the law it began as:

    - "monotone": the slopes `Φ' = c σ(θ)` lie in `(0, c)`;
    - "dissipative": `g = c σ(θ)` at the knots, so that `0 < g < c` everywhere, and `Φ` may rise and fall;
    - "signed": `g = c tanh(θ/2)`, so that `|g| < c`; backward diffusion, of which nothing is claimed.

    Called without arguments, it gives the law at its weights: `flux().g(s2)`, `flux().sup_g`, differentiable.
    It begins within `w² sup|Φ''|/8 + 2e-4 c s` of the flux of its law, `w = reach/knots`, for `s ≤ reach`.

    Parameters
    ----------
    law : law
        Where it begins.
    reach : float
        The last knot.
    knots : int
        Number of knots beyond zero.
    shape : {"monotone", "dissipative", "signed"}, optional
        By default what the law is.

    Raises
    ------
    TypeError, ValueError
        `law` is no law or does not have the shape, `reach` is not positive, `knots` is no positive integer.
    """

    def __init__(self, law: Law, reach: float = 1.0, knots: int = 32, shape: str | None = None) -> None:
        super().__init__()
        self.shape, self.width, self.ceiling = beginning(law, reach, knots, shape, SHAPES)
        self.heights = nn.Parameter(self._heights(law, knots).to(torch.get_default_dtype()))

    def _heights(self, law: Law, knots: int) -> Tensor:
        s = self.width * torch.arange(knots + 1, dtype=torch.float64)
        at_infinity = law.g((1e9 * s[-1:]) ** 2)
        phi = law.flux(s)
        known = torch.cat([phi.diff() / self.width if self.shape == "monotone" else phi[1:] / s[1:], at_infinity])
        share = known / self.ceiling
        return torch.logit((share + 1) / 2 if self.shape == "signed" else share, EDGE)

    def forward(self) -> Spline:
        """The law at the present weights."""
        share = torch.tanh(self.heights / 2) if self.shape == "signed" else torch.sigmoid(self.heights)
        heights = self.ceiling * share
        zero = torch.zeros_like(heights[:1])
        if self.shape == "monotone":
            values = torch.cat([zero, self.width * heights[:-1].cumsum(0)])
            return Spline(heights, values, self.width, self.shape)
        knots = self.width * torch.arange(len(heights), dtype=heights.dtype, device=heights.device)
        values = torch.cat([zero, heights[:-1] * knots[1:]])
        return Spline(torch.cat([values.diff() / self.width, heights[-1:]]), values, self.width, self.shape)

    @property
    def monotone(self) -> bool:
        return self.shape == "monotone"

    @property
    def nonnegative(self) -> bool:
        return self.shape != "signed"

    def extra_repr(self) -> str:
        knots = len(self.heights) - 1
        return f"reach={self.width * knots:g}, knots={knots}, shape={self.shape!r}, ceiling={self.ceiling:g}"


def beginning(
    law: Law, reach: float, knots: int, shape: str | None, shapes: tuple[str, ...]
) -> tuple[str, float, float]:
    """The shape, width and ceiling of a free flux that begins as a law; `shapes` are those it can have, strictest first.

    Raises TypeError or ValueError as the fluxes do.
    """
    check_law(law)
    if not 0 < reach < float("inf"):
        raise ValueError(f"reach must be positive and finite, got {reach!r}")
    if isinstance(knots, bool) or not isinstance(knots, int) or knots < 1:
        raise ValueError(f"knots must be a positive integer, got {knots!r}")
    of_law = SHAPES[0] if law.monotone else SHAPES[1] if law.nonnegative else SHAPES[2]
    chosen = of_law if shape is None else shape
    if chosen not in shapes:
        raise ValueError(f"shape must be one of {shapes}, got {chosen!r}")
    if SHAPES.index(chosen) < SHAPES.index(of_law):
        raise ValueError(f"shape={shape!r} cannot begin as {law!r}, whose flux is {of_law} only")
    return chosen, reach / knots, 2.0 * float(law.sup_g)
