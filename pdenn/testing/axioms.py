"""The axioms of evolution operators as assertions: each finds a counterexample, or says what it tried.

An operator with all of them solves a linear convection-diffusion equation (Wang, Bao, Shi 2024, after Alvarez, Guichard,
Lions, Morel 1993); `pdenn.inspect` finds its coefficients. The axioms speak of functions and of limits. On a grid "all
derivatives agree at a point" becomes "the states agree on a block of cells around it", and "bounded by `C |h| s`" becomes
the order in `h` and in `s` that is observed on a ladder of three lengths. No number of trials is a proof.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ..graphs import Graph
from ..grids import Grid
from .claims import array
from .evolutions import Evolution, Interval, Values, near, smooth_bump, trials

SPARSER = 8  # ratio of two rungs in time; the order is observed on the lower two of three
SHIFTS = (4, 1)  # cells


class Evidence(NamedTuple):
    """What was tried without a counterexample: the number of trials, the worst number found, and its limit."""

    axiom: str
    trials: int
    worst: float
    limit: float


class Counterexample(AssertionError):
    """An axiom fails: which, the number found, its limit, and the states (a dict of arrays) that show it."""

    def __init__(self, axiom: str, found: float, limit: float, words: str, states: dict[str, Values]) -> None:
        self.axiom, self.found, self.limit, self.states = axiom, found, limit, states
        shown = "".join(f"\n{name} = {np.array2string(x, precision=5, threshold=64)}" for name, x in states.items())
        super().__init__(f"{axiom}: {words}: found {found:.6g}, limit {limit:.3g}{shown}")


def assert_comparison(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                      within: Interval = (-1.0, 1.0), count: int = 60, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """9. Comparison: `f ≤ g` implies `T f ≤ T g`, to `tolerance · max(g - f)`.

    States are compared with themselves raised in one cell, by little and by much; a linear operator that is tried in
    every cell has no other counterexample.

    Parameters
    ----------
    T : function ``T(f, t, s)``
        Evolution operator on float64 arrays of shape `grid.shape`: a solver by `evolution`, a network, any function.
    grid : Grid or Graph
    s, t : float
        Duration and begin.
    within : pair of floats
        Where the values of all states lie, `within[0] ≤ 0 ≤ within[1]`.
    count : int
        Number of trials.
    tolerance : float
        What rounding and inner solvers may contribute, relative to the size of the states.
    seed : int

    Returns
    -------
    Evidence

    Raises
    ------
    Counterexample
        An AssertionError that holds the states and the numbers.
    ValueError
        `T` returns another shape or NaN, or `within` does not hold zero.
    """
    rng, worst = np.random.default_rng(seed), 0.0
    for k, f in enumerate(_some(grid, within, rng, count)):
        place = tuple(rng.integers(grid.shape)) if count < grid.size else np.unravel_index(k % grid.size, grid.shape)
        g = f.copy()
        g[place] += (within[1] - f[place]) * (1e-3, 1.0)[k % 2]
        drop = (_apply(T, f, t, s) - _apply(T, g, t, s)).max() / max(g[place] - f[place], 1e-6)
        worst = max(worst, drop)
        if drop > tolerance:
            raise Counterexample("comparison", drop, tolerance, "f ≤ g, but max(Tf - Tg)/max(g - f) > 0",
                                 {"f": f, "g": g})  # fmt: skip
    return Evidence("comparison", count, worst, tolerance)


def assert_markov(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                  within: Interval = (-1.0, 1.0), count: int = 10, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """10. Markov: `T_(t,0) f = f`, and `T_(t,3s) f = T_(t+s,2s) T_(t,s) f` to `tolerance · max|f|`.

    Parameters, Returns, Raises: as `assert_comparison`. For a solver `s` is a multiple of its step.
    """
    rng, worst = np.random.default_rng(seed), 0.0
    for f in _some(grid, within, rng, count):
        whole, parts = _apply(T, f, t, 3 * s), _apply(T, _apply(T, f, t, s), t + s, 2 * s)
        for words, a, b in (("T₀ f ≠ f", _apply(T, f, t, 0.0), f), ("T₃ₛ f ≠ T₂ₛ Tₛ f", whole, parts)):
            worst = max(worst, _differ("Markov", a, b, _size(within), tolerance, words, {"f": f}))
    return Evidence("Markov", count, worst, tolerance)


def assert_linear(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                  within: Interval = (-1.0, 1.0), count: int = 20, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """11. Linearity: `T(β f + γ g) = β T f + γ T g` to `tolerance · max|f|`, `|β| + |γ| ≤ 1` so that no state leaves `within`.

    Parameters, Returns, Raises: as `assert_comparison`. Factors are negative only where `within` is symmetric.
    """
    rng, worst = np.random.default_rng(seed), 0.0
    least = -0.5 if within[0] == -within[1] else 0.0
    states = _some(grid, within, rng, 2 * count)
    for f, g in zip(states, states, strict=True):
        beta, gamma = rng.uniform(least, 0.5, 2)
        one = _apply(T, beta * f + gamma * g, t, s)
        two = beta * _apply(T, f, t, s) + gamma * _apply(T, g, t, s)
        words = f"T(βf + γg) ≠ βTf + γTg with β = {beta:.4g}, γ = {gamma:.4g}"
        worst = max(worst, _differ("linear", one, two, _size(within), tolerance, words, {"f": f, "g": g}))
    return Evidence("linear", count, worst, tolerance)


def assert_keeps_constants(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                           within: Interval = (-1.0, 1.0), count: int = 5, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """12. Constants: `T C = C` to `tolerance · max|C|`; without it a linear operator may hold a term `c(x, t) u`.

    Parameters, Returns, Raises: as `assert_comparison`.
    """
    worst = 0.0
    for C in np.linspace(within[0], within[1], count):
        f = np.full(grid.shape, C)
        worst = max(worst, _differ("constants", _apply(T, f, t, s), f, _size(within), tolerance, "T C ≠ C", {"C": f}))
    return Evidence("constants", count, worst, tolerance)


def assert_local(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                 within: Interval = (-1.0, 1.0), count: int = 10, tolerance: float = 1e-9, seed: int = 0, reach: int = 3) -> Evidence:  # fmt: skip
    """13. Locality: `(T f - T g)(x) / s → 0` as `s → 0` where `f = g` on the cells at most `reach` from `x`.

    With `d(s) = |T f - T g|(x)` the order in `s` between `s/8` and `s/64` is to exceed 1.5 (it is 1 where a distant cell
    enters the equation, at least 2 where it enters by way of others), or `d(s/64) ≤ tolerance · max|f|`.

    Parameters, Returns, Raises: as `assert_comparison`; `worst` is the smallest order seen and `limit` 1.5.
    """
    rng, worst = np.random.default_rng(seed), np.inf
    states = _some(grid, within, rng, 2 * count)
    for f, other in zip(states, states, strict=True):
        x = tuple(rng.integers(grid.shape))
        g = np.where(near(grid, x, reach), f, other)
        upper, lower = (abs(_apply(T, f, t, r) - _apply(T, g, t, r))[x] for r in (s / SPARSER, s / SPARSER**2))
        order = _order(upper, lower, SPARSER, tolerance * _size(within))
        worst = min(worst, order)
        if order < 1.5:
            raise Counterexample("local", order, 1.5, f"|Tf - Tg|(x) decays too slowly in s at x = {tuple(map(int, x))}, "
                                 f"{lower:.4g} at s/64", {"f": f, "g": g})  # fmt: skip
    return Evidence("local", count, float(worst), 1.5)


def assert_spatially_regular(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                             within: Interval = (-1.0, 1.0), count: int = 10, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """14. Spatial regularity: `max|T(τ_h f) - τ_h(T f)| ≤ C |h| s` with `(τ_h f)(x) = f(x + h)`, for smooth bumps.

    The order in `h` between shifts by 4 cells and by 1 is to exceed 1/2 and that in `s` between `s/8` and `s/64` 3/4 (both
    are 1 for Lipschitz coefficients; a coefficient that jumps has order 0 in `h`), or the difference is within
    `tolerance · max|f|`.

    Parameters, Returns, Raises: as `assert_comparison`, on a Grid of at least 32 cells an axis; `worst` is the smallest
    order seen.
    """
    if not isinstance(grid, Grid) or min(grid.shape) < 32:
        raise ValueError(f"grid must be a Grid of at least 32 cells an axis for shifts, got {grid!r}")
    rng, worst, zero = np.random.default_rng(seed), np.inf, tolerance * _size(within)
    for k in range(count):
        f, axis = within[1 - k % 2] * smooth_bump(grid.shape, rng), k % grid.dim
        far, close = (_commutator(T, f, t, s / SPARSER, n, axis) for n in SHIFTS)
        soon = _commutator(T, f, t, s / SPARSER**2, SHIFTS[1], axis)
        for name, order, limit in (
            ("h", _order(far, close, SHIFTS[0] / SHIFTS[1], zero), 0.5),
            ("s", _order(close, soon, SPARSER, zero), 0.75),
        ):
            worst = min(worst, order)
            if order < limit:
                raise Counterexample("spatial", order, limit, f"T(τf) - τ(Tf) decays too slowly in {name} along axis {axis}, "
                                     f"{close:.4g} at s/8 and one cell", {"f": f})  # fmt: skip
    return Evidence("spatial", count, float(worst), 0.5)


def assert_temporally_regular(T: Evolution, grid: Grid | Graph, s: float, *, t: float = 0.0,
                              within: Interval = (-1.0, 1.0), count: int = 10, tolerance: float = 1e-9, seed: int = 0) -> Evidence:  # fmt: skip
    """15. Temporal regularity: `max|T_(t,s) f - f| ≤ C s` for smooth bumps.

    The order in `s` between `s/8` and `s/64` is to exceed 3/4, or the difference is within `tolerance · max|f|`.

    Parameters, Returns, Raises: as `assert_comparison`; `worst` is the smallest order seen.
    """
    rng, worst = np.random.default_rng(seed), np.inf
    for k in range(count):
        f = within[1 - k % 2] * smooth_bump(grid.shape, rng)
        upper, lower = (abs(_apply(T, f, t, r) - f).max() for r in (s / SPARSER, s / SPARSER**2))
        order = _order(upper, lower, SPARSER, tolerance * _size(within))
        worst = min(worst, order)
        if order < 0.75:
            raise Counterexample(
                "temporal", order, 0.75, f"Tf - f decays too slowly in s, {lower:.4g} at s/64", {"f": f}
            )
    return Evidence("temporal", count, float(worst), 0.75)


AXIOMS: dict[str, Callable[..., Evidence]] = {
    "comparison": assert_comparison,
    "Markov": assert_markov,
    "linear": assert_linear,
    "constants": assert_keeps_constants,
    "local": assert_local,
    "spatial": assert_spatially_regular,
    "temporal": assert_temporally_regular,
}


def sort_by_axioms(
    T: Evolution, grid: Grid | Graph, s: float, axioms: Iterable[str] = tuple(AXIOMS), **how: Any
) -> dict[str, Evidence | Counterexample]:
    """Which axioms an evolution operator has: the evidence of each, or the counterexample.

    Parameters
    ----------
    T, grid, s
        As for `assert_comparison`.
    axioms : sequence of names from `AXIOMS`
        By default all; a graph has no shifts, which "spatial" needs.
    **how
        `t`, `within`, `count`, `tolerance`, `seed` of the assertions.

    Raises
    ------
    ValueError
        As the assertions.
    """
    found: dict[str, Evidence | Counterexample] = {}
    for name in axioms:
        try:
            found[name] = AXIOMS[name](T, grid, s, **how)
        except Counterexample as counterexample:
            found[name] = counterexample
    return found


def _some(grid: Grid | Graph, within: Interval, rng: np.random.Generator, count: int) -> Iterator[Values]:
    if not within[0] <= 0 <= within[1] or within[0] == within[1]:
        raise ValueError(f"within must be an interval that holds zero, got {within!r}")
    return islice(trials(grid, within, rng), count)


def _size(within: Interval) -> float:
    return max(map(abs, within))


def _apply(T: Evolution, f: Values, t: float, s: float) -> Values:
    result = array(T(f.copy(), t, s))
    if result.shape != f.shape or not np.isfinite(result).all():
        raise ValueError(f"T must return finite states of shape {f.shape}, got shape {result.shape} and "
                         f"{int((~np.isfinite(result)).sum())} NaN or infinite values at t={t:g}, s={s:g}")  # fmt: skip
    return result


def _differ(
    axiom: str, a: Values, b: Values, size: float, tolerance: float, words: str, states: dict[str, Values]
) -> float:
    difference = abs(a - b).max() / size
    if difference > tolerance:
        raise Counterexample(axiom, difference, tolerance, words, states)
    return difference


def _order(upper: float, lower: float, ratio: float, zero: float) -> float:
    """The observed order `log(upper / lower) / log(ratio)`; infinite where nothing is left."""
    return np.inf if lower <= zero else float(np.log(max(upper, 1e-300) / lower) / np.log(ratio))


def _commutator(T: Evolution, f: Values, t: float, s: float, cells: int, axis: int) -> float:
    shifted = _apply(T, np.roll(f, -cells, axis), t, s)
    return abs(shifted - np.roll(_apply(T, f, t, s), -cells, axis)).max()
