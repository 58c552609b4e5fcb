"""The porous medium equation on a grid: the Laplacian of `φ(u) = |u|^(m-1) u`."""

from dataclasses import dataclass, replace
from functools import cached_property, partial

from ..arrays import check_state, is_torch, namespace
from ..equations import Diffusion, PorousMedium
from ..grids import Dirichlet, Grid
from .differences import after, before, difference, divergence, pad
from .diffusion import GridDiffusion, HeldSeparable, variational
from .protocol import Bound, Constant, mixed, no_bound


@dataclass(frozen=True)
class GridPorousMedium:
    """`A(u) = -K* K φ(u)`, `φ(u) = |u|^(m-1) u`; a Dirichlet wall prescribes `φ(value)`.

    Held, every face has the secant slope of `φ` between its two cells, so that `A(u) = -K* G(u) K u` exactly.

    Parameters
    ----------
    equation : PorousMedium
    grid : Grid
        With reflecting, periodic or Dirichlet walls, values in the range of the equation (ValueError otherwise).
    """

    equation: PorousMedium
    grid: Grid

    def __post_init__(self):
        most = self.equation.maximum
        if not variational(self.grid):
            raise ValueError(f"PorousMedium needs reflecting, periodic or Dirichlet walls, got {self.grid.boundary}")
        values = [wall.value for pair in self.grid.boundary for wall in pair if isinstance(wall, Dirichlet)]
        if most is not None and max(map(abs, values), default=0.0) > most:
            raise ValueError(f"boundary must prescribe values in [-maximum, maximum] = ±{most}, got {values}")

    def __call__(self, t, u):
        check_state(u, self.grid.shape)
        if is_torch(u):
            return self.definition(t, u)
        from ..kernels.porous_medium import laplacian_of_power

        return laplacian_of_power(u, self.equation.m, self._powers)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.grid.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        from ..kernels.porous_medium import laplacian_of_power

        return laplacian_of_power(u, self.equation.m, self._powers, coefficients, v)

    def definition(self, t, u):
        """`Σ_i ∂_ii φ(u)` from differences and divergences."""
        w, grid = power(u, self.equation.m), self._powers
        return sum(divergence(difference(w, grid, axis), grid, axis) for axis in range(grid.dim))

    def hold(self, t, u):
        """The linear operator with the secant slopes of `φ` frozen at `u`."""
        check_state(u, self.grid.shape)
        faces = tuple(self._secants(u, axis) for axis in range(self.grid.dim))
        return HeldSeparable(faces, self.grid, self.bound)

    def tangent(self, t, u):
        """`A'(u) w = Δ(φ'(u) w)`."""
        check_state(u, self.grid.shape)
        m = self.equation.m
        walls = [
            tuple(Dirichlet(0.0) if isinstance(wall, Dirichlet) else wall for wall in pair)
            for pair in self.grid.boundary
        ]
        laplacian = GridDiffusion(Diffusion(), replace(self.grid, boundary=tuple(walls)))
        return LaplacianOfProduct(m * _magnitude(u) ** (m - 1), laplacian)

    def jacobian(self, t, u):
        """`w -> A'(u) w`."""
        return partial(self.tangent(t, u), t)

    def _secants(self, u, axis):
        """`(φ(u_j) - φ(u_i)) / (u_j - u_i)` at every face; between values that are nearly equal, `φ'` of their mean.

        The threshold `√ε` leaves both the cancellation in the one and the error of the other below rounding of a flux.
        """
        m, grid, xp = self.equation.m, self.grid, namespace(u)
        slope, rise = difference(u, grid, axis), difference(power(u, m), self._powers, axis)
        padded = pad(u, grid, axis)
        mean = (before(padded, grid, axis) + after(padded, grid, axis)) / 2
        close = abs(slope) * grid.h[axis] <= xp.finfo(u.dtype).eps ** 0.5 * abs(mean)
        return xp.where(close, m * _magnitude(mean) ** (m - 1), rise / xp.where(close, xp.ones_like(slope), slope))

    def check_range(self, u, name):
        """Raise ValueError unless `|u| ≤ maximum` to rounding: beyond it the max-min claim is about another operator."""
        most = self.equation.maximum
        if most is not None and not float(abs(u).max()) <= most * (1 + 1e4 * float(namespace(u).finfo(u.dtype).eps)):
            raise ValueError(
                f"{name} must lie in [-maximum, maximum] = ±{most:g}, got values up to {float(abs(u).max()):g}"
            )

    @cached_property
    def _powers(self) -> Grid:
        """The grid of `φ(u)`: Dirichlet walls prescribe `φ(value)`."""
        m = self.equation.m
        walls = tuple(tuple(_power_of_wall(wall, m) for wall in pair) for pair in self.grid.boundary)
        return replace(self.grid, boundary=walls)

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`."""
        m, most = self.equation.m, self.equation.maximum
        contraction = Constant(None, "Δφ(u) contracts distances in L¹ and H⁻¹ (Vázquez 2007), not in the 2-norm")
        if most is None:
            reason = "PorousMedium(m, maximum=...) must state the range of u: φ' = m |u|^(m-1) is unbounded"
            return Bound(Constant(None, reason), contraction, Constant(None, reason), False, True)
        reason = "the 2-norm falls while |u| ≤ maximum, which only the max-min claim keeps: use certificate='max-min'"
        spectral = Constant(None, reason)
        laplacian = GridDiffusion(Diffusion(), self.grid).bound.diagonal
        slope = m * most ** (m - 1)
        d = slope * laplacian.value
        because = f"d = {d:.6g} = m M^(m-1) · (diagonal of K*K), M = {most:.6g}, for |u| ≤ M, which the claim keeps"
        return Bound(spectral, contraction, Constant(d, because), False, True)


@dataclass(frozen=True)
class LaplacianOfProduct:
    """`A(w) = Δ(c w)` for a given `c`."""

    c: object
    laplacian: GridDiffusion

    def __call__(self, t, w):
        return self.laplacian(t, self.c * w)

    @property
    def grid(self) -> Grid:
        return self.laplacian.grid

    @property
    def bound(self) -> Bound:
        """Linear, but symmetric only after a change of variables."""
        return no_bound("Δ(c w) is not symmetric", linear=True)


def power(u, m: float):
    """`φ(u) = |u|^(m-1) u`, with the derivative 0 at 0."""
    return _magnitude(u) ** (m - 1) * u


def _magnitude(u):
    """`|u|` by a root of the square, as a complex step needs it, and with a finite slope at 0."""
    xp = namespace(u)
    zero = u == 0
    return xp.where(zero, xp.zeros_like(u), xp.sqrt(xp.where(zero, xp.ones_like(u), u * u)))


def _power_of_wall(wall, m: float):
    return Dirichlet(abs(wall.value) ** (m - 1) * wall.value) if isinstance(wall, Dirichlet) else wall
