"""Anisotropic stencils, and residuals and smoothers of multigrid, against the roofline: which fraction of it they reach.

Here the peer is the roofline itself (`limits.ceiling`), so that the ratio is that fraction. A kernel counts the numbers that it must
read and write for each cell, each once, what it adds and multiplies as it is written, a product with the sum that takes it as
one operation, and its divisions. One thread.
"""

from functools import partial
from typing import NamedTuple

import numba
import numpy as np

import pdenn as pn
from pdenn.solvers.problem import linear_problem
from pdenn.solvers.smoothers import GaussSeidel, Jacobi, LineGaussSeidel

from .limits import ceiling
from .machine import present
from .rounds import interleaved, row

GAMMA = 100.0  # of `I - γ A`
PLANE, SPACE = 36, 142  # operations a cell of the anisotropic stencils


class Kernel(NamedTuple):
    """A work on `cells` cells, each of which moves `numbers` and takes operations."""

    work: partial
    cells: int
    numbers: int
    operations: int
    divisions: int = 0

    def seconds(self, dtype: str) -> float:
        """The time at the roofline."""
        counted = {"multiply_add": self.operations} | ({"division": self.divisions} if self.divisions else {})
        copied = self.cells * self.numbers * np.dtype(dtype).itemsize // 2  # a copy reads one array and writes one
        return self.cells / ceiling(dtype, 1, copied, self.numbers, counted)


def measure(settings):
    """A row a kernel and precision, and one for whole steps."""
    yield from nonlinear(settings)
    if not present("C"):
        yield {"note": "the roofline was not measured: there is no gcc"}
        return
    numba.set_num_threads(1)
    for dtype in ("float32", "float64"):
        kernels = {**anisotropic(settings, dtype), **multigrid(settings, dtype)}
        for kernel in kernels.values():
            kernel.work()
        found = interleaved({name: kernel.work for name, kernel in kernels.items()}, settings.seconds)
        for name, kernel in kernels.items():
            what, _, where = name.partition(", ")
            rate = kernel.cells / float(np.median(found[name])) / 1e6
            size = kernel.numbers * np.dtype(dtype).itemsize
            words = (
                f"{rate:.0f} Mcell/s; {size} bytes, {kernel.operations} operations, {kernel.divisions} divisions a cell"
            )
            limit = ("roofline", [kernel.seconds(dtype)])
            yield row(where, (what, found[name]), limit, dtype=dtype, threads=1, differs=words)


def anisotropic(settings, dtype) -> dict[str, Kernel]:
    """`u + τ div(D ∇u)` with the tensor held, edge-enhancing in the plane and in space."""
    found = {}
    for shape, operations in zip(settings.pick([(2048,) * 2, (160,) * 3], [(512,) * 2, (48,) * 3], [(12, 10), (6, 5, 7)]),
                                 (PLANE, SPACE), strict=True):  # fmt: skip
        u = np.random.default_rng(0).random(shape).astype(dtype)
        A = pn.discretise(pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.1))), pn.Grid(shape)).hold(0.0, u)
        work = partial(A.mix, 0.0, u, (1.0, 0.0, 0.1), u)
        # The state and the components of the tensor are read, the new state is written.
        found[f"anisotropic, {' x '.join(map(str, shape))}"] = Kernel(work, u.size, len(A.tensor) + 2, operations)
    return found


def nonlinear(settings):
    """A step of coherence-enhancing diffusion as users run it, the tensor made anew, and DIPlib's; in single precision."""
    if not settings.wants("DIPlib"):
        return
    import diplib as dip

    dip.SetNumberOfThreads(1)
    numba.set_num_threads(1)
    n, steps = settings.pick(1024, 256, 12), 5
    u, grid = np.random.default_rng(0).random((n, n)).astype(np.float32), pn.Grid((n, n))
    A = pn.discretise(pn.AnisotropicDiffusion(pn.CoherenceEnhancing(0.01, 0.1, 0.7, 2.0)), grid)
    ours = partial(pn.solve, A, u, pn.ExplicitEuler(), steps * 0.2, tau=0.2)
    peer = partial(
        dip.CoherenceEnhancingDiffusion, u, derivativeSigma=0.7, regularizationSigma=2.0, iterations=steps
    )  # fmt: skip
    for work in (ours, peer):
        work()
    found = interleaved({"ours": ours, "peer": peer}, settings.seconds)
    words = f"{steps} steps; DIPlib chooses tensor, stencil and step itself"
    yield row(f"{n} x {n}", ("coherence-enhancing steps", found["ours"]), ("DIPlib", found["peer"]), dtype="float32",
              threads=1, differs=words)  # fmt: skip


def multigrid(settings, dtype) -> dict[str, Kernel]:
    """Residual and smoothers on the finest level and on the next one, whose stencil is compact."""
    plane, space = (level(shape, dtype) for shape in settings.pick(((1024,) * 2, (96,) * 3), ((256,) * 2, (32,) * 3),
                                                                   ((32, 24), (12, 10, 14))))  # fmt: skip
    found = {}
    for problem in (plane, plane.coarse, space):
        v, f = np.random.default_rng(0).random((2, *problem.shape)).astype(dtype)
        entries = len(problem.s)
        where = f"{entries} entries, {' x '.join(str(n) for n in problem.shape[1:] if n > 1)}"
        # Stencil, right-hand side and state are read, the result is written.
        found[f"residual, {where}"] = Kernel(partial(problem.residual, v, f), v.size, entries + 3, entries)
        for smoother in (Jacobi(), GaussSeidel()):
            work = partial(problem.smoothed, smoother, v, f)
            found[f"{type(smoother).__name__}, {where}"] = Kernel(work, v.size, entries + 3, entries + 1, 1)
        for axis in range(f.ndim - 1 - problem.lacking):
            work = partial(problem.smoothed, LineGaussSeidel((axis,)), v, f)
            found[f"lines along axis {axis}, {where}"] = Kernel(work, v.size, entries + 3, entries + 6, 1)
    return found


def level(shape, dtype):
    """`I - γ A` with the diffusivities of noise."""
    u = np.random.default_rng(1).random(shape).astype(dtype)
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid(shape)).hold(0.0, u)
    return linear_problem(A, 0.0, u, GAMMA)
