"""What to test on: grids, states, laws and schemes as Hypothesis strategies.

The laws and schemes are those of the namespaces `pdenn.laws` and `pdenn.schemes`; whatever is added there is drawn too.
"""

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import DTypeLike, NDArray

from .. import laws as law_catalogue
from .. import schemes as scheme_catalogue
from ..graphs import Graph
from ..grids import Dirichlet, Grid, Neumann, Robin

CLOSED = ("reflecting", "periodic")
HOMOGENEOUS = (*CLOSED, Dirichlet(0.0), (Robin(1.0, 1.0, 0.0), "reflecting"))
WALLS = (*HOMOGENEOUS, Dirichlet(2.0), Neumann(-0.5), (Dirichlet(-1.0), Robin(1.0, 0.5, 2.0)))
LARGEST = 1e3
LONGEST_CYCLE = 9


@st.composite
def grids(
    draw: st.DrawFn, dims: Sequence[int] = (1, 2, 3), max_cells: int = 48, boundaries: Sequence[Any] = WALLS
) -> Grid:
    """Grids with any number of cells up to `max_cells`, one cell along an axis included.

    Parameters
    ----------
    dims : sequence of int
        Numbers of axes to choose from.
    max_cells : int
        Largest number of cells.
    boundaries : sequence of str, wall or pair of them
        What may stand at the two ends of an axis; `CLOSED`, `HOMOGENEOUS` and `WALLS` are ready choices.

    Returns
    -------
    strategy of Grid
        Mesh widths lie in `[1/4, 4]` and may differ between the axes.
    """
    shape: list[int] = []
    for _ in range(draw(st.sampled_from(dims))):
        shape.append(draw(st.integers(1, max_cells // math.prod(shape))))
    shape = draw(st.permutations(shape))
    h = [draw(st.floats(0.25, 4.0)) for _ in shape]
    return Grid(tuple(shape), tuple(h), tuple(draw(st.sampled_from(boundaries)) for _ in shape))


@st.composite
def states(
    draw: st.DrawFn, grid: Grid | Graph, dtype: DTypeLike = np.float64, batch: tuple[int, ...] = ()
) -> NDArray[Any]:
    """States on a grid: flat, one spike, a checkerboard, noise of any amplitude, or any numbers at all.

    Parameters
    ----------
    grid : Grid
    dtype : {float64, float32}
    batch : tuple of int
        Leading axes.

    Returns
    -------
    strategy of ndarray of shape (*batch, *grid.shape)
        Finite, at most 1000 in magnitude, and read-only, so that a function that writes into it raises ValueError.
    """
    shape = (*batch, *grid.shape)
    numbers = st.floats(-LARGEST, LARGEST, width=32 if np.dtype(dtype) == np.float32 else 64, allow_subnormal=False)
    kind = draw(st.sampled_from(("flat", "spike", "checkerboard", "noise", "any")))
    if kind == "any":
        u = draw(arrays(dtype, shape, elements=numbers))
    else:
        offset, amplitude = draw(numbers) / 2, draw(numbers) / 2
        u = offset + amplitude * _pattern(kind, shape, grid.dim, draw(st.integers(0, 2**32 - 1)))
    u = np.array(u, dtype)
    u.flags.writeable = False
    return u


def _pattern(kind: str, shape: tuple[int, ...], dim: int, seed: int) -> NDArray[np.float64]:
    """A state of magnitude at most one."""
    if kind == "checkerboard":
        return 1.0 - 2.0 * (np.indices(shape)[-dim:].sum(0) % 2)
    noise = np.random.default_rng(seed).uniform(-1, 1, shape)
    if kind == "spike":
        return (noise == noise.max(tuple(range(-dim, 0)), keepdims=True)).astype(float)
    return 0.0 * noise if kind == "flat" else noise


def laws(monotone: bool | None = None) -> st.SearchStrategy[Any]:
    """Laws with parameters in `[0.1, 10]` (`kappa` in `[1.2, 5]`).

    Parameters
    ----------
    monotone : bool, optional
        Only those with a monotone flux, or only the others; by default all.
    """
    found = [law for law in _classes(law_catalogue, "g") if monotone is None or law.monotone is monotone]
    return st.one_of([st.builds(law, **{name: _parameter(name) for name in law._fields}) for law in found])


def _parameter(name: str) -> st.SearchStrategy[float]:
    return st.floats(1.2, 5.0) if name == "kappa" else st.floats(0.1, 10.0)


def schemes() -> st.SearchStrategy[Any]:
    """All schemes of `pdenn.schemes`, their cycles of all lengths up to nine, coefficients held and updated."""
    return st.sampled_from(_classes(scheme_catalogue, "step")).flatmap(lambda kind: st.sampled_from(members(kind)))


def members(kind: type[Any]) -> list[Any]:
    """The instances of one class of schemes: the default one, and all that `n` up to 9 and `coefficients` allow."""
    names = {field.name for field in fields(kind) if field.init}
    choices: list[dict[str, Any]] = [{}]
    if "coefficients" in names:
        choices = [{"coefficients": c} for c in ("held", "updated")]
    if "n" in names:
        choices = [{**choice, "n": n} for choice in choices for n in range(1, LONGEST_CYCLE + 1)]
    return [scheme for scheme in (_constructed(kind, choice) for choice in choices) if scheme is not None]


def _constructed(kind: type[Any], choice: dict[str, Any]) -> Any:
    """None where the class refuses the length, as RKL2 does below 3."""
    try:
        return kind(**choice)
    except ValueError:
        return None


def _classes(catalogue: Any, method: str) -> list[type[Any]]:
    """The concrete classes with a method in the namespace of a package; protocols are neither tuples nor dataclasses."""
    things = [getattr(catalogue, name) for name in catalogue.__all__]
    concrete = (t for t in things if isinstance(t, type) and (is_dataclass(t) or issubclass(t, tuple)))
    return [thing for thing in concrete if hasattr(thing, method)]
