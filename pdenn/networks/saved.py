"""A derived network in one file that says what it is: weights in safetensors, and beside them, as JSON, the statement.

Nothing in such a file is executed: names are looked up among the statements of the package, and numbers are
handed to their constructors, which check them.
"""

import json
from dataclasses import fields, is_dataclass
from functools import cache
from os import PathLike
from typing import Any

from .. import __version__, equations, fluxes, grids, laws, schemes, solvers, tensors
from ..equations.sum import Statement, Sum
from ..operators import SumOperator, discretise
from ..operators.protocol import Operator
from .scheme_net import SchemeNet
from .weights import digest, load, read_tensors, write_tensors

PACKAGES = (laws, schemes, equations, grids, solvers, fluxes, tensors)
KEYS = ("equation", "grid", "scheme", "steps", "tied", "pdenn")


def write_network(path: str | PathLike[str], network: SchemeNet, A: Operator) -> None:
    """Write a derived network so that `read_network` needs the file alone.

    Parameters
    ----------
    path : path
        With the suffix `.safetensors`.
    network : SchemeNet
        As `pdenn.derive(A, ...)` made it; it may have been trained since.
    A : Operator
        What it was derived from.

    Raises
    ------
    TypeError
        `network` was not derived from a scheme.
    ValueError
        `A` or the scheme holds an array, a function or a graph, or the network has a law of its own or does not belong to
        `A`: the file would not give it back.
    OSError
        The file cannot be written; an old one is as it was.
    """
    if not isinstance(network, SchemeNet):
        raise TypeError(f"network must be one that pdenn.derive made, got {type(network).__name__}")
    statement = {
        "equation": _plain(_equation(A)),
        "grid": _plain(A.grid),
        "scheme": _plain(network.scheme),
        "steps": len(network.tau) * network.repeats,
        "tied": network.repeats > 1,
        "pdenn": __version__,
    }
    again = _derive(statement)[0]
    try:
        again.load_state_dict(network.state_dict())
        same = digest(again) == digest(network)
    except RuntimeError:
        same = False
    if not same:
        raise ValueError("network must be what pdenn.derive(A, ...) gives for this A, without a law of its own")
    write_tensors(path, network.state_dict(), {"pdenn": json.dumps(statement, allow_nan=False)})


def read_network(path: str | PathLike[str]) -> tuple[SchemeNet, Operator]:
    """Build a network again from the file of `write_network`.

    Returns
    -------
    SchemeNet
        With the weights of the file.
    Operator
        What it was derived from.

    Raises
    ------
    OSError
        There is no such file, or it is damaged.
    ValueError
        It does not say what it is, or says what is no network.
    """
    tensors, notes = read_tensors(path)
    try:
        statement = json.loads(notes["pdenn"])
        missing = [key for key in KEYS if key not in statement]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        rows = 1 if statement["tied"] else statement["steps"]  # the file bounds the depth before it is built
        if "tau" not in tensors or tuple(tensors["tau"].shape) != (rows,):
            raise ValueError(f"its step sizes are not those of {rows} layers")
        network, A = _derive(statement)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        reason = "it has no statement" if isinstance(error, KeyError) else error
        raise ValueError(f"{path} is not a network that pdenn.derive made and write_network wrote: {reason}") from error
    load(network, path)
    return network, A


def _derive(statement: dict[str, Any]) -> tuple[SchemeNet, Operator]:
    """The network of a statement, at the weights of no training, and its operator."""
    A = discretise(_made(statement["equation"]), _made(statement["grid"]))
    tied, steps, scheme = statement["tied"], statement["steps"], _made(statement["scheme"])
    if not hasattr(scheme, "step"):
        raise ValueError(f"scheme must be a scheme, got {scheme!r}")
    if not isinstance(tied, bool) or type(steps) is not int or steps < 1:
        raise ValueError(f"steps must be a positive integer and tied a boolean, got {steps!r} and {tied!r}")
    return SchemeNet(A, scheme, 0.0, steps, tied=tied), A


def _equation(A: Any) -> Statement:
    return Sum(tuple(map(_equation, A.terms))) if isinstance(A, SumOperator) else A.equation


def _plain(thing: Any) -> Any:
    """Numbers, words, tuples and statements as what JSON knows."""
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    kind = type(thing)
    if _kinds().get(kind.__name__) is kind:
        return {"kind": kind.__name__} | {name: _plain(getattr(thing, name)) for name in _parameters(kind) or ()}
    if isinstance(thing, tuple | list):
        return [_plain(x) for x in thing]
    raise ValueError(f"a file holds numbers, words and the statements of pdenn, not {thing!r}")


def _made(content: Any) -> Any:
    """What `_plain` took apart."""
    if isinstance(content, list):
        return tuple(map(_made, content))
    if not isinstance(content, dict):
        return content
    kind = _kinds().get(content.get("kind", ""))
    if kind is None:
        raise ValueError(f"kind must be a public statement of pdenn, got {content.get('kind')!r}")
    return kind(**{name: _made(x) for name, x in content.items() if name != "kind"})


@cache
def _kinds() -> dict[str, type]:
    """The classes that a file may name."""
    public = [thing for package in PACKAGES for thing in vars(package).values() if isinstance(thing, type)]
    ours = [kind for kind in (*public, Sum) if kind.__module__.startswith("pdenn.")]
    return {kind.__name__: kind for kind in ours if _parameters(kind) is not None}


def _parameters(kind: type) -> tuple[str, ...] | None:
    """What a class is built from; None for one that is no plain record."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind) if field.init)
    return getattr(kind, "_fields", None)
