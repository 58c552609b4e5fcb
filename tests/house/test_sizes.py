"""Short files, short functions, names that say something, and nothing written in place where schemes live."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("pdenn", "tests", "validation", "benchmarks", "paper", "release", "docs/tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SCHEMES = [path for path in SOURCES if path.relative_to(ROOT).parts[:2] in {("pdenn", "schemes"), ("pdenn", "solvers")}]
FORBIDDEN = {"utils", "util", "misc", "common", "base", "helpers", "helper", "core", "tools"}
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 300, 40


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def length(function) -> int:
    """Lines of a function from `def` to its end, docstring and decorators apart."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return lines


def long_functions(source: str) -> dict[str, int]:
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f.name: length(f) for f in functions if length(f) > LINES_OF_A_FUNCTION}


def augmented(source: str) -> list[int]:
    """Lines with `+=` and its like."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.AugAssign)]


def test_the_package_is_among_the_sources():
    assert ROOT / "pdenn" / "__init__.py" in SOURCES
    assert SCHEMES != []


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= LINES_OF_A_FILE


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_functions_are_short(path):
    assert long_functions(path.read_text()) == {}


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_names_of_files_say_something(path):
    assert FORBIDDEN.isdisjoint(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", SCHEMES, ids=label)
def test_schemes_and_solvers_hold_no_augmented_assignment(path):
    assert augmented(path.read_text()) == []


def test_the_measures_measure():
    body = "\n    x = 1" * LINES_OF_A_FUNCTION
    assert long_functions(f"def f():{body}") == {"f": LINES_OF_A_FUNCTION + 1}
    assert long_functions('def f():\n    """One.\n\n    Two.\n    """' + body[: -len("\n    x = 1")]) == {}
    assert augmented("u = v\nu += w\n") == [2]
