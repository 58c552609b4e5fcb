"""Operators that learn: `A(u) = -K* Φ(K u)` with trainable stencils `K` and a trainable law."""

import copy
from functools import singledispatch

import torch
from torch import nn

from ..operators import Bound
from ..operators.diffusion import GridDiffusion, variational
from ..operators.taps import TapDiffusion


@singledispatch
def layer_of(A) -> nn.Module:
    """The trainable layer that an operator becomes; one `register` per kind of operator.

    Raises ValueError for an operator that no layer represents.
    """
    raise not_represented(A)


def not_represented(A) -> ValueError:
    """What is raised for an operator that a layer does not stand for."""
    return ValueError(
        "a layer represents Diffusion of order 1 on a grid or graph, without conductivity, presmoothing or channels, got "
        f"{getattr(A, 'equation', A)}"
    )


class DiffusionLayer(nn.Module):
    """Diffusion on a grid with two trainable taps per axis: `(K u)_f = t0 u_left + t1 u_right` at every face.

    At initialisation `t = (-1, 1)/h`, and the layer equals its operator to rounding; see `TapDiffusion`.

    Parameters
    ----------
    A : GridDiffusion
        With reflecting, periodic or Dirichlet walls (ValueError otherwise).
    law : SplineFlux, optional
        Takes the place of the law of `A`; the layer learns a copy of its own.
    """

    def __init__(self, A, law=None):
        super().__init__()
        if not isinstance(A, GridDiffusion):
            raise not_represented(A)
        if not variational(A.grid):
            raise ValueError(f"a layer needs reflecting, periodic or Dirichlet walls, got {A.grid.boundary}")
        self.equation, self.grid, self.form = A.equation, A.grid, A.equation.form
        self.taps = nn.Parameter(torch.tensor([[-1 / h, 1 / h] for h in A.grid.h], dtype=torch.float64))
        self.kind, logs = learnt(A.equation.law if law is None else law)
        self.logarithms = nn.Parameter(logs)  # of the parameters of the law, which stay positive whatever is learned
        self.double()

    @property
    def law(self):
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*self.logarithms.exp())

    @property
    def operator(self) -> TapDiffusion:
        """The operator at the present weights, a differentiable function of them."""
        return TapDiffusion(self.law, self.taps, self.grid, self.form)

    def forward(self, t, u):
        return self.operator(t, u)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u` (they remain functions of the weights)."""
        return self.operator.hold(t, u)

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now."""
        return self.frozen.bound

    @property
    def frozen(self) -> TapDiffusion:
        """The operator at the present weights, with numbers for parameters: it runs on arrays, without torch."""
        taps = tuple(map(tuple, self.taps.tolist()))
        return TapDiffusion(law_of(self), taps, self.grid, self.form)

    @property
    def square(self) -> float:
        """An upper bound of `‖K‖²` at the present weights."""
        return self.frozen.square

    def extra_repr(self):
        return f"{self.equation}, {self.grid}, {getattr(self.kind, '__name__', 'learnt')}"


layer_of.register(GridDiffusion, DiffusionLayer)


def learnt(law):
    """What a layer keeps of a law: its class and the logarithms of its parameters, float64.

    A law that is a module (`SplineFlux`) is copied; called without parameters, it gives the law at its weights.
    """
    if isinstance(law, nn.Module):
        return copy.deepcopy(law), torch.zeros(0, dtype=torch.float64)
    return type(law), torch.tensor(list(law), dtype=torch.float64).log()


def law_of(layer):
    """The law of a layer at its present weights, with numbers and NumPy arrays for parameters."""
    with torch.no_grad():
        law = layer.kind(*layer.logarithms.exp().tolist())
    return law._replace(**{k: x.cpu().numpy() for k, x in law._asdict().items() if isinstance(x, torch.Tensor)})


class HeldLayer:
    """A layer with its diffusivities frozen."""

    def __init__(self, layer, faces):
        self.layer, self.faces, self.grid = layer, faces, layer.grid

    @property
    def bound(self) -> Bound:
        """The bound of the layer; frozen, `ρ' = ρ`."""
        found = self.layer.bound
        return found._replace(contraction=found.spectral, linear=True)

    def __call__(self, t, u):
        return self.layer.apply_to(u, self.faces)

    def hold(self, t, u):
        return self
