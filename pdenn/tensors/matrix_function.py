"""Functions of symmetric 3x3 matrices, differentiable where eigenvalues coincide."""

from collections.abc import Callable
from typing import Any

from ..arrays import State, is_torch, namespace


def matrix_function(
    f: Callable[[Any], Any], slope: Callable[[Any], Any], scale: float, components: tuple[State, ...]
) -> tuple[State, ...]:
    """`f(M) = V f(Λ) Vᵀ` with the spectral decomposition `M = V Λ Vᵀ`.

    The decomposition itself has no derivative where eigenvalues coincide, `f(M)` has: in the direction `E` it is
    `V (L ∘ Vᵀ E V) Vᵀ` with the divided differences `L_ij = f[λ_i, λ_j]` (Daleckii and Krein 1965; Higham 2008,
    Functions of Matrices, theorem 3.11). Hence `V` and `Λ` count as constants and `M - V Λ Vᵀ`, zero to rounding,
    carries the derivatives, of tensors and of complex steps.

    First derivatives are exact to `ε^(2/3)`, those of higher order are not.

    Parameters
    ----------
    f, slope : functions of a real array or tensor
        `f` and its derivative.
    scale : float
        A length on which `f` changes.
    components : tuple of 6 arrays or tensors
        `(m11, m12, m13, m22, m23, m33)`, all of one shape.

    Returns
    -------
    tuple of 6 arrays or tensors
        The components of `f(M)` in the same order.
    """
    a, b, c, d, e, g = components
    xp = namespace(a)
    m = xp.stack([xp.stack(row, -1) for row in ((a, b, c), (b, d, e), (c, e, g))], -2)
    values, v = xp.linalg.eigh(m.detach() if is_torch(m) else m.real)
    vt = v.swapaxes(-1, -2)
    result = (v * f(values)[..., None, :]) @ vt
    if is_torch(m) or m.dtype.kind == "c":  # real arrays carry no derivatives
        rest = m - (v * values[..., None, :]) @ vt
        differences = _divided(f, slope, scale, values[..., :, None], values[..., None, :])
        result = result + v @ (differences * (vt @ rest @ v)) @ vt
    return tuple(result[..., i, j] for i in range(3) for j in range(i, 3))


def _divided(f: Callable[[Any], Any], slope: Callable[[Any], Any], scale: float, a: State, b: State) -> State:
    """`f[a, b] = (f(a) - f(b))/(a - b)`, and the slope between them where rounding would spoil it."""
    xp, gap = namespace(a), a - b
    near = abs(gap) <= scale * xp.finfo(gap.dtype).eps ** (1 / 3)
    return xp.where(near, slope((a + b) / 2), (f(a) - f(b)) / xp.where(near, xp.ones_like(gap), gap))
