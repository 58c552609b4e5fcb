"""Ctrl-C during a long run leaves a whole checkpoint, from which the run goes on to the identical result."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app

# A checkpoint after every step tells this process that the run is on its way; pytest may have been started with SIGINT
# ignored, which children inherit.
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pdenn.cli import app
sys.modules["pdenn.solve"].CHECKPOINT_SECONDS = 0.0
app()
"""
STEPS, TAU = 4000, 0.125


def asked(folder):
    path, out = str(folder / "a.npy"), str(folder / "out")
    run = ["--t-end", str(STEPS * TAU), "--tau", str(TAU), "--scheme", "expliciteuler", "--contrast", "0.1"]
    return ["solve", path, *run, "--checkpoint", "--format", "zarr", "--out", out]


def interrupted(folder):
    """Exit code and stderr of a run that is interrupted once it has a checkpoint."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, *asked(folder)], stderr=subprocess.PIPE, text=True)
    while not (folder / "out" / "checkpoint.npz").exists() and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, message = child.communicate()
    return child.returncode, message


def test_an_interrupted_run_goes_on_to_the_identical_result(tmp_path):
    u0 = np.random.default_rng(0).random((32, 24))
    np.save(tmp_path / "a.npy", u0)
    code, message = interrupted(tmp_path)
    kept = tmp_path / "out" / "checkpoint.npz"
    assert code == 130
    assert f"interrupted: the run is kept in {kept}" in message
    assert "nothing was kept" not in message
    assert "Traceback" not in message
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["checkpoint.npz"]
    with np.load(kept) as file:
        assert 0 < file["done"] < STEPS

    result = CliRunner().invoke(app, asked(tmp_path))
    assert result.exit_code == 0, result.output
    with xarray.open_zarr(tmp_path / "out" / "result.zarr", consolidated=False) as dataset:
        assert dataset.attrs["steps"] < STEPS
        found = dataset.u.values[0]
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((32, 24)))
    np.testing.assert_array_equal(found, pn.solve(A, u0, pn.ExplicitEuler(), STEPS * TAU, tau=TAU).u)


@pytest.mark.parametrize("command", ["solve a.npy --t-end 1", "demo"])
def test_without_a_checkpoint_nothing_is_kept(command, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.zeros((4, 4)))
    monkeypatch.setattr(pn, "solve", interrupt)
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 130
    assert "interrupted: nothing was kept" in result.stderr
