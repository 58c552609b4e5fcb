"""What `solve` returns."""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from .arrays import State, is_torch, single
from .certificates import Certificate
from .graphs import Graph
from .grids import Grid

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Solution(Generic[State]):
    """A state in time, with everything needed to repeat it.

    Attributes
    ----------
    t : float
        The final time.
    u : array or tensor
        The state at `t`, of the shape, dtype and kind of the initial state.
    times : tuple of float
        The saved times.
    snapshots : tuple of arrays or tensors
        The states at `times`.
    tau : float
        The largest step that was taken.
    steps, calls : int
        Number of steps, and of evaluations of the operator, of this run.
    seconds : float
        Wall-clock time of this run.
    certificate : Certificate or None
        The claim under which the run was made.
    operator, scheme
        As they were given.
    """

    t: float
    u: State
    times: tuple[float, ...]
    snapshots: tuple[State, ...]
    tau: float
    steps: int
    calls: int
    seconds: float
    certificate: Certificate | None
    operator: Any
    scheme: Any

    def provenance(self) -> dict[str, str | float]:
        """The statement, scheme, step, certificate and versions as strings and numbers."""
        import platform

        from . import __version__

        facts = {
            "pdenn": __version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "equation": statement(self.operator),
            "operator": repr(self.operator),
            "scheme": repr(self.scheme),
            "t_end": self.t,
            "tau": self.tau,
            "steps": self.steps,
            "calls": self.calls,
            "seconds": self.seconds,
            "certificate": "none asked for" if self.certificate is None else str(self.certificate),
        }
        return facts

    def to_xarray(self) -> "xarray.Dataset":
        """An `xarray.Dataset` with `u(time, ..., x0, x1, x2)`, on a graph `u(time, ..., node)`, its coordinates, and the provenance as attributes.

        The saved times are the axis `time`; without any, the final time is its one entry. Names, axes and units are those
        of the CF conventions; pdenn knows no units but one, so that another one is for the user to say.
        """
        import xarray

        times = self.times or (self.t,)
        states: tuple[Any, ...] = self.snapshots if self.times else (self.u,)
        data = np.stack([single(u.detach()).cpu().numpy() if is_torch(u) else u for u in states])
        grid: Grid | Graph = self.operator.grid
        batch: list[str] = [f"batch{i}" for i in range(data.ndim - 1 - grid.dim)]
        lines = {name: (name, x, _coordinate(name)) for name, x in grid.lines.items()}
        return xarray.Dataset(
            {"u": (("time", *batch, *grid.lines), data, {"long_name": "state", "units": "1"})},
            coords={"time": ("time", list(map(float, times)), _coordinate("time")), **lines},
            attrs={"Conventions": "CF-1.11", **self.provenance()},
        )


def _coordinate(name: str) -> dict[str, str]:
    """What the CF conventions want to know of a coordinate, as far as ParaView understands it.

    It takes a time with the unit 1 for a place, and a place with the axis X for a longitude.
    """
    if name == "time":
        return {"axis": "T", "long_name": "time"}
    return {"long_name": "number of the node" if name == "node" else f"{name}, cell centres", "units": "1"}


def statement(A: Any) -> str:
    """The equation of an operator as mathematics; an operator without one prints as what it is."""
    parts = getattr(A, "terms", (A,))
    if not all(hasattr(part, "equation") for part in parts):
        return repr(A)
    return str(reduce(add, (part.equation for part in parts)))
