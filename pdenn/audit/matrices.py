"""A linear operator on a graph by its matrix, and by its definition: two ways that check each other."""

import scipy

from ..equations import GraphConvection


def matrix_of(A):
    """`M` with `A(u) = M u`, sparse, of linear diffusion or transport on a graph."""
    m = -A.grid.laplacian
    if isinstance(A.equation, GraphConvection) and A.equation.form == "conservative":
        m = m + scipy.sparse.diags_array(A.grid.degrees - A.outflow)
    return m.tocsr()


class Matrix:
    """The operator `u ↦ M u` with the bound of another one."""

    def __init__(self, matrix, A):
        self.matrix, self.grid, self.bound = matrix, A.grid, A.bound

    def __call__(self, t, u):
        return (self.matrix @ u.T).T

    def hold(self, t, u):
        return self


class Definition:
    """An operator by its textbook definition alone."""

    def __init__(self, A):
        self.A, self.grid, self.bound = A, A.grid, A.bound

    def __call__(self, t, u):
        return self.A.definition(t, u)

    def hold(self, t, u):
        return self
