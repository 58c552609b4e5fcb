"""The U-net that a nonlinear multigrid solver is: cycles of the full approximation scheme with parts that learn.

Rests on the solver's own cycle, `Multigrid.improved`, as `SchemeNet` does on the scheme's own step.
"""

from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from ..arrays import check_state, check_tensor, is_torch
from ..grids import Grid
from ..operators.anisotropic import GridAnisotropicDiffusion
from ..operators.differences import pad
from ..operators.diffusion import GridDiffusion
from ..operators.transfer import coarsened, homogeneous, prolongated, restricted
from ..solvers import Jacobi, Multigrid
from ..solvers.full_approximation import FullApproximation
from .convolution import CONVOLUTION
from .layers import DiffusionLayer
from .tensor_layer import TensorLayer


class MultigridNet(nn.Module):
    """Cycles of nonlinear multigrid for `m (u - d) = τ A(u)`, in which everything learns but the equation.

    On each grid of the U the channels are the iterate `v`, the right-hand side `f` and, one grid below, the restricted
    iterate `w`. With `M(v) = m v - τ A(v)` a cycle on a grid is (Brandt 1977; as a U-net, Alt et al. 2022)

    - down: steps `v ← v + ω S D(v)⁻¹ (f - M(v))`, then `w = R v` and `f_H = R' (f - M(v)) + M_H(w)`;
    - below: the same for `M_H(v_H) = f_H`, once (V) or twice (W), beginning with `v_H = w`;
    - up: the additive skip `v ← v + P (v_H - w)`, and steps as before.

    On each grid of its own, stencils of width 3 learn: in the smoother `S`, before the mean of `2ᵈ` cells in `R` and `R'`,
    and after the interpolation in `P`; on coarse grids also the taps and the law of the layer `A_H`, and a factor of `m`.
    At first they are the identity and the solver's, and the network is `cycles` cycles of the solver to rounding. As the
    finest `A` and `D` stay those of the equation, **its solution is a fixed point at every weight**: its residual is zero,
    hence `f_H = M_H(w)` on all coarser grids, and no correction comes up.

    Parameters
    ----------
    A : GridDiffusion or GridAnisotropicDiffusion
        In the plane for a tensor, which is that of the iterate on each grid. The finest layer, `network.equation`, does
        not learn unless `requires_grad_` says so.
    solver : Multigrid, optional
        Its cycle, steps, and smoother: `Jacobi`, with `bottom` steps on the coarsest grid. ValueError for others.
    cycles : int
        Number of cycles; a tied network may be given more of them later, `network.count`.
    tau : float
        `τ`: the implicit step with `m = 1`; 1 for stationary problems.
    tied : bool
        Whether all cycles share their weights: a recurrent network. If not, each has its own.

    Examples
    --------
    Inpainting from known grey values `d` where the mask `c` is 1, with a weight of 1000 as in `Fidelity(d, c, 1000)`; off the
    mask `d` is the first guess. The residual of the equation is a loss that needs no solutions:

    >>> import pdenn as pn, torch
    >>> A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((16, 16)))
    >>> network = pn.networks.MultigridNet(A, cycles=2)
    >>> c = (torch.rand(16, 16) < 0.05).double()
    >>> d = c * torch.rand(16, 16) + (1 - c) * 0.5
    >>> u = network(d, 1000 * c)
    >>> network.residual(u, d, 1000 * c).square().mean().backward()
    """

    def __init__(
        self,
        A: GridDiffusion | GridAnisotropicDiffusion,
        solver: Multigrid | None = None,
        cycles: int = 2,
        tau: float = 1.0,
        tied: bool = True,
    ) -> None:
        super().__init__()
        solver = Multigrid(smoother=Jacobi(), bottom=8) if solver is None else solver
        if not isinstance(solver, Multigrid) or not isinstance(solver.smoother, Jacobi) or solver.bottom is None:
            raise ValueError(f"solver must be a Multigrid with smoother=Jacobi() and steps as bottom, got {solver!r}")
        if type(cycles) is not int or cycles < 1:
            raise ValueError(f"cycles must be a positive integer, got {cycles!r}")
        if not (isinstance(tau, float | int) and 0 < tau < float("inf")):
            raise ValueError(f"tau must be a positive number, got {tau!r}")
        self.solver, self.count, self.tau = solver, cycles, float(tau)
        if not isinstance(A, GridDiffusion | GridAnisotropicDiffusion):
            raise ValueError(f"A must be diffusion of first order on a grid, plain or with a tensor, got {A!r}")
        self.equation = _layer(A).requires_grad_(False)
        self.cycles: Any = nn.ModuleList(_stages(A) for _ in range(1 if tied else cycles))
        self.double()

    def forward(self, d: Tensor, mass: Tensor | float = 1.0, start: Tensor | None = None) -> Tensor:
        """The state after all cycles.

        Parameters
        ----------
        d : tensor of shape (..., *grid.shape)
        mass : float or tensor of shape (..., *grid.shape)
            `m ≥ 0`, broadcast against `d`.
        start : tensor like d, optional
            The first guess; by default `d`.
        """
        self._check(d, mass, start)
        v = d if start is None else start
        for k in range(self.count):
            level = _Level(self.equation.operator, self.cycles[k % len(self.cycles)], self.tau, mass, self.solver)
            v = self.solver.improved(level, v, mass * d)
        return v

    def _check(self, d: Tensor, mass: Any, start: Tensor | None) -> None:
        number = isinstance(mass, Real)
        if not is_torch(mass) and not (number and 0 <= mass < float("inf")):
            raise ValueError(f"mass must be a finite number >= 0 or a torch tensor, got {mass!r}")
        for name, x in (("d", d), ("mass", mass), ("start", start)):
            if x is not None and not (name == "mass" and number):
                check_tensor(x, name)
                check_state(x, self.equation.grid.shape, name)

    def residual(self, v: Tensor, d: Tensor, mass: Tensor | float = 1.0) -> Tensor:
        """`m (d - v) + τ A(v)`."""
        return mass * (d - v) + self.tau * self.equation(0.0, v)

    def extra_repr(self) -> str:
        weights = sum(p.numel() for p in self.parameters() if p.requires_grad)
        return f"{self.count} cycles on {len(self.cycles[0])} grids, τ={self.tau:g}, {self.solver}, {weights} weights"


