"""Statements add up: `Diffusion(...) + Convection(...)`."""

from dataclasses import dataclass


class Statement:
    """What every equation can do: be added to another one, and print as mathematics.

    An equation names the terms after `∂u/∂t =` in its property `right_hand_side`.
    """

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        raise NotImplementedError

    def __add__(self, other: "Statement") -> "Sum":
        if not isinstance(other, Statement):
            return NotImplemented
        return Sum((*terms(self), *terms(other)))

    def __str__(self) -> str:
        return f"∂u/∂t = {self.right_hand_side}"


@dataclass(frozen=True)
class Sum(Statement):
    """`∂u/∂t = Σ` of the right-hand sides of its terms."""

    terms: tuple[Statement, ...]

    @property
    def right_hand_side(self) -> str:
        """The terms, joined by plus signs."""
        return " + ".join(term.right_hand_side for term in self.terms)


def terms(equation: Statement) -> tuple[Statement, ...]:
    """The terms of a sum; any other equation is its own single term."""
    return equation.terms if isinstance(equation, Sum) else (equation,)
