"""Networks with noise, and the convection-diffusion equations that they solve in the mean (Feynman and Kac).

A residual network `x_(l+1) = x_l + F_l(x_l)` with a classifier `f` at its end is the method of characteristics for
`∂u/∂t = v · ∇u`, `u(0) = f`, `F = Δt v`: features move with `+v`, and the time `t` of `u` runs against the layers, from the
classifier (`t = 0`) to the input (`t = T`), so that `v(·, t)` is the block at the depth `T - t` (Wang, Bao, Shi 2024). Noise
adds second derivatives. The coefficients are those of the first two moments of a block, derived here by expansion in `Δt`.
"""

import math
from collections.abc import Iterable
from numbers import Real
from statistics import NormalDist
from typing import Any

import torch
from torch import Tensor, nn

from ..particles import Estimate


class NoiseInjected(nn.Module):
    """`x ← x + F_l(x) + a ε`, `ε ~ N(0, I)`, in every block; then the classifier, in the mean over `samples` paths.

    With `σ² = a²/Δt` the mean `E f(X_T)` solves `∂u/∂t = v · ∇u + σ²/2 Δu` to first order in `Δt` (Euler and Maruyama).

    Parameters
    ----------
    blocks : sequence of modules
        The increments `F_l = Δt v`, each from a batch of features to one of the same shape.
    classifier : module
        From features to outputs.
    amplitude : float
        `a ≥ 0`.
    dt : float
        `Δt > 0`, the time that a block stands for: only `statement` depends on it.
    samples : int
        Number of paths over which a call takes the mean.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(
        self, blocks: Iterable[nn.Module], classifier: nn.Module, amplitude: float, dt: float = 1.0, samples: int = 1
    ) -> None:
        super().__init__()
        self.blocks, self.classifier = nn.ModuleList(blocks), classifier
        self.amplitude, self.dt = _number("amplitude", amplitude), _positive("dt", dt)
        self.samples = _count("samples", samples)

    def paths(self, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
        """The outputs of `samples` independent paths: shape `(samples, batch, ...)` for `x` of shape `(batch, ...)`."""
        y = _repeated(x, samples)
        for block in self.blocks:
            y = y + block(y) + self.amplitude * _normal(y, generator)
        return self.classifier(y).unflatten(0, (samples, len(x)))

    def forward(self, x: Tensor) -> Tensor:
        """The mean over `samples` paths, of the shape of the outputs of the classifier."""
        return self.paths(x, self.samples).mean(0)

    def statement(self) -> str:
        """The equation that the mean over all paths solves."""
        diffusion = self.amplitude**2 / (2 * self.dt)
        return (
            f"∂u/∂t = v · ∇u + σ²/2 Δu on [0, {len(self.blocks) * self.dt:g}], u(0) = classifier, σ²/2 = a²/(2Δt) = "
            f"{diffusion:.6g}, v = F/Δt, Δt = {self.dt:g}; to first order in Δt; time runs against the blocks"
        )

    extra_repr = statement


class Dropout(nn.Module):
    """`x ← x + F_l(x) ⊙ z/p` with independent `z_i = 1` of probability `p`, else 0; then the classifier, in the mean.

    A block keeps its mean `F` and has the variance `(1-p)/p F_i²` in each component. To first order in `Δt` its mean solves
    `∂u/∂t = (v - Δt/2 (v · ∇)v) · ∇u + Δt (1-p)/(2p) Σ_i v_i² ∂_ii u` (for blocks that do not depend on the depth). The
    diffusion is of the order `Δt`, as is Euler's own error beside it: with `p` fixed both vanish as blocks get shorter.
    Without the factor `Δt` the term holds for blocks of the length one; then moments above the second are not small.

    Parameters
    ----------
    blocks, classifier, dt, samples
        As for `NoiseInjected`.
    keep : float
        `0 < p ≤ 1`.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(
        self, blocks: Iterable[nn.Module], classifier: nn.Module, keep: float, dt: float = 1.0, samples: int = 1
    ) -> None:
        super().__init__()
        self.blocks, self.classifier, self.dt = nn.ModuleList(blocks), classifier, _positive("dt", dt)
        self.keep, self.samples = _positive("keep", keep), _count("samples", samples)
        if self.keep > 1:
            raise ValueError(f"keep must be a probability in (0, 1], got {keep!r}")

    @property
    def diffusion(self) -> float:
        """`Δt (1-p)/(2p)`, the factor of `Σ_i v_i² ∂_ii u`."""
        return self.dt * (1 - self.keep) / (2 * self.keep)

    def paths(self, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
        """The outputs of `samples` independent paths: shape `(samples, batch, ...)` for `x` of shape `(batch, ...)`."""
        y = _repeated(x, samples)
        for block in self.blocks:
            kept = torch.rand(y.shape, generator=generator, dtype=y.dtype, device=y.device) < self.keep
            y = y + block(y) * kept / self.keep
        return self.classifier(y).unflatten(0, (samples, len(x)))

    def forward(self, x: Tensor) -> Tensor:
        """The mean over `samples` paths, of the shape of the outputs of the classifier."""
        return self.paths(x, self.samples).mean(0)

    def statement(self) -> str:
        """The equation that the mean over all paths solves."""
        return (
            f"∂u/∂t = v · ∇u + Δt ((1-p)/(2p) Σ_i v_i² ∂_ii u - ½ ((v · ∇)v) · ∇u) on [0, {len(self.blocks) * self.dt:g}], "
            f"u(0) = classifier, Δt (1-p)/(2p) = {self.diffusion:.6g}, v = F/Δt, Δt = {self.dt:g}, p = {self.keep:g}; to "
            "first order in Δt, by two moments of a block; the terms in Δt vanish as Δt → 0 with p fixed; time runs "
            "against the blocks"
        )

    extra_repr = statement


class RandomisedSmoothing(nn.Module):
    """`ū(x) = E u(x + s ε)`, `ε ~ N(0, I)`, of the residual network `u` (Cohen, Rosenfeld, Kolter 2019).

    Exactly a splitting: `∂u/∂t = v · ∇u` for the time of the blocks, then `∂u/∂t = s²/2 Δu` for the time one.

    Parameters
    ----------
    blocks, classifier, dt, samples
        As for `NoiseInjected`.
    noise : float
        The standard deviation `s ≥ 0`.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(
        self, blocks: Iterable[nn.Module], classifier: nn.Module, noise: float, dt: float = 1.0, samples: int = 1
    ) -> None:
        super().__init__()
        self.blocks, self.classifier, self.dt = nn.ModuleList(blocks), classifier, _positive("dt", dt)
        self.noise, self.samples = _number("noise", noise), _count("samples", samples)

    def paths(self, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
        """The outputs at `samples` noisy inputs: shape `(samples, batch, ...)` for `x` of shape `(batch, ...)`."""
        y = _repeated(x, samples)
        y = y + self.noise * _normal(y, generator)
        for block in self.blocks:
            y = y + block(y)
        return self.classifier(y).unflatten(0, (samples, len(x)))

    def forward(self, x: Tensor) -> Tensor:
        """The mean over `samples` noisy inputs, of the shape of the outputs of the classifier."""
        return self.paths(x, self.samples).mean(0)

    def statement(self) -> str:
        """The equation that the mean over all noise solves."""
        end = len(self.blocks) * self.dt
        return (
            f"∂u/∂t = v · ∇u on [0, {end:g}], then ∂u/∂t = s²/2 Δu on [{end:g}, {end + 1:g}], u(0) = classifier, "
            f"s²/2 = {self.noise**2 / 2:.6g}, v = F/Δt, Δt = {self.dt:g}; the diffusion exact, v to first order in Δt; "
            "time runs against the blocks"
        )

    extra_repr = statement


def estimate(
    network: NoiseInjected | Dropout | RandomisedSmoothing,
    x: Tensor,
    samples: int,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    chunk: int | None = None,
) -> Estimate:
    """The mean over independent paths, with the half width of its confidence interval by the central limit theorem.

    Parameters
    ----------
    network : NoiseInjected, Dropout or RandomisedSmoothing
    x : tensor of shape (batch, ...)
    samples : int
        `≥ 2`; for skewed outputs take hundreds.
    confidence : float
        In (0, 1), of each output by itself.
    seed : int
    chunk : int, optional
        How many paths are computed at a time; by default all.

    Returns
    -------
    Estimate
        Of tensors `mean` and `half_width`, of the shape of the outputs.

    Raises
    ------
    ValueError
        An argument is out of range.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be in (0, 1), got {confidence!r}")
    if _count("samples", samples) < 2:
        raise ValueError(f"samples must be an integer >= 2, got {samples!r}")
    generator = torch.Generator(x.device).manual_seed(seed)
    chunk = samples if chunk is None else _count("chunk", chunk)
    sizes = [min(chunk, samples - k) for k in range(0, samples, chunk)]
    with torch.no_grad():
        values = torch.cat([network.paths(x, size, generator) for size in sizes])
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    return Estimate(values.mean(0), quantile * values.std(0) / math.sqrt(samples))


def _repeated(x: Tensor, samples: int) -> Tensor:
    return x.expand(_count("samples", samples), *x.shape).flatten(0, 1)


def _normal(y: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(y.shape, generator=generator, dtype=y.dtype, device=y.device)


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be an integer >= 1, got {value!r}")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    value = float(value)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and >= 0, got {value!r}")
    return value


def _positive(name: str, value: Any) -> float:
    if _number(name, value) == 0:
        raise ValueError(f"{name} must be > 0, got {value!r}")
    return float(value)
