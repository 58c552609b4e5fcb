"""Local Fourier analysis: the factor by which a multigrid cycle reduces the error, without running it.

A constant stencil `(M v)(x) = Σ_k m_k v(x + k)`, its colours and its coarse grids repeat with a period of `L = 2^(grids-1)`
cells. So every operator of the cycle maps waves `exp(iθ·x)` times a function of `x mod L` to such waves: it is a small
matrix for each frequency, and the cycle is the product of these matrices. The change to the usual basis, the `L^d`
harmonics `θ + 2πα/L` that coarse grids and colours mix, is unitary. On a periodic grid all this is exact. See Brandt 1977;
Trottenberg, Oosterlee, Schüller, Multigrid (2001), chapter 4; Wienands and Joppich, Practical Fourier Analysis (2005).
"""

from .prediction import Prediction, smoothing_factor, two_grid
from .stencils import CELL_CENTRED, CELL_CENTRED_ADJOINT, VERTEX_CENTRED, Transfer, constant_stencil, galerkin

__all__ = [
    "CELL_CENTRED",
    "CELL_CENTRED_ADJOINT",
    "VERTEX_CENTRED",
    "Prediction",
    "Transfer",
    "constant_stencil",
    "galerkin",
    "smoothing_factor",
    "two_grid",
]
