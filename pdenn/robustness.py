"""Certified robustness of a classifier that is smoothed by noise: no perturbation within the radius changes its answer.

Proved (after Cohen, Rosenfeld, Kolter 2019 and Salman et al. 2019): let `u_i(x) = E f_i(x + s ε)` with `0 ≤ f_i ≤ 1` and
`ε ~ N(0, I)`. Then `Φ⁻¹(u_i)` is `1/s`-Lipschitz, `Φ` the normal distribution, so that the order of two components `u_a > u_b`
cannot change within `s/2 (Φ⁻¹(u_a) - Φ⁻¹(u_b))`. That this is the last stretch of a convection-diffusion equation enters
by `s` alone: diffusion `∂u/∂t = D Δu` for the time `T` is smoothing by `s = √(2 D T)`. Rests on SciPy's distributions.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Classifier: TypeAlias = Callable[[Any], ArrayLike]  # from points of shape (n, *features) to n integers >= 0


class Verdict(NamedTuple):
    """What is certified at each point; arrays of shape (points,).

    Attributes
    ----------
    label : integers
        The answer of the smoothed classifier; -1 where it abstains.
    radius : floats
        The label is that of every point closer than this, with a probability of at least `1 - alpha`; 0 on abstention.
    lower : floats
        The lower confidence bound of the probability of the label.
    """

    label: NDArray[np.integer[Any]]
    radius: NDArray[np.float64]
    lower: NDArray[np.float64]


def smoothing_of(diffusivity: float, time: float = 1.0) -> float:
    """The standard deviation `s = √(2 D T)` of the Gaussian that diffusion `∂u/∂t = D Δu` for the time `T` is.

    Raises ValueError unless both are finite and not negative.
    """
    for name, value in (("diffusivity", diffusivity), ("time", time)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be finite and >= 0, got {value!r}")
    return math.sqrt(2 * diffusivity * time)


def certified_radius(first: ArrayLike, second: ArrayLike, noise: float) -> NDArray[np.float64]:
    """`s/2 (Φ⁻¹(u_a) - Φ⁻¹(u_b))`, or 0 where `u_a ≤ u_b`.

    Parameters
    ----------
    first, second : floats or arrays
        The largest component of the smoothed classifier and the second one, or bounds of them from below and above, in
        [0, 1]. For two classes, or where only the first is known, `second = 1 - first`.
    noise : float
        `s > 0`.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        A number is out of range.
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    if not ((a >= 0) & (a <= 1)).all() or not ((b >= 0) & (b <= 1)).all():
        raise ValueError(f"first and second must be in [0, 1], got {first!r} and {second!r}")
    _check_noise(noise)
    difference = stats.norm.ppf(np.where(a > b, a, 0.5)) - stats.norm.ppf(np.where(a > b, b, 0.5))
    return noise / 2 * difference


def lower_bound(successes: ArrayLike, trials: int, alpha: float) -> NDArray[np.float64]:
    """The lower confidence bound of Clopper and Pearson (1934): exceeds the probability of success with probability ≤ `alpha`.

    Parameters
    ----------
    successes : int or array
    trials : int
    alpha : float
        In (0, 1).

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        A number is out of range.
    """
    k = np.asarray(successes)
    if not (isinstance(trials, int | np.integer) and trials > 0 and ((k >= 0) & (k <= trials)).all()):
        raise ValueError(f"successes must be in [0, trials], got {successes!r} of {trials!r}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be in (0, 1), got {alpha!r}")
    return np.where(k > 0, stats.beta.ppf(alpha, np.maximum(k, 1), trials - k + 1), 0.0)


def certify_points(
    classify: Classifier,
    x: ArrayLike,
    noise: float,
    *,
    guess: int = 100,
    trials: int = 1000,
    alpha: float = 0.001,
    seed: int = 0,
) -> Verdict:
    """The answer of the smoothed classifier at each point, and the radius within which it is certified.

    `guess` noisy copies of a point choose the label, `trials` independent ones bound its probability `p` from below (the
    same ones for both would not bound it). Where the bound exceeds 1/2 the radius is `s Φ⁻¹(p)`; elsewhere it abstains.
    A certificate is wrong with a probability of at most `alpha`, for each point by itself.

    Parameters
    ----------
    classify : function
        From an array of shape (n, *features) to n integers `≥ 0`: the classifier without noise. For a network,
        `lambda x: network(torch.tensor(x)).argmax(1).numpy()`.
    x : array of shape (points, *features)
        Of integers it becomes float64, since noise is no integer.
    noise : float
        `s > 0`.
    guess, trials : int
        `≥ 1`.
    alpha : float
        In (0, 1).
    seed : int

    Returns
    -------
    Verdict

    Raises
    ------
    TypeError
        `x` holds no real numbers.
    ValueError
        A number is out of range, `x` holds NaN or infinity, or `classify` returns no labels.
    """
    _check_noise(noise)
    for name, value in (("guess", guess), ("trials", trials)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be an integer >= 1, got {value!r}")
    rng, label, hits = np.random.default_rng(seed), [], []
    for point in _points(x):
        votes = _labels(classify, point, noise, guess, rng)
        label.append(np.bincount(votes).argmax())
        hits.append(int((_labels(classify, point, noise, trials, rng) == label[-1]).sum()))
    lower = lower_bound(np.array(hits), trials, alpha)
    radius = certified_radius(lower, 1 - lower, noise)
    return Verdict(np.where(lower > 0.5, label, -1), radius, lower)


def certified_accuracy(verdict: Verdict, labels: ArrayLike, radii: ArrayLike) -> NDArray[np.float64]:
    """The part of the points whose certified label is right within each radius.

    Parameters
    ----------
    verdict : Verdict
    labels : integer array of shape (points,)
    radii : array of shape (r,)

    Returns
    -------
    array of shape (r,)
    """
    labels = np.asarray(labels)
    if labels.shape != verdict.label.shape:
        raise ValueError(f"labels must have shape {verdict.label.shape}, got {labels.shape}")
    right = verdict.label == labels
    return np.array([(right & (verdict.radius >= r)).mean() for r in np.asarray(radii, float)])


def _points(x: ArrayLike) -> NDArray[np.floating[Any]]:
    points = np.asarray(x)
    if points.dtype.kind not in "iufb" or points.ndim < 1:
        raise TypeError(f"x must be an array of real numbers of shape (points, *features), got {x!r}")
    points = points if points.dtype.kind == "f" else points.astype(float)
    if not np.isfinite(points).all():
        raise ValueError(f"x must be finite, got {int((~np.isfinite(points)).sum())} NaN or infinite values")
    return points


def _labels(
    classify: Classifier, point: NDArray[Any], noise: float, n: int, rng: np.random.Generator
) -> NDArray[np.integer[Any]]:
    found = np.asarray(classify(point + (noise * rng.standard_normal((n, *point.shape))).astype(point.dtype)))
    if found.shape != (n,) or found.dtype.kind not in "iu" or found.min() < 0:
        raise ValueError(f"classify must return {n} integers >= 0, got shape {found.shape}, dtype {found.dtype}")
    return found


def _check_noise(noise: float) -> None:
    if not (math.isfinite(noise) and noise > 0):
        raise ValueError(f"noise must be finite and > 0, got {noise!r}")
