"""What `solve` returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import is_torch
from .certificates import Certificate


@dataclass(frozen=True)
class Solution:
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
    u: object
    times: tuple
    snapshots: tuple
    tau: float
    steps: int
    calls: int
    seconds: float
    certificate: Certificate | None
    operator: Any
    scheme: Any

    def provenance(self) -> dict:
        """The statement, scheme, step, certificate and versions as strings and numbers."""
        import platform

        from . import __version__

        facts = {
            "pdenn": __version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
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

    def to_xarray(self):
        """An `xarray.Dataset` with `u(time, ..., x0, x1, x2)`, on a graph `u(time, ..., node)`, its coordinates, and the provenance as attributes.

        The saved times are the axis `time`; without any, the final time is its one entry.
        """
        import xarray

        times, states = (self.times, self.snapshots) if self.times else ((self.t,), (self.u,))
        data = np.stack([u.detach().cpu().numpy() if is_torch(u) else u for u in states])
        grid = self.operator.grid
        batch = [f"batch{i}" for i in range(data.ndim - 1 - grid.dim)]
        return xarray.Dataset(
            {"u": (("time", *batch, *grid.lines), data)},
            coords={"time": list(map(float, times)), **grid.lines},
            attrs=self.provenance(),
        )
