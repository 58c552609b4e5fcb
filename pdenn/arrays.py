"""One name for NumPy arrays and torch tensors: the functions that laws and operators are written in.

Inside compiled kernels the same names stand for the scalar functions (`pdenn.kernels.laws`).
torch is never imported here: a tensor can only exist where torch has been imported already.
"""

import sys

import numpy as np


def is_torch(x) -> bool:
    """Whether `x` is a torch tensor; does not import torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def namespace(x):
    """The module (`torch` or `numpy`) whose functions act on `x`."""
    return sys.modules["torch"] if is_torch(x) else np


def exp(x):
    return namespace(x).exp(x)


def sqrt(x):
    return namespace(x).sqrt(x)


def maximum(x, floor):
    """`max(x, floor)` for a number `floor`; of complex numbers, by their real parts."""
    return x.clamp(min=floor) if is_torch(x) else np.maximum(x, floor)


def absolute(x):
    """`|x|`; of complex numbers `±x` by the sign of the real part, so that complex steps differentiate it."""
    if is_torch(x) or not np.iscomplexobj(x):
        return abs(x)
    return np.where(x.real < 0, -x, x)


def gammaincc(a, x):
    """The regularised upper incomplete gamma function `Γ(a, x) / Γ(a)` for a number `a`."""
    if is_torch(x):
        torch = sys.modules["torch"]
        return torch.special.gammaincc(torch.full_like(x, a), x)
    from scipy.special import gammaincc

    return gammaincc(a, x).astype(x.dtype)


def concatenate(parts, axis: int):
    return sys.modules["torch"].cat(parts, axis) if is_torch(parts[0]) else np.concatenate(parts, axis)


def check_state(u, shape: tuple[int, ...], name: str = "u"):
    """Raise unless `u` is a real floating array or tensor of shape `(..., *shape)`.

    Raises
    ------
    TypeError
        `u` is no array, or its dtype is not float32 or float64.
    ValueError
        The last axes of `u` are not `shape`.
    """
    if not (is_torch(u) or isinstance(u, np.ndarray)):
        raise TypeError(f"{name} must be a NumPy array or a torch tensor, got {type(u).__name__}")
    if str(u.dtype).removeprefix("torch.") not in ("float32", "float64"):
        raise TypeError(
            f"{name} must be of dtype float32 or float64, got {u.dtype}: convert it, for instance with "
            f"{name}.{'double()' if is_torch(u) else 'astype(float)'}"
        )
    if tuple(u.shape[u.ndim - len(shape) :]) != shape or u.ndim < len(shape):
        raise ValueError(f"{name} must have shape (..., {', '.join(map(str, shape))}), got {tuple(u.shape)}")


def check_finite(u, name: str = "u"):
    """Raise ValueError if `u` holds NaN or infinity, and say how many."""
    finite = namespace(u).isfinite(u)
    if not finite.all():
        raise ValueError(
            f"{name} must be finite, got {int((~finite).sum())} NaN or infinite values of {u.size if not is_torch(u) else u.numel()}"
        )
