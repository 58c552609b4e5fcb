"""Reactions that a file can say: polynomials in the state, whose coefficients may vary from cell to cell."""

from dataclasses import dataclass

from ..equations.values import Values, like, values


@dataclass(frozen=True)
class Polynomial:
    """`f(u) = c_0 + c_1 u + c_2 u² + ...`: `(0, 1, -1)` is the logistic law `u (1 - u)`, a single number a source.

    Parameters
    ----------
    coefficients : tuple of floats or arrays
        At least one; arrays have the shape of the grid, or of a state.

    Raises
    ------
    TypeError, ValueError
        There is none, or one is not finite.
    """

    coefficients: tuple[float | Values, ...]

    def __post_init__(self):
        given = self.coefficients
        if not isinstance(given, tuple | list) or not given:
            raise ValueError(f"coefficients must be a list of one number or array at least, got {given!r}")
        checked = tuple(c if isinstance(c, Values) else values(c, "coefficients") for c in given)
        object.__setattr__(self, "coefficients", checked)

    def __call__(self, u):
        """By Horner's rule; an array or tensor like `u`."""
        *rest, last = (like(c, u) for c in self.coefficients)
        f = 0.0 * u + last
        for c in reversed(rest):
            f = f * u + c
        return f


__all__ = ["Polynomial"]
