"""Closed-form solutions of linear diffusion of fourth order, on boxes `[0, n h]` with walls.

Rests on the waves of `linear.Mode`: they are eigenfunctions of all even derivatives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grids import Grid
from .linear import Mode
from .validity import place_and_time
from .walls import parity, periodic

FORMS = ("isotropic", "separable")


@dataclass(frozen=True)
class FourthOrderMode:
    """`∂u/∂t = -Δ²u` or `∂u/∂t = -Σ_i ∂_iiii u`: `u = Π_i cos(ω_i x_i - φ_i) e^(-r t)`.

    `r = |ω|⁴` in the isotropic form and `r = Σ_i ω_i⁴` in the separable one, with `ω` and `φ` those of `Mode`
    (separation of variables: Evans, Partial Differential Equations (2010), section 4.1). Even derivatives do to such a
    wave what the walls do, so that `u` keeps the second condition too: `∂_n Δu = 0` at reflecting walls, and `Δu = 0`
    at `Dirichlet(0)` (a supported plate). It is the linear case of the filters of You and Kaveh (2000).

    Parameters
    ----------
    grid : Grid
        Gives the box and its walls: periodic, reflecting or `Dirichlet(0)`.
    numbers : int or tuple of ints
        `k ≥ 0` of each axis; `ω` grows with `k`.
    form : {"isotropic", "separable"}
        Which of the two equations; on one axis both are `∂u/∂t = -∂_xxxx u`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """

    grid: Grid
    numbers: int | tuple[int, ...]
    form: str = "isotropic"

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", Mode(self.grid, self.numbers).numbers)
        if self.form not in FORMS:
            raise ValueError(f"form must be one of {FORMS}, got {self.form!r}")
        for wall in (wall for pair in self.grid.boundary if not periodic(pair) for wall in pair):
            parity(wall)

    @property
    def rate(self) -> float:
        """`r`, at which the mode decays."""
        squares = [omega**2 for omega, _ in Mode(self.grid, self.numbers).waves]
        return sum(squares) ** 2 if self.form == "isotropic" else sum(square**2 for square in squares)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` of the box (one array per axis); float64."""
        t, x = place_and_time(t, x, self.grid.dim)
        return Mode(self.grid, self.numbers).u(0.0, *x) * np.exp(-self.rate * t)