class Stencil(nn.Module):
    """`B u`: a stencil of width 3 along every axis, at first the identity; beyond the walls it sees their ghost cells."""

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        weight = torch.zeros([1, 1, *[3] * grid.dim])
        weight[(0, 0, *[1] * grid.dim)] = 1.0
        self.grid, self.weight = grid, nn.Parameter(weight)

    def forward(self, u: Tensor) -> Tensor:
        padded = u
        for axis in range(self.grid.dim):
            padded = pad(padded, self.grid, axis)
        channel = padded.reshape(-1, 1, *padded.shape[-self.grid.dim :])
        return CONVOLUTION[self.grid.dim](channel, self.weight.to(u.dtype)).reshape(u.shape)


class Stage(nn.Module):
    """What one grid learns: its smoother, the layer and the factor of `m` below the finest, transfers above the coarsest."""

    def __init__(self, A: Any, finest: bool, coarsest: bool) -> None:
        super().__init__()
        zero = homogeneous(A.grid)
        self.smoothing = Stencil(zero)
        if not finest:
            self.layer, self.theta = _layer(A), nn.Parameter(torch.zeros(()))
        if not coarsest:
            self.iterates, self.residuals, self.corrections = Stencil(A.grid), Stencil(zero), Stencil(zero)


class _Level(FullApproximation):
    """One grid of the network, as the solver's cycle asks for it."""

    def __init__(self, A: Any, stages: Any, gamma: float, mass: Tensor | float, solver: Multigrid) -> None:
        super().__init__(A, 0.0, gamma, mass)
        self.stage, below = stages[0], stages[1:]
        dimensions = sum(n > 1 for n in A.grid.shape)
        smoother: Any = solver.smoother
        self.omega = smoother.omega or 2 * dimensions / (2 * dimensions + 1)
        self.coarse = None
        if len(below):
            known = restricted(mass, A.grid) if getattr(mass, "ndim", 0) else mass
            coarse = below[0].layer.operator
            self.coarse = _Level(coarse, below, gamma, known * below[0].theta.exp(), solver)

    def coarse_problem(self, v: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        start = restricted(self.stage.iterates(v), self.A.grid)
        residual = restricted(self.stage.residuals(self.residual(v, f)), self.A.grid)
        return start, residual + self.coarse(start)

    def corrected(self, v: Tensor, before: Tensor, after: Tensor) -> Tensor:
        return v + self.stage.corrections(prolongated(after - before, self.coarse.A.grid, self.A.grid))

    def smoothed(self, smoother: Jacobi, v: Tensor, f: Tensor) -> Tensor:
        held = self.A.hold(self.t, v)
        residual = f - (self.mass * v - self.gamma * held(self.t, v))
        step = residual / (self.mass + self.gamma * held.diagonal)
        return v + self.omega * self.stage.smoothing(step)


def _stages(A: Any) -> nn.ModuleList:
    """The stages of all grids, from the finest to the coarsest."""
    operators = [A]
    while (A := coarsened(A)) is not None:
        operators.append(A)
    last = len(operators) - 1
    return nn.ModuleList(Stage(B, k == 0, k == last) for k, B in enumerate(operators))


def _layer(A: GridDiffusion | GridAnisotropicDiffusion) -> DiffusionLayer | TensorLayer:
    return TensorLayer(A) if isinstance(A, GridAnisotropicDiffusion) else DiffusionLayer(A)
