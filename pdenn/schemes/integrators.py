"""Integrators of other libraries as schemes: independent referees, and adaptive steps."""

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from ..arrays import Number, is_torch
from ..errors import NotConverged
from ..operators.fused import takes_apart
from ..operators.protocol import Operator


@dataclass(frozen=True)
class SciPyIntegrator:
    """`scipy.integrate.solve_ivp` on NumPy arrays; inside a step it chooses its own steps.

    Parameters
    ----------
    method : str
        Of `solve_ivp`: RK23, RK45, DOP853, Radau, BDF, LSODA.
    rtol, atol : float
        Tolerances of the local error.
    """

    method: str = "RK45"
    rtol: float = 1e-8
    atol: float = 1e-10
    order: ClassVar[int | None] = None

    @takes_apart
    def step(self, A: Operator, t: Number, u: Any, tau: Number) -> Any:
        """The library's own steps from `t` to `t + tau`, by solve_ivp of SciPy; see `Scheme`. TypeError for tensors."""
        from scipy.integrate import solve_ivp

        if is_torch(u):
            raise TypeError(f"u must be a NumPy array for {self}, got {type(u)}; tensors have TorchDiffEqIntegrator")

        def slope(s: float, v: NDArray[Any]) -> NDArray[Any]:
            return A(s, v.reshape(u.shape).astype(u.dtype)).ravel()

        found = solve_ivp(slope, (t, t + tau), u.ravel(), self.method, rtol=self.rtol, atol=self.atol)
        if not found.success:
            raise NotConverged(f"{self}: {found.message}")
        return found.y[:, -1].reshape(u.shape).astype(u.dtype)


@dataclass(frozen=True)
class TorchDiffEqIntegrator:
    """`torchdiffeq.odeint` on tensors; gradients through its own steps, or by the adjoint equation.

    Parameters
    ----------
    method : str
        Of `odeint`: dopri5 and rk4 are sound; others miss their tolerance.
    rtol, atol : float
        Tolerances of the local error.
    adjoint : bool
        Whether gradients come from the adjoint equation, solved backwards in constant memory (Chen et al. 2018), with
        respect to the state and, if the operator is a module, its parameters.
    """

    method: str = "dopri5"
    rtol: float = 1e-8
    atol: float = 1e-10
    adjoint: bool = False
    order: ClassVar[int | None] = None

    @takes_apart
    def step(self, A: Operator, t: Number, u: Any, tau: Number) -> Any:
        """The library's own steps from `t` to `t + tau`, by odeint of torchdiffeq; see `Scheme`. TypeError for arrays."""
        from torchdiffeq import odeint, odeint_adjoint

        if not is_torch(u):
            raise TypeError(f"u must be a tensor for {self}, got {type(u)}; arrays have SciPyIntegrator")

        times = u.new_tensor([float(t), float(t + tau)])
        options = {"method": self.method, "rtol": self.rtol, "atol": self.atol}
        if not self.adjoint:
            return odeint(A, u, times, **options)[-1]
        parameters = tuple(A.parameters()) if hasattr(A, "parameters") else ()
        return odeint_adjoint(A, u, times, adjoint_params=parameters, **options)[-1]
