"""The examples of the README, of the front page and of the guide run as they are printed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[tuple[int, str]]:
    """Each python block with the number of the line that it starts on, counted from zero."""
    return [(text.count("\n", 0, match.start(1)), match.group(1)) for match in BLOCK.finditer(text)]


GUIDE = sorted(f"docs/guide/{path.name}" for path in (ROOT / "docs" / "guide").glob("*_*.md"))


@pytest.mark.parametrize("document", ["README.md", "docs/index.md", *GUIDE])
def test_examples_run(document, tmp_path, monkeypatch):
    path = ROOT / document
    examples = blocks(path.read_text())
    assert examples != []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace = {"__name__": "__main__"}
    for line, code in examples:
        exec(compile("\n" * line + code, str(path), "exec"), namespace)


def test_blocks_are_found_with_their_lines():
    assert blocks("a\n```python\nx = 1\n```\n```console\nls\n```\n```python\ny\n```\n") == [(2, "x = 1\n"), (8, "y\n")]


def test_the_tests_that_the_theory_names_exist():
    text = (ROOT / "docs" / "theory.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 20 and len(named) == text.count("::")
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"
