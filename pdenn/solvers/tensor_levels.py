"""The levels of `galerkin` on tensors that live on other devices than the CPU.

Rests on a level that was set up on the CPU: its stencil and weights are moved once. Neighbours are reached by rolls, and
colours by masks; the layout is `(batch, n0, n1, n2)` as there.
"""

from functools import cached_property, singledispatchmethod
from itertools import product

from ..arrays import namespace
from ..operators.stencil import Stencil, applied
from .smoothers import Chebyshev, GaussSeidel, Jacobi, LineGaussSeidel, semi_iteration


class TensorLevel:
    """`M v = f` on one grid, for tensors of the dtype and on the device of `like`; see `galerkin.Level`."""

    def __init__(self, level, like):
        self.level, self.like, self.symmetric = level, like, level.symmetric
        self.stencil = Stencil(tuple(map(tuple, level.offsets.tolist())), self.moved(level.s))

    def moved(self, x):
        return namespace(self.like).as_tensor(x, dtype=self.like.dtype, device=self.like.device)

    @cached_property
    def coarse(self):
        """The next coarser level; None where this one is solved at once."""
        return None if self.level.coarse is None else TensorLevel(self.level.coarse, self.like)

    @cached_property
    def weights(self):
        return self.moved(self.level.weights)

    @cached_property
    def inverse(self):
        return self.moved(self.level.inverse)

    def lifted(self, u):
        """A copy of a state in the layout of the kernels."""
        return u.detach().to(self.like.dtype, copy=True).reshape(self.level.shape)

    def right(self, f):
        """The right-hand side, with what the walls and data contribute."""
        return self.lifted(f) + self.moved(self.level.affine)

    @staticmethod
    def lowered(v, like):
        """A state like another one."""
        return v.reshape(like.shape).to(like.dtype)

    @staticmethod
    def zero(f):
        return 0.0 * f

    def residual(self, v, f):
        """`f - M v`."""
        return f - applied(self.stencil, v)

    def solved(self, v, f):
        """`M⁻¹ f`; with a null space, `v` plus the smallest correction."""
        r = self.residual(v, f).reshape(len(f), -1, 1)
        return v + (self.inverse @ r).reshape(f.shape)

    def coarse_problem(self, v, f):
        """No correction yet, and the restricted residual."""
        r = self.restricted(self.residual(v, f))
        return 0.0 * r, r

    def restricted(self, r):
        """`R r`: what the fine cells at each distance `o` hold, times what they would be given."""
        whole = r.new_zeros(self.even)
        whole[self.inside] = r
        shifted = (whole.roll(tuple(-x for x in o), (1, 2, 3))[self.chosen] for o in self.distances)
        return sum(w * x for w, x in zip(self.weights, shifted, strict=True))

    def corrected(self, v, before, after):
        """`v + P after`; `before` is zero."""
        return v + self.prolonged(after)

    def prolonged(self, e):
        """`P e`."""
        total = 0.0
        for w, o in zip(self.weights, self.distances, strict=True):
            spread = e.new_zeros(self.even)
            spread[self.chosen] = w * e
            total = total + spread.roll(o, (1, 2, 3))
        return total[self.inside]

    @cached_property
    def distances(self):
        """From a coarse cell to the fine cells it gives to, in the order of the weights."""
        return list(product(*((-1, 0, 1) if merged else (0,) for merged in self.level.merged)))

    @cached_property
    def even(self):
        """The shape with a cell added to each merged axis of odd length, to which no coarse cell gives anything."""
        shape = self.level.shape
        return shape[0], *(n + n % 2 * int(merged) for n, merged in zip(shape[1:], self.level.merged, strict=True))

    @cached_property
    def inside(self):
        return tuple(map(slice, self.level.shape))

    @cached_property
    def chosen(self):
        """Where the coarse cells stand."""
        return (slice(None), *(slice(None, None, 2 if merged else 1) for merged in self.level.merged))

    @singledispatchmethod
    def smoothed(self, smoother, v, f):
        """A step of a smoother."""
        raise TypeError(f"{smoother!r} is no smoother")

    @smoothed.register
    def _(self, smoother: Jacobi, v, f):
        return v + self.level.damping(smoother) * self.residual(v, f) / self.stencil.s[0]

    @smoothed.register
    def _(self, smoother: GaussSeidel, v, f):
        omega = self.level.damping(smoother)
        for mask in self.masks(()):
            v = v + omega * mask * self.residual(v, f) / self.stencil.s[0]
        return v

    @smoothed.register
    def _(self, smoother: Chebyshev, v, f):
        return semi_iteration(smoother, lambda w: self.smoothed(Jacobi(1.0), w, f), self.level.gershgorin, v)

    @smoothed.register
    def _(self, smoother: LineGaussSeidel, v, f):
        for axis in self.level.lines(smoother):
            for mask in self.masks((axis,)):
                v = v + mask * self.along_lines(axis, self.residual(v, f))
        return v

    def masks(self, lines):
        """One for the cells of each colour."""
        for start, stop in self.level.colours(lines):
            mask = self.like.new_zeros(self.level.shape[1:])
            steps = [1 if axis in lines else 2 for axis in range(3)]
            mask[tuple(map(slice, start.tolist(), stop.tolist(), steps))] = 1
            yield mask

    def along_lines(self, axis, r):
        """The tridiagonal systems of all lines, solved by cyclic reduction in parallel (Hockney and Jesshope 1981)."""
        offsets, n, step = self.stencil.offsets, self.level.shape[1 + axis], 1
        unit = [tuple(sign * (a == axis) for a in range(3)) for sign in (-1, 1)]
        low, high = (self.stencil.s[offsets.index(o)].clone() if o in offsets else 0.0 * r for o in unit)
        low.select(1 + axis, 0).zero_()
        high.select(1 + axis, n - 1).zero_()
        d = self.stencil.s[0]
        while step < n:
            (d1, l1, h1, r1), (d2, l2, h2, r2) = (
                [x.roll(shift, 1 + axis) for x in (d, low, high, r)] for shift in (step, -step)
            )
            a, b = -low / d1, -high / d2
            d, low, high, r, step = d + a * h1 + b * l2, a * l1, b * h2, r + a * r1 + b * r2, 2 * step
        return r / d
