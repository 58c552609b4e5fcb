"""What every law of `pdenn.laws` gives, for readers and for type checkers. Rests on nothing."""

from typing import Any, Protocol

from ..arrays import Number


class Law(Protocol):
    """A diffusivity `g(s²)` with the facts that certificates rest on; the laws are tuples of their parameters.

    `sup_g = sup |g|`, `sup_slope = sup |Φ'|` and `inf_slope ≤ inf Φ'` for the flux `Φ(s) = g(s²) s`; `monotone` says that
    `Φ' ≥ 0`, and `nonnegative` that `g ≥ 0`. The functions take arrays and tensors and give their kind back.
    """

    @property
    def sup_g(self) -> Number: ...
    @property
    def sup_slope(self) -> Number: ...
    @property
    def inf_slope(self) -> Number: ...
    @property
    def monotone(self) -> bool: ...
    @property
    def nonnegative(self) -> bool: ...
    def g(self, s2: Any) -> Any: ...
    def flux(self, s: Any) -> Any: ...
    def potential(self, s2: Any) -> Any: ...
