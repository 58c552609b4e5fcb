"""A scheme's own arithmetic, run lazily so that its steps are few sweeps over memory.

Sums of states and of values `A(t, u)` are kept as coefficients until the scheme asks for `A` of them; then
`α u + β v + γ A(t, u)` is one call of `A.mix`. Where the operator can `recur`, such states are not even computed then:
each is `α w + β v + γ A(w)` with the two before it, and a run of them is one call that keeps them in the cache. The body
of the scheme is the plain one; the result is equal to rounding.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from ..arrays import is_torch

Step = TypeVar("Step", bound=Callable[..., Any])


class Value:
    """`A(t, u)` of a state or a node, not yet computed; `uses` counts the nodes that it enters."""

    def __init__(self, A, t, u):
        self.A, self.t, self.u, self.stored, self.uses = A, t, u, None, 0

    def compute(self):
        """The value itself, kept for its next use."""
        if self.stored is None:
            self.stored = self.A(self.t, state(self.u))
        return self.stored


class Node:
    """A state `Σ c x` that `A` was asked of; `terms` holds pairs `(c, x)` of states, values, and earlier nodes."""

    def __init__(self, terms):
        self.terms, self.stored, self.uses = terms, None, 0
        for _, x in terms:
            if isinstance(x, Node | Value):
                x.uses += 1

    def compute(self):
        """The state itself; what it was made of is let go."""
        if self.stored is None:
            run = _run(self)
            self.stored = _combine(self.terms) if run is None else run.compute()
            self.terms = ()
        return self.stored


class Lazy:
    """`Σ c x` over states, values, nodes and other sums; the terms are gathered only when the state is asked for."""

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
        """`{identity of x: (c, x)}` over what stands below."""
        found: dict = {}
        for c, x in self.terms:
            for key, (d, y) in x.gathered().items() if isinstance(x, Lazy) else ((id(x), (1.0, x)),):
                found[key] = (c * d + found[key][0], y) if key in found else (c * d, y)
        return found

    def node(self):
        """The state or node that this object stands for from now on."""
        terms = [(c, x) for c, x in self.gathered().values() if c != 0]
        alone = len(terms) == 1 and terms[0][0] == 1 and not isinstance(terms[0][1], Value)
        made = terms[0][1] if alone else Node(terms)
        self.terms = ((1.0, made),)
        return made

    def compute(self):
        """The state; this object stands for it from now on."""
        u = state(self.node())
        self.terms = ((1.0, u),)
        return u


class Fused:
    """An operator on lazy states, for the body of a scheme."""

    def __init__(self, A, recurs):
        self.A, self.recurs = A, recurs

    def __call__(self, t, u):
        if not self.recurs:
            return Lazy((1.0, Value(self.A, t, u.compute())))
        w = u.node()
        if isinstance(w, Node):
            w.uses += 1
        return Lazy((1.0, Value(self.A, t, w)))

    def hold(self, t, u):
        held = self.A.hold(t, u.compute())
        return Fused(held, recurs(held, u.compute()))


def recurs(A, u) -> bool:
    """Whether `A` takes states of the kind of `u` through several steps at once."""
    return hasattr(A, "recur") and not is_torch(u)


def steps(scheme, A, times, u):
    """The state after the steps `(t, τ)` of `times`, fused."""
    fused, lazy = Fused(A, recurs(A, u)), Lazy((1.0, u))
    for t, tau in times:
        lazy = scheme.step(fused, t, lazy, tau)
    return lazy.compute()


def takes_apart(step: Step) -> Step:
    """For the step of a scheme that needs more than arithmetic: it sees the operator and the state themselves."""

    @wraps(step)
    def plain(self, A, t, u, tau):
        if not isinstance(A, Fused):
            return step(self, A, t, u, tau)
        return Lazy((1.0, step(self, A.A, t, u.compute(), tau)))

    return cast(Step, plain)


def state(x):
    """The state that a term stands for."""
    return x.compute() if isinstance(x, Node | Value) else x


def _combine(terms):
    """`Σ c x`: one value that is met for the first time is fused with two states, the rest is added to it."""
    fresh = [(c, x) for c, x in terms if isinstance(x, Value) and x.stored is None and x.uses < 2]
    if not fresh:
        return _total([(c, state(x)) for c, x in terms])
    gamma, value = fresh[-1]
    base = state(value.u)
    others = {id(y): (c, y) for c, y in ((c, state(x)) for c, x in terms if x is not value)}
    alpha, u = others.pop(id(base), (0.0, base))
    beta, v = others.popitem()[1] if others else (0.0, u)
    mixed = value.A.mix(value.t, u, (alpha, beta, gamma), v)
    return _total([(1.0, mixed), *others.values()])


def _total(terms):
    (c, total), *rest = terms
    total = total if c == 1 else c * total
    for c, x in rest:
        total = total + c * x
    return total


class Recurrence:
    """`w_(s+1) = α w_s + β w_(s-1) + γ A(w_s) + δ a + ε b` for `nodes = w_1, w_2, ...`, each with its value `A(w_s)`."""

    def __init__(self, A, nodes, values):
        self.A, self.nodes, self.values, self.rows, self.given = A, nodes, values, [], []

    def read(self) -> bool:
        """Whether the nodes have this form with at most two given states `a` and `b`; the rows are kept."""
        last, before = self.values[0].u, None
        for node, value in zip(self.nodes, self.values, strict=True):
            factors = {id(x): c for c, x in node.terms}
            row = [factors.pop(id(last), 0.0), factors.pop(id(before), 0.0), factors.pop(id(value))]
            self.given += [x for _, x in node.terms if id(x) in factors and all(x is not y for y in self.given)]
            if len(self.given) > 2:
                return False
            self.rows.append([*row, *(factors.get(id(x), 0.0) for x in self.given), 0.0, 0.0][:5])
            last, before = node, last
        return True

    def compute(self):
        """The last of the nodes."""
        a, b = (*map(state, self.given), None, None)[:2]
        return self.A.recur(self.values[0].t, state(self.values[0].u), self.rows, a, b)


def _run(node) -> Recurrence | None:
    """The longest recurrence that ends with `node` and whose states nobody else asks for; None if it has one step."""
    nodes: list = []
    values: list = []
    while isinstance(node, Node) and node.stored is None:
        fresh = [x for _, x in node.terms if isinstance(x, Value) and x.stored is None and x.uses < 2]
        inside = sum(x is node for later in nodes[:2] for _, x in later.terms) + 1
        if len(fresh) != 1 or not hasattr(fresh[0].A, "recur") or (nodes and node.uses != inside):
            break
        if values and fresh[0].A is not values[0].A:
            break
        nodes, values, node = [node, *nodes], [fresh[0], *values], fresh[0].u
    run = Recurrence(values[0].A, nodes, values) if len(nodes) > 1 else None
    return run if run is not None and run.read() else None
