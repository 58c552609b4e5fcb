"""Laws, schemes and walls by the names of their classes, found in the public namespace of the package."""

from dataclasses import fields, is_dataclass
from difflib import get_close_matches

import pdenn


def laws() -> dict[str, type]:
    """The classes with a diffusivity, by name."""
    return _classes("g")


def schemes() -> dict[str, type]:
    """The classes with a step in time, by name."""
    return _classes("step")


def walls() -> dict[str, type]:
    """The classes with a ghost cell, by name."""
    return _classes("ghost")


def members(folder: str) -> dict[str, type]:
    """The public classes that are defined in a folder of the package, by name."""
    public = ((name, getattr(pdenn, name)) for name in sorted(pdenn.__all__))
    return {name: thing for name, thing in public if getattr(thing, "__module__", "").startswith(f"pdenn.{folder}.")}


def _classes(method: str) -> dict[str, type]:
    public = ((name, getattr(pdenn, name)) for name in sorted(pdenn.__all__))
    return {name: thing for name, thing in public if isinstance(thing, type) and hasattr(thing, method)}


def law(name: str, **parameters):
    """The law of this name; parameters that are None keep their defaults."""
    return _build("law", laws(), name, parameters)


def scheme(name: str, **parameters):
    """The scheme of this name; parameters that are None keep their defaults."""
    return _build("scheme", schemes(), name, parameters)


def boundary(text: str):
    """`reflecting`, `periodic`, or a wall with its numbers such as `dirichlet:0.5` or `robin:1,2,0`."""
    name, _, values = text.partition(":")
    found = {known.lower(): kind for known, kind in walls().items()}.get(name.lower())
    if found is None:
        return text.lower()  # Grid knows the rest, and what to say about a wrong one
    given = numbers("boundary", values) if values else ()
    if len(given) > len(fields(found)):
        names = ", ".join(field.name for field in fields(found))
        raise ValueError(f"boundary: {found.__name__} takes {names}, got {text!r}")
    return found(*given)


def numbers(name: str, text: str, kind=float) -> tuple:
    """Numbers with commas between them."""
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        what = "integers" if kind is int else "numbers"
        raise ValueError(f"{name} must be {what} with commas between them, got {text!r}") from None


def parameters(kind: type) -> list[str]:
    """The names of what a class is built from."""
    return [field.name for field in fields(kind)] if is_dataclass(kind) else list(getattr(kind, "_fields", ()))


def _build(what: str, known: dict[str, type], name: str, given: dict):
    found = {n.lower(): kind for n, kind in known.items()}
    if name.lower() not in found:
        near = get_close_matches(name.lower(), found, 1)
        hint = f"; did you mean {found[near[0]].__name__}?" if near else ""
        raise ValueError(f"{what} must be one of {', '.join(known)}, got {name!r}{hint}")
    kind = found[name.lower()]
    given = {key: value for key, value in given.items() if value is not None}
    for key in given:
        if key not in parameters(kind):
            raise ValueError(f"{kind.__name__} has no parameter {key}: it has {', '.join(parameters(kind)) or 'none'}")
    return kind(**given)
