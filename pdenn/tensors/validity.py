"""Which parameters a diffusion tensor may have."""

import math
from numbers import Real
from typing import Any


def check_tensor(tensor: Any) -> None:
    """Raise unless `tensor` is a diffusion tensor with parameters in range.

    Raises
    ------
    TypeError
        `tensor` is not an instance of a diffusion tensor.
    ValueError
        A parameter is out of range; the message names it.
    """
    if isinstance(tensor, type) or not hasattr(tensor, "of"):
        raise TypeError(f"tensor must be an instance such as EdgeEnhancing(law, sigma=1.0), got {tensor!r}")
    for name, value in zip(tensor._fields, tensor, strict=True):
        if name == "law":
            continue
        if isinstance(value, bool) or not (isinstance(value, Real) and math.isfinite(value) and float(value) >= 0):
            raise ValueError(f"{name} must be a finite number >= 0, got {value!r} in {tensor!r}")
    tensor.check()
