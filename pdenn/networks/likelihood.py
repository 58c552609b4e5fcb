"""The likelihood of probabilities that come out of a diffusion: no logarithm of a negative number is ever taken."""

import torch
from torch import Tensor

NEGATIVE = ("raise", "clamp")


def negative_log_likelihood(probabilities: Tensor, labels: Tensor, negative: str = "raise") -> Tensor:
    """The mean of `-log u_(i, k(i))` over the rows.

    A network with the claim "max-min" has no negative probabilities but for rounding. What lies below the smallest
    positive number of the dtype, an underflow of the softmax or rounding, is raised to it, so that loss and gradient are
    finite; there the gradient is zero.

    Parameters
    ----------
    probabilities : tensor of shape (nodes, classes)
    labels : integer tensor of shape (nodes,)
    negative : {"raise", "clamp"}
        What to do about labelled entries below `-1000 ε`, more than rounding.

    Raises
    ------
    TypeError, ValueError
        Shapes do not fit, NaN, or negative entries with `negative="raise"`.
    """
    if negative not in NEGATIVE:
        raise ValueError(f"negative must be one of {NEGATIVE}, got {negative!r}")
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise ValueError(f"probabilities must have shape (nodes, classes) and labels (nodes,), got "
                         f"{tuple(probabilities.shape)} and {tuple(labels.shape)}")  # fmt: skip
    own = probabilities.gather(1, labels[:, None].long())[:, 0]
    numbers = torch.finfo(own.dtype)
    if negative == "raise":
        wrong = ~(own >= -1000 * numbers.eps)
        if wrong.any():
            raise ValueError(
                f"probabilities must be >= 0, got {float(own[wrong][0]):.3g} among {int(wrong.sum())} of {len(own)} "
                "labelled entries: the steps of the diffusion leave the claim 'max-min', or diverge. Build the network with "
                "claim='max-min', or pass negative='clamp'"
            )
    return -own.clamp(min=numbers.tiny).log().mean()
