"""From a scheme and an operator to the network that they are."""

from numbers import Integral
from typing import TYPE_CHECKING, Any

from .certificates import certificate as certificate_of
from .operators.protocol import Operator
from .schemes.protocol import Scheme
from .solve import step_limit

if TYPE_CHECKING:
    from .networks import SchemeNet


def derive(
    A: Operator,
    scheme: Scheme,
    tau: float | None,
    steps: int,
    certificate: str | None = "bounded",
    recompute: bool = False,
    law: Any = None,
    tied: bool = False,
) -> "SchemeNet":
    """The network whose forward pass is `steps` steps of `scheme` on `A`.

    At initialisation it equals `solve` to rounding. Each step has its own layer and step size, or all share one. Diffusion
    has trainable stencils `K` (whose exact adjoint `K*` shares the weights), law and conductivity; on a graph the law.
    Convection has a trainable velocity where that is one number per axis. Every other operator has a trainable rate
    `c > 0` as a factor, and a sum of operators a layer for each term. `networks.freeze` says what learns.

    Parameters
    ----------
    A : Operator
        Diffusion on a grid needs reflecting, periodic or Dirichlet walls.
    scheme : Scheme
    tau : float
        Step size.
    steps : int
        Number of steps: the depth of the network in blocks.
    certificate : {"bounded", "contractive", "max-min"} or None
        The claim that must be proved at initialisation.
    recompute : bool
        Whether the backward pass computes the inside of each step again instead of keeping it: memory for time.
    law : pdenn.networks.SplineFlux or GaussianFlux, optional
        A flux that learns freely takes the place of the law of `A`, on a grid: the network then equals `solve` as closely
        as this flux its law. The claim is that of `A`; `certify(network)` says what holds for the flux.
    tied : bool
        Whether all steps share one layer and one step size: a recurrent network, whose size does not grow with `steps`.

    Returns
    -------
    torch.nn.Module
        Maps tensors `(..., *grid.shape)` to tensors of the same shape, dtype and device; parameters are float64.

    Raises
    ------
    TypeError, ValueError, NoCertificate, StepTooLarge
        As `solve`.

    Examples
    --------
    >>> import torch
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((8,), h=0.5))
    >>> u = torch.linspace(0.0, 1.0, 8, dtype=torch.float64)
    >>> network = pn.derive(A, pn.FSI(n=4), tau=0.5, steps=2)
    >>> torch.allclose(network(u), pn.solve(A, u, pn.FSI(n=4), 1.0, tau=0.5).u, rtol=0.0, atol=1e-14)
    True
    """
    from .networks import SchemeNet  # the one import upwards: torch is loaded by who derives a network

    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 1:
        raise ValueError(f"steps must be a positive integer, got {steps!r}")
    if not isinstance(tied, bool):
        raise TypeError(f"tied must be True or False, got {tied!r}")
    proof = None if certificate is None else certificate_of(scheme, A, certificate)
    tau = step_limit(tau, proof, scheme)
    return SchemeNet(A, scheme, tau, int(steps), recompute, law, tied)
