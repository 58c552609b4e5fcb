"""The linear side of multigrid: operator-dependent transfer and Galerkin products, run by compiled kernels.

Rests on the stencil of an operator. Arrays here have the layout `(batch, n0, n1, n2)` of the kernels; an axis that the
grid lacks has one cell. All are the solver's own: smoothers write into them.
"""

from functools import cached_property, singledispatchmethod
from itertools import product

import numpy as np

from ..kernels import galerkin, lines, products
from ..kernels import stencil as kernels
from ..kernels.layout import insert
from ..kernels.memory import empty, empty_like
from .smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel, semi_iteration

SMALLEST = 100  # cells of a batch entry that are solved at once
WEAK = 0.35  # axes coupled less than this, relative to the strongest, are not merged
CONVECTIVE = 0.9  # an antisymmetric part larger than this, relative to the symmetric one, is convection alone


class Level:
    """`M v = f` on one grid: its residual, its smoothers, and its transfer to the next coarser one.

    Attributes
    ----------
    offsets : integer array of shape (entries, 3)
    s : array of shape (entries, batch, n0, n1, n2)
        See `kernels.stencil`.
    lacking : int
        The number of axes that the grid lacks.
    symmetric : bool
    """

    def __init__(self, offsets, s, lacking, symmetric):
        self.offsets, self.s, self.lacking, self.symmetric = np.asarray(offsets, np.int64), s, lacking, symmetric
        self.shape, self.cells = s.shape[1:], s[0].size

    def residual(self, v, f):
        """`f - M v`."""
        out = empty_like(f)
        self.run(kernels.residual)(self.s, self.offsets, v, f, out)
        return out

    def coarse_problem(self, v, f):
        """No correction yet, and the restricted residual."""
        r = self.restricted(self.residual(v, f))
        return np.zeros_like(r), r

    def restricted(self, r):
        """`R r`."""
        out = empty(self.coarse.shape, r.dtype)
        self.run(galerkin.restriction)(self.weights, self.strides, r, out)
        return out

    def corrected(self, v, before, after):
        """`v + P after`; `before` is zero."""
        out = empty_like(v)
        self.run(galerkin.prolongation)(self.weights, self.strides, after, v, out)
        return out

    def prolonged(self, e):
        """`P e`."""
        return self.corrected(np.zeros(self.shape, e.dtype), None, e)

    def run(self, kernel):
        return kernels.chosen(kernel, self.cells)

    @staticmethod
    def zero(f):
        return np.zeros_like(f)

    @singledispatchmethod
    def smoothed(self, smoother, v, f):
        """A step of a smoother."""
        raise TypeError(f"{smoother!r} is no smoother")

    @smoothed.register
    def _(self, smoother: Jacobi, v, f):
        omega, out = self.damping(smoother), empty_like(v)
        self.run(kernels.jacobi)(self.s, self.offsets, v, f, v.dtype.type(omega), out)
        return out

    @smoothed.register
    def _(self, smoother: GaussSeidel, v, f):
        omega = self.damping(smoother)
        omega = v.dtype.type(omega)
        if self.in_one_sweep:
            slabs = kernels.slabs(len(v), self.shape[1], self.cells)
            self.run(kernels.relax)(self.s, self.offsets, v, f, omega, self.rings[0], slabs)
            return v
        for start, stop in self.colours(()):
            self.run(kernels.gauss_seidel)(self.s, self.offsets, v, f, omega, start, stop)
        return v

    @cached_property
    def in_one_sweep(self) -> bool:
        """Whether no axis is a closed ring of odd length, and the first is long: all colours run in one sweep."""
        odd = any(ring and n % 2 for ring, n in zip(self.rings, self.shape[1:], strict=True))
        return self.shape[1] > 8 and not odd

    @smoothed.register
    def _(self, smoother: Chebyshev, v, f):
        return semi_iteration(smoother, lambda w: self.smoothed(Jacobi(1.0), w, f), self.gershgorin, v)

    @smoothed.register
    def _(self, smoother: LineGaussSeidel, v, f):
        for axis in self.lines(smoother):
            self.relax_lines(axis, v, f)
        return v

    def damping(self, smoother) -> float:
        """`ω` of Jacobi or Gauss-Seidel, by default what suits the level."""
        if smoother.omega is not None:
            return smoother.omega
        d = sum(n > 1 for n in self.shape[1:])
        if isinstance(smoother, Jacobi):
            return 2 * d / (2 * d + 1)
        return 1.15 if d > 1 and self.symmetric else 1.0

    def lines(self, smoother: LineGaussSeidel) -> list[int]:
        """The axes of the layout whose lines are relaxed."""
        dim = 3 - self.lacking
        wanted = range(dim) if smoother.axes is None else smoother.axes
        if max(wanted) >= dim:
            raise ValueError(f"axes of a grid in {dim} dimensions must lie below {dim}, got {smoother!r}")
        places = insert(self.lacking, list(range(dim)), None)
        return [a for a in range(3) if places[a] in wanted and self.shape[1 + a] > 1]

    def relax_lines(self, axis, v, f):
        """All lines along one axis of the layout, in place."""
        order = {tuple(o): m for m, o in enumerate(self.offsets.tolist())}
        left, right = (order.get(tuple(sign * (a == axis) for a in range(3)), len(order)) for sign in (-1, 1))
        s = self.s
        if len(order) in (left, right):  # no such coupling
            s = np.concatenate([s, np.zeros_like(s[:1])])
        for start, stop in self.colours((axis,)):
            if axis == 2:
                self.run(lines.rows)(s, self.offsets, v, f, left, right, start, stop)
            else:
                self.run(lines.columns)(s, self.offsets, v, f, axis, left, right, start, stop)

    def colours(self, lines):
        """`(start, stop)` of each colour: the parities of a cell along all axes but `lines`, even sums first.

        The last cell of a closed ring of odd length has a colour of its own.
        """
        choices = []
        for axis, n in enumerate(self.shape[1:]):
            ring = n % 2 == 1 and n > 1 and self.rings[axis]
            parts = [(0, n - ring), (1, n), *([(n - 1, n)] if ring else [])] if n > 1 else [(0, 1)]
            choices.append([(0, n)] if axis in lines else parts)
        whole = [tuple(zip(*parts, strict=True)) for parts in product(*choices)]
        ordered = sorted(whole, key=lambda c: sum(c[0]) % 2)
        return [(np.array(start), np.array(stop)) for start, stop in ordered]

    @cached_property
    def rings(self):
        """Whether an axis is closed: some coefficient couples its last cell with the first."""
        ends = [np.take(self.s, -1, 2 + axis)[self.offsets[:, axis] == 1] for axis in range(3)]
        return tuple(bool(end.any()) for end in ends)

    @cached_property
    def gershgorin(self) -> float:
        """An upper bound of the spectrum of `D⁻¹ M`."""
        return float((np.abs(self.s).sum(0) / np.abs(self.s[0])).max())

    @cached_property
    def transposed(self):
        """The stencil of `Mᵀ`, its entries at the same offsets."""
        order = {tuple(o): m for m, o in enumerate(self.offsets.tolist())}
        back = [order.get(tuple(-x for x in o)) for o in self.offsets.tolist()]
        rolled = [
            np.zeros_like(self.s[0]) if m is None else np.roll(self.s[m], tuple(-o), (1, 2, 3))
            for m, o in zip(back, self.offsets, strict=True)
        ]
        return np.stack(rolled)

    @cached_property
    def merged(self):
        """The axes whose cells are merged: those of strong couplings."""
        n, sizes = np.array(self.shape[1:]), np.abs(self.s).reshape(len(self.s), -1).mean(1)
        strong = np.array([sizes[self.offsets[:, a] != 0].sum() for a in range(3)]) * (n > 1)
        return (n > 1) & (strong >= WEAK * strong.max())

    @cached_property
    def strides(self):
        strides, power = np.zeros(3, np.int64), 1
        for a in np.flatnonzero(self.merged)[::-1]:
            strides[a], power = power, 3 * power
        return strides

    @cached_property
    def weights(self):
        """What each coarse cell gives to the fine ones: the columns of `P = R*`.

        From the symmetric part of `M` (Dendy 1983); in pure convection each coarse cell stands for the cells it is made of.
        """
        c = [(n + 1) // 2 if m else n for n, m in zip(self.shape[1:], self.merged, strict=True)]
        weights = np.zeros((3 ** int(self.merged.sum()), self.shape[0], *c), self.s.dtype)
        s = self.s if self.symmetric else (self.s + self.transposed) / 2
        if not self.symmetric and np.abs(self.s - s).sum() > CONVECTIVE * np.abs(s[1:]).sum():
            return self.aggregates(weights)
        weights[len(weights) // 2] = 1
        for places in range(1, int(self.merged.sum()) + 1):
            self.run(galerkin.interpolation)(s, self.offsets, self.strides, places, weights)
        return weights

    def aggregates(self, weights):
        """One for the two cells of each merged axis that a coarse cell is made of."""
        reach = [(0, 1) if merged else (0,) for merged in self.merged]
        for o in product(*reach):
            slot = sum((x + 1) * stride for x, stride in zip(o, self.strides, strict=True) if stride)
            inside = [slice(None, n // 2) if x else slice(None) for x, n in zip(o, self.shape[1:], strict=True)]
            weights[(slot, slice(None), *inside)] = 1
        return weights

    @cached_property
    def coarse(self):
        """The next coarser level, `R M P`; None where this one is solved at once."""
        if self.cells // self.shape[0] <= SMALLEST or not self.merged.any():
            return None
        c = self.weights.shape[2:]
        full = np.array([n > 1 for n in c], np.int64)
        offsets = list(product(*((0, -1, 1) if n > 1 else (0,) for n in c)))
        slots = np.zeros((3, 3, 3), np.int64)
        for m, (i, j, k) in enumerate(offsets):
            slots[i + 1, j + 1, k + 1] = m
        s = np.zeros((len(offsets), *self.weights.shape[1:]), self.s.dtype)
        arguments = self.s, self.offsets, self.weights, self.weights, self.strides, full, slots
        self.run(products.product)(*arguments, s)
        odd = np.array(
            [m and r and n % 2 for m, r, n in zip(self.merged, self.rings, self.shape[1:], strict=True)], bool
        )
        if odd.any():
            products.ring_ends(*arguments, odd, s)
        coarse = Level(offsets, s, self.lacking, self.symmetric)
        return coarse if self.symmetric else coarse.upwinded()

    def upwinded(self):
        """The same with the least diffusion added that makes all couplings attractive (Kuzmin and Turek 2002).

        Galerkin products of convection lose the sign of their couplings, and with it the convergence of any smoother.
        """
        d = np.maximum(0, np.maximum(self.s, self.transposed))
        d[0] = 0
        s = self.s - d
        s[0] = s[0] + d.sum(0)
        return Level(self.offsets, s, self.lacking, False)

    @cached_property
    def inverse(self):
        """The pseudo-inverse of `M`, one matrix a batch entry."""
        n = int(np.prod(self.shape[1:]))
        index, rows = np.arange(n).reshape(self.shape[1:]), np.arange(n)
        matrix = np.zeros((self.shape[0], n, n))
        for o, c in zip(self.offsets, self.s, strict=True):
            beside = np.roll(index, tuple(-o), (0, 1, 2)).ravel()
            matrix[:, rows, beside] = matrix[:, rows, beside] + c.reshape(self.shape[0], n)
        return np.linalg.pinv(matrix, rcond=n * np.finfo(self.s.dtype).eps).astype(self.s.dtype)

    def solved(self, v, f):
        """`M⁻¹ f`; with a null space, `v` plus the smallest correction."""
        r = self.residual(v, f).reshape(len(f), -1)
        return v + np.einsum("bij,bj->bi", self.inverse, r).reshape(f.shape)
