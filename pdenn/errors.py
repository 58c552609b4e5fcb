"""The errors that pdenn raises beside ValueError and TypeError; each says what to do. Rests on nothing."""

from collections.abc import Sequence


class NoCertificate(ValueError):
    """The claim asked for is not provable for this scheme and operator.

    `because` holds the reason on its own.
    """

    def __init__(self, message: str, because: str = "") -> None:
        super().__init__(message)
        self.because = because


class StepTooLarge(ValueError):
    """The step size exceeds the limit of the claim asked for."""


class Diverged(FloatingPointError):
    """The solution became infinite or NaN."""


class NotConverged(ArithmeticError):
    """An iteration missed its tolerance; `residuals` holds the norms of its residuals."""

    def __init__(self, message: str, residuals: Sequence[float] = ()) -> None:
        super().__init__(message)
        self.residuals = tuple(residuals)
