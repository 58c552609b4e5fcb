"""Manufactured solutions: any function solves an equation that is given the right source.

Rests on the statements and SymPy. The diffusivities are written out here, so that a mistake in a law cannot reach the
solution that it is judged by.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..equations import Convection, ConvectionDiffusion, Diffusion, PorousMedium, Reaction, Statement, Sum
from .diffusivities import Expr, diffusivity
from .validity import place_and_time


@dataclass(frozen=True)
class Manufactured:
    """`∂u/∂t = A(u) + q` with a chosen `u` and the source `q = ∂u/∂t - A(u)`; made by `manufactured`.

    Salari and Knupp, Code Verification by the Method of Manufactured Solutions (2000); Roache (2002).

    Attributes
    ----------
    equation : Statement
        `∂u/∂t = A(u)`.
    solution, remainder : SymPy expressions
        `u` and `q` in the symbols `t` and `x`, `y`, `z`.
    dim : int
        The number of axes.
    """

    equation: Statement
    solution: Expr
    remainder: Expr
    dim: int

    def u(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The solution at time `t ≥ 0` in the points `x` (one array per axis); float64."""
        return self._evaluate(self._functions[0], t, x)

    def source(self, t: float, *x: ArrayLike) -> NDArray[np.float64]:
        """The source at time `t ≥ 0` in the points `x` (one array per axis); float64.

        On a grid `pn.Reaction(lambda t, u: exact.source(t, *grid.coordinates()))` adds it to the equation.
        """
        return self._evaluate(self._functions[1], t, x)

    @cached_property
    def _functions(self) -> list[Callable[..., Any]]:
        import sympy

        arguments = symbols(self.dim)
        return [sympy.lambdify(arguments, each, "numpy", cse=True) for each in (self.solution, self.remainder)]

    def _evaluate(self, function: Callable[..., Any], t: float, x: tuple[ArrayLike, ...]) -> NDArray[np.float64]:
        t, x = place_and_time(t, x, self.dim)
        with np.errstate(divide="ignore", invalid="ignore"):
            # An expression that an axis does not enter has fewer axes than the points.
            values = np.array(np.broadcast_arrays(function(t, *x), *x)[0], float)
        if not np.isfinite(values).all():
            raise ValueError(
                f"x must be where the solution and its source are finite at t = {t:g}, for {self.solution}"
            )
        return values


def manufactured(equation: Statement, expression: Expr, dim: int) -> Manufactured:
    """The equation `∂u/∂t = A(u) + q` that a chosen function solves, with its source `q`, by symbolic differentiation.

    Parameters
    ----------
    equation : Statement
        `∂u/∂t = A(u)`: `Diffusion` (every law, form and order; a number for the conductivity), `Convection` and
        `ConvectionDiffusion` (numbers, or a function `velocity(t, *x)` that SymPy symbols can go through),
        `PorousMedium`, `Reaction` (likewise), and sums of these.
    expression : SymPy expression
        `u` in symbols of the names `t` and, for `dim` axes, the first of `x`, `y`, `z`.
    dim : int
        1 to 3.

    Returns
    -------
    Manufactured
        Its `u(t, *x)` and `source(t, *x)` are functions of NumPy arrays.

    Raises
    ------
    TypeError
        `equation` or `expression` is of another kind, or a function of the equation takes no symbols.
    ValueError
        `dim` is out of range, `expression` has other symbols, or a part of the equation has no symbolic form.
    """
    import sympy

    if not isinstance(equation, Statement):
        raise TypeError(f"equation must be a statement such as pn.Diffusion(), got {equation!r}")
    if type(dim) is not int or dim not in (1, 2, 3):
        raise ValueError(f"dim must be 1, 2 or 3, got {dim!r}")
    if not isinstance(expression, sympy.Expr):
        raise TypeError(f"expression must be a SymPy expression, got {expression!r}")
    t, *x = symbols(dim)
    known = {symbol.name: symbol for symbol in (t, *x)}
    strangers = sorted(symbol.name for symbol in expression.free_symbols if symbol.name not in known)
    if strangers:
        raise ValueError(
            f"expression must be in {', '.join(known)} alone for dim = {dim}, got {', '.join(strangers)} too"
        )
    u = expression.xreplace({symbol: known[symbol.name] for symbol in expression.free_symbols})
    return Manufactured(equation, u, u.diff(t) - right_hand_side(equation, u, t, x), int(dim))


