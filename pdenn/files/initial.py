"""Initial states that a problem file can describe: files, and formulas on the cell centres of a grid or the points of a graph.

Noise comes from NumPy's PCG64 with the seed of the file: the same file gives the same state.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..grids import Grid

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

    def values(self, x, middle) -> np.ndarray:
        """The formula, without noise: `x` are the coordinates, one array per axis, `middle` is that of the domain."""
        raise NotImplementedError

    def state(self, domain, points=None, u=None) -> np.ndarray:
        """The state on a grid, or on a graph whose nodes may have points; `u` is the array in the file, if there is one."""
        u = self.values(*coordinates(domain, points)) if u is None else u
        if self.noise:
            u = u + self.noise * np.random.Generator(np.random.PCG64(self.seed)).standard_normal(u.shape)
        return np.ascontiguousarray(u, dtype=self.dtype)


def coordinates(domain, points) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
    """Where cells or nodes are, and the middle of them all; the numbers of the nodes for a graph without points."""
    if points is not None:
        return tuple(points.T), tuple(points.mean(0))
    if isinstance(domain, Grid):
        return domain.coordinates(), tuple(n * h / 2 for n, h in zip(domain.shape, domain.h, strict=True))
    return (np.arange(domain.size, dtype=float),), ((domain.size - 1) / 2,)


class File(Initial):
    """A picture or an array, in the folder of the problem file."""

    path: str


class Constant(Initial):
    """`u = value`."""

    value: Number = 0.0

    def values(self, x, middle):
        return np.full(x[0].shape, self.value)


class Gaussian(Initial):
    """`u = background + height exp(-|x - center|² / (2 width²))`; the centre is that of the domain by default."""

    height: Number = 1.0
    background: Number = 0.0
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    center: list[Number] | None = None

    def values(self, x, middle):
        center = middle if self.center is None else self.center
        if len(center) != len(x):
            raise ValueError(f"center must have one number per axis ({len(x)}), got {center}")
        squares = sum(((y - c) / self.width) ** 2 for y, c in zip(x, center, strict=True))
        return self.background + self.height * np.exp(-squares / 2)


class Step(Initial):
    """`u = left` where `x0` is below the middle of the domain, `right` beyond."""

    left: Number = 1.0
    right: Number = 0.0

    def values(self, x, middle):
        return np.where(x[0] < middle[0], self.left, self.right)


KINDS = {"file": File, "constant": Constant, "gaussian": Gaussian, "step": Step}
