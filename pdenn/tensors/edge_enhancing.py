"""Edge-enhancing diffusion: across edges as little as `g` allows, along them freely."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ..arrays import State, where
from ..laws import Charbonnier, check_law
from ..laws.identity import digest, same

if TYPE_CHECKING:
    from ..equations.law import Law


class EdgeEnhancing(NamedTuple):
    """`D` with the eigenvalues `g(|∇u_σ|²)` along `∇u_σ` and 1 across (Weickert 1998, section 5.1).

    `law` has `g(0) = sup g = 1` and `g ≥ 0`; `sigma ≥ 0` is the standard deviation of the smoothing, a length.
    """

    law: "Law" = Charbonnier()
    sigma: float = 1.0
    rho = 0.0
    least = 0.0
    largest = 1.0
    __eq__ = same
    __hash__ = digest

    def check(self) -> None:
        """Raise TypeError or ValueError unless the law is one with `0 ≤ g ≤ g(0) = 1`."""
        check_law(self.law)
        if self.law.sup_g != 1 or not self.law.nonnegative:
            raise ValueError(f"law must have 0 <= g <= g(0) = 1, got {self.law!r}")

    def of(self, *j: Any) -> tuple[Any, ...]:
        """`I + (g(s) - 1)/s J` with `J = ∇u_σ ∇u_σᵀ` and its trace `s`."""
        return self.in_the_plane(*j) if len(j) == 3 else self.in_space(*j)

    def in_the_plane(self, j11: State, j12: State, j22: State) -> tuple[State, State, State]:
        """`of` three components; compiled kernels take these very lines."""
        s = j11 + j22
        factor = (self.law.g(s) - 1.0) / where(s > 0.0, s, 1.0)
        return factor * j11 + 1.0, factor * j12, factor * j22 + 1.0

    def in_space(
        self, j11: State, j12: State, j13: State, j22: State, j23: State, j33: State
    ) -> tuple[State, State, State, State, State, State]:
        """`of` six components; compiled kernels take these very lines."""
        s = j11 + j22 + j33
        factor = (self.law.g(s) - 1.0) / where(s > 0.0, s, 1.0)
        return factor * j11 + 1.0, factor * j12, factor * j13, factor * j22 + 1.0, factor * j23, factor * j33 + 1.0