def symbols(dim: int) -> tuple[Expr, ...]:
    """The real symbols `t`, and `x`, `y`, `z` as far as there are axes."""
    import sympy

    return sympy.symbols("t x y z", real=True)[: dim + 1]


@singledispatch
def right_hand_side(equation: object, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    """`A(u)` of an equation as an expression, for the expression `u` in the symbols `t` and `x`."""
    raise TypeError(
        "equation must consist of Diffusion, Convection, ConvectionDiffusion, PorousMedium and Reaction to have a "
        f"symbolic form, got {equation!r}"
    )


@right_hand_side.register
def _(equation: Sum, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    return sum(right_hand_side(term, u, t, x) for term in equation.terms)


@right_hand_side.register
def _(equation: Diffusion, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    """`Σ_i ∂_i Φ_i`, or `-Σ_i ∂_ii Φ_i` for order 2, with the fluxes `Φ_i = c g(s²) s_i`."""
    c = equation.conductivity
    if not isinstance(c, float) or equation.presmoothing != 0 or equation.channels is not None:
        raise ValueError(
            "equation must have a number for its conductivity, no presmoothing and no channels to have a symbolic "
            f"form, got {equation!r}"
        )
    slopes = [u.diff(y, equation.order) for y in x]
    if equation.form == "separable":
        fluxes = [c * diffusivity(equation.law, s**2) * s for s in slopes]
    elif equation.order == 1:
        g = diffusivity(equation.law, sum(s**2 for s in slopes))
        fluxes = [c * g * s for s in slopes]
    else:
        fluxes = [diffusivity(equation.law, sum(slopes) ** 2) * sum(slopes)] * len(x)
    return (-1) ** (equation.order + 1) * sum(p.diff(y, equation.order) for p, y in zip(fluxes, x, strict=True))


@right_hand_side.register
def _(equation: Convection, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    """`-div(v u)`."""
    return -sum((v * u).diff(y) for v, y in zip(_velocity(equation.velocity, t, x), x, strict=True))


@right_hand_side.register
def _(equation: ConvectionDiffusion, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    """`-div(v u - ε ∇u)`."""
    spread = equation.diffusivity * sum(u.diff(y, 2) for y in x)
    return right_hand_side(Convection(equation.velocity), u, t, x) + spread


@right_hand_side.register
def _(equation: PorousMedium, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    """`φ'(u) Δu + φ''(u) |∇u|²` with `φ = |u|^(m-1) u`: written out, as SymPy would differentiate the sign of `u`."""
    import sympy

    # For m < 2 the source is infinite where u = 0.
    m = sympy.Integer(int(equation.m)) if math.floor(equation.m) == equation.m else sympy.Float(equation.m)
    size, squares = abs(u), sum(u.diff(y) ** 2 for y in x)
    bend = m * (m - 1) * size ** (m - 2) * sympy.sign(u) * squares
    return m * size ** (m - 1) * sum(u.diff(y, 2) for y in x) + bend


@right_hand_side.register
def _(equation: Reaction, u: Expr, t: Expr, x: Sequence[Expr]) -> Expr:
    return _through(equation.f, "f", *((t, u) if equation.timed else (u,)))


def _velocity(velocity: object, t: Expr, x: Sequence[Expr]) -> Sequence[Expr]:
    """One expression or number per axis."""
    parts = _through(velocity, "velocity", t, *x) if callable(velocity) else velocity
    if not isinstance(parts, list | tuple) or len(parts) != len(x):
        raise ValueError(f"velocity must have one component per axis ({len(x)}), got {parts!r}")
    if not callable(velocity) and not all(isinstance(v, float) for v in parts):
        raise ValueError("velocity must consist of numbers, or be a function, to have a symbolic form, got arrays")
    return parts


def _through(f: Callable[..., Any], name: str, *arguments: Expr) -> Any:
    """`f` of symbols; TypeError that says so where it does not take them."""
    try:
        return f(*arguments)
    except (TypeError, AttributeError) as error:
        raise TypeError(f"{name} must be arithmetic that SymPy symbols can go through, got {f!r}: {error}") from error
