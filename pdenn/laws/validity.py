"""Which parameters a law may have."""

import math
from numbers import Real


def check_law(law):
    """Raise unless `law` has a diffusivity and positive finite parameters (`kappa > 1`).

    Raises
    ------
    TypeError
        `law` is not an instance of a law.
    ValueError
        A parameter is out of range; the message names it.
    """
    if isinstance(law, type) or not (hasattr(law, "g") and hasattr(law, "_fields")):
        raise TypeError(f"law must be an instance of a law such as Charbonnier(contrast=0.1), got {law!r}")
    for name, value in zip(law._fields, law, strict=True):
        lower = 1 if name == "kappa" else 0
        if not (isinstance(value, Real) and math.isfinite(value) and value > lower):
            raise ValueError(f"{name} must be a finite number > {lower}, got {value!r} in {law!r}")
