"""A Gaussian under diffusion with a full constant tensor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validity import vector


@dataclass(frozen=True)
class TensorGaussian:
    """`∂u/∂t = -v · ∇u + div(D ∇u)` on free space with a constant tensor `D` (Evans 2010, section 4.3.1, by Fourier).

    `u = a σ^d det(S)^(-1/2) exp(-yᵀ S⁻¹ y / 2)`, `S = σ² I + 2 t D`, `y = x - c - v t`.

    Parameters
    ----------
    tensor : tuple of tuples of floats
        `D`, symmetric with eigenvalues `≥ 0`, of 1 to 3 rows.
    velocity, centre : float or tuple of floats
        `v` and `c`, one component per axis.
    sigma : float
        `σ > 0`, the standard deviation at `t = 0`.
    amplitude : float
        `a`.

    Raises
    ------
    ValueError
        `tensor` is not symmetric, not positive semidefinite, or does not fit `velocity` and `centre`; `sigma ≤ 0`.
    """

    tensor: tuple[tuple[float, ...], ...] = ((1.0, 0.5), (0.5, 1.0))
    velocity: float | tuple[float, ...] = (0.0, 0.0)
    centre: float | tuple[float, ...] = (0.0, 0.0)
    sigma: float = 1.0
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        D = np.asarray(self.tensor, float)
        velocity, centre = vector("velocity", self.velocity), vector("centre", self.centre)
        if D.ndim != 2 or D.shape != (len(velocity), len(centre)):
            raise ValueError(
                f"tensor must be square with one row per component of velocity and centre, got {self.tensor}"
            )
        if not np.array_equal(D, D.T) or np.linalg.eigvalsh(D).min() < -1e-14 * abs(D).max():
            raise ValueError(f"tensor must be symmetric with eigenvalues >= 0, got {self.tensor}")
        if not self.sigma > 0:
            raise ValueError(f"sigma must be > 0, got {self.sigma!r}")
        object.__setattr__(self, "velocity", velocity)
        object.__setattr__(self, "centre", centre)

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at the time `t ≥ 0` and the points `x`, one array per axis."""
        S = self.sigma**2 * np.eye(len(self.tensor)) + 2 * t * np.asarray(self.tensor, float)
        y = np.stack([np.asarray(z, float) - c - v * t for z, c, v in zip(x, self.centre, self.velocity, strict=True)])
        square = np.einsum("i...,ij,j...->...", y, np.linalg.inv(S), y)
        return self.amplitude * self.sigma ** len(y) / np.sqrt(np.linalg.det(S)) * np.exp(-square / 2)
