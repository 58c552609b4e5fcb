"""A linear operator on a graph by its matrix, and by its definition: two ways that check each other."""

from typing import Any, TypeAlias

import scipy
from numpy.typing import NDArray

from ..arrays import Number, State
from ..equations import GraphConvection
from ..operators.graph_convection import GraphTransport
from ..operators.graph_diffusion import GraphDiffusion

OnGraph: TypeAlias = GraphDiffusion | GraphTransport
Stepped: TypeAlias = Any  # a `Matrix` or a `Definition`: a scheme needs of an operator a call and `hold` alone


def matrix_of(A: OnGraph) -> "scipy.sparse.csr_array":
    """`M` with `A(u) = M u`, sparse, of linear diffusion or transport on a graph."""
    m = -A.grid.laplacian
    if isinstance(A.equation, GraphConvection) and A.equation.form == "conservative":
        m = m + scipy.sparse.diags_array(A.grid.degrees - A.outflow)
    return m.tocsr()


class Matrix:
    """The operator `u ↦ M u` with the bound of another one."""

    def __init__(self, matrix: "scipy.sparse.csr_array", A: OnGraph) -> None:
        self.matrix, self.grid, self.bound = matrix, A.grid, A.bound

    def __call__(self, t: Number, u: NDArray[Any]) -> NDArray[Any]:
        return (self.matrix @ u.T).T

    def hold(self, t: Number, u: NDArray[Any]) -> "Matrix":
        return self


class Definition:
    """An operator by its textbook definition alone."""

    def __init__(self, A: OnGraph) -> None:
        self.A, self.grid, self.bound = A, A.grid, A.bound

    def __call__(self, t: Number, u: State) -> State:
        return self.A.definition(t, u)

    def hold(self, t: Number, u: State) -> "Definition":
        return self
