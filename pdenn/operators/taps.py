"""Diffusion whose difference has two free taps per axis: what a trained layer is, for arrays and tensors alike."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..arrays import check_state, concatenate, is_torch
from ..equations.values import Values, largest, like
from ..grids import Grid
from .differences import after, before, face_mean, pad
from .faces import cut
from .protocol import Bound, Constant, mixed, no_bound
from .smoothing import smooth


@dataclass(frozen=True, eq=False)
class TapDiffusion:
    """`A(u) = -K* (c g K u)` with `(K u)_f = t0 u_left + t1 u_right` at every face.

    `t = (-1, 1)/h` is `GridDiffusion`, with the other fields `ModulatedDiffusion`. `K*` is the exact adjoint for all
    taps, walls included, in which a wall face counts one half; without presmoothing `A` is the negative gradient of an
    energy.

    Parameters
    ----------
    law : law
        Its parameters may be tensors.
    taps : sequence of pairs, or tensor of shape (dim, 2)
        `(t0, t1)` per axis.
    grid : Grid
        With reflecting, periodic or Dirichlet walls.
    form : {"isotropic", "separable"}
    conductivity : float, Values, or tensor of shape () or grid.shape
    presmoothing : float
    channels : int, optional
        As in `Diffusion`.
    """

    law: Any
    taps: Any
    grid: Grid
    form: str = "isotropic"
    conductivity: Any = 1.0
    presmoothing: float = 0.0
    channels: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The last axes of a state."""
        return (*(() if self.channels is None else (self.channels,)), *self.grid.shape)

    def __call__(self, t, u):
        return self.apply_to(u, self.diffusivities(u))

    definition = __call__

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u`."""
        return HeldTaps(self, self.diffusivities(u))

    def apply_to(self, u, faces):
        """`-K* G K u` with the diffusivities `faces` of every axis."""
        check_state(u, self.shape)
        fluxes = (g * self.difference(u, axis) for axis, g in enumerate(faces))
        return -sum(self.adjoint(f, axis) for axis, f in enumerate(fluxes))

    def difference(self, u, axis: int):
        """`K u` along an axis, at its `n + 1` faces."""
        padded, (left, right) = pad(u, self.grid, axis), self.taps[axis]
        return left * before(padded, self.grid, axis) + right * after(padded, self.grid, axis)

    def adjoint(self, flux, axis: int):
        """`K* F` along an axis: at a wall `K u = (t1 + b t0) u + ...`, and the face counts one half."""
        left, right = self.taps[axis]
        walls, n, where = self.grid.ghosts(axis), self.grid.shape[axis], axis - self.grid.dim
        if walls is None:
            return right * cut(flux, where, 0, n) + left * cut(flux, where, 1, n + 1)
        lower, upper = (right + walls[0][1] * left) / 2, (left + walls[1][1] * right) / 2
        from_left = concatenate([lower * cut(flux, where, 0, 1), right * cut(flux, where, 1, n)], where)
        from_right = concatenate([left * cut(flux, where, 1, n), upper * cut(flux, where, n, n + 1)], where)
        return from_left + from_right

    def diffusivities(self, u):
        """`c g` at the faces of every axis; channels share it, and it keeps one for all of them."""
        check_state(u, self.shape)
        law, grid = self.law, self.grid
        c = self.conductivity.to(u.dtype) if is_torch(self.conductivity) else like(self.conductivity, u)
        seen = smooth(u, self.presmoothing, grid)
        squares = [self._joint(self.difference(seen, axis) ** 2) for axis in range(grid.dim)]
        if self.form == "separable":
            return [face_mean(c, grid, axis) * law.g(s) for axis, s in enumerate(squares)]
        g = c * law.g(sum(before(s, grid, axis) + after(s, grid, axis) for axis, s in enumerate(squares)) / 2)
        return [face_mean(g, grid, axis) for axis in range(grid.dim)]

    def _joint(self, squares):
        return squares if self.channels is None else squares.sum(-1 - self.grid.dim, keepdims=True)

    def on(self, grid: Grid) -> "TapDiffusion":
        """The same on another grid: taps `m/2 ∓ α/h` of `α ∂ + m` keep `α` and `m`.

        Raises ValueError where a conductivity was given cell by cell.
        """
        if isinstance(self.conductivity, Values) and grid.shape != self.grid.shape:
            raise ValueError(f"conductivity is given on cells of shape {self.grid.shape}, not {grid.shape}")
        moved = []
        for (left, right), h, new in zip(self.taps, self.grid.h, grid.h, strict=True):
            mean, slope = (left + right) / 2, (right - left) / 2 * h
            moved.append((mean - slope / new, mean + slope / new))
        return replace(self, taps=tuple(moved), grid=grid)

    @cached_property
    def square(self) -> float:
        """An upper bound of `max c ‖K‖²`, by Gershgorin on the rows of `K* K`."""
        return self._largest * sum(
            (_norm(float(left), float(right), self.grid.ghosts(axis)) for axis, (left, right) in enumerate(self.taps)),
            0.0,
        )

    @property
    def bound(self) -> Bound:
        """See `Bound`."""
        law, norm = self.law, self.square
        if not law.nonnegative:
            return no_bound(f"g of {law!r} takes negative values", symmetric=True)
        rho, slope = float(law.sup_g) * norm, float(law.sup_slope) * norm
        factor = "" if self._largest == 1 else "max c · "
        because = f"sup g · {factor}|K|² = {rho:.6g} with {factor}|K|² = {norm:.6g} for the present weights"
        spectral = Constant(rho, "ρ = " + because)
        if not self.grid.homogeneous:
            spectral = Constant(None, "the walls prescribe values other than zero: the norm may grow")
        contraction = Constant(slope, f"ρ' = sup Φ' · {factor}|K|² = {slope:.6g} of a monotone flux")
        linear = type(law).__name__ == "Linear"
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        if self.presmoothing > 0 and not linear:
            contraction = Constant(None, "g sees the smoothed gradient: the flux is no gradient of an energy")
        return Bound(spectral, contraction, self._diagonal(), linear, True)

    @cached_property
    def _largest(self) -> float:
        c = self.conductivity
        return float(c.detach().max()) if is_torch(c) else largest(c)

    def _diagonal(self) -> Constant:
        if any(left != -right for left, right in self.taps):
            return Constant(None, "the taps of a stencil do not sum to zero: constants are not kept")
        walls = [self.grid.ghosts(axis) or () for axis in range(self.grid.dim)]
        rows = (
            (2.0 if all(b == 1 for _, b in pair) else 3.0 if self.grid.shape[axis] > 1 else 4.0)
            * float(self.taps[axis][0]) ** 2
            for axis, pair in enumerate(walls)
        )
        value = float(self.law.sup_g) * self._largest * sum(rows)
        return Constant(value, f"A = -d I + N with N ≥ 0 and d = {value:.6g} for the present weights")


@dataclass(frozen=True, eq=False)
class HeldTaps:
    """The same with its diffusivities frozen."""

    A: TapDiffusion
    faces: Any

    @property
    def grid(self) -> Grid:
        return self.A.grid

    @property
    def bound(self) -> Bound:
        """The bound of the law; frozen, `ρ' = ρ`."""
        found = self.A.bound
        return found._replace(contraction=found.spectral, linear=True)

    def __call__(self, t, u):
        return self.A.apply_to(u, self.faces)

    @property
    def diagonal(self):
        """The diagonal of `K* G K`, of the shape of a state: what smoothers divide by."""
        return sum(self._squares(g, axis) for axis, g in enumerate(self.faces))

    def _squares(self, g, axis: int):
        """What the faces of an axis add to the diagonal: the squares of the taps, and halves at walls."""
        left, right = self.A.taps[axis]
        walls, n, where = self.grid.ghosts(axis), self.grid.shape[axis], axis - self.grid.dim
        if walls is None:
            one, other = (right**2, left**2) if n > 1 else ((left + right) ** 2, 0.0)
            return one * cut(g, where, 0, n) + other * cut(g, where, 1, n + 1)
        lower, upper = (right + walls[0][1] * left) ** 2 / 2, (left + walls[1][1] * right) ** 2 / 2
        inner = cut(g, where, 1, n)
        from_left = concatenate([lower * cut(g, where, 0, 1), right**2 * inner], where)
        return from_left + concatenate([left**2 * inner, upper * cut(g, where, n, n + 1)], where)

    definition = __call__

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return mixed(self, t, u, coefficients, v)

    def hold(self, t, u):
        return self


def _norm(left: float, right: float, walls) -> float:
    """The largest row sum of `|K* K|` along one axis."""
    rows = [(abs(left) + abs(right)) ** 2]
    if walls is not None:
        mixed_taps = abs(left * right)
        lower, upper = (right + walls[0][1] * left) ** 2 / 2, (left + walls[1][1] * right) ** 2 / 2
        rows += [left**2 + mixed_taps + lower, right**2 + mixed_taps + upper, lower + upper]
    return max(rows)
