"""One name for NumPy arrays and torch tensors: the functions that laws and operators are written in.

Inside compiled kernels the same names stand for the scalar functions (`pdenn.kernels.laws`).
torch is never imported here: a tensor can only exist where torch has been imported already.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Number: TypeAlias = Any  # a real number, or a tensor without axes through which a gradient goes
State = TypeVar("State", NDArray[Any], "torch.Tensor")  # what goes in as an array comes out as one, so does a tensor


def is_torch(x: object) -> "TypeGuard[torch.Tensor]":
    """Whether `x` is a torch tensor; does not import torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def namespace(x: object) -> Any:
    """The module (`torch` or `numpy`) whose functions act on `x`."""
    return sys.modules["torch"] if is_torch(x) else np


def exp(x: Any) -> Any:
    return namespace(x).exp(x)


def sqrt(x: Any) -> Any:
    return namespace(x).sqrt(x)


def where(condition: Any, x: Any, y: Any) -> Any:
    """`x` where the condition holds, `y` elsewhere; one of them may be a number."""
    return namespace(condition).where(condition, x, y)


def maximum(x: Any, floor: float) -> Any:
    """`max(x, floor)` for a number `floor`; of complex numbers, by their real parts."""
    return x.clamp(min=floor) if is_torch(x) else np.maximum(x, floor)


def absolute(x: Any) -> Any:
    """`|x|`; of complex numbers `±x` by the sign of the real part, so that complex steps differentiate it."""
    if is_torch(x) or not np.iscomplexobj(x):
        return abs(x)
    return np.where(x.real < 0, -x, x)


def gammaincc(a: float, x: Any) -> Any:
    """The regularised upper incomplete gamma function `Γ(a, x) / Γ(a)` for a number `a`."""
    if is_torch(x):
        torch = sys.modules["torch"]
        return torch.special.gammaincc(torch.full_like(x, a), x)
    from scipy.special import gammaincc

    return gammaincc(a, x).astype(x.dtype)


def concatenate(parts: Sequence[Any], axis: int) -> Any:
    return sys.modules["torch"].cat(parts, axis) if is_torch(parts[0]) else np.concatenate(parts, axis)


def is_half(x: object) -> bool:
    """Whether `x` is a tensor of half precision, float16 or bfloat16."""
    return is_torch(x) and x.dtype.itemsize == 2 and x.dtype.is_floating_point


def single(x: Any) -> Any:
    """`x`, in float32 if it is a tensor of half precision."""
    return x.float() if is_half(x) else x


def check_state(u: Any, shape: tuple[int, ...], name: str = "u", half: bool = False) -> None:
    """Raise unless `u` is a real floating array or tensor of shape `(..., *shape)`; `half` admits tensors of half precision.

    Raises
    ------
    TypeError
        `u` is no array, a masked array or a matrix, or its dtype is not float32 or float64.
    ValueError
        The last axes of `u` are not `shape`.
    """
    if not (is_torch(u) or isinstance(u, np.ndarray)):
        raise TypeError(f"{name} must be a NumPy array or a torch tensor, got {type(u).__name__}")
    if isinstance(u, np.ma.MaskedArray | np.matrix):
        raise TypeError(
            f"{name} must be a plain NumPy array, got {type(u).__name__}: nothing would heed its mask, or its rules; take "
            f"{'pn.Fidelity(data, mask) for what is known' if isinstance(u, np.ma.MaskedArray) else f'np.asarray({name})'}"
        )
    if str(u.dtype).removeprefix("torch.") not in ("float32", "float64") and not (half and is_half(u)):
        instead = "; pdenn.compiled(A) takes it as it is" if is_half(u) and not half else ""
        raise TypeError(
            f"{name} must be of dtype float32 or float64, got {u.dtype}: convert it, for instance with "
            f"{name}.{'double()' if is_torch(u) else 'astype(float)'}{instead}"
        )
    if tuple(u.shape[u.ndim - len(shape) :]) != shape or u.ndim < len(shape):
        raise ValueError(f"{name} must have shape (..., {', '.join(map(str, shape))}), got {tuple(u.shape)}")


def check_tensor(u: Any, name: str = "u") -> None:
    """Raise TypeError unless `u` is a torch tensor."""
    if not is_torch(u):
        remedy = ": torch.from_numpy makes one of an array" if isinstance(u, np.ndarray) else ""
        raise TypeError(f"{name} must be a torch tensor, got {type(u).__name__}{remedy}")


def is_finite(u: Any) -> bool:
    """Whether `u` holds no NaN and no infinity: its sum tells in one fast reading, if it does not overflow.

    Not its square: a product of long vectors leaves threads of its own, which for a while take their part of the cores.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        total = u.sum() if is_torch(u) else np.einsum("i->", u.reshape(-1))
    return bool(namespace(u).isfinite(total)) or bool(namespace(u).isfinite(u).all())


def check_finite(u: Any, name: str = "u") -> None:
    """Raise ValueError if `u` holds NaN or infinity, and say how many."""
    if not is_finite(u):
        finite = namespace(u).isfinite(u)
        raise ValueError(
            f"{name} must be finite, got {int((~finite).sum())} NaN or infinite values of {u.size if not is_torch(u) else u.numel()}"
        )
