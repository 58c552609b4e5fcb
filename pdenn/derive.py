"""From a scheme and an operator to the network that they are."""

from numbers import Integral

from .certificates import certificate as certificate_of
from .solve import step_limit


def derive(A, scheme, tau, steps, certificate="bounded", recompute=False, law=None):
    """The network whose forward pass is `steps` steps of `scheme` on `A`.

    At initialisation it equals `solve` to rounding. Each step has its own layer, with trainable stencils `K` (whose
    exact adjoint `K*` shares the weights), parameters of the law, and step size.

    Parameters
    ----------
    A : Operator
        Diffusion on a grid with reflecting, periodic or Dirichlet walls, or on a graph (whose layers learn no stencils).
    scheme : Scheme
    tau : float
        Step size.
    steps : int
        Number of steps: the depth of the network in blocks.
    certificate : {"bounded", "contractive", "max-min"} or None
        The claim that must be proved at initialisation.
    recompute : bool
        Whether the backward pass computes the inside of each step again instead of keeping it: memory for time.
    law : pdenn.networks.SplineFlux, optional
        A flux that learns freely takes the place of the law of `A`, on a grid: the network then equals `solve` as closely
        as this flux its law. The claim is that of `A`; `certify(network)` says what holds for the flux.

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
    proof = None if certificate is None else certificate_of(scheme, A, certificate)
    tau = step_limit(tau, proof, scheme)
    return SchemeNet(A, scheme, tau, int(steps), recompute, law)
