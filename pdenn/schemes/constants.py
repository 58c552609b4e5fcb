"""The constants of a scheme that the certificates rest on, computed from its trace.

Every one is found from the Butcher table alone, so that a wrong weight in a scheme changes its constants.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import Polynomial

from .trace import Butcher, trace

FOREVER = 1e9  # an implicit scheme that keeps a property up to here keeps it for all steps


class Constants(NamedTuple):
    """What a scheme supplies to the three claims (docs/decisions/006).

    Attributes
    ----------
    order : int
        Order of consistency, 0 to 4 (rooted-tree conditions to order 4; higher orders are reported as 4).
    beta : float
        The stability function stays in `[-1, 1]` on `[-β, 0]`; infinite for A-stable schemes.
    r : float
        Radius of the largest generalised disk of contractivity (Dahlquist and Jeltsch 1979).
    C : float
        Radius of absolute monotonicity (Kraaijevanger 1991).
    stages : int
        Evaluations of the operator in a step.
    """

    order: int
    beta: float
    r: float
    C: float
    stages: int


@cache
def constants(scheme: Any) -> Constants:
    """Order, β, r and C of a scheme.

    Examples
    --------
    >>> found = pn.constants(pn.SSPRK2())
    >>> found.order, round(found.beta, 6), round(found.r, 6), round(found.C, 6), found.stages
    (2, 2.0, 1.0, 1.0, 2)
    """
    table = trace(scheme)
    return Constants(order(table), real_interval(table), disk_radius(table), monotonicity_radius(table), table.stages)


def order(table: Butcher, accuracy: float = 1e-10) -> int:
    """The largest `p ≤ 4` whose order conditions hold (Hairer, Nørsett, Wanner I, table II.2.1)."""
    a, b = table.a, table.b
    one = np.ones(table.stages)
    c = a @ one
    conditions = [
        [b @ one - 1],
        [b @ c - 1 / 2],
        [b @ c**2 - 1 / 3, b @ a @ c - 1 / 6],
        [b @ c**3 - 1 / 4, b @ (c * (a @ c)) - 1 / 8, b @ a @ c**2 - 1 / 12, b @ a @ a @ c - 1 / 24],
    ]
    met = [max(map(abs, row)) < accuracy for row in conditions]
    return met.index(False) if False in met else 4


def stability_polynomial(table: Butcher) -> Polynomial:
    """`P(z) = 1 + Σ_k (b Aᵏ 1) z^(k+1)` of an explicit scheme: a step of `u' = λu` multiplies `u` by `P(τλ)`."""
    coefficients: list[float] = [1.0]
    v = np.ones(table.stages)
    for _ in range(table.stages):
        coefficients.append(float(table.b @ v))
        v = table.a @ v
    return Polynomial(coefficients)


def amplification(table: Butcher, z: np.ndarray) -> np.ndarray:
    """The stability function by running the stages, which is free of the cancellation of the monomial form."""
    k: list[np.ndarray] = []
    for i, row in enumerate(table.a):
        stage = 1 + sum((w * x for w, x in zip(row[:i], k, strict=True)), np.zeros_like(z))
        k.append(z * stage / (1 - row[i] * z))
    return 1 + sum(w * x for w, x in zip(table.b, k, strict=True))


def real_interval(table: Butcher, accuracy: float = 1e-12) -> float:
    """β: the largest `z` with `|P| ≤ 1` on `[-z, 0]`; where |P| only touches 1 the interval goes on.

    The polynomial is sampled densely (it has at most `stages` extrema), where a touching point is told from a crossing
    by `|P| ≤ 1 + 1e-9`, the rounding of a stage recursion; the crossing itself is found by bisection.
    """
    # No consistent polynomial of s stages stays bounded beyond 2 s² (Markov).
    top = 2.0 * table.stages**2 + 1.0
    z = top * (1 - np.cos(np.linspace(0, np.pi / 2, 400 * table.stages + 1)))
    if not table.explicit:
        z = np.concatenate([z, np.geomspace(top, FOREVER, 400)[1:]])
    outside = np.abs(amplification(table, -z)) > 1 + 1e-9
    if not table.explicit and not outside.any():
        return np.inf
    first = int(np.argmax(outside)) if outside.any() else len(z) - 1
    inside, out = z[max(first - 1, 0)], z[first]
    while out - inside > accuracy * out:
        middle = (inside + out) / 2
        stable = abs(amplification(table, np.array([-middle]))[0]) <= 1
        inside, out = (middle, out) if stable else (inside, middle)
    return float(inside)


def disk_radius(table: Butcher) -> float:
    """r: the largest radius with `B A + Aᵀ B - b bᵀ + B / r ⪰ 0`, `B = diag(b) ≥ 0` (Dahlquist and Jeltsch 1979).

    Stages with zero weight must not influence the others, otherwise r = 0.
    """
    a, b = table.a, table.b
    if b.min() < -1e-14:
        return 0.0
    used = b > 1e-14
    if np.abs(a[np.ix_(used, ~used)]).max(initial=0.0) > 1e-14:
        return 0.0
    a, b = a[np.ix_(used, used)], b[used]
    scaled = (b[:, None] * a + (b[:, None] * a).T - np.outer(b, b)) / np.sqrt(np.outer(b, b))
    lowest = np.linalg.eigvalsh(scaled)[0]
    return float(-1 / lowest) if lowest < -1e-14 else np.inf


def monotonicity_radius(table: Butcher, accuracy: float = 1e-12) -> float:
    """C: the largest `r` with `K (I + rK)^-1 ≥ 0` and `r K (I + rK)^-1 1 ≤ 1`, `K = [[A, 0], [b, 0]]`.

    Kraaijevanger (1991), theorem 2.2 in the form of Ferracina and Spijker (2004).
    """
    s = table.stages
    k = np.zeros((s + 1, s + 1))
    k[:s, :s], k[s, :s] = table.a, table.b

    def monotone(radius: float) -> bool:
        m = np.linalg.solve(np.eye(s + 1) + radius * k.T, k.T).T
        return m.min() >= -1e-13 and (radius * m).sum(1).max() <= 1 + 1e-12

    if not monotone(accuracy):
        return 0.0
    if not table.explicit and monotone(FOREVER):
        return np.inf
    inside, out = accuracy, 2.0 * s + 1.0
    while out - inside > accuracy * out:
        middle = (inside + out) / 2
        inside, out = (middle, out) if monotone(middle) else (inside, middle)
    # Rounded down by what the test of signs may have let through.
    return float(inside) * (1 - 1e-11)
