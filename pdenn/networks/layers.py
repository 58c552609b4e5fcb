"""Operators that learn: `A(u) = -K* Φ(K u)` with trainable stencils `K` and a trainable law."""

from functools import singledispatch

import torch
from torch import nn

from ..arrays import check_state
from ..operators import Bound
from ..operators.differences import after, before, pad, pad_coefficient
from ..operators.diffusion import GridDiffusion, variational
from ..operators.protocol import Constant, no_bound


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

    At initialisation `t = (-1, 1)/h`, and the layer equals its operator to rounding. `K*` is the exact adjoint at all
    weights, walls included, in which a wall face counts one half; `A` is the negative gradient of an energy.

    Parameters
    ----------
    A : GridDiffusion
        With reflecting, periodic or Dirichlet walls (ValueError otherwise).
    """

    def __init__(self, A):
        super().__init__()
        if not isinstance(A, GridDiffusion):
            raise not_represented(A)
        if not variational(A.grid):
            raise ValueError(f"a layer needs reflecting, periodic or Dirichlet walls, got {A.grid.boundary}")
        self.grid, self.form, self.kind = A.grid, A.equation.form, type(A.equation.law)
        self.taps = nn.Parameter(torch.tensor([[-1 / h, 1 / h] for h in A.grid.h], dtype=torch.float64))
        logs = torch.tensor(list(A.equation.law), dtype=torch.float64).log()
        self.logarithms = nn.Parameter(logs)  # of the parameters of the law, which stay positive whatever is learned

    @property
    def law(self):
        """The law at the present weights, with tensors as parameters."""
        return self.kind(*self.logarithms.exp())

    def forward(self, t, u):
        return self.apply_to(u, None)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u` (they remain functions of the weights)."""
        faces = self.diffusivities(u)
        return HeldLayer(self, faces)

    def apply_to(self, u, faces):
        """`-K* G K u` with the diffusivities `faces` of every axis; those of `u` itself where `faces` is None."""
        check_state(u, self.grid.shape)
        faces = self.diffusivities(u) if faces is None else faces
        fluxes = (g * self.difference(u, axis) for axis, g in enumerate(faces))
        return -sum(self.adjoint(f, axis) for axis, f in enumerate(fluxes))

    def difference(self, u, axis: int):
        """`K u` along an axis, at its `n + 1` faces."""
        padded, (left, right) = pad(u, self.grid, axis), self.taps[axis]
        return left * before(padded, self.grid, axis) + right * after(padded, self.grid, axis)

    def adjoint(self, flux, axis: int):
        """`K* F` along an axis: at a wall `K u = (t1 + b t0) u + ...`, and the face counts one half."""
        left, right = self.taps[axis]
        walls, n, where = self.grid.ghosts(axis), self.grid.shape[axis], axis - self.grid.dim
        if walls is None:
            return right * flux.narrow(where, 0, n) + left * flux.narrow(where, 1, n)
        lower, upper = (right + walls[0][1] * left) / 2, (left + walls[1][1] * right) / 2
        from_left = torch.cat([lower * flux.narrow(where, 0, 1), right * flux.narrow(where, 1, n - 1)], where)
        from_right = torch.cat([left * flux.narrow(where, 1, n - 1), upper * flux.narrow(where, n, 1)], where)
        return from_left + from_right

    def diffusivities(self, u):
        """`g` at the faces of every axis."""
        law, grid = self.law, self.grid
        squares = [self.difference(u, axis) ** 2 for axis in range(grid.dim)]
        if self.form == "separable":
            return [law.g(s) for s in squares]
        g = law.g(sum(before(s, grid, axis) + after(s, grid, axis) for axis, s in enumerate(squares)) / 2)
        padded = [pad_coefficient(g, grid, axis) for axis in range(grid.dim)]
        return [(before(p, grid, axis) + after(p, grid, axis)) / 2 for axis, p in enumerate(padded)]

    @property
    def bound(self) -> Bound:
        """See `Bound`, for the weights as they are now: `‖K‖²` by Gershgorin on the rows of `K* K`."""
        law = self.kind(*(float(x) for x in self.logarithms.detach().exp()))
        taps = self.taps.detach().tolist()
        norm = sum(_norm(left, right, self.grid.ghosts(axis)) for axis, (left, right) in enumerate(taps))
        linear = self.kind.__name__ == "Linear"
        if not law.nonnegative:
            return no_bound(f"g of {law!r} takes negative values", symmetric=True)
        rho, slope = law.sup_g * norm, law.sup_slope * norm
        because = f"sup g · |K|² = {rho:.6g} with |K|² = {norm:.6g} for the present weights"
        spectral = Constant(rho, "ρ = " + because)
        if not self.grid.homogeneous:
            spectral = Constant(None, "the walls prescribe values other than zero: the norm may grow")
        contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux")
        if not law.monotone:
            contraction = Constant(None, f"the flux of {law!r} is not monotone")
        return Bound(spectral, contraction, self._diagonal(law, taps), linear, True)

    def _diagonal(self, law, taps) -> Constant:
        if any(left != -right for left, right in taps):
            return Constant(None, "the taps of a stencil do not sum to zero: constants are not kept")
        walls = [self.grid.ghosts(axis) or () for axis in range(self.grid.dim)]
        rows = (
            (2.0 if all(b == 1 for _, b in pair) else 3.0 if self.grid.shape[axis] > 1 else 4.0) * taps[axis][0] ** 2
            for axis, pair in enumerate(walls)
        )
        value = law.sup_g * sum(rows)
        return Constant(value, f"A = -d I + N with N ≥ 0 and d = {value:.6g} for the present weights")


layer_of.register(GridDiffusion, DiffusionLayer)


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


def _norm(left: float, right: float, walls) -> float:
    """The largest row sum of `|K* K|` along one axis."""
    rows = [(abs(left) + abs(right)) ** 2]
    if walls is not None:
        mixed = abs(left * right)
        lower, upper = (right + walls[0][1] * left) ** 2 / 2, (left + walls[1][1] * right) ** 2 / 2
        rows += [left**2 + mixed + lower, right**2 + mixed + upper, lower + upper]
    return max(rows)
