"""`pdenn doctor` reports what there is, and its self-test can fail."""

import json
import sys
from importlib import metadata

import numpy as np
import pytest
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app

module = sys.modules["pdenn.cli.doctor"]


def doctor(*arguments):
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_json_says_what_there_is(tmp_path, monkeypatch):
    monkeypatch.setenv("PDENN_DATA", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    result = doctor("--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["versions"]["pdenn"] == pn.__version__
    assert found["versions"]["numpy"] == np.__version__
    assert found["versions"]["torch"] == metadata.version("torch")
    assert found["threads"]["OMP_NUM_THREADS"] == "1"
    assert found["threads"]["numba"] >= 1
    assert found["gpu"]["cuda"] in (True, False)
    assert found["folders"]["PDENN_DATA is a folder"] is True
    test = found["self-test"]
    assert test["passed"] is True
    assert 0 < test["error"] <= test["bound"]


def test_the_table_says_the_same():
    result = doctor()
    assert result.exit_code == 0
    assert all(word in result.stdout for word in ("versions", "threads", "self-test", "PDENN_DATA", np.__version__))


@pytest.mark.parametrize("cells", [16, 32, 64])
def test_the_bound_holds_and_falls_with_the_mesh(cells):
    """Second order: a mesh half as wide has a quarter of the bound, but for the first step's share."""
    found, finer = module.self_test(cells), module.self_test(2 * cells)
    assert found["passed"] and finer["passed"]
    assert 4 < found["bound"] / finer["bound"] < 16


def test_a_wrong_kernel_fails(monkeypatch):
    """Diffusion that is two percent too slow."""
    solve = pn.solve
    monkeypatch.setattr(pn, "solve", lambda A, u, scheme, t, **options: solve(A, u, scheme, 0.98 * t, **options))
    result = doctor()
    assert result.exit_code == 1
    assert "failed: the self-test" in result.stderr
    assert "passed" in result.stdout


def test_a_torch_that_cannot_be_imported_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    found = json.loads(doctor("--json").stdout)
    assert found["gpu"]["torch"].startswith("cannot be imported")
    assert found["threads"]["torch"] is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    assert module._writable(tmp_path / "not" / "there")
    assert not module._writable(tmp_path / "file" / "below")
