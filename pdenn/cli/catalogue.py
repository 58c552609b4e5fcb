"""`pdenn list`: what there is, found by iterating the public namespace."""

import inspect

import pdenn

from .. import exact
from .faults import told
from .names import laws, members, parameters, schemes, walls
from .tables import show, table


@told
def catalogue():
    """List the equations, laws, schemes with their constants and claims, solvers, walls and exact solutions."""
    parts = [_named("laws", laws()), _schemes(), _named("walls", walls())]
    parts += [_named(folder, members(folder)) for folder in ("equations", "fluxes", "tensors", "solvers")]
    show(*(x for part in [*parts, _exact()] for x in (part, "")))


def _named(title, kinds):
    rows = table(title, "name", "parameters", "what it is")
    for name, kind in kinds.items():
        rows.add_row(name, ", ".join(parameters(kind)) or "-", first_line(kind))
    return rows


def _schemes():
    A = pdenn.discretise(pdenn.Diffusion(pdenn.Charbonnier()), pdenn.Grid((4, 4)))
    rows = table(
        "schemes", "name", "order", "β", "2r", "C", "claims (with τ, on Charbonnier, 2-D, h = 1)", "what it is"
    )
    for name, kind in schemes().items():
        scheme = kind()
        shown = f"{name}(n={scheme.n})" if hasattr(scheme, "n") else name
        claims = ", ".join(f"{c.claim} {c.tau:.3g}" for c in pdenn.certify(scheme, A)) or "-"
        rows.add_row(shown, *_constants(scheme), claims, first_line(kind))
    return rows


def _constants(scheme) -> list[str]:
    """Order, β, 2r, C; dashes for a scheme that takes the operator apart and has no table of coefficients."""
    try:
        c = pdenn.constants(scheme)
    except ValueError:
        return [str(scheme.order or "adaptive"), "-", "-", "-"]
    return [str(c.order), *(f"{x:.4g}" for x in (c.beta, 2 * c.r, c.C))]


def _exact():
    rows = table("exact solutions", "name", "what it is")
    for name in exact.__all__:
        rows.add_row(name, first_line(getattr(exact, name)))
    return rows


def first_line(thing) -> str:
    """The first paragraph of a docstring, on one line."""
    text = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(text.split())
