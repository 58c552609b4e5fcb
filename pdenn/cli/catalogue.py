"""`pdenn list`: what there is, found by iterating the public namespace."""

import inspect
from importlib import import_module
from importlib.util import find_spec

import pdenn

from .faults import told
from .names import laws, parameters, schemes, walls
from .tables import show, table


@told
def catalogue():
    """List the laws, schemes, walls and exact solutions."""
    show(_named("laws", laws()), "", _schemes(), "", _named("walls", walls()), "", _exact())


def _named(title, kinds):
    rows = table(title, "name", "parameters", "what it is")
    for name, kind in kinds.items():
        rows.add_row(name, ", ".join(parameters(kind)) or "-", first_line(kind))
    return rows


def _schemes():
    rows = table("schemes", "name", "order", "β", "2r", "C", "what it is")
    for name, kind in schemes().items():
        scheme = kind()
        c = pdenn.constants(scheme)
        numbers = (f"{c.order}", *(f"{x:.4g}" for x in (c.beta, 2 * c.r, c.C)))
        rows.add_row(str(scheme) if parameters(kind) else name, *numbers, first_line(kind))
    return rows


def _exact():
    """Empty as long as the package has no exact solutions."""
    exact = import_module("pdenn.exact") if find_spec("pdenn.exact") else None
    rows = table("exact solutions", "name", "what it is")
    for name in getattr(exact, "__all__", ()):
        rows.add_row(name, first_line(getattr(exact, name)))
    return rows


def first_line(thing) -> str:
    """The first paragraph of a docstring, on one line."""
    text = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(text.split())
