"""From a scheme and an operator to the network that they are."""

from numbers import Integral

from .certificates import certificate as certificate_of
from .solve import step_limit


def derive(A, scheme, tau, steps, certificate="bounded", recompute=False, law=None, tied=False):
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
    """
    from .networks import SchemeNet  # the one import upwards: torch is loaded by who derives a network

    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 1:
        raise ValueError(f"steps must be a positive integer, got {steps!r}")
    if not isinstance(tied, bool):
        raise TypeError(f"tied must be True or False, got {tied!r}")
    proof = None if certificate is None else certificate_of(scheme, A, certificate)
    tau = step_limit(tau, proof, scheme)
    return SchemeNet(A, scheme, tau, int(steps), recompute, law, tied)
