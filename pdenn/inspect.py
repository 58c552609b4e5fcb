"""What a thing is, seen from outside: the drift and the diffusion of an evolution operator, found from what it does.

Rests on the theorem of Wang, Bao and Shi 2024: an evolution operator with the axioms of `pdenn.testing` solves
`∂u/∂t = v · ∇u + Σ_ij σ_ij ∂_ij u`. Its symbol on the wave `e_k = exp(i k · x)` is `λ(k) = i k · v - k · σ k`, hence
`λ(k) = lim (T_s e_k / e_k - 1)/s` shows the coefficients at every point by `1 + d + d (d - 1)/2` waves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .grids import Grid

Evolution: TypeAlias = Callable[[Any, float, float], Any]  # `T(f, t, s)` on arrays or on functions
Points: TypeAlias = tuple[NDArray[np.float64], ...]  # one array of coordinates per axis
Where: TypeAlias = Grid | Sequence[ArrayLike]


@dataclass(frozen=True)
class Coefficients:
    """`∂u/∂t = v · ∇u + Σ_ij σ_ij ∂_ij u + c u` at points of the shape `shape` in `d` dimensions.

    Attributes
    ----------
    v : ndarray of shape `(d, *shape)`
        Drift. Characteristics run against it: `u(x, t + s) ≈ u(x + s v, t)`.
    sigma : ndarray of shape `(d, d, *shape)`
        Diffusion, symmetric; positive semi-definite where the operator compares.
    c : ndarray of shape shape
        Reaction; zero where constants are preserved.
    v_error, sigma_error, c_error : ndarrays of the same shapes
        Estimates of the error of the limit `s → 0` and of rounding; not of a mesh or of random numbers inside `T`.
    misfit : float
        How far twice the first wave of an axis is from the symbol of second order, relative to that symbol, at worst: of
        order `h²` or `h` for an operator on a grid, not small for one that is not of second order.
    """

    v: NDArray[np.float64]
    sigma: NDArray[np.float64]
    c: NDArray[np.float64]
    v_error: NDArray[np.float64]
    sigma_error: NDArray[np.float64]
    c_error: NDArray[np.float64]
    misfit: float

    def __str__(self) -> str:
        terms = [f"{_range(x)} ∂{i}u" for i, x in enumerate(self.v)]
        d = len(self.v)
        terms += [f"{_range(self.sigma[i, j] * (2 - (i == j)))} ∂{i}{j}u" for i in range(d) for j in range(i, d)]
        return f"∂u/∂t = {' + '.join(terms)} + {_range(self.c)} u"


@singledispatch
def inspect(
    T: Evolution,
    where: Where,
    s: float,
    *,
    t: float = 0.0,
    wavelength: float | tuple[float, ...] | None = None,
) -> Any:  # Coefficients; what is registered for networks gives their reading
    """The drift and the diffusion of an unknown linear evolution operator.

    `T` is applied to real waves for `s`, `s/2` and `s/4`; Richardson's extrapolation takes the limit with an error
    `O(s³)`, and its last correction, with the rounding `ε/s`, is the estimate of the error.

    Parameters
    ----------
    T : function
        If `where` is a grid: `T(f, t, s)` on float64 arrays of shape `where.shape`, as in `pdenn.testing`. If `where` are
        points: `T(f, t, s)` takes a function `f(*x)` and returns values at these points.
    where : Grid or tuple of arrays
        The grid, or the coordinates of the points, one array per axis. On a grid with walls the values near them are
        those of the walls.
    s : float
        The longest duration, `> 0`: short against the time in which a wave changes by its own size.
    t : float
        When the coefficients are asked for.
    wavelength : float or tuple of floats, optional
        Of the waves along each axis; by default the edges of the grid, or `2π` for points.

    Returns
    -------
    Coefficients

    Raises
    ------
    TypeError
        `T` is not callable.
    ValueError
        An argument is out of range, `T` returns another shape or NaN, or `T` is not linear on the waves.
    """
    if not callable(T):
        raise TypeError(f"T must be an evolution operator T(f, t, s) or something that inspect knows, got {T!r}")
    if not (np.isfinite(s) and s > 0):
        raise ValueError(f"s must be finite and > 0, got {s!r}")
    x = where.coordinates() if isinstance(where, Grid) else tuple(np.asarray(c, float) for c in where)
    k = 2 * np.pi / _wavelengths(where, wavelength, len(x))
    _check_linear(T, where, x, k, t, s)

    def symbol(*waves: float) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        return _limit([_quotient(T, where, x, np.asarray(waves) * k, t, s / n) for n in (1, 2, 4)], s)

    return _coefficients(symbol, k, np.eye(len(x)), s)


def _coefficients(
    symbol: Callable[..., tuple[NDArray[np.complex128], NDArray[np.float64]]],
    k: NDArray[np.float64],
    axes: NDArray[np.float64],
    s: float,
) -> Coefficients:
    """From `λ(0)`, `λ(k_i)`, `λ(k_i + k_j)`, `λ(2 k_i)`."""
    d = len(axes)
    constant, c_error = symbol(*np.zeros(d))
    c, first = constant.real, [symbol(*axis) for axis in axes]
    v, sigma = np.zeros((d, *c.shape)), np.zeros((d, d, *c.shape))
    v_error, sigma_error, misfit = np.zeros_like(v), np.zeros_like(sigma), 0.0
    for i, (value, error) in enumerate(first):
        v[i], sigma[i, i] = value.imag / k[i], -(value.real - c) / k[i] ** 2
        v_error[i], sigma_error[i, i] = error / k[i], (error + c_error) / k[i] ** 2
        model = 2j * k[i] * v[i] - 4 * k[i] ** 2 * sigma[i, i]
        misfit = max(misfit, abs(symbol(*2 * axes[i])[0] - c - model).max() / max(abs(model).max(), 1e-12 / s))
    for i, j in combinations(range(d), 2):
        value, error = symbol(*axes[i] + axes[j])
        own = k[i] ** 2 * sigma[i, i] + k[j] ** 2 * sigma[j, j]
        sigma[i, j] = sigma[j, i] = -(value.real - c + own) / (2 * k[i] * k[j])
        total = error + c_error + k[i] ** 2 * sigma_error[i, i] + k[j] ** 2 * sigma_error[j, j]
        sigma_error[i, j] = sigma_error[j, i] = total / (2 * k[i] * k[j])
    return Coefficients(v, sigma, c, v_error, sigma_error, c_error, float(misfit))


def _quotient(
    T: Evolution, where: Where, x: Points, k: NDArray[np.float64], t: float, s: float
) -> NDArray[np.complex128]:
    """`(T_s e / e - 1)/s` with `e = exp(i k · x)`, by the cosine and the sine."""
    wave = np.exp(1j * sum(q * c for q, c in zip(k, x, strict=True)))
    return ((_applied(T, where, x, k, 0.0, t, s) + 1j * _applied(T, where, x, k, np.pi / 2, t, s)) / wave - 1) / s


def _applied(
    T: Evolution,
    where: Where,
    x: Points,
    k: NDArray[np.float64],
    phase: float,
    t: float,
    s: float,
    amplitude: float = 1.0,
) -> NDArray[np.float64]:
    """`T` on `a cos(k · x - φ)`."""

    def f(*y: NDArray[np.float64]) -> NDArray[np.float64]:
        return amplitude * np.cos(sum(q * c for q, c in zip(k, y, strict=True)) - phase)

    result = np.asarray(T(f(*x) if isinstance(where, Grid) else f, t, s), float)
    if result.shape != x[0].shape or not np.isfinite(result).all():
        raise ValueError(f"T must return finite values of shape {x[0].shape}, got shape {result.shape}")
    return result


def _limit(quotients: list[NDArray[np.complex128]], s: float) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """The limit `s → 0` from the values at `s`, `s/2`, `s/4`, and the estimate of its error."""
    coarse, middle, fine = quotients
    former, latter = 2 * middle - coarse, 2 * fine - middle
    result = (4 * latter - former) / 3
    return result, abs(result - latter) + 64 * np.finfo(float).eps / s


def _check_linear(T: Evolution, where: Where, x: Points, k: NDArray[np.float64], t: float, s: float) -> None:
    one, two = _applied(T, where, x, k, 0.0, t, s), _applied(T, where, x, k, 0.0, t, s, amplitude=0.5)
    if not np.allclose(0.5 * one, two, rtol=0, atol=1e-9):
        raise ValueError(f"T must be linear, but T(f/2) - T(f)/2 reaches {abs(0.5 * one - two).max():.3g} on a wave f")


def _wavelengths(where: Where, wavelength: float | tuple[float, ...] | None, d: int) -> NDArray[np.float64]:
    if wavelength is None:
        edges = np.multiply(where.shape, where.h) if isinstance(where, Grid) else np.full(d, 2 * np.pi)
    else:
        edges = np.broadcast_to(np.asarray(wavelength, float), d)
    if not (np.isfinite(edges) & (edges > 0)).all():
        raise ValueError(f"wavelength must be finite and > 0, one number or one per axis, got {wavelength!r}")
    return edges


def _range(x: NDArray[np.float64]) -> str:
    low, high = (f"{y:.4g}" for y in (x.min().round(9) + 0.0, x.max().round(9) + 0.0))
    return low if low == high else f"[{low}, {high}]"
