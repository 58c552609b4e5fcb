"""`pdenn solve` gives what `pdenn.solve` gives, with coordinates, provenance and claims."""

import hashlib
import json
import sys

import imageio.v3 as imageio
import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

import pdenn as pn
from pdenn.cli import app, options
from pdenn.files import read

GREY = np.random.default_rng(0).integers(0, 256, (9, 7), dtype=np.uint8)
COLOUR = np.random.default_rng(1).integers(0, 256, (9, 7, 3), dtype=np.uint8)
ASKED = ["--law", "peronamalik", "--contrast", "0.2", "--scheme", "FSI", "--n", "4", "--t-end", "2", "--h", "0.5"]


def solve(*arguments):
    result = CliRunner().invoke(app, ["solve", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def expected(u, **options):
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik(0.2)), pn.Grid((9, 7), 0.5))
    return pn.solve(A, u, pn.FSI(4), 2.0, **options)


def opened(path):
    options = {"engine": "zarr", "consolidated": False} if path.suffix == ".zarr" else {}
    with xarray.open_dataset(path, **options) as dataset:
        return dataset.load()


@pytest.mark.parametrize("format", ["nc", "zarr"])
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_a_picture(pixels, format, tmp_path):
    imageio.imwrite(tmp_path / "a.png", pixels)
    shown = solve(tmp_path / "a.png", *ASKED, "--out", tmp_path / "out", "--format", format)
    u = expected(read(tmp_path / "a.png").u).u
    dataset = opened(tmp_path / "out" / f"result.{format}")
    np.testing.assert_array_equal(dataset.u.values[0], u)
    np.testing.assert_array_equal(dataset.x1, (np.arange(7) + 0.5) * 0.5)
    assert dataset.attrs["input_sha256"] == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert dataset.attrs["input_scale"] == 255
    assert "PeronaMalik(contrast=0.2)" in dataset.attrs["operator"]
    assert np.abs(read(tmp_path / "out" / "picture.png").u - u).max() <= 0.5 / 255 + 1e-12
    names = {"picture.png", f"result.{format}", "certificate.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert all(name in shown for name in names)


def test_an_array_with_saved_times(tmp_path):
    np.save(tmp_path / "a.npy", GREY / 25.5)
    solve(tmp_path / "a.npy", *ASKED, "--times", "0,0.5,2", "--tau", "0.1", "--out", tmp_path, "--format", "zarr")
    dataset, solution = opened(tmp_path / "result.zarr"), expected(GREY / 25.5, times=(0, 0.5, 2), tau=0.1)
    np.testing.assert_array_equal(dataset.u.values, solution.snapshots)
    np.testing.assert_array_equal(dataset.time, [0, 0.5, 2])
    assert dataset.attrs["tau"] == solution.tau
    assert not (tmp_path / "picture.png").exists()


def test_a_result_goes_on(tmp_path):
    np.save(tmp_path / "a.npy", GREY / 255)
    solve(tmp_path / "a.npy", *ASKED, "--out", tmp_path / "one", "--format", "zarr")
    solve(tmp_path / "one" / "result.zarr", *ASKED, "--out", tmp_path / "two", "--format", "zarr")
    twice = expected(expected(GREY / 255).u).u
    np.testing.assert_array_equal(opened(tmp_path / "two" / "result.zarr").u.values[0], twice)


@pytest.mark.parametrize(
    ("certificate", "claim"), [("bounded", "bounded"), ("max-min", "max-min"), ("none", None)]
)  # fmt: skip
def test_the_claim_of_the_run_is_in_the_certificate(certificate, claim, tmp_path):
    np.save(tmp_path / "a.npy", GREY / 255)
    asked = [*ASKED, "--certificate", certificate, "--tau", "0.01", "--out", tmp_path, "--format", "zarr"]
    solve(tmp_path / "a.npy", *asked)
    record = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    assert (record["certificate"] and record["certificate"]["claim"]) == claim
    assert {c["claim"] for kind in record["claims"].values() for c in kind} == {"bounded", "contractive", "max-min"}
    assert record["input_sha256"] == read(tmp_path / "a.npy").sha256


def test_the_folder_is_named_after_the_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", GREY / 255)
    solve("a.npy", "--t-end", "0", "--format", "zarr")
    np.testing.assert_array_equal(opened(tmp_path / "pdenn-a" / "result.zarr").u.values[0], GREY / 255)


def test_a_finished_run_leaves_no_checkpoint(tmp_path):
    np.save(tmp_path / "a.npy", GREY / 255)
    solve(tmp_path / "a.npy", *ASKED, "--checkpoint", "--out", tmp_path / "out", "--format", "zarr")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.zarr", "certificate.json"}


def test_json_is_the_record(tmp_path):
    np.save(tmp_path / "a.npy", GREY / 255)
    said = json.loads(solve(tmp_path / "a.npy", *ASKED, "--out", tmp_path, "--format", "zarr", "--json"))
    assert said.pop("written") == [str(tmp_path / "result.zarr"), str(tmp_path / "certificate.json")]
    assert said == json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))


def test_a_figure_and_a_film(tmp_path):
    imageio.imwrite(tmp_path / "a.png", GREY)
    shown = solve(tmp_path / "a.png", *ASKED, "--times", "0,1,2", "--figure", "--animation", "--out", tmp_path / "out")
    names = {"picture.png", "result.nc", "certificate.json", "figure.png", "animation.gif", "animation.mp4"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert all(name in shown for name in names)
    assert len(imageio.imread(tmp_path / "out" / "animation.gif")) == 3
    figure = imageio.imread(tmp_path / "out" / "figure.png")[..., :3].astype(int)
    assert np.abs(figure - figure[..., :1]).max() == 0  # a grey picture has a grey figure


def test_a_film_without_times_takes_its_own(tmp_path, monkeypatch):
    # The name in the package is the function.
    monkeypatch.setattr(sys.modules["pdenn.cli.solve"], "FRAMES", 6)
    np.save(tmp_path / "a.npy", GREY / 255)
    solve(tmp_path / "a.npy", *ASKED, "--animation", "--out", tmp_path)
    times = opened(tmp_path / "result.nc").time.values
    np.testing.assert_array_equal(times, [2 * k / 5 for k in range(6)])
    assert len(imageio.imread(tmp_path / "animation.gif")) == 6


@pytest.mark.parametrize(("text", "claim"), [("none", None), ("None", None), ("Bounded", "bounded")])
def test_the_case_of_a_claim_does_not_matter(text, claim):
    assert options.claim(text) == claim
