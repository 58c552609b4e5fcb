"""What a stencil does to waves `exp(iθ·x) c(x mod L)`: a matrix for each frequency.

Rests on NumPy. Positions are those modulo the period `L`, on a grid whose cells are `spacing` apart.
"""

from itertools import product
from numbers import Integral

import numpy as np

CELLS = (512, 64, 32)  # of the periodic grid whose frequencies are taken, in one to three dimensions


def frequencies(d: int, period: int, cells=None):
    """Frequencies of the periodic grid of `cells` cells an axis, up to harmonics; shape (frequencies, d), zero first.

    Raises ValueError unless `cells` is a positive multiple of the period.
    """
    cells = CELLS[d - 1] if cells is None else cells
    if not isinstance(cells, Integral) or cells < period or cells % period != 0:
        raise ValueError(f"cells must be a positive multiple of {period}, got {cells!r}")
    line = 2 * np.pi * np.arange(int(cells) // period) / cells
    return np.stack(np.meshgrid(*[line] * d, indexing="ij"), -1).reshape(-1, d)


def positions(period: int, spacing) -> list[tuple[int, ...]]:
    """The positions of a grid in lexicographic order."""
    return list(product(*[range(0, period, s) for s in spacing]))


def blocks(stencil: dict, theta, rows, columns, spacing, period: int):
    """The matrices of a stencil from waves on `columns` to waves on `rows`, shape (frequencies, rows, columns)."""
    found = np.zeros((len(theta), len(rows), len(columns)), complex)
    number = {column: j for j, column in enumerate(columns)}
    for offset, coefficient in stencil.items():
        k = np.multiply(offset, spacing)
        wave = coefficient * np.exp(1j * (theta @ k))
        for i, row in enumerate(rows):
            found[:, i, number[tuple(int(x) for x in (row + k) % period)]] += wave
    return found


def inverse(matrices, size: float):
    """Pseudo-inverses: singular values that are rounding beside the coefficients, of `size`, count as zero."""
    U, s, Vh = np.linalg.svd(matrices)
    reciprocal = np.where(s > 1e-14 * size, 1 / np.where(s > 0, s, 1.0), 0.0)
    return adjoint(Vh) @ (reciprocal[..., None] * adjoint(U))


def adjoint(matrices):
    """The conjugate transposes."""
    return matrices.conj().swapaxes(-1, -2)


def radius(matrices) -> float:
    """The largest modulus of all eigenvalues."""
    return float(abs(np.linalg.eigvals(matrices)).max())


def norm(matrices) -> float:
    """The largest singular value."""
    return float(np.linalg.norm(matrices, 2, axis=(1, 2)).max())
