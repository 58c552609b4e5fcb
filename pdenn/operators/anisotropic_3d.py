"""Diffusion with a tensor in space: 27-point stencils from an energy on the cubes of the eight cells at a corner."""

from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

from ..arrays import absolute, check_state, is_torch
from ..grids import Grid
from .protocol import Bound, mixed
from .structure_tensor import mode, modes

PAIRS = tuple(combinations(range(3), 2))
MODES = (*((axis,) for axis in range(3)), *PAIRS, (0, 1, 2))


@dataclass(frozen=True)
class HeldAnisotropicDiffusion3D:
    """`div(D ∇u)` in space with `D = (d11, d12, d13, d22, d23, d33)` given at the corners of the cells.

    At a corner let `x_i` be the mean of the four differences of its eight cells along an axis, `z_ij` half the mean of
    the two mixed differences along two, and `w` a quarter of the mixed difference along all three. With
    `B_ij = D_ij/(h_i h_j)` and `q_ij = B_ii + B_jj - 2 |B_ij|`, `A` is minus the gradient of half the sum over the
    corners of

        `Σ_ij B_ij x_i x_j + (1 - 2α) Σ_(i<j) q_ij (z_ij² + w²/2)`.

    Every `q_ij` is non-negative, for `2 |B_ij| ≤ B_ii + B_jj` where `D ≥ 0`: the energy is convex. On a state that does
    not change along one axis it is that of the stencil of Weickert, Welk and Wickert (2013) in the plane of the other
    two; with `α = 0` and a diagonal tensor `A` is the 7-point stencil. For `α < 1/2` and `D > 0` all
    `q_ij` are positive and only constants have no energy.

    `√2 x_i`, `√2 z_ij` and `√2 w` are the products of the eight values with orthonormal vectors `(±1, ..., ±1)/√8`, and
    each cell belongs to eight cubes, hence `ρ = 4 max(largest eigenvalue of B, (1 - 2α) q_ij, (1 - 2α) Σ q_ij/2)`,
    where `q_ij ≤ tr B` and `Σ q_ij/2 ≤ tr B`. Reflecting walls are even states on a periodic grid of twice the size.

    The components have the shape `(..., n1 + 1, n2 + 1, n3 + 1)`. On periodic axes the first and the last corners are
    the same; on a reflecting wall with the normal `i`, `D_ij = 0` for `j ≠ i`, as a reflection asks.
    """

    tensor: tuple
    stencil: float
    grid: Grid
    bound_of_tensor: Bound

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels.anisotropic import anisotropic

        return anisotropic(u, self.tensor, self.stencil, self.grid)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels.anisotropic import anisotropic

        return anisotropic(u, self.tensor, self.stencil, self.grid, coefficients, v)

    def definition(self, t, u):
        """The derivatives of the energy by the modes of the cubes, taken back to the cells."""
        values = modes(u, self.grid, MODES)
        x, mixed_pairs, mixed_all = values[:3], values[3:6], values[6]
        b = self._scaled()
        q = [(1 - 2 * self.stencil) * (b[i, i] + b[j, j] - 2 * absolute(b[i, j])) for i, j in PAIRS]
        fluxes = [sum(b[min(i, j), max(i, j)] * x[j] for j in range(3)) for i in range(3)]
        fluxes += [-q_ij / 4 * m for q_ij, m in zip(q, mixed_pairs, strict=True)]
        fluxes += [sum(q) / 32 * mixed_all]
        return sum(mode(flux, self.grid, axes) for flux, axes in zip(fluxes, MODES, strict=True))

    def hold(self, t, u):
        return self

    def _scaled(self):
        """`B_ij` for `i ≤ j`."""
        pairs, h = combinations_with_replacement(range(3), 2), self.grid.h
        return {(i, j): d / (h[i] * h[j]) for (i, j), d in zip(pairs, self.tensor, strict=True)}

    @property
    def bound(self) -> Bound:
        """That of the tensor; frozen, `ρ' = ρ`."""
        return self.bound_of_tensor._replace(contraction=self.bound_of_tensor.spectral, linear=True)
