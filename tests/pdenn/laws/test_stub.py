"""What type checkers are told of the laws is what the laws are."""

import ast
from pathlib import Path

import pdenn as pn

STUB = ast.parse((Path(pn.laws.__file__).parent / "__init__.pyi").read_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef) and node.name != "_Law"}
FACTS = next(node for node in STUB.body if isinstance(node, ast.ClassDef) and node.name == "_Law")


def test_every_law_is_told_with_its_parameters_and_defaults():
    laws = {name for name in pn.laws.__all__ if isinstance(getattr(pn.laws, name), type)}
    assert set(CLASSES) == laws
    for name, node in CLASSES.items():
        law = getattr(pn.laws, name)
        init = next(part for part in node.body if isinstance(part, ast.FunctionDef)).args
        assert tuple(argument.arg for argument in init.args[1:]) == law._fields
        assert [ast.literal_eval(default) for default in init.defaults] == list(law())
        assert [part.target.id for part in node.body if isinstance(part, ast.AnnAssign)] == list(law._fields)


def test_every_law_has_what_is_told_of_all():
    told = [part.name for part in FACTS.body if isinstance(part, ast.FunctionDef)]
    assert {"g", "flux", "potential", "sup_g", "monotone"} <= set(told)
    for name in CLASSES:
        assert all(hasattr(getattr(pn.laws, name)(), fact) for fact in told)


def test_names_are_the_same():
    names = next(ast.literal_eval(node.value) for node in STUB.body if isinstance(node, ast.Assign))
    assert names == pn.laws.__all__
