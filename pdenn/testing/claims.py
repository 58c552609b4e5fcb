"""Assertions for the three claims of a certificate, and for the mean.

A claim holds in exact arithmetic. In floating point each is given the slack `c ε M`: `ε` is the unit roundoff of the
dtype, `M` the size of the numbers, and `c = m (30 d + 10) (1 + τρ)` counts roundings: `m` calls of the operator of
some `30 d` operations a cell on a `d`-dimensional grid and ten in the scheme, whose errors are multiplied by `τρ`.
Below the smallest normal number `η` roundings are absolute, hence `c (ε M + η)`. Where a scheme leaves equations to
an inner solver of tolerance `rtol`, `100 rtol √N M` is added, `M` over the whole batch: up to ten stages, each with a
right-hand side of a few `M`, solved in the 2-norm of all `N` cells together.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import State
from ..certificates import certificate
from ..counted import Counted
from ..errors import NoCertificate
from ..operators.protocol import Operator
from ..schemes.protocol import Scheme

ACCURACY = 1e-11  # the constants of a scheme are found by bisection, to about 1e-12


def assert_bounded(scheme: Scheme, A: Operator, u: State, tau: float | None = None) -> None:
    """1. Bounded: `‖u⁺‖₂ ≤ ‖u‖₂ + c (ε ‖u‖₂ + η)` for each entry of a batch.

    Parameters
    ----------
    scheme : Scheme
    A : Operator
    u : array or tensor of shape (..., *grid.shape)
    tau : float, optional
        Step size; by default the limit of the certificate, less the 1e-11 to which it may be wrong.

    Raises
    ------
    AssertionError
        With the norms found, the limit, and the certificate.
    NoCertificate
        `tau` is not given and the claim is not provable.

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((8,), h=0.5))
    >>> pn.testing.assert_bounded(pn.FSI(n=8), A, np.ones(8))
    >>> pn.testing.assert_bounded(pn.ExplicitEuler(), A, np.array([1.0, -1.0] * 4), tau=0.2)
    Traceback (most recent call last):
    AssertionError: bounded: ‖u⁺‖ = 5.45527267879 exceeds 2.82842712475 by more than ...
    """
    tau = _limit(scheme, A, "bounded") if tau is None else tau
    after, c = _step(scheme, A, u, tau)
    before = _norm(array(u), A)
    _check("bounded", scheme, A, tau, "‖u⁺‖", _norm(after, A), before, _slack(scheme, c, u, before))


def assert_contractive(scheme: Scheme, A: Operator, u: State, v: State, tau: float | None = None) -> None:
    """2. Contractive: `‖u⁺ - v⁺‖₂ ≤ ‖u - v‖₂ + c (ε M + η)`, `M = ‖u‖₂ + ‖v‖₂ + √N |w|`.

    `N` is the number of cells and `|w|` the largest value or slope times mesh width that a wall prescribes.

    Parameters
    ----------
    scheme, A, tau
        As for `assert_bounded`.
    u, v : arrays or tensors of shape (..., *grid.shape)
        Of the same shape and dtype.

    Raises
    ------
    AssertionError, NoCertificate
        As `assert_bounded`.
    """
    tau = _limit(scheme, A, "contractive") if tau is None else tau
    (after_u, c), (after_v, d) = _step(scheme, A, u, tau), _step(scheme, A, v, tau)
    ghosts = [abs(a) for axis in range(A.grid.dim) for a, _ in A.grid.ghosts(axis) or ()]
    size = _norm(array(u), A) + _norm(array(v), A) + A.grid.size**0.5 * max(ghosts, default=0.0)
    before = _norm(array(u) - array(v), A)
    _check(
        "contractive",
        scheme,
        A,
        tau,
        "‖u⁺ - v⁺‖",
        _norm(after_u - after_v, A),
        before,
        _slack(scheme, max(c, d), u, size),
    )


def assert_max_min(scheme: Scheme, A: Operator, u: State, tau: float | None = None) -> None:
    """3. Max-min: `min u - s ≤ u⁺ ≤ max u + s`, `s = c (ε max|u| + η)`, for each entry of a batch.

    Values that walls prescribe (`value` of Dirichlet, `gamma / alpha` of Robin) count in the minimum and maximum.

    Parameters
    ----------
    scheme, A, u, tau
        As for `assert_bounded`.

    Raises
    ------
    AssertionError, NoCertificate
        As `assert_bounded`.
    """
    tau = _limit(scheme, A, "max-min") if tau is None else tau
    after, c = _step(scheme, A, u, tau)
    # A ghost cell a + b u with b < 1 is flat with its wall where u = a / (1 - b).
    walls = [a / (1 - b) for axis in range(A.grid.dim) for a, b in A.grid.ghosts(axis) or () if b != 1]
    x, axes = array(u), tuple(range(-A.grid.dim, 0))
    low = x.min(axes, initial=min(walls, default=np.inf))
    high = x.max(axes, initial=max(walls, default=-np.inf))
    slack = _slack(scheme, c, u, np.maximum(abs(low), abs(high)))
    _check("max-min", scheme, A, tau, "max u⁺", after.max(axes), high, slack)
    _check("max-min", scheme, A, tau, "-min u⁺", -after.min(axes), -low, slack)


def assert_conservative(scheme: Scheme, A: Operator, u: State, tau: float) -> None:
    """4. The mean is kept: `|mean u⁺ - mean u| ≤ c (ε max|u| + η)`; true where nothing passes the walls.

    Parameters
    ----------
    scheme, A, u
        As for `assert_bounded`; `A.grid.closed` should be true.
    tau : float

    Raises
    ------
    AssertionError
        With the change found and the rounding allowed.
    """
    after, c = _step(scheme, A, u, tau)
    x, axes = array(u), tuple(range(-A.grid.dim, 0))
    size = np.maximum(abs(x).max(axes), abs(after).max(axes))
    change = abs(after.mean(axes) - x.mean(axes))
    _check("mean", scheme, A, tau, "|mean u⁺ - mean u|", change, 0.0 * change, _slack(scheme, c, u, size))


def array(u: Any) -> NDArray[np.float64]:
    """`u` as a float64 NumPy array, in which norms are taken."""
    return np.asarray(u.detach().cpu() if hasattr(u, "detach") else u, np.float64)


def rounding_count(A: Operator, u: Any, tau: float, calls: int) -> float:
    """`c` of the slack; without a bound, `ρ` is `max|A(u)| / max|u|`."""
    known = [constant.value for constant in A.bound[:3] if constant.value is not None]
    size = abs(array(u)).max()
    rho = max(known) if known else abs(array(A(0.0, u))).max() / size if size > 0 else 0.0
    return max(calls, 1) * (30 * A.grid.dim + 10) * (1 + tau * rho)


def unit_roundoff(u: Any) -> Any:
    """The `finfo` of the dtype of an array or tensor."""
    return np.finfo(str(u.dtype).removeprefix("torch."))


def _step(scheme: Scheme, A: Operator, u: Any, tau: float) -> tuple[NDArray[np.float64], float]:
    counted = Counted(A)
    after = scheme.step(counted, 0.0, u, tau)
    return array(after), rounding_count(A, u, tau, counted.calls)


def _slack(scheme: Scheme, c: float, u: Any, size: Any) -> Any:
    info, rtol = unit_roundoff(u), getattr(getattr(scheme, "solver", None), "rtol", 0.0)
    solved = 100 * max(rtol, info.eps) * array(u).size ** 0.5 * np.max(size) if rtol else 0.0
    return c * (info.eps * size + info.tiny) + solved


def _norm(x: NDArray[np.float64], A: Operator) -> Any:
    return np.sqrt((x * x).sum(tuple(range(-A.grid.dim, 0))))


def _limit(scheme: Scheme, A: Operator, claim: str) -> float:
    tau = certificate(scheme, A, claim).tau
    return tau * (1 - ACCURACY) if np.isfinite(tau) else 1.0  # an operator that does nothing has no limit


def _check(claim: str, scheme: Scheme, A: Operator, tau: float, name: str, found: Any, limit: Any, slack: Any) -> None:
    """Raise unless `found ≤ limit + slack` in all entries; NaN fails."""
    if np.all(found <= limit + slack):
        return
    excess = np.where(np.isnan(found), np.inf, found - limit - slack)
    worst = np.unravel_index(np.argmax(excess), np.shape(excess))
    where = f" in entry {tuple(map(int, worst))} of the batch" if worst else ""
    raise AssertionError(
        f"{claim}: {name} = {np.asarray(found)[worst]:.12g} exceeds {np.asarray(limit)[worst]:.12g} by more than the "
        f"rounding {np.asarray(slack)[worst]:.3g}{where}, with tau={tau:.9g} of {scheme}; {_said(claim, scheme, A)}"
    )


def _said(claim: str, scheme: Scheme, A: Operator) -> str:
    if claim == "mean":
        return f"the walls are {'closed' if A.grid.closed else 'not closed'}: {A.grid.boundary}"
    try:
        return f"the certificate: {certificate(scheme, A, claim)}"
    except NoCertificate as error:
        return f"no certificate: {error.because}"
    except Exception as error:  # a scheme under test may break its own trace; what was found must be said all the same
        return f"no certificate: the trace of the scheme fails with {error!r}"
