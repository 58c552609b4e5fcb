"""Diffusion on a graph as a layer: a time, the steps of a scheme, and the claim that they cannot leave."""

import math
import warnings
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import Number
from ..audit.kernel import SLACK, fewest_steps, least_entry, steps_for
from ..audit.matrices import OnGraph, matrix_of
from ..certificates import Certificate, certify
from ..certificates import certificate as certificate_of
from ..equations import Diffusion, GraphConvection
from ..errors import StepTooLarge
from ..graphs import Graph
from ..operators import discretise
from ..schemes import ExplicitEuler
from ..schemes.protocol import Scheme
from .graph_layers import check_features


class GraphFlow(nn.Module):
    """`time` of diffusion, or of another operator on a graph, for tensors of shape `(..., nodes, features)`.

    Linear operators become products with a sparse matrix, which `torch.func.vmap` and second derivatives pass through.

    Parameters
    ----------
    A : Graph, or operator on one
        A graph stands for its linear diffusion, `du/dt = -(diag(W̃ 1) - W̃) u`.
    time : float
        `≥ 0`, the total diffusion time; 0 leaves out the layer.
    steps : int, optional
        By default the fewest equal ones that the claim allows.
    scheme : Scheme, optional
        By default `ExplicitEuler()`.
    claim : {"max-min", "bounded", "contractive"} or None
        What is proved of every step, without dropout; None asks for `steps`, and proves nothing.
    dropout : float
        Of the state before every step, while training.
    whole : bool
        With "max-min": ask it of all steps together, not of each. Accelerated schemes need fewer calls then; the kernel of
        the steps is computed on this graph, and verified to have no negative entry (`pdenn.audit.kernel`).

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    NoCertificate
        The claim is not provable for this scheme and operator.
    StepTooLarge
        `steps` are too few for the claim.
    """

    def __init__(
        self,
        A: Graph | OnGraph,
        time: float = 1.0,
        steps: int | None = None,
        scheme: Scheme | None = None,
        claim: str | None = "max-min",
        dropout: float = 0.0,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.A: Any = discretise(Diffusion(), A) if isinstance(A, Graph) else A
        if not isinstance(getattr(self.A, "grid", None), Graph):
            raise TypeError(f"A must be a pn.Graph or an operator on one, got {A!r}")
        self.scheme: Scheme = ExplicitEuler() if scheme is None else scheme
        self.time, self.claim = _duration(time), claim
        self.whole = _check_whole(whole, claim, self.A)
        self.steps = _steps(self.A, self.scheme, self.time, steps, claim, whole)
        self.dropout = nn.Dropout(dropout)

    @property
    def tau(self) -> float:
        """The size of a step."""
        return self.time / self.steps

    def forward(self, x: Tensor) -> Tensor:
        """The state after `time`, of the shape `(..., nodes, features)` of `x`."""
        check_features(x, self.A.grid)
        if self.time == 0:
            return x
        u = x.transpose(-1, -2)
        A: Any = Sparse(self.A) if is_matrix(self.A) else self.A
        for k in range(self.steps):
            u = self.scheme.step(A, k * self.tau, self.dropout(u), self.tau)
        return u.transpose(-1, -2)

    def extra_repr(self) -> str:
        return f"{self.A.grid}, time={self.time:g}, steps={self.steps}, scheme={self.scheme}, claim={self.claim!r}"


def _duration(time: object) -> float:
    if isinstance(time, bool) or not isinstance(time, Real) or not 0 <= float(time) < math.inf:
        raise ValueError(f"time must be a finite number >= 0, got {time!r}")
    return float(time)


def _check_whole(whole: bool, claim: str | None, A: object) -> bool:
    if not isinstance(whole, bool) or (whole and claim != "max-min"):
        raise ValueError(f"whole must be False, or True with claim='max-min', got {whole!r} with claim={claim!r}")
    if whole and not is_matrix(A):
        raise ValueError(f"whole=True needs linear diffusion or transport on a graph, got {A}")
    return whole


def _steps(A: Any, scheme: Scheme, time: float, steps: int | None, claim: str | None, whole: bool) -> int:
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1):
        raise ValueError(f"steps must be a positive integer, got {steps!r}")
    if claim is None:
        if steps is None:
            raise ValueError("steps must be given with claim=None: nothing else limits them")
        return int(steps)
    proof = certificate_of(scheme, A, claim)
    fewest = fewest_steps(A, scheme, time) if whole else steps_for(proof.tau, time)
    if steps is not None and steps < fewest:
        if whole and least_entry(A, scheme, time / steps, int(steps)) >= -SLACK:
            return int(steps)
        raise StepTooLarge(
            f"steps={steps} of size {time / steps:.6g} exceed the limit {proof.tau:.6g} of the claim {claim!r} for "
            f"{scheme}: {proof.because}. Take steps >= {fewest}, leave steps out, take another scheme such as "
            "pn.ImplicitEuler(pn.ConjugateGradients()), or ask for less with claim=None"
        )
    return fewest if steps is None else int(steps)


