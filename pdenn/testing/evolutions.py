"""Evolution operators `T(f, t, s)`, and the states on which their axioms are tried.

An evolution operator takes a state `f` at the time `t` and returns the state at `t + s`. A function or a network is one
already, or becomes one by a lambda: `lambda f, t, s: network(torch.tensor(f)).numpy()`.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graphs import Graph
from ..grids import Grid
from ..operators.protocol import Operator
from ..schemes.protocol import Scheme
from ..solve import step_limit

Evolution: TypeAlias = Callable[[Any, float, float], Any]  # T(f, t, s), on arrays or tensors
Interval: TypeAlias = tuple[float, float]
Values: TypeAlias = NDArray[np.float64]


def evolution(A: Operator, scheme: Scheme, tau: float) -> Evolution:
    """The evolution operator of a solver: as many equal steps as are needed for none to be longer than `tau`.

    Parameters
    ----------
    A : Operator
    scheme : Scheme
    tau : float
        `> 0`. A step of the length `tau` belongs to a semigroup: `T(f, t, s)` is exactly Markov where `s` is a multiple.

    Returns
    -------
    function ``T(f, t, s)``
        On arrays or tensors of shape ``(..., *A.grid.shape)``; `s = 0` returns `f`.

    Raises
    ------
    TypeError, ValueError
        `tau` is no positive finite number.
    """
    longest = step_limit(tau, None, scheme)

    def T(f: Any, t: float, s: float) -> Any:
        steps = math.ceil(s / longest * (1 - 1e-12))
        for k in range(steps):
            f = scheme.step(A, t + k * s / steps, f, s / steps)
        return f

    return T


def trials(grid: Grid | Graph, within: Interval, rng: np.random.Generator) -> Iterator[Values]:
    """Endless states of the shape of a grid with values in `within`: noise, a jump, a ramp, a wave, a bump, nothing."""
    low, high = within
    while True:
        for pattern in (_noise, _jump, _ramp, _wave, smooth_bump, _nothing):
            size = 10 ** rng.uniform(-2, 0)
            shift = rng.uniform(0, 1 - size)
            yield low + (high - low) * (shift + size * pattern(grid.shape, rng))


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    return rng.uniform(0, 1, shape)


def _jump(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    axis = rng.integers(len(shape))
    return (np.indices(shape)[axis] >= rng.integers(shape[axis])).astype(float)


def _ramp(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    x = sum(c * rng.uniform(-1, 1) for c in np.indices(shape))
    return (x - x.min()) / max(np.ptp(x), 1e-300)


def _wave(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    phase = sum(2 * np.pi * c * rng.integers(-3, 4) / n for c, n in zip(np.indices(shape), shape, strict=True))
    return (1 + np.sin(phase + rng.uniform(0, 2 * np.pi))) / 2


def _nothing(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    return np.zeros(shape)


def smooth_bump(shape: tuple[int, ...], rng: np.random.Generator) -> Values:
    """`Π_i cos⁴(π (k_i - c_i) / (2 r_i))` with `r_i = n_i/4`, four times differentiable, `n_i/8` cells off every wall.

    On an axis of few cells some of them remain: the middle one, of magnitude one, always.
    """
    result = np.ones(shape)
    for k, n in zip(np.indices(shape), shape, strict=True):
        centre = (n - 1) / 2 + max(n / 8 - 0.5, 0.0) * rng.uniform(-1, 1)
        distance = np.abs(k - centre) / (n / 4)
        result = result * np.where(distance < 1, np.cos(np.pi / 2 * np.minimum(distance, 1)) ** 4, 0.0)
    return result


def near(grid: Grid | Graph, place: tuple[int, ...], reach: int) -> NDArray[np.bool_]:
    """Which cells lie at most `reach` cells from the cell `place` along every axis; periodic axes go round."""
    inside = np.ones(grid.shape, bool)
    for axis, (k, n, c) in enumerate(zip(np.indices(grid.shape), grid.shape, place, strict=True)):
        distance = abs(k - c)
        inside &= (distance if grid.ghosts(axis) is not None else np.minimum(distance, n - distance)) <= reach
    return inside
