"""Transport along the arcs of a directed graph."""

from dataclasses import dataclass

from .sum import Statement

FORMS = ("advective", "conservative")


@dataclass(frozen=True)
class GraphConvection(Statement):
    """Upwind transport on a graph whose couplings `w̃_ij ≥ 0` are the speeds at which node `i` receives from node `j`.

    Advective, `-v · ∇u`: `∂u_i/∂t = Σ_j w̃_ij (u_j - u_i)`, values are carried, and constants stay. Conservative,
    `-div(v u)`: `∂u_i/∂t = Σ_j (w̃_ij u_j - w̃_ji u_i)`, amounts are carried, and their sum stays. They agree where as much
    leaves every node as enters it. `Graph.from_flow` makes such a graph from velocities of both signs.

    Parameters
    ----------
    form : {"advective", "conservative"}

    Raises
    ------
    ValueError
        `form` is unknown.
    """

    form: str = "advective"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"form must be one of {FORMS}, got {self.form!r}")

    @property
    def right_hand_side(self) -> str:
        """The terms after `∂u/∂t =`."""
        return "Σ_j w_ij (u_j - u_i)" if self.form == "advective" else "Σ_j (w_ij u_j - w_ji u_i)"
