"""The sparse matrices of linear operators, for solvers that need entries; rests on SciPy's sparse matrices."""

import math
from functools import lru_cache, singledispatch

import numpy as np
import scipy

from ..arrays import is_torch
from ..equations.values import like
from ..graphs import Graph
from .combine import SumOperator, Zero
from .graph_diffusion import GraphDiffusion, HeldGraphDiffusion
from .pointwise import GridFidelity
from .stencil import stencil


@singledispatch
def matrices(A, t, u) -> list:
    """The matrices `A'` of an operator that is linear up to a constant, `scipy.sparse.csr_array` in float64.

    One, or as many as `u` has states: a batch may have coefficients of its own in each. Operators on grids are read as
    stencils and may couple direct neighbours only.

    Parameters
    ----------
    A : Operator
    t : float
    u : array of shape (..., *A.grid.shape)
        Gives the number of states.

    Raises
    ------
    TypeError
        No matrix is known of `A`.
    """
    if hasattr(A, "A"):  # a wrapper, such as one that counts calls
        return matrices(A.A, t, u)
    if isinstance(A.grid, Graph):
        raise TypeError(f"a matrix is known of linear diffusion and fidelity on graphs, not of {A!r}")
    offsets, s = stencil(A, t, np.zeros(u.shape), 0.0, -1.0)
    return [_of_stencil(offsets, entries) for entries in s.swapaxes(0, 1)]


@matrices.register
def _(A: GraphDiffusion, t, u):
    if not A.bound.linear:
        raise TypeError(f"a matrix needs a linear operator, got {A!r}: hold its coefficients")
    return [_minus_laplacian(A.graph)]


@matrices.register
def _(A: HeldGraphDiffusion, t, u):
    w = A.graph.couplings
    g = _numpy(A.arcs)
    arcs = np.broadcast_to(g, (*g.shape[:-1], w.nnz)).reshape(-1, w.nnz)
    return [_diffusion(scipy.sparse.csr_array((g * w.data, w.indices, w.indptr), shape=w.shape)) for g in arcs]


@matrices.register
def _(A: GridFidelity, t, u):
    c, n = A.equation.weight * _numpy(like(A.equation.mask, u)), math.prod(A.grid.shape)
    lines = np.broadcast_to(c, (*np.shape(c)[: -A.grid.dim], *A.grid.shape)).reshape(-1, n)
    return [scipy.sparse.csr_array(scipy.sparse.diags_array(-line)) for line in lines]


@matrices.register
def _(A: Zero, t, u):
    n = math.prod(A.grid.shape)
    return [scipy.sparse.csr_array((n, n))]


@matrices.register
def _(A: SumOperator, t, u):
    terms = [matrices(term, t, u) for term in A.terms]
    count = max(map(len, terms))
    return [scipy.sparse.csr_array(sum(term[i % len(term)] for term in terms)) for i in range(count)]


def _diffusion(w):
    """`W - diag(W 1)`."""
    return scipy.sparse.csr_array(w - scipy.sparse.diags_array(w.sum(1)))


@lru_cache(maxsize=16)
def _minus_laplacian(graph: Graph):
    return scipy.sparse.csr_array(-graph.laplacian)


def _of_stencil(offsets, entries):
    """The matrix with the entry `entries[m]` at the neighbour `offsets[m]` of every cell."""
    cells = np.arange(entries[0].size).reshape(entries[0].shape)
    axes = tuple(range(cells.ndim))
    columns = [np.roll(cells, tuple(-k for k in offset), axes).ravel() for offset in offsets]
    rows = np.tile(cells.ravel(), len(offsets))
    found = scipy.sparse.coo_array((entries.ravel(), (rows, np.concatenate(columns))), shape=(cells.size, cells.size))
    found.eliminate_zeros()
    return found.tocsr()


def _numpy(x):
    return x.detach().cpu().numpy() if is_torch(x) else np.asarray(x)
