"""The diffusivities `g(s²)` of the laws as SymPy expressions, in the words of their sources.

Rests on the names and parameters of the laws alone, not on their methods: those are judged by what stands here.
"""

from functools import singledispatch
from typing import Any, TypeAlias

from ..laws import (
    Charbonnier,
    ForwardBackward,
    Linear,
    PeronaMalik,
    PeronaMalikExponential,
    TotalVariation,
    Weickert,
)

Expr: TypeAlias = Any  # of SymPy, which has no types and is imported where it is used

# The positive root of e^C = 1 + 8C.
C = 3.314877361786055


@singledispatch
def diffusivity(law: object, s2: Expr) -> Expr:
    """`g(s²)` of a law at the expression `s2`; TypeError for a law that is not written out here."""
    raise TypeError(f"law must be one of pdenn.laws, got {law!r}")


@diffusivity.register
def _(law: Linear, s2: Expr) -> Expr:
    import sympy

    return sympy.Integer(1)


@diffusivity.register
def _(law: Charbonnier, s2: Expr) -> Expr:
    """Charbonnier, Blanc-Féraud, Aubert and Barlaud (1997)."""
    import sympy

    return 1 / sympy.sqrt(1 + s2 / law.contrast**2)


@diffusivity.register
def _(law: TotalVariation, s2: Expr) -> Expr:
    """Regularised total variation flow."""
    import sympy

    return 1 / sympy.sqrt(s2 + law.epsilon**2)


@diffusivity.register
def _(law: PeronaMalik, s2: Expr) -> Expr:
    """Perona and Malik (1990), the rational one."""
    return 1 / (1 + s2 / law.contrast**2)


@diffusivity.register
def _(law: PeronaMalikExponential, s2: Expr) -> Expr:
    """Perona and Malik (1990), the exponential one."""
    import sympy

    return sympy.exp(-s2 / (2 * law.contrast**2))


@diffusivity.register
def _(law: Weickert, s2: Expr) -> Expr:
    """`1 - exp(-C (λ/s)⁸)` (Weickert 1998)."""
    import sympy

    # 1e-30 keeps the derivatives from 0/0 at s = 0; where the exponential is not 0 in double precision, it is nothing.
    return 1 - sympy.exp(-C / ((s2 / law.contrast**2) ** 4 + 1e-30))


@diffusivity.register
def _(law: ForwardBackward, s2: Expr) -> Expr:
    """Smolka (2002): `2 exp(-κ² q s²/λ²) - exp(-q s²/λ²)` with `q = log 2/(κ² - 1)`."""
    import sympy

    q = sympy.log(2) / (law.kappa**2 - 1) / law.contrast**2
    return 2 * sympy.exp(-(law.kappa**2) * q * s2) - sympy.exp(-q * s2)
