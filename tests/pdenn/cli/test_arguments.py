"""Whatever is typed behind a command: no traceback, an exit code with a meaning, and nothing half written."""

from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.files import write_picture
from pdenn.networks import write_network

CODES = {0, 1, 2, 130}
COMMANDS = typer.main.get_command(app).commands
LONG = {"demo", "warm", "doctor"}  # they take no input but a folder, and seconds
WORDS = [
    "0", "1", "2", "3", "-1", "0.1", "0.25", "nan", "-inf", "1e-400", "1,2", "0,0.1", "4,3", "3,x", ",", "", " ", "-", "--", "--json",
    "FSI", "fsi", "ExplicitEuler", "ImplicitEuler", "AOS", "Charbonnier", "linear", "TotalVariation", "isotropic", "separable",
    "bounded", "max-min", "none", "held", "updated", "periodic", "reflecting", "dirichlet:0", "robin:1,1", "robin:0,0,0", "nc", "zarr",
    "u.npy", "a.png", "a.toml", "e.txt", "net", "net/network.safetensors", "photographs", "missing.npy", ".", "..", "u.npy/x", "out",
    "symmetric", "row", "é\u0301", "\u202e", "[red]", "$(ls)", "a\nb",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Small inputs of every kind."""
    folder = tmp_path_factory.mktemp("arguments")
    u = np.random.default_rng(0).random((4, 3))
    np.save(folder / "u.npy", u)
    write_picture(folder / "a.png", u)
    (folder / "photographs").mkdir()
    write_picture(folder / "photographs" / "b.png", np.random.default_rng(1).random((9, 9)))
    (folder / "e.txt").write_text("0 1\n1 2\n2 3 \n")
    (folder / "a.toml").write_text(
        'initial = { kind = "constant" }\nequation = { kind = "Diffusion" }\ngrid = { shape = [3] }\n'
        'scheme = { kind = "FSI", n = 2 }\nrun = { t_end = 0.5 }\n'
    )
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((4, 3)))
    write_network(folder / "net" / "network.safetensors", pn.derive(A, pn.FSI(2), 0.1, 2), A)
    return folder


@st.composite
def calls(draw):
    """A command with arguments that may fit, options of its own or of others, and words of any kind."""
    name = draw(st.sampled_from(sorted(COMMANDS.keys() - LONG)))
    parameters = COMMANDS[name].params
    words = [
        draw(st.sampled_from(WORDS))
        for p in parameters
        if p.param_type_name == "argument" and draw(st.integers(0, 9)) > 0
    ]
    options = [p for p in parameters if p.param_type_name == "option"]
    for option in draw(st.lists(st.sampled_from(options), max_size=5)) if options else []:
        words.append(draw(st.sampled_from(option.opts)))
        if not option.is_flag:
            words.append(draw(st.sampled_from(WORDS) | st.text(max_size=4)))
    needed = [p for p in options if p.required or p.name == "t_end"]
    words += [
        word
        for p in needed
        if draw(st.booleans())
        for word in (p.opts[0], draw(st.sampled_from(["0.2", "1", "2", "4,3"])))
    ]
    return [name, *words]


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@given(call=calls())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_arguments(call, folder, monkeypatch):
    monkeypatch.chdir(folder)
    before = contents(folder)
    result = CliRunner().invoke(app, call)
    told(result, call)
    after = contents(folder)
    if result.exit_code == 2:
        assert after == before, call
    assert [path for path in after if "partial" in path.name or path.name == "lock"] == []
    for path in after.keys() - before.keys():
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def told(result, call):
    assert result.exception is None or isinstance(result.exception, SystemExit), (call, result.exception)
    assert result.exit_code in CODES, call
    assert "Traceback" not in result.output, call
    if result.exit_code:
        assert result.stderr or result.stdout, call


@given(
    words=st.lists(
        st.text(max_size=6) | st.sampled_from([*sorted(COMMANDS.keys() - LONG), "--version", "--help", "--json"]),
        max_size=3,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words(words, folder, monkeypatch):
    monkeypatch.chdir(folder)
    before = contents(folder)
    told(CliRunner().invoke(app, words), words)
    assert contents(folder) == before


def test_the_commands_that_take_long_refuse_what_they_do_not_know(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in LONG:
        result = CliRunner().invoke(app, [name, "--nonsense"])
        told(result, name)
        assert result.exit_code == 2
    assert not Path("pdenn-demo").exists()
