"""Diffusion whose diffusivity is more than `g` of the state's own slopes: conductivity, presmoothing, coupled channels."""

from dataclasses import dataclass
from functools import cached_property

from ..arrays import check_state, is_torch, namespace
from ..equations import Diffusion
from ..equations.values import Values, largest, like
from ..grids import Grid
from .differences import difference, face_mean
from .diffusion import GridDiffusion, HeldDiffusion, HeldSeparable, squared_gradient
from .protocol import Bound, Constant
from .smoothing import smooth


@dataclass(frozen=True)
class ModulatedDiffusion:
    """`A(u) = -K* G(u) K u` with `G = c g(Σ_k s)`, `s` the squared slopes of `u_σ` in each channel.

    Isotropic: `c g(s_c)` in the cells, on a face the mean of its two cells; without presmoothing this is the negative
    gradient of `Σ_c c Ψ(s_c)/2`. Separable: a face has `g` of its own slope, times the mean of `c` of its two cells.

    Parameters
    ----------
    equation : Diffusion
        Of order 1. `conductivity` is a number, or an array of shape `grid.shape` (ValueError otherwise).
    grid : Grid
    """

    equation: Diffusion
    grid: Grid

    def __post_init__(self):
        c = self.equation.conductivity
        if isinstance(c, Values) and c.array.shape != self.grid.shape:
            raise ValueError(f"conductivity must be a number or have shape {self.grid.shape}, got {c.array.shape}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The last axes of a state."""
        channels = () if self.equation.channels is None else (self.equation.channels,)
        return (*channels, *self.grid.shape)

    def __call__(self, t, u):
        return self.hold(t, u)(t, u)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`."""
        return self.hold(t, u).mix(t, u, coefficients, v)

    def definition(self, t, u):
        """`-K* (G(u) K u)` from differences and divergences."""
        return self._frozen_at(u).definition(t, u)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u`."""
        check_state(u, self.shape)
        if is_torch(u) or self.equation.form == "separable":
            return self._frozen_at(u)
        return self._isotropic_at(u)

    def _isotropic_at(self, u):
        """The isotropic operator frozen at an array, by the compiled diffusivity of the cells."""
        from ..kernels import cpu, faces

        law, grid = self.equation.law, self.grid
        seen = smooth(u, self.equation.presmoothing, grid)
        if self.equation.channels is None:
            g = cpu.cell_diffusivity(seen, law, grid)
        else:
            g = law.g(self._joint(faces.squared_slopes(seen, grid)))
        g = g * like(self.equation.conductivity, u)
        return HeldDiffusion(self._for_each_channel(g, u), grid, self.bound)

    def _frozen_at(self, u):
        law, grid, c = self.equation.law, self.grid, like(self.equation.conductivity, u)
        seen = smooth(u, self.equation.presmoothing, grid)
        slopes = [difference(seen, grid, axis) for axis in range(grid.dim)]
        if self.equation.form == "isotropic":
            g = c * law.g(self._joint(squared_gradient(slopes, grid)))
            return HeldDiffusion(self._for_each_channel(g, u), grid, self.bound)
        faces = (face_mean(c, grid, axis) * law.g(self._joint(s * s)) for axis, s in enumerate(slopes))
        return HeldSeparable(tuple(faces), grid, self.bound)

    def _joint(self, squares):
        """The sum over the channels, which stays as an axis of length one."""
        return squares if self.equation.channels is None else squares.sum(-1 - self.grid.dim, keepdims=True)

    def _for_each_channel(self, g, u):
        return g if self.equation.channels is None else namespace(u).broadcast_to(g, u.shape)

    @cached_property
    def bound(self) -> Bound:
        """That of the law, times `max c`; for the norm over all channels, and for the extrema of each.

        `Φ(x) = g(|x|²) x` of vectors has a Jacobian with the eigenvalues `g` and `Φ'`, so that channels change nothing.
        """
        law, c = self.equation.law, largest(self.equation.conductivity)
        bound = GridDiffusion(Diffusion(law, form=self.equation.form), self.grid).bound
        spectral, contraction, diagonal = (constant.times(c, "max c") for constant in bound[:3])
        bound = Bound(spectral, contraction, diagonal, bound.linear, bound.symmetric)
        if self.equation.presmoothing == 0 or bound.linear:
            return bound
        reason = "g sees the smoothed gradient: the flux is no gradient of an energy, and two solutions may part"
        return bound._replace(contraction=Constant(None, reason))
