"""Diffusion with a tensor in the plane and in space; 3x3 stencils from an energy at the corners of the cells."""

import math
from dataclasses import dataclass
from functools import cached_property

from ..arrays import check_state, concatenate, is_torch, namespace
from ..equations import AnisotropicDiffusion
from ..grids import Grid
from .anisotropic_3d import HeldAnisotropicDiffusion3D
from .differences import after, before
from .protocol import Bound, Constant, mixed
from .structure_tensor import corners, diffusion_tensor, structure_tensor

# An eigenvalue ratio up to which a rotated tensor has a non-negative 3x3 stencil (Weickert 1998, section 3.4.2).
RATIO = (1 + math.sqrt(2)) ** 2


@dataclass(frozen=True)
class GridAnisotropicDiffusion:
    """`A(u) = -K* C(u) K u`: minus the gradient of the quadratic energy of the tensor held at `u`.

    In the plane; in space see `HeldAnisotropicDiffusion3D`, with the same bound. At a corner let `x` and `y` be the means of the two differences of its four cells along either axis, and
    `z = (u11 - u10 - u01 + u00)/2` half the mixed difference. The stencil of Weickert, Welk and
    Wickert (2013) with `δ = α (a + c) + (1 - 2α) |b|` is minus the gradient of half the sum over the corners of
    `a x² + 2 b x y + c y² + (a + c - 2δ) z²`, with `(a b; b c) = (D11/h² D12/(hk); . D22/k²)`. Since `|b| ≤ (a + c)/2`
    the last factor is `(1 - 2α)(a + c - 2|b|) ≥ 0`: the energy is convex for every `D ≥ 0`. `x`, `y` and `z` are the
    products of the four values with orthonormal vectors `(±1, ±1, ±1, ±1)/2`; each cell has four corners, hence
    `ρ = 4 max(largest eigenvalue of (a b; b c), a + c - 2δ)`.

    Parameters
    ----------
    equation : AnisotropicDiffusion
    grid : Grid
        Two or three axes, each reflecting or periodic (ValueError otherwise).
    """

    equation: AnisotropicDiffusion
    grid: Grid

    def __post_init__(self):
        if self.grid.dim == 1:
            raise ValueError(
                f"AnisotropicDiffusion needs a grid with 2 or 3 axes, got shape {self.grid.shape}: a line has one "
                f"direction only, use Diffusion"
            )
        if not self.grid.closed:
            raise ValueError(f"AnisotropicDiffusion needs reflecting or periodic walls, got {self.grid.boundary}")

    def __call__(self, t, u):
        return self.hold(t, u)(t, u)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return self.hold(t, u).mix(t, u, coefficients, v)

    def definition(self, t, u):
        """`-K* C(u) K u`."""
        tensor = self.equation.tensor
        return self._held(tensor.of(*structure_tensor(u, tensor.sigma, tensor.rho, self.grid))).definition(t, u)

    def hold(self, t, u):
        """The linear operator with the tensor frozen at `u`."""
        check_state(u, self.grid.shape)
        return self._held(diffusion_tensor(self.equation.tensor, u, self.grid))

    def _held(self, components):
        held = HeldAnisotropicDiffusion if self.grid.dim == 2 else HeldAnisotropicDiffusion3D
        return held(components, self.equation.stencil, self.grid, self.bound)

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`."""
        tensor, alpha, h = self.equation.tensor, self.equation.stencil, self.grid.h
        top, trace = tensor.largest / min(h) ** 2, tensor.largest * sum(1 / width**2 for width in h)
        rho = 4 * max(top, (1 - 2 * alpha) * trace)
        words = f"the largest eigenvalue {tensor.largest:g} of D, the mesh widths, and the stencil's α = {alpha:g}"
        contraction = Constant(None, "D depends on the smoothed state: the flux is no gradient of an energy")
        return Bound(Constant(rho, f"ρ = {rho:.6g} from {words}"), contraction, self._diagonal(2 * trace), False, True)

    def _diagonal(self, d: float) -> Constant:
        tensor = self.equation.tensor
        if self.grid.dim == 3:
            return Constant(None, "in space the stencil may have negative weights")
        if self.equation.stencil > 0:
            return Constant(None, "only stencil=0 keeps all weights non-negative")
        if self.grid.h[0] != self.grid.h[1]:
            return Constant(None, "the weights are non-negative for every direction only on square cells")
        if tensor.largest > RATIO * tensor.least:
            ratio = "(1 + √2)² = 5.83"
            return Constant(None, f"the eigenvalues of {tensor!r} differ by more than the factor {ratio}: weights < 0")
        return Constant(d, f"A = -d I + N with N ≥ 0 and d = {d:.6g} = 4/h² times the largest eigenvalue of D")


@dataclass(frozen=True)
class HeldAnisotropicDiffusion:
    """`div(D ∇u)` with the components `(a, b, c)` of `D` given at the `(n1 + 1, n2 + 1)` corners of the cells.

    On periodic axes the first and the last corners are the same; on reflecting walls `b = 0`, as a reflection asks.
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
        """Fluxes at the corners, and their divergence to the cells."""
        (h, k), alpha, grid = self.grid.h, self.stencil, self.grid
        a, b, c = self.tensor[0] / h**2, self.tensor[1] / (h * k), self.tensor[2] / k**2
        u00, u10, u01, u11 = corners(u, grid)
        x, y, z = ((u10 - u00) + (u11 - u01)) / 2, ((u01 - u00) + (u11 - u10)) / 2, ((u11 - u10) - (u01 - u00)) / 2
        along, across = _to_cells(a * x + b * y, grid, -1, 1), _to_cells(b * x + c * y, grid, 1, -1)
        return (along + across - _to_cells((1 - 2 * alpha) * (a + c - 2 * _magnitude(b)) * z, grid, -1, -1)) / 2

    @property
    def diagonal(self):
        """The diagonal of `K* C K`, of the shape of a state: what smoothers divide by.

        A corner on a reflecting wall sees the same cells on both sides: no differences across, and twice those along it.
        """
        (h, k), alpha, grid = self.grid.h, self.stencil, self.grid
        a, b, c = self.tensor[0] / h**2, self.tensor[1] / (h * k), self.tensor[2] / k**2
        (across, along), (down, beside) = (self._seen(axis, a) for axis in range(2))
        mixed = (1 - 2 * alpha) * (a + c - 2 * _magnitude(b)) * across * down
        same = (a * across * beside + c * down * along + mixed) / 4
        return _to_cells(same, grid, 1, 1) + _to_cells(b, grid, -1, -1) / 2

    def _seen(self, axis: int, like):
        """How often the corners along an axis see a difference across it, and along: 0 and 2 where both sides are one cell."""
        n, one = self.grid.shape[axis], namespace(like).ones_like(like[..., :1, :1])
        closed = self.grid.ghosts(axis) is not None or n == 1
        ends = concatenate([one, *[0.0 * one] * (n - 1), one], axis - 2) * float(closed)
        return 1 - ends, 1 + ends

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """That of the tensor; frozen, `ρ' = ρ`."""
        return self.bound_of_tensor._replace(contraction=self.bound_of_tensor.spectral, linear=True)


def _magnitude(b):
    """`|b|`, for a complex step too."""
    return namespace(b).where(b.real < 0, -b, b)


def _to_cells(flux, grid, first, second):
    """Sums over the four corners of every cell; -1 makes the sum along that axis a difference."""
    flux = after(flux, grid, 0) + first * before(flux, grid, 0)
    return after(flux, grid, 1) + second * before(flux, grid, 1)
