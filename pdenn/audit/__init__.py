"""Which claims hold for somebody's graph network or residual layer: by how much, and a witness where one fails."""

from typing import TYPE_CHECKING, Any

from ..equations import Diffusion
from ..graphs import Graph
from ..operators import discretise
from ..schemes.protocol import Scheme
from .flow import audit_flow
from .report import Audit, Finding, Proposal, Witness

if TYPE_CHECKING:
    import torch

__all__ = ["Audit", "Finding", "Proposal", "Witness", "audit"]


def audit(
    subject: Any,
    *,
    tau: float | None = None,
    steps: int = 1,
    scheme: Scheme | None = None,
    example: "torch.Tensor | None" = None,
) -> Audit:
    """Say which of the claims bounded, contractive and max-min hold.

    Parameters
    ----------
    subject : Graph, operator on a graph, or torch.nn.Module
        A graph stands for its linear diffusion. `COIN`, `DiffResNet` and `GraphFlow` know their steps; any other module is
        taken for a layer such as `x + F(x)` that keeps the shape of its states.
    tau : float
        The step size, for graphs and operators.
    steps : int
        Number of steps (layers of a network without weights in its diffusion).
    scheme : Scheme, optional
        By default `ExplicitEuler()`.
    example : tensor of shape (batch, ...)
        States from which the search for witnesses starts, for modules that are not known here.

    Returns
    -------
    Audit
        A finding for each claim: it holds, which is proved; it fails, and a witness was found and checked again with other
        code; or it is open. For steps on graphs also proposals that keep the claims over the same time, those with the
        fewest calls of the operator first.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    """
    A: Any = discretise(Diffusion(), subject) if isinstance(subject, Graph) else subject
    if isinstance(getattr(A, "grid", None), Graph) and not hasattr(A, "parameters"):
        return audit_flow(A, tau, steps, scheme)
    if not hasattr(subject, "named_parameters"):
        raise TypeError(f"subject must be a pn.Graph, an operator on one, or a torch module, got {subject!r}")
    if (tau, steps, scheme) != (None, 1, None):
        raise ValueError("tau, steps and scheme are for graphs: a module knows its own steps")
    from ..networks.attack import audit_network  # torch is loaded by who has a module

    return audit_network(subject, example)
