"""`pdenn list`: what there is, found by iterating the public namespace."""

import inspect
import math
from typing import Annotated

import typer

import pdenn

from .. import exact
from .faults import told
from .names import laws, members, parameters, schemes, walls
from .options import Json
from .tables import show, show_json, table

FOLDERS = ("equations", "fluxes", "tensors", "solvers")


@told
def catalogue(
    as_json: Json = False,
    schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema of problem files instead, for editors.")] = False,
):  # fmt: skip
    """List the equations, laws, schemes with their constants and claims, solvers, walls and exact solutions."""
    if schema:
        from ..files.schema import schema as of_problems

        return show_json(of_problems())
    found = {"laws": _named(laws()), "schemes": _schemes(), "walls": _named(walls())}
    found |= {folder: _named(members(folder)) for folder in FOLDERS}
    found["exact solutions"] = [{"name": name, "what": first_line(getattr(exact, name))} for name in exact.__all__]
    if as_json:
        show_json(found)
    else:
        tables = [
            _table_of_schemes(rows) if title == "schemes" else _table(title, rows) for title, rows in found.items()
        ]
        show(*(x for part in tables for x in (part, "")))


def _named(kinds) -> list[dict]:
    return [{"name": n, "parameters": parameters(kind), "what": first_line(kind)} for n, kind in kinds.items()]


def _schemes():
    A = pdenn.discretise(pdenn.Diffusion(pdenn.Charbonnier()), pdenn.Grid((4, 4)))
    return [_scheme(name, kind(), A) for name, kind in schemes().items()]


def _scheme(name, scheme, A) -> dict:
    """A scheme that takes the operator apart has no constants; a constant that is None has no limit."""
    claims = {proof.claim: limit(proof.tau) for proof in pdenn.certify(scheme, A)}
    entry = {"name": name, "n": getattr(scheme, "n", None), "parameters": parameters(type(scheme))}
    try:
        c = pdenn.constants(scheme)
        entry |= {"order": c.order, "constants": {"beta": limit(c.beta), "2r": limit(2 * c.r), "C": limit(c.C)}}
    except ValueError:
        entry |= {"order": scheme.order, "constants": None}
    return {**entry, "claims": claims, "what": first_line(type(scheme))}


def limit(x: float) -> float | None:
    """JSON knows no infinity."""
    return float(x) if math.isfinite(x) else None


def _table(title, rows):
    columns = ["parameters"] if "parameters" in rows[0] else []
    shown = table(title, "name", *columns, "what it is")
    for row in rows:
        shown.add_row(row["name"], *(", ".join(row[column]) or "-" for column in columns), row["what"])
    return shown


def _table_of_schemes(rows):
    shown = table(
        "schemes", "name", "order", "β", "2r", "C", "claims (with τ, on Charbonnier, 2-D, h = 1)", "what it is"
    )
    for row in rows:
        name = row["name"] if row["n"] is None else f"{row['name']}(n={row['n']})"
        constants = ["-"] * 3 if row["constants"] is None else [_number(x, 4) for x in row["constants"].values()]
        claims = ", ".join(f"{claim} {_number(tau, 3)}" for claim, tau in row["claims"].items()) or "-"
        shown.add_row(name, str(row["order"] or "adaptive"), *constants, claims, row["what"])
    return shown


def _number(x: float | None, digits: int) -> str:
    return "inf" if x is None else f"{x:.{digits}g}"


def first_line(thing) -> str:
    """The first paragraph of a docstring, on one line."""
    text = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(text.split())
