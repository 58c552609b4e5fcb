"""Linear problems of implicit steps as the finest level of a hierarchy.

Rests on the stencil of an operator.
"""

import numpy as np

from ..arrays import is_torch, namespace
from ..kernels.layout import insert
from ..operators.linearised import affine_part
from ..operators.stencil import stencil, to_numpy
from .galerkin import Level


class Problem(Level):
    """The finest level, which knows the states of a linear operator: arrays and tensors `(..., *grid.shape)`."""

    def __init__(self, offsets, s, lacking, symmetric, affine):
        super().__init__(offsets, s, lacking, symmetric)
        self.affine = affine

    def lifted(self, u):
        """A copy of a state in the layout of the kernels."""
        return np.array(to_numpy(u), self.s.dtype, order="C").reshape(self.shape)

    def right(self, f):
        """The right-hand side, with what the walls and data contribute."""
        return self.lifted(f) + self.affine

    def lowered(self, v, like):
        """A state like another one."""
        v = v.reshape(like.shape)
        if is_torch(like):
            return namespace(like).as_tensor(v, dtype=like.dtype, device=like.device)
        return v.astype(like.dtype, copy=False)


def linear_problem(A, t, u, gamma, mass=1.0, single=False):
    """`m v - γ A(t, v)` for a linear operator with a compact stencil and states like `u`, in single precision if asked.

    Raises TypeError for any other operator.
    """
    if single:
        u = u.float() if is_torch(u) else u.astype(np.float32)
    found = stencil(A, t, u, mass, gamma)
    lacking = 3 - A.grid.dim
    shape = insert(lacking, list(A.grid.shape), 1)
    s = found.s.reshape(*found.s.shape[:2], *shape)
    affine = gamma * to_numpy(affine_part(A, t, u)).reshape(s.shape[1:])
    problem = Problem([insert(lacking, list(o), 0) for o in found.offsets], s, lacking, A.bound.symmetric, affine)
    if is_torch(u) and u.device.type != "cpu":
        from .tensor_levels import TensorLevel

        return TensorLevel(problem, u)
    return problem
