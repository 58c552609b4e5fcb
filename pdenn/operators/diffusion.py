"""Diffusion on a grid: `A(u) = -K* Φ(K u)`, composed from differences, and by fused kernels."""

from dataclasses import dataclass
from functools import cached_property

from ..arrays import check_state, is_torch
from ..equations import Diffusion
from ..grids import Dirichlet, Grid, Neumann, Outflow, Periodic, Reflecting
from ..laws import Linear
from .differences import after, before, difference, divergence, pad_coefficient
from .linearised import linear_part, slope
from .protocol import Bound, Constant, mixed, no_bound


@dataclass(frozen=True)
class GridDiffusion:
    """Nonlinear diffusion on a grid.

    Isotropic: a cell has `s_c`, half the sum of the squared slopes of its faces, and a face the mean of `g(s_c)` of
    its two cells; this is the gradient of the energy `Σ_c Ψ(s_c)/2`. Separable: a face has `g` of its own slope.

    Parameters
    ----------
    equation : Diffusion
    grid : Grid
    """

    equation: Diffusion
    grid: Grid

    def __post_init__(self):
        _ = self.bound  # now, since the lock of a cached property stops torch.compile

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels import cpu

        return getattr(cpu, self.kernel)(u, self.equation.law, self.grid)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels import cpu

        return getattr(cpu, self.kernel)(u, self.equation.law, self.grid, coefficients, v)

    def recur(self, t, u, rows, a, b):
        """`w_(s+1) = α w_s + β w_(s-1) + γ A(w_s) + δ a + ε b` from `w_0 = u`; `rows` holds `(α, β, γ, δ, ε)`; arrays only."""
        from ..kernels import sweeps

        return getattr(sweeps, self.kernel)(u, self.equation.law, self.grid, rows, None, a, b)

    @property
    def kernel(self) -> str:
        """A linear law needs no diffusivities."""
        return "separable" if isinstance(self.equation.law, Linear) else self.equation.form

    def definition(self, t, u):
        """`-K* Φ(K u)` from differences and divergences."""
        slopes = [difference(u, self.grid, axis) for axis in range(self.grid.dim)]
        if self.equation.form == "separable":
            return sum(divergence(self.equation.law.flux(s), self.grid, axis) for axis, s in enumerate(slopes))
        return weighted(slopes, self.equation.law.g(squared_gradient(slopes, self.grid)), self.grid)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u`."""
        check_state(u, self.grid.shape)
        law, grid = self.equation.law, self.grid
        if is_torch(u):
            slopes = [difference(u, grid, axis) for axis in range(grid.dim)]
            if self.equation.form == "separable":
                return HeldSeparable(tuple(law.g(s * s) for s in slopes), grid, self.bound)
            return HeldDiffusion(law.g(squared_gradient(slopes, grid)), grid, self.bound)
        from ..kernels import cpu, faces

        if self.equation.form == "separable":
            return HeldSeparable(faces.face_diffusivities(u, law, grid), grid, self.bound)
        return HeldDiffusion(cpu.cell_diffusivity(u, law, grid), grid, self.bound)

    def jacobian(self, t, u):
        """`w -> A'(u) w` for arrays: `g` or `Φ'` held at `u`, and, isotropic, what the change of `g` makes of `∇u`."""
        check_state(u, self.grid.shape)
        law, grid, kept = self.equation.law, self.grid, self.bound
        slopes = [difference(u, grid, axis) for axis in range(grid.dim)]
        if self.equation.form == "separable":
            return linear_part(HeldSeparable(tuple(slope(law.flux, s) for s in slopes), grid, kept), t, u)
        from ..kernels.slopes import slope_products

        square = squared_gradient(slopes, grid)
        held, rate = linear_part(HeldDiffusion(law.g(square), grid, kept), t, u), slope(law.g, square)

        def apply(w):
            changed = HeldDiffusion(rate * slope_products(u, w, grid), grid, kept)
            return changed.mix(t, u, (0.0, 1.0, 1.0), held(w))

        return apply

    def energy(self, u):
        """`E(u)`, whose gradient in the cells is `-A(u)`: one number per state, float64 or the dtype of a tensor.

        Raises ValueError where the walls prescribe a slope or are of Robin type (no energy of this form exists).
        """
        if not variational(self.grid):
            raise ValueError(f"the energy needs reflecting, periodic or Dirichlet walls, got {self.grid.boundary}")
        slopes = [difference(u, self.grid, axis) for axis in range(self.grid.dim)]
        axes = tuple(range(-self.grid.dim, 0))
        potential = self.equation.law.potential
        if self.equation.form == "isotropic":
            return (potential(squared_gradient(slopes, self.grid)) / 2).sum(axes)
        # A face belongs to two cells by halves; a Dirichlet wall to its one cell, over half a mesh width.
        halves = (potential(s * s) / 4 for s in slopes)
        return sum((before(e, self.grid, axis) + after(e, self.grid, axis)).sum(axes) for axis, e in enumerate(halves))

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`."""
        law, grid = self.equation.law, self.grid
        rho = law.sup_g * _stencil_norm(grid)
        sup = f"sup g = {law.sup_g:.6g}, |K|² = {_stencil_norm(grid):.6g} (the sum of 4/h² over the axes)"
        signed = f"g of {law!r} takes negative values"
        if not law.nonnegative:
            return no_bound(signed, symmetric=True)
        linear = isinstance(law, Linear)
        spectral = Constant(rho, f"ρ = sup g · |K|² = {rho:.6g}, {sup}")
        if not grid.homogeneous:
            spectral = Constant(None, "the walls prescribe values or slopes other than zero: the norm may grow")
        slope = law.sup_slope * _stencil_norm(grid)
        contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux")
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        elif not linear and not variational(grid):
            contraction = Constant(None, "walls that prescribe slopes (Neumann, Robin) have no convex energy here")
        return Bound(spectral, contraction, _diagonal(law, grid), linear, True)


@dataclass(frozen=True)
class HeldDiffusion:
    """`div(g ∇u)` with the diffusivity of every cell given: isotropic diffusion with its coefficients held."""

    g: object
    grid: Grid
    bound_of_law: Bound

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels import cpu

        return cpu.weighted(u, self.g, self.grid)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels import cpu

        return cpu.weighted(u, self.g, self.grid, coefficients, v)

    def recur(self, t, u, rows, a, b):
        """See `GridDiffusion.recur`."""
        from ..kernels import sweeps

        return sweeps.weighted(u, self.g, self.grid, rows, None, a, b)

    def definition(self, t, u):
        """`-K* (G K u)`, `G` on a face the mean of `g` over its two cells."""
        return weighted([difference(u, self.grid, axis) for axis in range(self.grid.dim)], self.g, self.grid)

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """The bound of the law; frozen, `ρ' = ρ`."""
        return _frozen(self.bound_of_law)


@dataclass(frozen=True)
class HeldSeparable:
    """`Σ_i ∂_i (G_i ∂_i u)` with the diffusivity of every face given, one array per axis."""

    faces: tuple
    grid: Grid
    bound_of_law: Bound

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels import cpu

        return cpu.face_weighted(u, self.faces, self.grid)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels import cpu

        return cpu.face_weighted(u, self.faces, self.grid, coefficients, v)

    def recur(self, t, u, rows, a, b):
        """See `GridDiffusion.recur`."""
        from ..kernels import sweeps

        return sweeps.face_weighted(u, self.faces, self.grid, rows, None, a, b)

    def definition(self, t, u):
        """`-K* (G K u)`."""
        fluxes = (g * difference(u, self.grid, axis) for axis, g in enumerate(self.faces))
        return sum(divergence(f, self.grid, axis) for axis, f in enumerate(fluxes))

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """The bound of the law; frozen, `ρ' = ρ`."""
        return _frozen(self.bound_of_law)


def squared_gradient(slopes, grid: Grid):
    """`s_c`: half the sum of the squared slopes of the faces of each cell."""
    squares = [s * s for s in slopes]
    return sum(before(s, grid, axis) + after(s, grid, axis) for axis, s in enumerate(squares)) / 2


def weighted(slopes, g, grid: Grid):
    """`Σ_i ∂_i (G ∂_i u)` from the slopes at the faces and `g` in the cells."""
    result = 0.0
    for axis, s in enumerate(slopes):
        padded = pad_coefficient(g, grid, axis)
        face = (before(padded, grid, axis) + after(padded, grid, axis)) / 2
        result = result + divergence(face * s, grid, axis)
    return result


def _stencil_norm(grid: Grid) -> float:
    """`‖K‖² ≤ Σ 4/h²`: by Gershgorin on `K*K`, whose rows read (-1, 2, -1)/h², or (3, -1)/h² at a Dirichlet wall."""
    return sum(4.0 / h**2 for h in grid.h)


def variational(grid: Grid) -> bool:
    """Whether the diffusion on this grid is the gradient of an energy: reflecting, periodic or Dirichlet walls."""
    return all(
        isinstance(w, Reflecting | Periodic | Outflow | Dirichlet) or w == Neumann(0.0)
        for pair in grid.boundary
        for w in pair
    )


def _diagonal(law, grid: Grid) -> Constant:
    d = 0.0
    for axis, h in enumerate(grid.h):
        walls = grid.ghosts(axis)
        if walls is None:
            d += 2 / h**2
            continue
        if any(b == 1 and a != 0 for a, b in walls):
            return Constant(None, "a wall that prescribes a slope is a source: no maximum-minimum principle")
        # A wall row reads (1 + 1 - b)/h² on its diagonal; a single cell has both walls.
        lower, upper = (1 - walls[0][1]), (1 - walls[1][1])
        d += (max(1 + lower, 1 + upper, 2) if grid.shape[axis] > 1 else lower + upper) / h**2
    value = law.sup_g * d
    return Constant(value, f"A = -d I + N with N ≥ 0 and d = sup g · (diagonal of K*K) = {value:.6g}")


def _frozen(bound: Bound) -> Bound:
    return bound._replace(contraction=bound.spectral, linear=True)
