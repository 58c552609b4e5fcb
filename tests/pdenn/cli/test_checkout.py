"""`pdenn validate` and `pdenn bench` run a checkout of pdenn, nothing else, and hand on its exit code."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pdenn.cli import app

SAYS = "import json, sys\nfrom pathlib import Path\nPath('said.json').write_text(json.dumps(sys.argv[1:]))\nsys.exit({code})"


def checkout(folder, code=0, name="pdenn"):
    Path("pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    Path(folder).mkdir(exist_ok=True)
    Path(folder, "__init__.py").touch()
    Path(folder, "__main__.py").write_text(SAYS.format(code=code))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("code", [0, 1, 2])
@pytest.mark.parametrize(
    ("command", "folder", "arguments"),
    [
        ("validate", "validation", ["--size", "small", "--", "all"]),
        ("validate orders --size paper --out a", "validation", ["--size", "paper", "--out", "a", "--", "orders"]),
        ("validate -- --help", "validation", ["--size", "small", "--", "--help"]),
        ("bench", "benchmarks", []),
        ("bench kernels multigrid", "benchmarks", ["kernels", "multigrid"]),
    ],
)
def test_the_words_and_the_exit_code_are_handed_on(command, folder, arguments, code):
    checkout(folder, code)
    assert CliRunner().invoke(app, command.split()).exit_code == code
    assert json.loads(Path("said.json").read_text()) == arguments


@pytest.mark.parametrize(("command", "folder"), [("validate", "validation"), ("bench", "benchmarks")])
def test_another_project_is_not_run(command, folder):
    checkout(folder, name="another")
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2
    assert "is no checkout of pdenn" in result.stderr
    assert not Path("said.json").exists()


@pytest.mark.parametrize("missing", ["__init__.py", "__main__.py"])
@pytest.mark.parametrize(("command", "folder"), [("validate", "validation"), ("bench", "benchmarks")])
def test_a_folder_that_is_no_package_is_not_run(command, folder, missing, monkeypatch):
    """Python would take a package of the same name from elsewhere; here nothing is started at all."""
    checkout(folder)
    Path(folder, missing).unlink()
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: pytest.fail(f"started {arguments}"))
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2
    assert "is no checkout of pdenn" in result.stderr
