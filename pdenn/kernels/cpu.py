"""Diffusion on NumPy arrays by compiled kernels: a single step is a sweep of one step.

Every function takes a state `(..., *grid.shape)` of dtype float32 or float64 and returns a new one of the same. With
`mix = (α, β, γ)` and a second state `v` it returns `α u + β v + γ A(u)` in the same sweep.
"""

from . import sweeps
from .layout import APPLY


def isotropic(u, law, grid, mix=APPLY, v=None):
    """`div(g(|∇u|²) ∇u)`."""
    return sweeps.isotropic(u, law, grid, [(*mix, 0.0, 0.0)], v)


def separable(u, law, grid, mix=APPLY, v=None):
    """`Σ_i ∂_i Φ(∂_i u)`."""
    return sweeps.separable(u, law, grid, [(*mix, 0.0, 0.0)], v)


def weighted(u, g, grid, mix=APPLY, v=None):
    """`div(g ∇u)` with the diffusivity `g` of every cell given."""
    return sweeps.weighted(u, g, grid, [(*mix, 0.0, 0.0)], v)


def face_weighted(u, g, grid, mix=APPLY, v=None):
    """`Σ_i ∂_i (G_i ∂_i u)` with the diffusivity `G_i` of every face given; see `sweeps.face_weighted`."""
    return sweeps.face_weighted(u, g, grid, [(*mix, 0.0, 0.0)], v)


def cell_diffusivity(u, law, grid):
    """`g(|∇u|²)` in every cell."""
    return sweeps.cell_diffusivity(u, law, grid)
