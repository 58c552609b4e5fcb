"""Terms that act on every cell by itself: reactions, and fidelity to data."""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from ..arrays import check_state
from ..equations import Fidelity, Reaction
from ..equations.values import Values, largest, like
from ..graphs import Graph
from ..grids import Grid
from .linearised import derivative
from .protocol import Bound, Constant, mixed, no_bound


@dataclass(frozen=True)
class GridReaction:
    """`A(t, u) = f(u)` or `f(t, u)` in every cell.

    A reaction has no coefficients to hold: it stays as it is while those of other terms are held.
    """

    equation: Reaction
    grid: Grid | Graph

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        value = self.definition(t, u)
        if getattr(value, "shape", None) != u.shape or value.dtype != u.dtype:
            raise ValueError(f"f must return an array like u, {tuple(u.shape)} of {u.dtype}, got {_kind(value)}")
        return value

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def definition(self, t, u):
        """`f(u)` or `f(t, u)`."""
        return self.equation.f(t, u) if self.equation.timed else self.equation.f(u)

    def hold(self, t, u):
        return self

    def tangent(self, t, u):
        """`A'(t, u) w = f'(u) w`."""
        return Multiplication(derivative(self, t, u, 0.0 * u + 1.0), self.grid)

    def jacobian(self, t, u):
        """`w -> f'(u) w`."""
        return partial(self.tangent(t, u), t)

    @cached_property
    def bound(self) -> Bound:
        """From the slopes of `f`: `-ρ ≤ ∂f/∂u ≤ 0` gives `(u - v)(f(u) - f(v)) ≤ -(f(u) - f(v))²/ρ`."""
        if self.equation.slope is None:
            return no_bound("Reaction(f, slope=(least, largest)) must state the range of ∂f/∂u")
        least, most = self.equation.slope
        if most > 0:
            return no_bound(f"the slope of the reaction reaches {most:g} > 0: solutions part from each other")
        contraction = Constant(-least, f"ρ' = {-least:.6g} = -(least slope of the reaction)")
        spectral = Constant(-least, f"ρ = {-least:.6g} = -(least slope of the reaction), and f(0) = 0")
        if self.equation.timed or np.any(self.equation.f(np.zeros(1)) != 0):
            spectral = Constant(None, "f(0) = 0 is not known of the reaction: the norm may grow")
        diagonal = Constant(
            None, "a reaction pulls towards its own zeros, which may lie beyond the extrema of the state"
        )
        return Bound(spectral, contraction, diagonal, False, False)


@dataclass(frozen=True)
class Multiplication:
    """`A(w) = c w` for a given `c`."""

    c: object
    grid: Grid | Graph
    bound = no_bound("nothing is claimed of a derivative", linear=True, symmetric=True)

    def __call__(self, t, w):
        return self.c * w


@dataclass(frozen=True)
class GridFidelity:
    """`A(u) = -w c (u - f)` in every cell; `f` and `c` end in the axes of the grid (ValueError otherwise)."""

    equation: Fidelity
    grid: Grid | Graph

    def __post_init__(self):
        for name in ("data", "mask"):
            x, dim = getattr(self.equation, name), self.grid.dim
            if isinstance(x, Values) and x.array.shape[-dim:] != self.grid.shape:
                raise ValueError(f"{name} must be a number or have shape (..., {self.grid.shape}), got {x.array.shape}")

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        value = self.definition(t, u)
        if value.shape != u.shape:
            raise ValueError(f"u must have all axes of the data, {tuple(value.shape)}, got {tuple(u.shape)}")
        return value

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def definition(self, t, u):
        """`w c (f - u)`."""
        data, mask = like(self.equation.data, u), like(self.equation.mask, u)
        return self.equation.weight * mask * (data - u)

    def hold(self, t, u):
        return self

    @cached_property
    def bound(self) -> Bound:
        """Linear and diagonal: all constants are `w max c`."""
        rate, data = self.equation.rate, self.equation.data
        because = f"{rate:.6g} = weight · max mask of the fidelity"
        spectral = Constant(rate, f"ρ = {because}")
        if largest(data) != 0 or (isinstance(data, Values) and data.array.any()):
            spectral = Constant(None, "the data are not zero: the norm may grow towards them")
        diagonal = Constant(rate, f"d = {because}, the data counted in to the extrema")
        return Bound(spectral, Constant(rate, f"ρ' = {because}"), diagonal, True, True)


def _kind(value) -> str:
    return f"{tuple(value.shape)} of {value.dtype}" if hasattr(value, "shape") else repr(value)
