"""A scheme's own arithmetic, run lazily so that each of its steps is one sweep over memory.

Sums of states and of values `A(t, u)` are kept as coefficients until the scheme asks for `A` of them; then
`α u + β v + γ A(t, u)` is one call of `A.mix`. The body of the scheme is the plain one; the result is equal to rounding.
"""

from functools import wraps


class Value:
    """`A(t, u)`, not yet computed."""

    def __init__(self, A, t, u):
        self.A, self.t, self.u, self.stored, self.was_fused = A, t, u, None, False

    def compute(self):
        """The value itself, kept for its next use."""
        if self.stored is None:
            self.stored = self.A(self.t, self.u)
        return self.stored


class Lazy:
    """`Σ c x` over states, values and other sums; the terms are gathered only when the state is asked for."""

    def __init__(self, *terms):
        self.terms = terms

    def __add__(self, other):
        return Lazy((1.0, self), (1.0, other))

    def __sub__(self, other):
        return Lazy((1.0, self), (-1.0, other))

    def __mul__(self, number):
        return Lazy((number, self))

    __rmul__ = __mul__

    def __truediv__(self, number):
        return Lazy((1 / number, self))

    def __neg__(self):
        return Lazy((-1.0, self))

    def gathered(self) -> dict:
        """`{identity of x: (c, x)}` over the states and values below."""
        found: dict = {}
        for c, x in self.terms:
            for key, (d, y) in x.gathered().items() if isinstance(x, Lazy) else ((id(x), (1.0, x)),):
                found[key] = (c * d + found[key][0], y) if key in found else (c * d, y)
        return found

    def compute(self):
        """The state; this object stands for it from now on."""
        u = _combine([term for term in self.gathered().values() if term[0] != 0])
        self.terms = ((1.0, u),)
        return u


class Fused:
    """An operator on lazy states, for the body of a scheme."""

    def __init__(self, A):
        self.A = A

    def __call__(self, t, u):
        return Lazy((1.0, Value(self.A, t, u.compute())))

    def hold(self, t, u):
        return Fused(self.A.hold(t, u.compute()))


def step(scheme, A, t, u, tau):
    """`scheme.step(A, t, u, tau)`, fused."""
    return scheme.step(Fused(A), t, Lazy((1.0, u)), tau).compute()


def takes_apart(step):
    """For the step of a scheme that needs more than arithmetic: it sees the operator and the state themselves."""

    @wraps(step)
    def plain(self, A, t, u, tau):
        if not isinstance(A, Fused):
            return step(self, A, t, u, tau)
        return Lazy((1.0, step(self, A.A, t, u.compute(), tau)))

    return plain


def _combine(terms):
    """`Σ c x`: one value that is met for the first time is fused with two states, the rest is added to it."""
    fresh = [(c, x) for c, x in terms if isinstance(x, Value) and x.stored is None and not x.was_fused]
    if not fresh:
        return _total([(c, _state(x)) for c, x in terms])
    gamma, value = fresh[-1]
    value.was_fused = True
    others = {id(y): (c, y) for c, y in ((c, _state(x)) for c, x in terms if x is not value)}
    alpha, u = others.pop(id(value.u), (0.0, value.u))
    beta, v = others.popitem()[1] if others else (0.0, u)
    mixed = value.A.mix(value.t, u, (alpha, beta, gamma), v)
    return _total([(1.0, mixed), *others.values()])


def _state(x):
    return x.compute() if isinstance(x, Value) else x


def _total(terms):
    (c, total), *rest = terms
    total = total if c == 1 else c * total
    for c, x in rest:
        total = total + c * x
    return total
