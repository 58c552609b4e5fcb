"""The hooks of pre-commit are the linters that the environments of tox pin."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("repository", "package"),
    [
        ("astral-sh/ruff-pre-commit", "ruff"),
        ("pre-commit/mirrors-mypy", "mypy"),
        ("codespell-project/codespell", "codespell"),
    ],
)
def test_a_hook_has_the_version_of_the_constraints(repository, package):
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    revision = re.search(rf"repo: https://github.com/{repository}\n    rev: v(\S+)\n", hooks)
    pinned = re.search(rf"^{package}==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert revision and pinned and revision[1] == pinned[1]
