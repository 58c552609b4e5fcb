"""`pdenn derive` writes a network that is the solver, and says how to load it."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.networks import weights

ASKED = ["--law", "charbonnier", "--contrast", "0.1", "-n", "4", "--tau", "0.2", "--steps", "3", "--shape", "8,6"]


def derive(*arguments):
    return CliRunner().invoke(app, ["derive", *map(str, arguments)])


@pytest.mark.parametrize("boundary", ["reflecting", "periodic", "dirichlet:0"])
def test_the_description_is_enough_to_load_the_network(boundary, tmp_path, monkeypatch):
    result = derive(*ASKED, "--boundary", boundary, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    said, scope = json.loads((tmp_path / "network.json").read_text(encoding="utf-8")), {"pn": pn}
    monkeypatch.chdir(tmp_path)
    for line in said["load"]:
        exec(line, scope)
    u = np.random.default_rng(0).random((8, 6))
    with torch.no_grad():
        v = scope["network"](torch.from_numpy(u)).numpy()
    w = pn.solve(scope["A"], u, pn.FSI(4), 0.6, tau=0.2).u
    # Rounding of 3 cycles of 4 stages with values below 1.
    assert np.abs(v - w).max() < 1e-13
    assert said["parameters"] == {k: list(p.shape) for k, p in scope["network"].named_parameters()}
    assert [c["claim"] for c in said["claims"]] == [c.claim for c in pn.certify(scope["network"])]


def test_json_is_the_description(tmp_path):
    said = json.loads(derive(*ASKED, "--out", tmp_path, "--json").stdout)
    assert said.pop("written") == [str(tmp_path / "network.safetensors"), str(tmp_path / "network.json")]
    assert said == json.loads((tmp_path / "network.json").read_text(encoding="utf-8"))


def test_a_full_disk_leaves_the_old_network(tmp_path, monkeypatch):
    assert derive(*ASKED, "--out", tmp_path).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def save(tensors, target, notes):
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(weights, "save_file", save)
    result = derive(*ASKED, "--contrast", "0.3", "--out", tmp_path)
    assert result.exit_code == 1
    assert "network.safetensors: No space left" in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
