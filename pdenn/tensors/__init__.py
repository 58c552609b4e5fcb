"""Diffusion tensors of the plane and of space, from the structure of a state; one NamedTuple a tensor.

Every tensor has the scales `sigma` and `rho` of the structure tensor that it sees, `of(j11, j12, j22)` with the
components `(a, b, c)` of `D = (a b; b c)`, in space `of(j11, j12, j13, j22, j23, j33)` with six components in the same
order, and the eigenvalues' bounds `least` and `largest` over all states. All functions take NumPy arrays and torch
tensors. Weickert, Anisotropic Diffusion in Image Processing (1998).
"""

from .coherence_enhancing import CoherenceEnhancing
from .edge_enhancing import EdgeEnhancing
from .validity import check_tensor

__all__ = ["CoherenceEnhancing", "EdgeEnhancing", "check_tensor"]
