"""Help is cheap, and the names come from the public namespace."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import pdenn
from pdenn import exact
from pdenn.cli import app

COMMANDS = ("list", "certify", "audit", "solve", "derive", "demo")


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["certify"]])
def test_neither_torch_nor_numba_is_loaded(arguments, tmp_path):
    code = (
        "import sys\n"
        "from pdenn.cli import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        "print('loaded:', [name for name in ('torch', 'numba') if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert finished.stdout.splitlines()[-1] == "loaded: []"


def test_help_names_every_command():
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_version():
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == pdenn.__version__


def test_list_shows_everything_with_its_constants():
    shown = CliRunner().invoke(app, ["list"]).stdout
    public = [name for name in pdenn.__all__ if isinstance(getattr(pdenn, name), type)]
    parts = [n for n in public if any(hasattr(getattr(pdenn, n), part) for part in ("g", "step", "ghost"))]
    assert len(parts) > 10
    assert all(name in shown for name in [*parts, *exact.__all__])
    assert "homogeneous diffusion, the heat equation" in shown
    line = next(line for line in shown.splitlines() if line.startswith("SSPRK3"))
    assert [cell.strip() for cell in line.split("│")][1:5] == ["3", "2.513", "2", "1"]  # order, β, 2r, C
