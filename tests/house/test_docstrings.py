"""The examples in docstrings say what is true, and the functions that one meets first have one.

The docstrings are read from the source, since decorators hide functions from `doctest`. In the examples `np` is NumPy, `pn`
is pdenn, and the names of the module are there as well.
"""

import ast
import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

import pdenn

PACKAGE = Path(pdenn.__file__).parent
WITH_EXAMPLE = {
    "Convection",
    "Diffusion",
    "FSI",
    "Fidelity",
    "Grid",
    "RKL2",
    "SymmetricNet",
    "assert_adjoint",
    "assert_bounded",
    "certificate",
    "certify",
    "constants",
    "derive",
    "discretise",
    "from_edges",
    "from_points",
    "observed_order",
    "solve",
    "solve_steady",
    "trace",
}


def examples() -> dict[str, tuple[str, str]]:
    """`module.name` of every class and function with an example: the module, the docstring."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(["pdenn", *path.relative_to(PACKAGE).with_suffix("").parts])
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ">>> " in (text := ast.get_docstring(node) or ""):
                found[f"{module}.{node.name}"] = (module, text)
    return found


EXAMPLES = examples()


def failures(name: str, module: str, text: str) -> str:
    """What the runner says of the examples in a docstring that fail."""
    names = vars(importlib.import_module(module)) | {"np": np, "pn": pdenn}
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    runner.run(doctest.DocTestParser().get_doctest(text, names, name, None, None), out=said.append)
    return "".join(said)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_prints_what_it_says(name):
    assert failures(name, *EXAMPLES[name]) == ""


def test_what_one_meets_first_has_an_example():
    assert {name.rpartition(".")[2] for name in EXAMPLES} >= WITH_EXAMPLE


def test_a_wrong_example_is_seen():
    assert "Expected:\n    3\nGot:\n    2" in failures("wrong", "pdenn.grids", ">>> 1 + 1\n3\n")
