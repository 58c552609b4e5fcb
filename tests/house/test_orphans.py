"""No module that nothing imports, and no public name that neither a test nor a document uses."""

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

import pdenn

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pdenn"
ENTRIES = {
    "pdenn",
    "pdenn.__main__",
    "pdenn.cli",
    "pdenn.complexity",
    "pdenn.datasets",
    "pdenn.robustness",
    "pdenn.separation",
    "pdenn.separator",
    "pdenn.testing",
    "pdenn.testing.registration",
}  # what users import or start themselves


def modules() -> dict[str, Path]:
    """All modules of the package by their dotted names."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path) -> set[str]:
    """Everything that a module imports, as dotted names of modules or of things in them."""
    here, found = name.split("."), set()
    if path.name != "__init__.py":
        here = here[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *filter(None, [node.module])])
            found |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
    return found


def homes_of_public_names() -> set[str]:
    """The modules in which the public names are defined; the package imports them on first use."""
    things = [getattr(pdenn, name) for name in pdenn.__all__]
    return {thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", "") for thing in things}


def with_parents(names: set[str]) -> set[str]:
    return {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}


def test_every_module_is_reached_from_an_entry_point():
    paths = modules()
    reached, new = set(), with_parents(ENTRIES | homes_of_public_names()) & paths.keys()
    while new:
        reached |= new
        new = with_parents(set().union(*(imported(name, paths[name]) for name in new))) & paths.keys() - reached
    assert paths.keys() - reached == set()


@cache
def words_in_tests() -> set[str]:
    """Identifiers in the code of the tests, this folder's apart: names, attributes, imports."""
    words = set()
    for path in (ROOT / "tests").rglob("*.py"):
        if path.parent.name == "house":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            words |= {getattr(node, field) for field in ("id", "attr") if hasattr(node, field)}
            words |= {alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)}
    return words


@cache
def words_in_documents() -> set[str]:
    """What stands behind `pn.` or `pdenn.` in the README and the documentation."""
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(path.read_text() for path in documents if path.exists())
    return set(re.findall(r"\b(?:pn|pdenn)\.(\w+)", text))


@pytest.mark.parametrize("name", pdenn.__all__)
def test_every_public_name_is_used_in_a_test_or_a_document(name):
    assert name in words_in_tests() | words_in_documents()
