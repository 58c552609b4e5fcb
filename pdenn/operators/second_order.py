"""Fourth-order filters: diffusion whose flux acts on second differences, `A(u) = -K* Φ(K u)`."""

from dataclasses import dataclass, replace
from functools import cached_property

from ..arrays import check_state, is_torch
from ..equations import Diffusion
from ..grids import Dirichlet, Grid, Neumann, Robin
from ..laws import Linear
from .differences import difference, divergence
from .protocol import Bound, Constant, mixed, no_bound


@dataclass(frozen=True)
class FourthOrderDiffusion:
    """`∂u/∂t = -K* Φ(K u)` with `K` the Laplacian (isotropic) or the second differences along the axes (separable).

    The negative gradient of the energy `Σ_c Ψ((K u)_c²)/2` at all walls. What walls prescribe makes `K` affine; `K*`
    is the transpose of its linear part, which is symmetric: the natural conditions are those of `u` without values,
    for instance `∂_n Φ(Δu) = 0` where `u` reflects, and `Φ(Δu) = 0` at Dirichlet walls (a supported plate).

    Parameters
    ----------
    equation : Diffusion
        Of order 2.
    grid : Grid
    """

    equation: Diffusion
    grid: Grid

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels import fourth_order

        return fourth_order.filtered(u, self.equation.law, self.grid, self.equation.form)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels import fourth_order

        return fourth_order.filtered(u, self.equation.law, self.grid, self.equation.form, coefficients, v)

    def definition(self, t, u):
        """`-K* Φ(K u)` from differences and divergences."""
        fluxes = [self.equation.law.flux(k) for k in second(u, self.grid, self.equation.form)]
        return -adjoint(fluxes, without_values(self.grid))

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u`."""
        check_state(u, self.grid.shape)
        form = self.equation.form
        g = tuple(self.equation.law.g(k * k) for k in second(u, self.grid, form))
        return HeldFourthOrder(g, self.grid, form, self.bound)

    def energy(self, u):
        """`E(u) = Σ Ψ((K u)²)/2`, whose gradient in the cells is `-A(u)`: one number per state."""
        axes = tuple(range(-self.grid.dim, 0))
        potential = self.equation.law.potential
        return sum((potential(k * k) / 2).sum(axes) for k in second(u, self.grid, self.equation.form))

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`."""
        law, grid = self.equation.law, self.grid
        if not law.nonnegative:
            return no_bound(f"g of {law!r} takes negative values", symmetric=True)
        norm, words = _norm(grid, self.equation.form)
        rho, slope = law.sup_g * norm, law.sup_slope * norm
        spectral = Constant(rho, f"ρ = sup g · |K|² = {rho:.6g}, sup g = {law.sup_g:.6g}, {words}")
        if not grid.homogeneous:
            spectral = Constant(None, "the walls prescribe values or slopes other than zero: the norm may grow")
        contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux, {words}")
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        diagonal = Constant(
            None, "-K*K of second differences K has negative entries beside the diagonal: no maximum-minimum principle"
        )
        return Bound(spectral, contraction, diagonal, type(law) is Linear, True)


@dataclass(frozen=True)
class HeldFourthOrder:
    """`-K* (G K u)` with the diffusivity given in every cell: one array, or one per axis if separable."""

    diffusivities: tuple
    grid: Grid
    form: str
    bound_of_law: Bound

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels import fourth_order

        return fourth_order.held(u, self.diffusivities, self.grid, self.form)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels import fourth_order

        return fourth_order.held(u, self.diffusivities, self.grid, self.form, coefficients, v)

    def definition(self, t, u):
        """`-K* (G K u)`."""
        curvatures = second(u, self.grid, self.form)
        return -adjoint([g * k for g, k in zip(self.diffusivities, curvatures, strict=True)], without_values(self.grid))

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """The bound of the law; frozen, `ρ' = ρ`."""
        return self.bound_of_law._replace(contraction=self.bound_of_law.spectral, linear=True)


def second(u, grid: Grid, form: str) -> list:
    """`K u`: the Laplacian in one array, or the second differences along every axis."""
    each = [divergence(difference(u, grid, axis), grid, axis) for axis in range(grid.dim)]
    return [sum(each)] if form == "isotropic" else each


def adjoint(fluxes, free: Grid):
    """`K* F` for one array of fluxes (isotropic) or one per axis; `free` is the grid with walls that prescribe zero."""
    pairs = ((axis, fluxes[min(axis, len(fluxes) - 1)]) for axis in range(free.dim))
    return sum(divergence(difference(f, free, axis), free, axis) for axis, f in pairs)


def without_values(grid: Grid) -> Grid:
    """The same grid with walls of the same kind that prescribe zero."""
    return replace(grid, boundary=tuple(tuple(_zero(wall) for wall in pair) for pair in grid.boundary))


def _zero(wall):
    name = {Dirichlet: "value", Neumann: "slope", Robin: "gamma"}.get(type(wall))
    return wall if name is None else replace(wall, **{name: 0.0})


def _norm(grid: Grid, form: str) -> tuple[float, str]:
    """`|K|²` by Gershgorin: the rows of the second difference read `(1, b - 2, 1)/h²`, ghosts `a + b u`, `|b| ≤ 1`."""
    if form == "isotropic":
        norm = sum(4 / h**2 for h in grid.h) ** 2
        return norm, f"|K|² = {norm:.6g} (the square of the sum of 4/h² over the axes)"
    norm = sum(16 / h**4 for h in grid.h)
    return norm, f"|K|² = {norm:.6g} (the sum of 16/h⁴ over the axes)"
