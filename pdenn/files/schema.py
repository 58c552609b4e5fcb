"""What a problem file may say as JSON Schema, for editors: from pydantic's tables and the public classes of the package."""

from dataclasses import MISSING, fields, is_dataclass

from ..equations import Statement
from ..grids import Grid
from . import initial
from .graph import FILES, KERNELS, MAKERS, arguments
from .parts import catalogue, parameters
from .problem import Problem


def schema() -> dict:
    """The schema of a problem file: its keys, the names that `kind` may have, and their parameters.

    It knows no ranges of the parameters of classes, which check themselves: what it refuses is refused, and not all that is
    wrong.

    Returns
    -------
    dict
        In the draft 7 of JSON Schema.
    """
    found, kinds = Problem.model_json_schema(), catalogue()
    steps = {name: kind for name, kind in kinds.items() if hasattr(kind, "step")}
    statements = {name: kind for name, kind in kinds.items() if issubclass(kind, Statement)}
    found["$schema"] = "http://json-schema.org/draft-07/schema#"
    found["$defs"] |= {name: _class(name, kind) for name, kind in kinds.items()}
    equation = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in statements]}
    found["properties"] |= {
        "initial": {"oneOf": [_initial(name, kind) for name, kind in initial.KINDS.items()]},
        "equation": {"anyOf": [equation, {"type": "array", "items": equation, "minItems": 1}]},
        "grid": _object({name: {} for name in parameters(Grid)}, []),
        "graph": {"oneOf": [_graph(name) for name in FILES]},
        "scheme": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in steps]},
    }
    found["oneOf"] = [{"required": ["grid"]}, {"required": ["graph"]}]
    return found


def _object(properties: dict, required: list[str]) -> dict:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _class(name: str, kind: type) -> dict:
    """A table with the parameters of a class; those without a default must be given."""
    needed = [f.name for f in fields(kind) if _is_needed(f)] if is_dataclass(kind) else _without_default(kind)
    return _object({"kind": {"const": name}, **{key: {} for key in parameters(kind)}}, ["kind", *needed])


def _is_needed(field) -> bool:
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _without_default(kind) -> list[str]:
    return [key for key in parameters(kind) if key not in kind._field_defaults]


def _initial(name: str, kind) -> dict:
    said = kind.model_json_schema()
    return _object({"kind": {"const": name}, **said["properties"]}, ["kind", *said.get("required", [])])


def _graph(source: str) -> dict:
    """A graph from points has the arguments of all kernels: which belong to which is checked when it is made."""
    makers = KERNELS.values() if source == "points" else [MAKERS[source]]
    known: dict[str, dict] = {name: {} for make in makers for name in arguments(make)}
    kernel = {"kernel": {"enum": [*KERNELS]}} if source == "points" else {}
    return _object({source: {"type": "string"}, **kernel, **known}, [source])
