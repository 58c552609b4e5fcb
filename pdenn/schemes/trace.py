"""The trace of a scheme: its Butcher table, read off its own `step`.

A scheme is arithmetic on states. Run on states that are linear combinations of `u` and of the values `A(stage)`, it
writes down its coefficients itself; nothing about a scheme is stated twice.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Butcher(NamedTuple):
    """`stage_i = u + τ Σ_j a_ij A(stage_j)`, `u⁺ = u + τ Σ_j b_j A(stage_j)`, stage `i` at the time `t + c_i τ`."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray

    @property
    def stages(self) -> int:
        return len(self.b)

    @property
    def explicit(self) -> bool:
        """Whether no stage depends on its own value."""
        return not np.diagonal(self.a).any()


class _State:
    """`Σ_j coefficients[j] e_j` with `e_0 = u` and `e_j = A(stage_j)`."""

    def __init__(self, coefficients: ArrayLike) -> None:
        self.coefficients = np.atleast_1d(np.asarray(coefficients, float))

    def __add__(self, other: "_State") -> "_State":
        n = max(len(self.coefficients), len(other.coefficients))
        return _State(self.padded(n) + other.padded(n))

    def __sub__(self, other: "_State") -> "_State":
        return self + -1.0 * other

    def __mul__(self, number: float) -> "_State":
        return _State(number * self.coefficients)

    def __truediv__(self, number: float) -> "_State":
        return _State(self.coefficients / number)

    def __neg__(self) -> "_State":
        return _State(-self.coefficients)

    __rmul__ = __mul__

    def padded(self, n: int) -> NDArray[np.float64]:
        return np.pad(self.coefficients, (0, n - len(self.coefficients)))


class _Recorder:
    """The operator that a scheme is traced with: it remembers each stage it was asked for."""

    def __init__(self) -> None:
        self.stages: list[NDArray[np.float64]] = []
        self.times: list[float] = []

    def __call__(self, t: float, u: _State) -> _State:
        self.stages.append(u.coefficients)
        self.times.append(t)
        return _State(np.eye(len(self.stages) + 1)[-1])

    def hold(self, t: float, u: _State) -> "_Recorder":
        return self


def _stage(recorder: _Recorder, t: float, f: _State, gamma: float) -> _State:
    """The inner solver of a traced scheme: `v = f + γ A(t, v)` is a stage that depends on its own value."""
    own = _State(np.eye(len(recorder.stages) + 2)[-1])
    v = f + gamma * own
    recorder(t, v)
    return v


def trace(scheme: Any) -> Butcher:
    """The Butcher table of one `scheme.step` with `t = 0`, `τ = 1`; its inner solver is the field `solver`.

    Raises
    ------
    ValueError
        The step is no affine combination of values of `A` with `u` itself entering with weight one (to rounding), or the
        scheme takes `A` apart and declares its `order` instead of having a table.

    Examples
    --------
    >>> table = trace(pn.SSPRK2())
    >>> table.a.tolist(), table.b.tolist()
    ([[0.0, 0.0], [1.0, 0.0]], [0.5, 0.5])
    """
    if hasattr(scheme, "order"):
        raise ValueError(f"{type(scheme).__name__} has no Butcher table: it takes the operator apart")
    recorder = _Recorder()
    scheme = replace(scheme, solver=_stage) if hasattr(scheme, "solver") else scheme
    result = scheme.step(recorder, 0.0, _State([1.0]), 1.0)
    s = len(recorder.stages)
    table = np.array([_State(row).padded(s + 1) for row in [*recorder.stages, result.coefficients]])
    if np.abs(table[:, 0] - 1).max() > 1e-12 * (s + 1) ** 2:
        raise ValueError(f"{scheme} is not consistent: u enters its stages with the weights {table[:, 0]}")
    return Butcher(table[:-1, 1:], table[-1, 1:], np.array(recorder.times))
