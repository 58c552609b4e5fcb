"""The error propagation of one sweep of a smoother, as matrices for each frequency.

Rests on the smoothers of `solvers`. All of them are products of `I - E_c B⁻¹ M`: `B` is the part of `M` that is inverted, the
diagonal or the lines, and `E_c` keeps the cells of a colour.
"""

from functools import partial, reduce, singledispatch

import numpy as np

from ..solvers.smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel
from .blocks import blocks, inverse
from .stencils import diagonal, dimension


def sweep(stencil, smoother, theta, points, spacing, period, reverse=False):
    """The matrices of a sweep, of a smoother or of several in turn; `reverse` takes the parts in reverse order."""
    matrices = partial(blocks, theta=theta, rows=points, columns=points, spacing=spacing, period=period)
    parities = [tuple(x // s % 2 for x, s in zip(point, spacing, strict=True)) for point in points]
    chain = smoother if isinstance(smoother, tuple) else (smoother,)
    parts = [part for s in chain for part in partial_sweeps(s, stencil, matrices, parities)]
    return reduce(lambda done, part: part @ done, parts[::-1] if reverse else parts)


@singledispatch
def partial_sweeps(smoother, stencil, matrices, parities):
    """The error propagation of the parts of a sweep, the first applied first.

    `matrices(stencil)` has the shape (frequencies, points, points); `parities` are those of the points.
    """
    raise TypeError(f"smoother must be Jacobi, GaussSeidel, Chebyshev or LineGaussSeidel, got {smoother!r}")


@partial_sweeps.register
def _(smoother: Jacobi, stencil, matrices, parities):
    d = dimension(stencil)
    omega = 2 * d / (2 * d + 1) if smoother.omega is None else smoother.omega
    return [np.eye(len(parities)) - omega / diagonal(stencil) * matrices(stencil)]


@partial_sweeps.register
def _(smoother: GaussSeidel, stencil, matrices, parities):
    d = dimension(stencil)
    omega = (1.15 if d > 1 else 1.0) if smoother.omega is None else smoother.omega
    return _coloured(omega / diagonal(stencil) * matrices(stencil), parities)


@partial_sweeps.register
def _(smoother: LineGaussSeidel, stencil, matrices, parities):
    d, found = dimension(stencil), []
    axes = range(d) if smoother.axes is None else smoother.axes
    if max(axes) >= d:
        raise ValueError(f"axes of a stencil in {d} dimensions must lie below {d}, got {smoother!r}")
    for axis in axes:
        others = [a for a in range(d) if a != axis]
        line = {k: c for k, c in stencil.items() if not any(k[a] for a in others)}
        solved = inverse(matrices(line), diagonal(stencil)) @ matrices(stencil)
        found.extend(_coloured(solved, [tuple(p[a] for a in others) for p in parities]))
    return found


@partial_sweeps.register
def _(smoother: Chebyshev, stencil, matrices, parities):
    # T_n((b + a - 2x)/(b - a)) / T_n((b + a)/(b - a)) on [a, b], by the recurrence of the polynomials T_n.
    top = sum(map(abs, stencil.values())) / abs(diagonal(stencil))
    low, identity = top / smoother.ratio, np.eye(len(parities))
    x = ((top + low) * identity - 2 / diagonal(stencil) * matrices(stencil)) / (top - low)
    at_zero = (top + low) / (top - low)
    (before, after), (least, most) = (identity, x), (1.0, at_zero)
    for _ in range(smoother.degree - 1):
        before, after = after, 2 * x @ after - before
        least, most = most, 2 * at_zero * most - least
    return [after / most]


def _coloured(step, parities):
    """`I - E_c step` over the colours `c`, those with an even sum first."""
    identity = np.eye(len(parities))
    colours = sorted(set(parities), key=lambda p: (sum(p) % 2, p))
    return [identity - np.array([p == c for p in parities])[:, None] * step for c in colours]
