"""Tables of a problem file that name a public class by `kind` become its instances.

`{ kind = "Charbonnier", contrast = 0.1 }` is `pn.Charbonnier(contrast=0.1)`. The namespaces of the packages are the
catalogue: a class that is added there can stand in a problem file.
"""

import math
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path

from .. import equations, fluxes, grids, laws, schemes, solvers, tensors
from . import polynomial
from .read import digest, read

HOMES = (equations, fluxes, grids, laws, polynomial, schemes, solvers, tensors)


class Wrong(ValueError):
    """An entry of a problem file that cannot be; `place` are the keys and indices that lead to it."""

    def __init__(self, message: str, place: tuple = ()):
        super().__init__(message)
        self.place = place

    def below(self, *steps) -> "Wrong":
        return Wrong(str(self), (*steps, *self.place))


class Folder:
    """The folder of a problem file, out of which no path leads; `read` holds the SHA-256 of the files that were read."""

    def __init__(self, path: Path):
        self.path = Path(path).resolve()
        self.read: dict[str, str] = {}

    def inside(self, name) -> Path:
        """The path of this name; raises Wrong if it leads out of the folder, through a link for instance."""
        if not isinstance(name, str) or not name or "\0" in name:
            raise Wrong(f"must be the path of a file, got {name!r}")
        try:
            path = (self.path / name).resolve()
        except (OSError, RuntimeError) as error:
            raise Wrong(f"must be the path of a file, got {name!r}: {error}") from error
        if path == self.path or not path.is_relative_to(self.path):
            raise Wrong(f"must lie inside the folder of the problem file, got {name!r}")
        return path

    def state(self, name):
        """The `Source` of this name; raises Wrong if there is none."""
        source = self._read(name, read)
        self.read[name] = source.sha256
        return source

    def rows(self, name, reader):
        """What `reader` makes of the file of this name; raises Wrong if it cannot."""
        found = self._read(name, reader)
        self.read[name] = digest(self.inside(name))
        return found

    def _read(self, name, reader):
        path = self.inside(name)
        try:
            return reader(path)
        except (OSError, TypeError, ValueError) as error:
            raise Wrong(getattr(error, "strerror", None) or str(error)) from error


def catalogue() -> dict[str, type]:
    """The public classes that a problem file can name."""
    public = (vars(home)[name] for home in HOMES for name in getattr(home, "__all__", vars(home)))
    return {thing.__name__: thing for thing in public if isinstance(thing, type) and _is_made_of_parameters(thing)}


def _is_made_of_parameters(kind: type) -> bool:
    return kind.__module__.startswith("pdenn.") and (is_dataclass(kind) or hasattr(kind, "_fields"))


def built(node, folder: Folder):
    """The entry with its tables as instances, its lists as tuples; numbers and texts as they are.

    `{ kind = "file", path = "c.npy" }` is the array in this file.

    Raises
    ------
    Wrong
    """
    if isinstance(node, dict):
        return _instance(node, folder)
    if isinstance(node, list):
        return tuple(built_at(i, entry, folder) for i, entry in enumerate(node))
    if isinstance(node, float) and not math.isfinite(node):
        raise Wrong(f"must be finite, got {node}")
    if isinstance(node, int) and abs(node) >= 2**63:
        raise Wrong("must fit into 64 bits")
    if not isinstance(node, str | bool | int | float):
        raise Wrong(f"must be a number, a text, a list or a table with a kind, got {node!r}")
    return node


def built_at(step, node, folder: Folder):
    """`built(node, folder)`, where `step` is the key or index of the node; raises Wrong with this place."""
    try:
        return built(node, folder)
    except Wrong as error:
        raise error.below(step) from error


def _instance(node: dict, folder: Folder):
    if "kind" not in node:
        raise Wrong('must say what it is, such as kind = "Linear"')
    if node["kind"] == "file":
        return _array(node, folder)
    kind = chosen(node["kind"], catalogue())
    allowed = parameters(kind)
    for key in (key for key in node if key not in ("kind", *allowed)):
        raise Wrong(f"{node['kind']} has no such parameter: it has {', '.join(allowed) or 'none'}", (key,))
    given = {key: built_at(key, value, folder) for key, value in node.items() if key != "kind"}
    return called(kind, given)


def _array(node: dict, folder: Folder):
    for key in (key for key in node if key not in ("kind", "path")):
        raise Wrong("a file has no such parameter: it has path", (key,))
    try:
        return folder.state(node.get("path")).u
    except Wrong as error:
        raise error.below("path") from error


def chosen(name, known: dict):
    """`known[name]`; raises Wrong with the names that there are."""
    if isinstance(name, str) and name in known:
        return known[name]
    lower = {n.lower(): n for n in known}
    near = get_close_matches(str(name).lower(), lower, 1)
    allowed = f"did you mean {lower[near[0]]}?" if near else f"must be one of {', '.join(sorted(known))}"
    raise Wrong(f"{name!r} is not known: {allowed}", ("kind",))


def called(kind, given: dict):
    """`kind(**given)`; raises Wrong with its message, at the parameter that the message begins with.

    It may be a parameter of a part: equations check their laws.
    """
    try:
        return kind(**given)
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        named = str(error).partition(" ")[0].rstrip(":")
        parts = [(key, named) for key, part in given.items() if named in parameters(type(part))]
        raise Wrong(str(error), (named,) if named in given else (*parts, ())[0]) from error


def parameters(kind: type) -> list[str]:
    """The names of what a class is built from."""
    if is_dataclass(kind):
        return [field.name for field in fields(kind) if field.init]
    return list(getattr(kind, "_fields", ()))
