"""A flux function drawn freely: an odd, piecewise linear `Φ` whose suprema are read off its knots."""

from typing import Any, NamedTuple

from ..arrays import absolute, is_torch, namespace, sqrt
from .flux import flux

SHAPES = ("monotone", "dissipative", "signed")


class Spline(NamedTuple):
    """`Φ` through the points `(kw, values[k])`, linear between them and beyond the last one; `g(s²) = Φ(s)/s`.

    On an interval `g = a/s + b` lies between its values at the two knots, so that both suprema are maxima over knots:
    exact, and differentiable wherever the largest is unique (Goujon et al. 2023 learn such splines as the derivative of
    a regulariser).

    Attributes
    ----------
    slopes : array or tensor of shape (n + 1,)
        `Φ'` on each of the `n` intervals, and beyond the last knot.
    values : array or tensor of shape (n + 1,)
        `Φ` at the knots; the first is 0.
    width : float
        `w`, the distance of the knots.
    shape : {"monotone", "dissipative", "signed"}
        What is known for certain: `Φ' ≥ 0`, `g ≥ 0`, or nothing.
    """

    slopes: Any
    values: Any
    width: float
    shape: str = "signed"
    flux = flux

    @property
    def reach(self) -> float:
        """The last knot."""
        return self.width * (len(self.values) - 1)

    @property
    def monotone(self):
        return self.shape == "monotone"

    @property
    def nonnegative(self):
        return self.shape != "signed"

    @property
    def sup_g(self):
        """`sup |g|`, attained at a knot or at infinity."""
        largest = absolute(self.values[1:] / self._knots()[1:]).max()
        return namespace(largest).maximum(largest, absolute(self.slopes[-1]))

    @property
    def sup_slope(self):
        return absolute(self.slopes).max()

    @property
    def inf_slope(self):
        return self.slopes.min()

    def g(self, s2):
        """Diffusivity at the squared slopes `s2`."""
        # On the first interval g is constant: the floor there keeps the derivative of the root finite.
        s = sqrt(namespace(s2).clip(s2, (self.width / 2) ** 2, None))
        k = self._interval(s)
        return _at(self.values - self.slopes * self._knots(), k, s) / s + _at(self.slopes, k, s)

    def potential(self, s2):
        """`Ψ(s²) = 2 ∫_0^s Φ`, with `Ψ' = g` and `Ψ(0) = 0`."""
        root = sqrt(namespace(s2).clip(s2, (self.width / 2) ** 2, None))
        k, areas = self._interval(root), self.width * (self.values[:-1] + self.values[1:]) / 2
        before = namespace(areas).concatenate([0 * areas[:1], areas.cumsum(0)])
        rest = root - _at(self._knots(), k, root)
        whole = 2 * (_at(before, k, root) + rest * (_at(self.values, k, root) + rest * _at(self.slopes, k, root) / 2))
        small = s2 < (self.width / 2) ** 2
        return namespace(s2).where(small, _at(self.slopes, 0 * k, root) * s2, whole)

    def _knots(self):
        x = self.values
        n = len(x)
        return namespace(x).arange(n, dtype=x.dtype, device=x.device) * self.width  # NumPy 2 knows devices as well

    def _interval(self, s):
        """The number of the interval that `s ≥ 0` lies in; 0 for NaN, which the division by `s` keeps."""
        k = namespace(s).nan_to_num(namespace(s).clip(s / self.width, 0, len(self.values) - 1), nan=0.0)
        return k.long() if is_torch(k) else k.astype(int)


def _at(table, k, like):
    """The entries `k` of a table, in the dtype of `like`."""
    found = table[k]
    return found.to(like.dtype) if is_torch(found) else found.astype(like.dtype)
