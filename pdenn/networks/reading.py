"""Reading a network back: which PDE it is, and the solver that it is without torch."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..chain import Chain
from ..equations import Diffusion
from ..grids import Grid
from ..inspect import inspect
from ..laws import Linear
from ..laws.spline import Spline
from ..operators import discretise
from .layers import DiffusionLayer, law_of, learnt
from .moments import Derivative, derivative
from .scheme_net import SchemeNet
from .symmetric import SymmetricNet


@dataclass(frozen=True)
class Flux:
    """A diffusivity as a curve.

    Attributes
    ----------
    law : law
        At the present weights, with numbers for parameters.
    s, g : arrays
        The curve `g(s²) = Φ(s)/s`.
    forward, backward : tuple of pairs
        Where `Φ` rises and where it falls, as intervals of `s`, to the spacing of the curve.
    """

    law: Any
    s: np.ndarray
    g: np.ndarray
    forward: tuple[tuple[float, float], ...]
    backward: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Step:
    """One step of a network.

    Attributes
    ----------
    derivatives : tuple of Derivative
        `D` of `A(u) = -D* Φ(D u)`: one per axis of a layer, one per feature and channel of a block (channels fastest).
    flux : Flux
    tau : float
        Step size.
    time : float
        Effective time: `τ g(0) Σ|m|²/d` over all derivatives of order 1, of one channel in the mean; the time for which
        homogeneous diffusion would act on slow waves of small amplitude.
    """

    derivatives: tuple[Derivative, ...]
    flux: Flux
    tau: float
    time: float

    def __str__(self):
        ranges = ", ".join(f"({a:.4g}, {b:.4g})" for a, b in self.flux.backward) or "nowhere"
        lines = [f"  τ = {self.tau:.6g}, effective time {self.time:.6g}, g = {self.flux.law!r}, backward {ranges}"]
        return "\n".join([*lines, *(f"    D{i} = {d}" for i, d in enumerate(self.derivatives))])


@dataclass(frozen=True)
class Reading:
    """What a network is.

    Attributes
    ----------
    equation : Diffusion or None
        The one equation that all steps discretise, if there is one.
    grid : Grid or None
        Of a SchemeNet.
    scheme : Scheme or tuple of Scheme
    tau : float or tuple of float
        Scheme and step size; one per step where they differ.
    steps : int
    parts : tuple of Step
        The steps one by one.
    chain : Chain or None
        The solver that it is, without torch; of a SchemeNet.
    """

    equation: Diffusion | None
    grid: Grid | None
    scheme: Any
    tau: float | tuple[float, ...]
    steps: int
    parts: tuple[Step, ...]
    chain: Chain | None

    @property
    def time(self) -> float:
        """The effective time of all steps."""
        return sum(part.time for part in self.parts)

    def __str__(self):
        equation = self.equation or "∂u/∂t = -Σ D* Φ(D u), with D and Φ of each step:"
        head = f"{equation}\n{self.steps} steps of {self.scheme}, τ = {self.tau}, effective time {self.time:.6g}"
        return "\n".join([head, *map(str, self.parts)])


@inspect.register
def _(network: SchemeNet) -> Reading:
    layers = [layer for layer in network.layers if isinstance(layer, DiffusionLayer)]
    if len(layers) < len(network.layers):
        raise TypeError("inspect reads networks on grids; layers on graphs carry their equation as `layer.equation`")
    taus = tuple(network.tau.tolist())
    found = [equation_of(layer) for layer in layers]
    equation = found[0] if all(e == found[0] for e in found) else None
    grid = layers[0].grid
    parts = tuple(_part(layer, tau) for layer, tau in zip(layers, taus, strict=True))
    operators = tuple(
        layer.frozen if e is None else discretise(e, grid) for e, layer in zip(found, layers, strict=True)
    )
    scheme = _one(network.schemes())
    return Reading(equation, grid, scheme, _one(taus), len(taus), parts, Chain(operators, scheme, taus))


@inspect.register
def _(network: SymmetricNet, tolerance: float = 0.05) -> Reading:
    parts = []
    for block, tau in zip(network.blocks, network.steps(), strict=True):
        kernels = block.convolution.weight.detach().double().cpu().numpy()
        found = tuple(derivative(k, tolerance) for feature in kernels for k in feature)
        parts.append(_step(found, law_of(block), float(tau.detach()), kernels.shape[1], kernels.ndim - 2))
    parts = parts * network.repeats
    taus, scheme = _one([part.tau for part in parts]), _one(network.schemes() * network.repeats)
    return Reading(None, None, scheme, taus, len(parts), tuple(parts), None)


def _one(things):
    """The thing that all are, or the tuple of them."""
    return things[0] if all(x == things[0] for x in things) else tuple(things)


def equation_of(layer: DiffusionLayer) -> Diffusion | None:
    """The equation of a layer: None where its taps are no differences, differ between axes, or its law is a spline.

    `c` times the difference is a conductivity and another contrast: `c² g(c² s²)`.
    """
    taps, h = layer.taps.tolist(), layer.grid.h
    scales = {right * spacing for (_, right), spacing in zip(taps, h, strict=True)}
    if any(left != -right for left, right in taps) or isinstance(law_of(layer), Spline):
        return None
    law = _law(layer)
    if all(right == 1 / spacing for (_, right), spacing in zip(taps, h, strict=True)):
        return Diffusion(law, form=layer.form)
    c = min(scales)
    if max(scales) - c > 4 * np.finfo(float).eps * c or c <= 0:
        return None
    if isinstance(law, Linear):
        return Diffusion(law, form=layer.form, conductivity=c * c)
    factor = c if law._fields[0] == "epsilon" else c * c
    scaled = law._replace(**{law._fields[0]: law[0] / c})
    return Diffusion(scaled, form=layer.form, conductivity=factor)


def _law(layer):
    """The law at the present weights; the first one, to the bit, if it has not moved: `exp(log x)` is not always `x`."""
    first = layer.equation.law
    same = type(first) is layer.kind and layer.logarithms.tolist() == learnt(first)[1].tolist()
    return first if same else law_of(layer)


def _part(layer, tau) -> Step:
    taps = layer.taps.tolist()
    dim = layer.grid.dim
    found = tuple(_of_axis(pair, h, axis, dim) for axis, (pair, h) in enumerate(zip(taps, layer.grid.h, strict=True)))
    return _step(found, law_of(layer), tau, 1, dim)


def _of_axis(pair, h, axis, dim) -> Derivative:
    """The derivative of two taps along an axis."""
    shape = [1] * dim
    shape[axis] = 2
    return derivative(np.reshape(pair, shape), spacing=h)


def _step(derivatives, law, tau, channels, dim) -> Step:
    squares = sum(d.size**2 for d in derivatives if d.order == 1)
    at_zero = float(law.g(np.zeros(1))[0])
    return Step(derivatives, _flux(law), tau, tau * at_zero * squares / (channels * dim))


def _flux(law, points: int = 4001) -> Flux:
    """The curve up to four contrasts, or to 1.5 times the last knot of a spline."""
    reach = 1.5 * law.width * (len(law.values) - 1) if isinstance(law, Spline) else 4 * (law[0] if len(law) else 1.0)
    s = np.linspace(0, reach, points)
    rising = np.diff(law.flux(s)) >= 0
    cuts = [0, *(np.flatnonzero(np.diff(rising)) + 1).tolist(), points - 1]
    pieces = [(float(s[a]), float(s[b]), bool(rising[a])) for a, b in pairwise(cuts)]
    forward, backward = (tuple((a, b) for a, b, up in pieces if up == sign) for sign in (True, False))
    return Flux(law, s, law.g(s * s), forward, backward)
