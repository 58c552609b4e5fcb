"""Nonlinear diffusion, of second and of fourth order."""

import math
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from ..laws import Linear, check_law
from .sum import Statement
from .values import Values, values

FORMS = ("isotropic", "separable")
FLUXES = {
    (1, "isotropic"): "div({c}g({s}) ∇u)",
    (1, "separable"): "Σ_i ∂_i ({c}g({s}) ∂_i u)",
    (2, "isotropic"): "-Δ(g({s}) Δu)",
    (2, "separable"): "-Σ_i ∂_ii (g({s}) ∂_ii u)",
}
SQUARES = {
    (1, "isotropic"): "|∇{u}|²",
    (1, "separable"): "(∂_i {u})²",
    (2, "isotropic"): "(Δ{u})²",
    (2, "separable"): "(∂_ii {u})²",
}


@dataclass(frozen=True)
class Diffusion(Statement):
    """Nonlinear diffusion.

    `form="isotropic"`: `∂u/∂t = div(c g(|∇u|²) ∇u)`;
    `form="separable"`: `∂u/∂t = Σ_i ∂_i (c g((∂_i u)²) ∂_i u)` (the form that Perona and Malik 1990 discretise);
    `order=2`: `∂u/∂t = -Δ(g((Δu)²) Δu)` (You and Kaveh 2000), or `-Σ_i ∂_ii (g((∂_ii u)²) ∂_ii u)`.

    Discretised to order 2 in space; the isotropic nonlinear form is of order 1 at Neumann walls
    with a slope other than zero and at Robin walls, where a face takes the diffusivity of its cell.

    Parameters
    ----------
    law : law
        The diffusivity `g`, an instance from `pdenn.laws`.
    order : int
        1: the flux acts on first derivatives; 2: on second ones.
    form : {"isotropic", "separable"}
        Whether `g` sees the whole gradient (Laplacian) or the derivative along each axis.
    conductivity : float or array of shape grid.shape
        `c ≥ 0`.
    presmoothing : float
        `σ ≥ 0`: `g` sees the gradient of `u` smoothed by a Gaussian of this standard deviation (Catté, Lions, Morel
        and Coll 1992).
    channels : int, optional
        States `(..., channels, *grid.shape)` whose channels share one diffusivity: `g` sees the sum of their squared
        gradients (Gerig, Kübler, Kikinis and Jolesz 1992). By default leading axes are independent of each other.

    Raises
    ------
    TypeError, ValueError
        `law` is no law, or a parameter is out of range or unknown; order 2 takes none of the last three.

    Examples
    --------
    >>> print(pn.Diffusion(pn.Charbonnier(0.1)))
    ∂u/∂t = div(g(|∇u|²) ∇u) [g = Charbonnier(contrast=0.1)]
    """

    law: Any = field(default_factory=lambda: Linear())
    order: int = 1
    form: str = "isotropic"
    conductivity: float | Values = 1.0
    presmoothing: float = 0.0
    channels: int | None = None

    def __post_init__(self) -> None:
        check_law(self.law)
        if self.order not in (1, 2):
            raise ValueError(f"order must be 1 or 2, got {self.order!r}")
        if self.form not in FORMS:
            raise ValueError(f"form must be one of {FORMS}, got {self.form!r}")
        if not isinstance(self.conductivity, Values):
            object.__setattr__(self, "conductivity", values(self.conductivity, "conductivity", least=0.0))
        sigma, n = self.presmoothing, self.channels
        if not (isinstance(sigma, Real) and math.isfinite(sigma) and sigma >= 0):
            raise ValueError(f"presmoothing must be a finite number >= 0, got {sigma!r}")
        if n is not None and (isinstance(n, bool) or not isinstance(n, Integral) or n < 1):
            raise ValueError(f"channels must be None or a positive integer, got {n!r}")
        if self.order == 2 and not self.plain:
            raise ValueError("order 2 takes neither conductivity nor presmoothing nor channels")

    @property
    def plain(self) -> bool:
        """Whether the diffusivity depends on `g` and the state itself alone."""
        return self.conductivity == 1.0 and self.presmoothing == 0 and self.channels is None

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        kind = (self.order, self.form)
        square = SQUARES[kind].format(u="u" if self.presmoothing == 0 else "u_σ")
        term = FLUXES[kind].format(
            s=square if self.channels is None else f"Σ_k {square.replace('u', 'u_k', 1)}",
            c="" if self.conductivity == 1.0 else "c ",
        )
        where = [f"g = {self.law!r}"]
        where += [f"c = {self.conductivity}"] * (self.conductivity != 1.0)
        where += [f"σ = {self.presmoothing:g}"] * (self.presmoothing != 0)
        where += [f"k = 1..{self.channels}"] * (self.channels is not None)
        return f"{term} [{', '.join(where)}]"
