"""Tridiagonal systems along the middle axis of an array, by elimination (Thomas), for many lines at once."""

from .compile import njit


@njit()
def thomas(lower, diagonal, upper, right, out):
    """Solve `lower_i x_(i-1) + diagonal_i x_i + upper_i x_(i+1) = right_i` for arrays `(outer, n, inner)`.

    Without pivoting: the matrices must be diagonally dominant. Lines lie along the middle axis, so that the innermost
    loop runs over contiguous memory.
    """
    outer, n, inner = right.shape
    for o in range(outer):
        pivots = diagonal[o].copy()
        x = out[o]
        x[0] = right[o, 0]
        for i in range(1, n):
            for k in range(inner):
                factor = lower[o, i, k] / pivots[i - 1, k]
                pivots[i, k] -= factor * upper[o, i - 1, k]
                x[i, k] = right[o, i, k] - factor * x[i - 1, k]
        for k in range(inner):
            x[n - 1, k] /= pivots[n - 1, k]
        for i in range(n - 2, -1, -1):
            for k in range(inner):
                x[i, k] = (x[i, k] - upper[o, i, k] * x[i + 1, k]) / pivots[i, k]
