"""What type checkers see of the laws: they take the constants in the body of a NamedTuple for fields."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from .validity import check_law as check_law

class _Law(tuple[float, ...]):
    _fields: ClassVar[tuple[str, ...]]
    @property
    def sup_g(self) -> float: ...
    @property
    def sup_slope(self) -> float: ...
    @property
    def inf_slope(self) -> float: ...
    @property
    def monotone(self) -> bool: ...
    @property
    def nonnegative(self) -> bool: ...
    def g(self, s2: Any) -> Any: ...
    def flux(self, s: Any) -> Any: ...
    def potential(self, s2: Any) -> Any: ...
    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self: ...
    def _replace(self, **parameters: Any) -> Self: ...
    def _asdict(self) -> dict[str, Any]: ...

class Linear(_Law):
    def __init__(self) -> None: ...

class Charbonnier(_Law):
    contrast: float
    def __init__(self, contrast: float = 1.0) -> None: ...

class PeronaMalik(_Law):
    contrast: float
    def __init__(self, contrast: float = 1.0) -> None: ...

class PeronaMalikExponential(_Law):
    contrast: float
    def __init__(self, contrast: float = 1.0) -> None: ...

class Weickert(_Law):
    contrast: float
    def __init__(self, contrast: float = 1.0) -> None: ...

class ForwardBackward(_Law):
    contrast: float
    kappa: float
    def __init__(self, contrast: float = 1.0, kappa: float = 2.0) -> None: ...

class TotalVariation(_Law):
    epsilon: float
    def __init__(self, epsilon: float = 0.001) -> None: ...

__all__ = [
    "Charbonnier",
    "ForwardBackward",
    "Linear",
    "PeronaMalik",
    "PeronaMalikExponential",
    "TotalVariation",
    "Weickert",
    "check_law",
]
