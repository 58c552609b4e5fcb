"""Convection-diffusion by particles (Feynman and Kac): the network of noise-injected residual blocks, in the mean."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Estimate(NamedTuple):
    """A mean of random numbers with the half width of its confidence interval, 95 % unless another one was asked for.

    Numbers, arrays or tensors of one shape.
    """

    mean: Any
    half_width: Any


@dataclass(frozen=True)
class FeynmanKac:
    """`u(x, t) = E f(X_t)` with `dX = -v(X) ds + sqrt(2D) dW`, `X_0 = x`, which solves `∂u/∂t = -v · ∇u + D Δu`, `u(0) = f`.

    In free space, by Euler and Maruyama (weak order 1). Each particle is a residual network with injected noise: the step
    `X - τ v(X)` is its block (Wang, Bao, Shi 2024).

    Parameters
    ----------
    velocity : function
        `velocity(*x)` returns one component per axis.
    diffusivity : float
        `D ≥ 0`.
    particles : int
        Number of particles for each point.
    steps : int
        Number of time steps.
    seed : int
        Of the generator of the noise.
    """

    velocity: Callable[..., Sequence[Any]]
    diffusivity: float
    particles: int = 10_000
    steps: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.diffusivity) and self.diffusivity >= 0):
            raise ValueError(f"diffusivity must be finite and >= 0, got {self.diffusivity!r}")
        for name in ("particles", "steps"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 2 - (name == "steps"):
                raise ValueError(f"{name} must be an integer >= {2 - (name == 'steps')}, got {value!r}")

    def estimate(self, f: Callable[..., Any], x: Sequence[ArrayLike], t: float) -> Estimate:
        """The solution at the points `x` (one array of coordinates per axis) and the time `t ≥ 0`.

        Parameters
        ----------
        f : function
            Initial state, `f(*x)` on arrays.
        """
        points = [np.asarray(c, float) for c in x]
        if not (math.isfinite(t) and t >= 0):
            raise ValueError(f"t must be finite and >= 0, got {t!r}")
        generator, tau = np.random.default_rng(self.seed), t / self.steps
        place = [np.broadcast_to(c, (self.particles, *c.shape)) for c in points]
        for _ in range(self.steps):
            slopes = self.velocity(*place)
            noise = generator.standard_normal((len(place), *place[0].shape))
            scale = math.sqrt(2 * self.diffusivity * tau)
            place = [c - tau * v + scale * w for c, v, w in zip(place, slopes, noise, strict=True)]
        values = f(*place)
        return Estimate(values.mean(0), 1.96 * values.std(0, ddof=1) / math.sqrt(self.particles))
