"""A problem file run: the states are those of `solve`, to the bit, wherever the run was killed."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray
import zarr
from PIL import Image
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app
from pdenn.files import problem, read
from pdenn.files.run import run

EXAMPLE = Path(__file__).parents[3] / "examples" / "problems" / "smoothing.toml"
TEXT = """
initial = { kind = "gaussian", width = 1.5, noise = 0.1, seed = 7 }
equation = { kind = "Diffusion", law = { kind = "Charbonnier", contrast = 0.2 } }
grid = { shape = [6, 5] }
scheme = { kind = "FSI", n = 3 }
run = { t_end = 3.0, times = [0.0, 0.7, 1.0] }
"""


def asked(folder, text=TEXT):
    (folder / "a.toml").write_text(text, encoding="utf-8")
    return problem.read(folder / "a.toml")


def expected(found):
    """All saved states, by one `solve`."""
    claim, times = found.run.claim, found.run.saved
    A = found.operator
    return np.stack(pn.solve(A, found.state(), found.scheme, times[-1], certificate=claim, times=times).snapshots)


def opened(path):
    with xarray.open_zarr(path, consolidated=False) as dataset:
        return dataset.load()


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_the_result_is_that_of_solve_and_says_how_to_repeat_it(tmp_path):
    found = asked(tmp_path)
    written = run(found)
    assert names(tmp_path / "a-results") == {"result.zarr", "certificate.json", "run.json"}
    dataset = opened(written[0])
    np.testing.assert_array_equal(dataset.u.values, expected(found))
    np.testing.assert_array_equal(dataset.time, [0, 0.7, 1, 3])
    assert dataset.attrs["problem"] == TEXT
    assert (dataset.attrs["pdenn"], dataset.attrs["numpy"]) == (pn.__version__, np.__version__)
    assert dataset.attrs["seed"] == 7
    assert dataset.attrs["certificate"] == str(pn.certificate(found.scheme, found.operator, "bounded"))
    again = asked(tmp_path, dataset.attrs["problem"])
    np.testing.assert_array_equal(opened(run(again, tmp_path / "again")[0]).u, dataset.u)


def test_the_example(tmp_path):
    shutil.copy(EXAMPLE, tmp_path)
    found = problem.read(tmp_path / EXAMPLE.name)
    u = opened(run(found)[0]).u.values
    assert names(tmp_path) == {EXAMPLE.name, "smoothing"}
    np.testing.assert_array_equal(u, expected(found))
    assert (np.diff(u.max((1, 2))) <= 0).all() and (np.diff(u.min((1, 2))) >= 0).all()


def test_a_picture_in_and_out(tmp_path):
    u = np.random.default_rng(0).random((3, 6, 5))
    pn.files.write_picture(tmp_path / "u.png", u)
    text = TEXT.replace('kind = "gaussian", width = 1.5, noise = 0.1, seed = 7', 'kind = "file", path = "u.png"')
    found = asked(tmp_path, text + "output = { folder = 'o', picture = true }")
    written = run(found)
    dataset = opened(written[0])
    assert dataset.u.dims == ("time", "batch0", "x0", "x1")
    assert json.loads(dataset.attrs["inputs"]) == {"u.png": read(tmp_path / "u.png").sha256}
    # Half a level, and a rounding.
    assert np.abs(read(tmp_path / "o" / "picture.png").u - dataset.u.values[-1]).max() <= 0.5 / 255 + 1e-15


class Killed(BaseException):
    """What no `except Exception` catches."""


def killed(found, folder, k, after, monkeypatch):
    """Whether the run was stopped at its `k`-th renaming of a file, `after` it or before."""
    count, real = [0], os.replace

    def replace(source, target, **options):
        count[0] += 1
        if count[0] >= k and not after:
            raise Killed
        real(source, target, **options)
        if count[0] >= k:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        try:
            run(found, folder)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("after", [False, True])
def test_stopped_at_any_file_it_goes_on_to_the_same_bits(after, tmp_path, monkeypatch):
    found, k, stops = asked(tmp_path), 0, 0
    right = expected(found)
    while True:
        k, folder = k + 5, tmp_path / str(k)
        if not killed(found, folder, k + after, after, monkeypatch):
            break
        stops += 1
        np.testing.assert_array_equal(opened(run(found, folder)[0]).u.values, right)
        assert names(folder) == {"result.zarr", "certificate.json", "run.json"}
    assert stops >= 4


def saved(folder):
    """How many saved times the notes of a run say."""
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8"))["saved"]
    except FileNotFoundError:
        return 0


def test_killed_it_goes_on_to_the_same_bits(tmp_path):
    times = [k / 12 for k in range(12)]
    found = asked(tmp_path, TEXT.replace("[0.0, 0.7, 1.0]", str(times)).replace("3.0", "1.0"))
    code = "from pdenn.cli import app; app()"
    with subprocess.Popen([sys.executable, "-c", code, "solve", str(tmp_path / "a.toml")],
                          stdout=subprocess.DEVNULL, env=os.environ) as process:  # fmt: skip
        while saved(found.folder) < 3 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    before = saved(found.folder)
    assert 3 <= before < 13
    assert (found.folder / "lock").exists()
    np.testing.assert_array_equal(opened(run(found)[0]).u.values, expected(found))
    assert names(found.folder) == {"result.zarr", "certificate.json", "run.json"}


def test_what_a_kill_left_within_the_result_is_removed(tmp_path):
    found = asked(tmp_path)
    half = run(found)[0] / "u" / "c" / "0.partial"
    half.write_bytes(b"half")
    run(found)
    assert not half.exists()


def test_a_picture_has_a_grey_figure(tmp_path):
    pn.files.write_picture(tmp_path / "u.png", np.random.default_rng(0).random((6, 5)))
    text = TEXT.replace('kind = "gaussian", width = 1.5, noise = 0.1, seed = 7', 'kind = "file", path = "u.png"')
    written = run(asked(tmp_path, text + "output = { figure = true, animation = true }"))
    assert {path.name for path in written} == {
        "result.zarr",
        "certificate.json",
        "figure.png",
        "animation.gif",
        "animation.mp4",
    }
    assert opened(written[0]).attrs["input_scale"] == 255
    figure = np.asarray(Image.open(written[2]).convert("RGB"), int)
    assert np.abs(figure - figure[..., :1]).max() == 0


def test_a_run_that_goes_on_does_not_begin_anew(tmp_path, monkeypatch):
    found = asked(tmp_path)
    run(found)
    monkeypatch.setattr("pdenn.files.run.solve", None)  # a call would fail
    np.testing.assert_array_equal(opened(run(found)[0]).u.values, expected(found))


@pytest.mark.parametrize(("old", "new"), [("0.2", "0.3"), ("seed = 7", "seed = 8")])
def test_the_result_of_another_problem_is_not_touched(old, new, tmp_path):
    folder = tmp_path / "o"
    result = run(asked(tmp_path), folder)[0]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=r"another run \(problem\): name another folder"):
        run(asked(tmp_path, TEXT.replace(old, new)), folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (folder / "run.json").unlink()
    with pytest.raises(ValueError, match="result of another run"):
        run(asked(tmp_path), folder)
    assert result.exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"saved": "x"}', '{"saved": 1, "sha256": 2, "statement": 3}'])
def test_foreign_notes_are_refused(content, tmp_path):
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "run.json").write_text(content)
    with pytest.raises(ValueError, match=r"run\.json was not written by pdenn"):
        run(asked(tmp_path), tmp_path / "o")
    assert names(tmp_path / "o") == {"run.json"}


def test_a_changed_result_is_not_gone_on_with(tmp_path):
    found = asked(tmp_path)
    result = run(found)[0]
    zarr.open_group(result, mode="r+")["u"][-1] = 0.0
    with pytest.raises(OSError, match="it was changed"):
        run(found)
    shutil.rmtree(result / "u")
    with pytest.raises(OSError, match="cannot go on from"):
        run(found)


def test_two_runs_into_one_folder(tmp_path, monkeypatch):
    found, real = asked(tmp_path), pn.solve

    def solve(*arguments, **options):
        with pytest.raises(OSError, match=rf"in use by the run with process number {os.getpid()} on"):
            run(found)
        return real(*arguments, **options)

    monkeypatch.setattr("pdenn.files.run.solve", solve)
    np.testing.assert_array_equal(opened(run(found)[0]).u.values, expected(found))


def test_the_command_line(tmp_path):
    asked(tmp_path)
    call = ["solve", str(tmp_path / "a.toml")]
    refused = CliRunner().invoke(app, [*call, "--tau", "0.1"])
    assert refused.exit_code == 2 and "--tau" in refused.stderr and names(tmp_path) == {"a.toml"}
    done = CliRunner().invoke(app, [*call, "--json", "--out", str(tmp_path / "o")])
    assert json.loads(done.stdout)["problem"] == TEXT
    assert "at most" in CliRunner().invoke(app, [*call, "--out", str(tmp_path / "o")]).stdout
    (tmp_path / "a.toml").write_text(TEXT.replace("3.0", "-3.0"))
    wrong = CliRunner().invoke(app, call)
    assert wrong.exit_code == 2 and "line 6: run.t_end" in wrong.stderr
