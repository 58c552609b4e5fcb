"""What of a network learns, and what stays as it is."""

from typing import TypeVar

from torch import nn

Network = TypeVar("Network", bound=nn.Module)
PARTS = {
    "kernels": ("taps", "weight", "velocity"),
    "laws": ("logarithms", "heights", "roots", "log_rate"),
    "steps": ("tau", "theta"),
    "extrapolation": ("extrapolation",),
}


def freeze(network: Network, *parts: str, learn: bool = False) -> Network:
    """Keep parts of a network as they are while the others learn.

    Parameters
    ----------
    network : SchemeNet or SymmetricNet
    *parts : {"kernels", "laws", "steps", "extrapolation"}
        The convolutions, taps or velocities; the parameters of the laws, conductivities and rates; the step sizes; the
        extrapolation weights.
    learn : bool
        Whether they shall learn again instead.

    Returns
    -------
    torch.nn.Module
        The network itself.

    Raises
    ------
    ValueError
        A part is unknown, or the network has none of this kind.
    """
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"parts must be of {tuple(PARTS)}, got {part!r}")
        found = [p for name, p in network.named_parameters() if name.rpartition(".")[2] in PARTS[part]]
        if not any(p.numel() for p in found):  # the linear law has none
            raise ValueError(f"{type(network).__name__} has no {part} that learn")
        for p in found:
            p.requires_grad_(learn)
    return network
