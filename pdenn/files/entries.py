"""The entries of a problem file that become instances of the package: what pydantic calls before it checks the rest."""

from functools import reduce
from operator import add

from pydantic import ValidationInfo

from ..equations import Statement
from ..grids import Grid
from . import initial as states
from .graph import Placed, placed
from .parts import Folder, Wrong, built, built_at, called, chosen, parameters


def equation(node, info: ValidationInfo):
    """One table, or several that are added up."""
    terms = built(node, _folder(info))
    terms = terms if isinstance(node, list) else (terms,)
    for i, term in enumerate(terms):
        if not isinstance(term, Statement):
            raise Wrong(f"must be an equation, got {term!r}", (i,) * isinstance(node, list))
    if not terms:
        raise Wrong("must have at least one term, got []")
    return reduce(add, terms)


def initial(node, info: ValidationInfo):
    """The initial state, with the array of its file; a tuple (model, array or None)."""
    if not isinstance(node, dict):
        raise Wrong(f'must be a table such as {{ kind = "gaussian", width = 2.0 }}, got {node!r}')
    model = chosen(node.get("kind"), states.KINDS)(**{key: value for key, value in node.items() if key != "kind"})
    if not isinstance(model, states.File):
        return model, None
    try:
        return model, _folder(info).state(model.path)
    except Wrong as error:
        raise error.below("path") from error


def grid(node, info: ValidationInfo):
    """The grid; its shape is that of the file with the initial state unless it is given."""
    if not isinstance(node, dict):
        raise Wrong(f"must be a table such as {{ shape = [64, 64] }}, got {node!r}")
    for key in (key for key in node if key not in parameters(Grid)):
        raise Wrong(f"Grid has no such parameter: it has {', '.join(parameters(Grid))}", (key,))
    given = {key: built_at(key, value, _folder(info)) for key, value in node.items()}
    _, source = info.data.get("initial", (None, None))
    if "shape" not in given and source is not None:
        given["shape"] = source.shape
    if "shape" not in given:
        raise Wrong("must have a shape, such as [64, 64]: the initial state has none of its own")
    made = called(Grid, given)
    if source is not None and source.shape != made.shape:
        raise Wrong(f"must be {list(source.shape)} as in {source.path.name}, got {list(made.shape)}", ("shape",))
    return made


def graph(node, info: ValidationInfo) -> Placed:
    """The graph; it has a node for every value of the file with the initial state, if there is one."""
    made = placed(node, _folder(info))
    _, source = info.data.get("initial", (None, None))
    if source is not None and source.u.shape[-1] != made.graph.size:
        raise Wrong(f"must have {source.u.shape[-1]} nodes as in {source.path.name}, got {made.graph.size}")
    return made


def scheme(node, info: ValidationInfo):
    """An instance with a step in time."""
    made = built(node, _folder(info))
    if not hasattr(made, "step"):
        raise Wrong(f'must be a scheme such as {{ kind = "FSI", n = 8 }}, got {made!r}')
    return made


def _folder(info: ValidationInfo) -> Folder:
    assert isinstance(info.context, Folder)  # `read` gives it
    return info.context