@certify.register
def _(flow: GraphFlow, A: Any = None) -> tuple[Certificate, ...]:
    """The claims that hold for every step of the layer, without dropout; or for the layer as a whole, if it says so."""
    found = [c for c in certify(flow.scheme, flow.A) if flow.tau <= c.tau * (1 + 1e-12)]
    if flow.whole and all(c.claim != "max-min" for c in found):
        least = least_entry(flow.A, flow.scheme, flow.tau, flow.steps)
        because = f"all {flow.steps} steps together have a kernel with the least entry {least:.3g}, computed, and row sums one"
        found.append(Certificate("max-min", flow.tau, because, "verified on this graph, for this step size and number"))
    return tuple(found)


class Sparse:
    """A linear operator on a graph as the product with its matrix."""

    def __init__(self, A: OnGraph) -> None:
        self.A, self.grid, self.bound = A, A.grid, A.bound

    def __call__(self, t: Number, u: Tensor) -> Tensor:
        return Product.apply(u, self.A, False)

    def hold(self, t: Number, u: Tensor) -> "Sparse":
        return self


class Product(torch.autograd.Function):
    """`M u` for states `(..., nodes)`, or `Mᵀ u`; the derivative is the other one."""

    @staticmethod
    def forward(u: Tensor, A: OnGraph, transposed: bool) -> Tensor:
        """For `u` of shape `(..., nodes)`."""
        flat = matrix(A, transposed, u.dtype, u.device) @ u.reshape(-1, u.shape[-1]).T
        return flat.T.reshape(u.shape)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.A, ctx.transposed = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return Product.apply(gradient, ctx.A, not ctx.transposed), None, None

    @staticmethod
    def jvp(ctx: Any, change: Tensor, *_: None) -> Tensor:
        return Product.apply(change, ctx.A, ctx.transposed)

    @staticmethod
    def vmap(info: Any, dims: tuple[int, None, None], u: Tensor, A: OnGraph, transposed: bool) -> tuple[Tensor, int]:
        return Product.apply(u.movedim(dims[0], 0), A, transposed), 0


def is_matrix(A: Any) -> bool:
    """Whether an operator on a graph has a matrix here: linear diffusion, and transport."""
    return A.bound.linear and isinstance(getattr(A, "equation", None), Diffusion | GraphConvection)


@lru_cache(maxsize=32)
def matrix(A: OnGraph, transposed: bool, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The matrix of an operator, sparse, in the kind of a state."""
    m = (matrix_of(A).T if transposed else matrix_of(A)).tocsr()
    first, columns = (torch.from_numpy(index.astype(np.int64)) for index in (m.indptr, m.indices))
    values = torch.from_numpy(m.data).to(dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse", UserWarning)  # torch calls this format a beta
        return torch.sparse_csr_tensor(first, columns, values, m.shape, device=device, check_invariants=True)
