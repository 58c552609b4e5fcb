"""Nonlinear diffusion."""

from dataclasses import dataclass

from ..laws import Linear, check_law
from .sum import Statement

FORMS = ("isotropic", "separable")


@dataclass(frozen=True)
class Diffusion(Statement):
    """Nonlinear diffusion of second order.

    `form="isotropic"`: `∂u/∂t = div(g(|∇u|²) ∇u)`;
    `form="separable"`: `∂u/∂t = Σ_i ∂_i (g((∂_i u)²) ∂_i u)` (the form that Perona and Malik 1990 discretise).

    Parameters
    ----------
    law : law
        The diffusivity `g`, an instance from `pdenn.laws`.
    order : int
        1: the flux acts on first derivatives.
    form : {"isotropic", "separable"}
        Whether `g` sees the whole gradient or the slope along each axis.

    Raises
    ------
    TypeError, ValueError
        `law` is no law, a parameter of it is out of range, `order` or `form` is unknown.
    """

    law: tuple = Linear()
    order: int = 1
    form: str = "isotropic"

    def __post_init__(self):
        check_law(self.law)
        if self.order != 1:
            raise ValueError(f"order must be 1, got {self.order!r}")
        if self.form not in FORMS:
            raise ValueError(f"form must be one of {FORMS}, got {self.form!r}")

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        term = "div(g(|∇u|²) ∇u)" if self.form == "isotropic" else "Σ_i ∂_i (g((∂_i u)²) ∂_i u)"
        return f"{term} [g = {self.law!r}]"
