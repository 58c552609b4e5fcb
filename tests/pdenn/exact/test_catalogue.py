"""What an exact solution says about itself: its equation, and where it stands in the literature."""

import re
from dataclasses import is_dataclass

import pytest

from pdenn import exact

SOLUTIONS = [kind for kind in (getattr(exact, name) for name in exact.__all__) if hasattr(kind, "u")]
EQUATION = re.compile(r"`∂u/∂t = ")
SOURCE = re.compile(r"\b(1[5-9]|20)\d\d\b|\bsections? \w+\.\d|\bchapters? \d")


def test_there_are_twenty():
    assert len(SOLUTIONS) >= 20


@pytest.mark.parametrize("kind", SOLUTIONS, ids=lambda kind: kind.__name__)
def test_each_names_its_equation_and_its_source(kind):
    """The equation in the first line, which is what a list of solutions shows."""
    assert EQUATION.search(kind.__doc__.partition("\n")[0])
    assert SOURCE.search(kind.__doc__)


@pytest.mark.parametrize("kind", SOLUTIONS, ids=lambda kind: kind.__name__)
def test_each_is_a_frozen_dataclass(kind):
    assert is_dataclass(kind) and kind.__dataclass_params__.frozen
