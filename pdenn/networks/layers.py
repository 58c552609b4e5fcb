"""Operators that learn: `A(u) = -K* c Φ(K u)` with trainable stencils `K`, conductivity `c` and law."""

import copy
import math
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import Number, single
from ..equations.law import Law
from ..equations.values import Values, values
from ..operators import Bound, SumOperator
from ..operators.diffusion import GridDiffusion, variational
from ..operators.modulated import ModulatedDiffusion
from ..operators.taps import TapDiffusion
from .operator_layer import OperatorLayer
from .rates import RateLayer, SumLayer


@singledispatch
def layer_of(A: Any) -> nn.Module:
    """The trainable layer that an operator becomes; one `register` per kind of operator, a `RateLayer` for all others."""
    return RateLayer(A)


@layer_of.register
def _(A: SumOperator) -> SumLayer:
    return SumLayer([layer_of(term) for term in A.terms])


def not_represented(A: object) -> ValueError:
    """What is raised for an operator that a layer of diffusion does not stand for."""
    return ValueError(f"the layer represents Diffusion of order 1, got {getattr(A, 'equation', A)}")


class DiffusionLayer(OperatorLayer):
    """Diffusion on a grid with two trainable taps per axis: `(K u)_f = t0 u_left + t1 u_right` at every face.

    At initialisation `t = (-1, 1)/h`, and the layer equals its operator to rounding; see `TapDiffusion`. A conductivity
    other than one learns, too, as a square: a number stays a number, an array a field; what is zero stays zero.

    Parameters
    ----------
    A : GridDiffusion or ModulatedDiffusion
        With reflecting, periodic or Dirichlet walls (ValueError otherwise).
    law : SplineFlux or GaussianFlux, optional
        Takes the place of the law of `A`; the layer learns a copy of its own.
    """

    roots: nn.Parameter | None

    def __init__(self, A: GridDiffusion | ModulatedDiffusion, law: Law | nn.Module | None = None) -> None:
        super().__init__()
        if not isinstance(A, GridDiffusion | ModulatedDiffusion):
            raise not_represented(A)
        if not variational(A.grid):
            raise ValueError(f"a layer needs reflecting, periodic or Dirichlet walls, got {A.grid.boundary}")
        self.equation, self.grid, self.form = A.equation, A.grid, A.equation.form
        self.taps = nn.Parameter(torch.tensor([[-1 / h, 1 / h] for h in A.grid.h], dtype=torch.float64))
        self.kind, logs = learnt(A.equation.law if law is None else law)
        self.logarithms = nn.Parameter(logs)  # of the parameters of the law, which stay positive whatever is learned
        self.register_parameter("roots", roots(A.equation.conductivity))
        self.double()

    @property
    def conductivity(self) -> Tensor | float:
        """`c ≥ 0` at the present weights, a tensor, or 1.0 where it does not learn."""
        return 1.0 if self.roots is None else self.roots**2

    @property
    def law(self) -> Any:
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*positive(self.logarithms))

    @property
    def operator(self) -> TapDiffusion:
        """The operator at the present weights, a differentiable function of them."""
        return self._with(self.law, self.taps, self.conductivity)

    @property
    def frozen(self) -> TapDiffusion:
        """The operator at the present weights, with numbers for parameters: it runs on arrays, without torch."""
        taps = tuple(map(tuple, self.taps.tolist()))
        c = self.conductivity
        return self._with(law_of(self), taps, c if isinstance(c, float) else values(c, "conductivity"))

    def _with(self, law: Law, taps: Any, conductivity: Any) -> TapDiffusion:
        told = self.equation
        return TapDiffusion(law, taps, self.grid, self.form, conductivity, told.presmoothing, told.channels)

    @property
    def square(self) -> float:
        """An upper bound of `max c ‖K‖²` at the present weights."""
        return self.frozen.square

    def extra_repr(self) -> str:
        return f"{self.equation}, {self.grid}, {getattr(self.kind, '__name__', 'learnt')}"


layer_of.register(GridDiffusion, DiffusionLayer)
layer_of.register(ModulatedDiffusion, DiffusionLayer)


def roots(conductivity: float | Values) -> nn.Parameter | None:
    """The square roots of a conductivity, float64; None for the conductivity one."""
    if conductivity == 1.0:
        return None
    return nn.Parameter(torch.tensor(np.asarray(conductivity)).sqrt())


def learnt(law: Any) -> tuple[Any, Tensor]:
    """What a layer keeps of a law: its class and the logarithms of its parameters, float64.

    A law that is a module (`SplineFlux`, `GaussianFlux`) is copied; called without parameters, it gives the law at its weights.
    """
    if isinstance(law, nn.Module):
        return copy.deepcopy(law), torch.zeros(0, dtype=torch.float64)
    return type(law), torch.tensor(list(law), dtype=torch.float64).log()


def positive(logarithms: Tensor) -> Tensor:
    """`exp`, held where its square neither overflows nor vanishes, so that a law is a number whatever is learned."""
    end = 0.45 * math.log(torch.finfo(logarithms.dtype).max)
    return logarithms.clamp(-end, end).exp()


def law_of(layer: Any) -> Any:
    """The law of a layer at its present weights, with numbers and NumPy arrays for parameters."""
    with torch.no_grad():
        law = layer.kind(*(single(x).cpu().numpy() if x.ndim else x.item() for x in positive(layer.logarithms)))
    return law._replace(**{k: single(x).cpu().numpy() for k, x in law._asdict().items() if isinstance(x, torch.Tensor)})


def present_law(layer: Any) -> Any:
    """The law of a layer at its present weights; the first one, to the bit, if it has not moved.

    `exp(log x)` is not always `x`.
    """
    first = layer.equation.law
    same = type(first) is layer.kind and layer.logarithms.tolist() == learnt(first)[1].tolist()
    return first if same else law_of(layer)


class HeldLayer:
    """A layer with its diffusivities frozen."""

    def __init__(self, layer: Any, faces: Any) -> None:
        self.layer, self.faces, self.grid = layer, faces, layer.grid

    @property
    def bound(self) -> Bound:
        """The bound of the layer; frozen, `ρ' = ρ`."""
        found = self.layer.bound
        return found._replace(contraction=found.spectral, linear=True)

    def __call__(self, t: Number, u: Tensor) -> Tensor:
        return self.layer.apply_to(u, self.faces)

    def hold(self, t: Number, u: Tensor) -> "HeldLayer":
        return self
