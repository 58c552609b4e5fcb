"""Reading a network back: which PDE it is, and the solver that it is without torch."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..chain import Chain
from ..equations import Diffusion
from ..equations.sum import Statement, Sum, terms
from ..equations.values import Values, values
from ..graphs import Graph
from ..grids import Grid
from ..inspect import inspect
from ..laws import Linear
from ..operators import SumOperator, discretise
from .graph_reading import GraphReading, one, read_graph
from .layers import DiffusionLayer, law_of, present_law, roots
from .moments import Derivative, derivative
from .rates import SumLayer
from .scheme_net import SchemeNet
from .symmetric import SymmetricNet
from .weights import check_weights


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
    s: NDArray[np.float64]
    g: NDArray[np.float64]
    forward: tuple[tuple[float, float], ...]
    backward: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Step:
    """One step of a network.

    Attributes
    ----------
    derivatives : tuple of Derivative
        `D` of `A(u) = -D* Φ(D u)`: one per axis of a layer, one per feature and channel of a block (channels fastest).
    flux : Flux or tuple of Flux
        One for every feature where each has a law of its own.
    tau : float
        Step size.
    time : float
        Effective time: `τ c g(0) Σ|m|²/d`, `c` the mean conductivity, over all derivatives of order 1, of one channel in the mean; the time for which
        homogeneous diffusion would act on slow waves of small amplitude.
    """

    derivatives: tuple[Derivative, ...]
    flux: Flux | tuple[Flux, ...]
    tau: float
    time: float

    def __str__(self) -> str:
        fluxes = self.flux if isinstance(self.flux, tuple) else (self.flux,)
        lines = [f"  τ = {self.tau:.6g}, effective time {self.time:.6g}"]
        for i, flux in enumerate(fluxes):
            last = flux.s[-1]  # of the curve, not of the fall
            ranges = ", ".join(f"({a:.4g}, {'≥ ' if b == last else ''}{b:.4g})" for a, b in flux.backward) or "nowhere"
            lines.append(f"    g{i if len(fluxes) > 1 else ''} = {flux.law!r}, backward {ranges}")
        return "\n".join([*lines, *(f"    D{i} = {d}" for i, d in enumerate(self.derivatives))])


@dataclass(frozen=True)
class Reading:
    """What a network is.

    Attributes
    ----------
    equation : Statement or None
        The one equation that all steps discretise, if there is one.
    grid : Grid or None
        Of a SchemeNet.
    scheme : Scheme or tuple of Scheme
    tau : float or tuple of float
        Scheme and step size; one per step where they differ.
    steps : int
    parts : tuple of Step
        The diffusion of the steps one by one; other terms of a sum have no part.
    chain : Chain or None
        The solver that it is, without torch; of a SchemeNet.
    """

    equation: Statement | None
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

    def __str__(self) -> str:
        equation = self.equation or "∂u/∂t = -Σ D* Φ(D u), with D and Φ of each step:"
        head = f"{equation}\n{self.steps} steps of {self.scheme}, τ = {self.tau}, effective time {self.time:.6g}"
        return "\n".join([head, *map(str, self.parts)])


@inspect.register
def _(network: SchemeNet) -> Reading | GraphReading:
    check_weights(network)
    layers: list[Any] = list(network.layers)
    n = network.repeats
    taus, scheme = tuple(network.tau.tolist()) * n, one(network.schemes() * n)
    found = [equation_of(layer) for layer in layers]
    equation = found[0] if all(e == found[0] for e in found) else None
    chain = Chain(tuple(map(operator_of, layers)) * n, scheme, taus)
    if isinstance(layers[0].grid, Graph):
        return read_graph(network, equation, chain)
    parts = tuple(_part(part, tau) for layer, tau in zip(layers * n, taus, strict=True) for part in _diffusions(layer))
    return Reading(equation, layers[0].grid, scheme, one(taus), len(taus), parts, chain)


@inspect.register
def _(network: SymmetricNet, tolerance: float = 0.05) -> Reading:
    check_weights(network)
    parts = []
    for block, tau in zip(network.blocks, network.steps(), strict=True):
        kernels = block.convolution.weight.detach().double().cpu().numpy()
        found = tuple(derivative(k, tolerance) for feature in kernels for k in feature)
        parts.append(_step(found, law_of(block), float(tau.detach()), kernels.shape[1], kernels.ndim - 2))
    parts = parts * network.repeats
    taus, scheme = one([part.tau for part in parts]), one(network.schemes() * network.repeats)
    return Reading(None, None, scheme, taus, len(parts), tuple(parts), None)


def equation_of(layer: Any) -> Statement | None:
    """The equation of a layer, at its present weights; None where it has none, or one of its terms has none."""
    if isinstance(layer, DiffusionLayer):
        return _diffusion_of(layer)
    if isinstance(layer, SumLayer):
        found = [equation_of(term) for term in layer.terms]
        return None if None in found else Sum(tuple(part for e in found if e is not None for part in terms(e)))
    return getattr(layer.frozen, "equation", None)  # a multiple has none


def operator_of(layer: Any) -> Any:
    """The operator of a layer at its present weights: it runs on arrays, without torch."""
    if isinstance(layer, SumLayer):
        return SumOperator(tuple(operator_of(term) for term in layer.terms))
    equation = _diffusion_of(layer) if isinstance(layer, DiffusionLayer) else None
    return layer.frozen if equation is None else discretise(equation, layer.grid)


def _diffusions(layer: Any) -> list[DiffusionLayer]:
    if isinstance(layer, SumLayer):
        return [part for term in layer.terms for part in _diffusions(term)]
    return [layer] if isinstance(layer, DiffusionLayer) else []


def _diffusion_of(layer: DiffusionLayer) -> Diffusion | None:
    """None where the taps are no differences, differ between axes, or the law is a free flux.

    `c` times the difference is a conductivity and another contrast: `c² g(c² s²)`.
    """
    taps, h = layer.taps.tolist(), layer.grid.h
    scales = {right * spacing for (_, right), spacing in zip(taps, h, strict=True)}
    if any(left != -right for left, right in taps) or hasattr(layer.kind, "heights"):
        return None
    law = present_law(layer)
    found = replace(layer.equation, law=law, conductivity=_conductivity(layer))
    if all(right == 1 / spacing for (_, right), spacing in zip(taps, h, strict=True)):
        return found
    c = min(scales)
    if max(scales) - c > 4 * np.finfo(float).eps * c or c <= 0:
        return None
    scaled = law if isinstance(law, Linear) else law._replace(**{law._fields[0]: law[0] / c})
    factor = c if not isinstance(law, Linear) and law._fields[0] == "epsilon" else c * c
    return replace(found, law=scaled, conductivity=factor * np.asarray(found.conductivity))


def _conductivity(layer: DiffusionLayer) -> float | Values:
    """At the present weights; the first one, to the bit, if it has not moved."""
    first = layer.equation.conductivity
    start = roots(first)
    if layer.roots is None or (start is not None and torch.equal(layer.roots, start)):
        return first
    return values(layer.conductivity, "conductivity")


def _part(layer: DiffusionLayer, tau: float) -> Step:
    taps = layer.taps.tolist()
    dim = layer.grid.dim
    found = tuple(_of_axis(pair, h, axis, dim) for axis, (pair, h) in enumerate(zip(taps, layer.grid.h, strict=True)))
    conductivity = float(np.mean(np.asarray(layer.frozen.conductivity)))
    return _step(found, present_law(layer), tau, 1, dim, conductivity)


def _of_axis(pair: list[float], h: float, axis: int, dim: int) -> Derivative:
    """The derivative of two taps along an axis."""
    shape = [1] * dim
    shape[axis] = 2
    return derivative(np.reshape(pair, shape), spacing=h)


def _step(
    derivatives: tuple[Derivative, ...], law: Any, tau: float, channels: int, dim: int, conductivity: float = 1.0
) -> Step:
    squares = sum(d.size**2 for d in derivatives if d.order == 1)
    fluxes = tuple(map(_flux, _laws(law)))
    at_zero = float(np.mean([flux.g[0] for flux in fluxes]))
    time = tau * conductivity * at_zero * squares / (channels * dim)
    return Step(derivatives, fluxes[0] if len(fluxes) == 1 else fluxes, tau, time)


def _laws(law: Any) -> list[Any]:
    """The law of every feature, if they have parameters of their own; otherwise the one law."""
    if not any(isinstance(x, np.ndarray) and x.ndim > 1 for x in law):
        return [law]
    return [type(law)(*map(float, parameters)) for parameters in zip(*(x.ravel() for x in law), strict=True)]


def _flux(law: Any, points: int = 4001) -> Flux:
    """The curve up to four contrasts, or to 1.5 times the reach of a free flux."""
    reach = 1.5 * law.reach if hasattr(law, "reach") else 4 * (law[0] if len(law) else 1.0)
    s = np.linspace(0, reach, points)
    rising = np.diff(law.flux(s)) >= 0
    cuts = [0, *(np.flatnonzero(np.diff(rising)) + 1).tolist(), points - 1]
    pieces = [(float(s[a]), float(s[b]), bool(rising[a])) for a, b in pairwise(cuts)]
    forward, backward = (tuple((a, b) for a, b, up in pieces if up == sign) for sign in (True, False))
    return Flux(law, s, law.g(s * s), forward, backward)
