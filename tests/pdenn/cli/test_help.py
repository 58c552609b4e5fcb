"""Help is cheap, and the names come from the public namespace."""

import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import pdenn
from pdenn import exact
from pdenn.cli import app
from pdenn.cli.names import laws, schemes, walls

COMMANDS = {command.name or command.callback.__name__: command for command in app.registered_commands}


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["certify"], ["cite"], ["train", "--help"]])
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
    assert "Examples:" in result.stdout
    assert "Exit codes: 0" in result.stdout


def examples():
    """All examples, as the words behind `pdenn`."""
    texts = [app.info.epilog, *(command.epilog for command in app.registered_commands)]
    return [line.split()[1:] for text in texts for line in text.splitlines() if line.startswith("  pdenn ")]


@pytest.mark.parametrize("words", examples(), ids=" ".join)
def test_every_example_is_understood(words):
    """Nothing is run: the options exist, and their values have the right kind."""
    command = typer.main.get_command(app).commands[words[0]]
    given = words[1 : words.index(">") if ">" in words else None]
    understood = command.make_context(words[0], given).params
    assert understood.keys() >= {p.name for p in command.params if p.expose_value}


def test_every_command_has_an_example_of_its_own():
    assert {words[0] for words in examples()} == COMMANDS.keys()
    assert len(COMMANDS) == 13


@pytest.mark.parametrize(
    ("words", "found"),
    [("pdenn ins", "inspect"), ("pdenn certify --law Char", "Charbonnier"), ("pdenn solve a --scheme FS", "FSI")],
)
def test_the_shell_completes(words, found):
    count = len(words.split()) - 1
    told = {"_PDENN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    result = CliRunner().invoke(app, [], prog_name="pdenn", env=told)
    assert found in result.stdout.split()


def test_the_scripts_for_shells_are_shown(tmp_path):
    """Which shell it is, is found out from the process above; here it is said."""
    told = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    for shell, line in (
        ("bash", "complete -o default -F"),
        ("zsh", "#compdef pdenn"),
        ("fish", "complete --command pdenn"),
    ):
        code = "import sys; sys.argv[0] = 'pdenn'; from pdenn.cli import app; app()"
        call = [sys.executable, "-c", code, "--show-completion", shell]
        shown = subprocess.run(call, capture_output=True, text=True, check=True, cwd=tmp_path, env=told).stdout
        assert line in shown and "_PDENN_COMPLETE" in shown
    said = CliRunner().invoke(app, ["--help"]).stdout
    assert "--show-completion" in said and "--install-completion" in said


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["certify", "--tau"]])
def test_there_are_no_colours_without_a_terminal(arguments, tmp_path):
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS")}
    code = f"from pdenn.cli import app; app({arguments!r})"
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=tmp_path, env={**kept, "TERM": "xterm"}
    )
    assert finished.stdout + finished.stderr != b""
    assert b"\x1b" not in finished.stdout + finished.stderr


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


def test_json_lists_the_same():
    found = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)
    names = {entry["name"] for entries in found.values() for entry in entries}
    assert {*laws(), *schemes(), *walls(), *exact.__all__} <= names
    assert all(entry["what"] for entries in found.values() for entry in entries)
    A = pdenn.discretise(pdenn.Diffusion(pdenn.Charbonnier()), pdenn.Grid((4, 4)))
    for entry in found["schemes"]:
        proofs = pdenn.certify(getattr(pdenn, entry["name"])(), A)
        assert entry["claims"] == {p.claim: None if p.tau == float("inf") else p.tau for p in proofs}
    constants = {entry["name"]: entry["constants"] for entry in found["schemes"]}
    assert constants["ExplicitEuler"] == pytest.approx({"beta": 2, "2r": 2, "C": 1})
    assert constants["ImplicitEuler"]["beta"] is None
    assert constants["LieSplitting"] is None
