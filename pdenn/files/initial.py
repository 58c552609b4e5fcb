"""Initial states that a problem file can describe: files, and formulas on the cell centres of the grid.

Noise comes from NumPy's PCG64 with the seed of the file: the same file gives the same state.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]


class Initial(BaseModel):
    """What all initial states share: normally distributed noise on top of them, and their dtype.

    Parameters
    ----------
    noise : float
        Standard deviation.
    seed : int
    dtype : {"float64", "float32"}
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    noise: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    dtype: Literal["float64", "float32"] = "float64"

    def values(self, grid) -> np.ndarray:
        """The formula on the cell centres, without noise."""
        raise NotImplementedError

    def state(self, grid, u=None) -> np.ndarray:
        """The state on a grid; `u` is the array in the file, if there is one."""
        u = self.values(grid) if u is None else u
        if self.noise:
            u = u + self.noise * np.random.Generator(np.random.PCG64(self.seed)).standard_normal(u.shape)
        return np.ascontiguousarray(u, dtype=self.dtype)


class File(Initial):
    """A picture or an array, in the folder of the problem file."""

    path: str


class Constant(Initial):
    """`u = value`."""

    value: Number = 0.0

    def values(self, grid):
        return np.full(grid.shape, self.value)


class Gaussian(Initial):
    """`u = background + height exp(-|x - center|² / (2 width²))`; the centre is that of the domain by default."""

    height: Number = 1.0
    background: Number = 0.0
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    center: list[Number] | None = None

    def values(self, grid):
        center = self.center or [n * h / 2 for n, h in zip(grid.shape, grid.h, strict=True)]
        if len(center) != grid.dim:
            raise ValueError(f"center must have one number per axis ({grid.dim}), got {center}")
        squares = sum(((x - c) / self.width) ** 2 for x, c in zip(grid.coordinates(), center, strict=True))
        return self.background + self.height * np.exp(-squares / 2)


class Step(Initial):
    """`u = left` where `x0` is below the middle of the domain, `right` beyond."""

    left: Number = 1.0
    right: Number = 0.0

    def values(self, grid):
        middle = grid.shape[0] * grid.h[0] / 2
        return np.where(grid.coordinates()[0] < middle, self.left, self.right)


KINDS = {"file": File, "constant": Constant, "gaussian": Gaussian, "step": Step}
