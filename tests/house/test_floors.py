"""Imports go down only; torch and Numba are imported where they live. Imports inside functions count too, and those
under `if TYPE_CHECKING:` for the floors, but a package that only annotations name is not imported.

The source is read, never run. `import pdenn` counts as an import of the top floor; the package's version has no floor.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pdenn"
SOURCES = sorted(PACKAGE.rglob("*.py"))

FLOORS = (
    {"arrays", "errors"},
    {"grids", "graphs", "laws", "tensors", "fluxes", "equations"},
    {"kernels", "exact"},
    {"operators"},
    {"solvers"},
    {"schemes"},
    {
        "solve",
        "steady",
        "certificates",
        "derive",
        "chain",
        "counted",
        "checkpoints",
        "solution",
        "particles",
        "local_fourier",
        "inspect",
        "separation",
        "separator",
        "robustness",
        "complexity",
    },
    {"networks", "audit", "testing", "files", "datasets"},
    {"cli", "demo"},
)
FLOOR = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
TOP = len(FLOORS) - 1
UPWARD_INSIDE_FUNCTIONS = {("derive", "networks")}
HOMES = {
    "torch": {"networks", "testing", "cli", "demo"},
    "torchdiffeq": {"schemes.integrators", "networks", "testing", "cli", "demo"},
    "numba": {"kernels", "cli.doctor", "cli.warm"},  # these two ask it what it does
    "pyamg": {"solvers.algebraic"},
}


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """`kernels.cpu` for `pdenn/kernels/cpu.py`, `kernels` for its `__init__.py`, "" for the package itself."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def for_annotations(node: ast.AST) -> bool:
    """Whether it is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports(tree: ast.Module, name: str, is_package: bool):
    """All `(imported name, never run with the module, only for annotations)`; `pdenn.x` for what lies in the package."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    typing = {id(node) for block in ast.walk(tree) if for_annotations(block) for node in ast.walk(block)}
    lazy = typing | {id(node) for function in functions for node in ast.walk(function)}
    here = ["pdenn", *filter(None, name.split("."))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = here[: len(here) - node.level + is_package] if node.level else []
            origin = ".".join([*parents, *filter(None, [node.module])])
            targets = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((target, id(node) in lazy, id(node) in typing) for target in targets)


def violations(source: str, name: str, is_package: bool = False) -> list[str]:
    """What a module called `name` imports although it must not, in words."""
    unit = name.partition(".")[0]
    if unit not in FLOOR:
        return [f"{name} stands on no floor: put it on the map"]
    found = []
    for target, lazy, typing in imports(ast.parse(source), name, is_package):
        root, _, rest = target.partition(".")
        homes = HOMES.get(root)
        if homes is not None and not typing and not any(f"{name}.".startswith(f"{home}.") for home in homes):
            found.append(f"{name} imports {root}, which lives in {sorted(homes)}")
        if root != "pdenn" or rest == "__version__":
            continue
        below = rest.partition(".")[0]
        if FLOOR.get(below, TOP) > FLOOR[unit] and not (lazy and (unit, below) in UPWARD_INSIDE_FUNCTIONS):
            found.append(f"{name} (floor {FLOOR[unit]}) imports {target} (floor {FLOOR.get(below, TOP)})")
    return found


def test_there_is_a_package_to_read():
    assert len(SOURCES) > 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    name = dotted(path)
    if name:  # the package itself stands above all floors
        assert violations(path.read_text(), name, path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("source", "name", "is_package"),
    [
        ("from .schemes import FSI", "operators", False),
        ("from ..schemes import FSI", "operators.diffusion", False),
        ("from ...schemes import FSI", "operators.deep", True),
        ("from .. import solve", "schemes.explicit", False),
        ("from pdenn import Grid", "schemes.explicit", False),
        ("import pdenn.solve", "schemes.explicit", False),
        ("def f():\n    from . import cli", "solve", False),
        ("from .networks import layers", "derive", False),
        ("def f():\n    from .networks import layers", "solve", False),
        ("def f():\n    import torch.nn", "arrays", False),
        ("if TYPE_CHECKING:\n    from .networks import layers", "solve", False),
        ("from torch import nn", "kernels.cpu", False),
        ("import numba", "laws.linear", False),
        ("", "stray", False),
    ],
)
def test_a_wrong_import_is_seen(source, name, is_package):
    assert violations(source, name, is_package) != []


@pytest.mark.parametrize(
    ("source", "name", "is_package"),
    [
        ("from ..arrays import exp", "laws.linear", False),
        ("from .linear import Linear", "laws", True),
        ("from ..operators import discretise", "networks.layers", False),
        ("def f():\n    from .networks import layers", "derive", False),
        ("import torch", "networks.layers", False),
        ("if TYPE_CHECKING:\n    import torch", "arrays", False),
        ("import numba", "kernels.cpu", False),
        ("import pdenn as pn", "cli", False),
        ("from . import __version__", "solution", False),
    ],
)
def test_a_right_import_passes(source, name, is_package):
    assert violations(source, name, is_package) == []
