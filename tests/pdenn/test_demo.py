"""The demo, on a part of the photograph: it denoises, and the network gives the same picture."""

import json

import numpy as np
import pytest
import xarray
from PIL import Image
from typer.testing import CliRunner

from pdenn import demo
from pdenn.cli import app
from pdenn.files import read

CELLS = 96


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return demo.run(tmp_path_factory.mktemp("demo"), CELLS)


def test_noise_goes(report):
    # The noise has -20 log10(25/255) = 20.17 dB up to the scatter 10 log10(1 ± 3 sqrt(2/N)) of its own variance.
    assert report.noisy == pytest.approx(20.17, abs=0.2)
    assert report.diffused > report.noisy + 6


def test_the_network_gives_the_same_picture(report):
    # 8 cycles of 4 stages, each of which rounds values below 2 to 2e-16.
    assert report.difference < 1e-13


def test_the_files_are_there_and_whole(report):
    figure, picture, result, certificate = report.written
    assert Image.open(figure).size == (990, 1089)
    assert np.abs(read(picture).u - report.solution.u.clip(0, 1)).max() <= 0.5 / 255 + 1e-12
    with xarray.open_dataset(result) as dataset:
        np.testing.assert_array_equal(dataset.u.values[0], report.solution.u)
        assert "Charbonnier" in dataset.attrs["operator"]
    assert json.loads(certificate.read_text(encoding="utf-8"))["certificate"]["claim"] == "bounded"
    assert sorted(path.name for path in figure.parent.iterdir()) == sorted(path.name for path in report.written)


def test_the_run_is_within_its_claim(report):
    assert report.solution.tau <= report.solution.certificate.tau
    assert [entry["claim"] for entry in report.claims["proved"]] == ["bounded", "max-min"]
    assert [entry["claim"] for entry in report.claims["missing"]] == ["contractive"]


def test_psnr():
    assert demo.psnr(np.full(4, 0.6), np.full(4, 0.5)) == pytest.approx(20)


def test_the_photograph_is_the_middle_of_the_bundled_one():
    whole = demo.photograph()
    assert whole.shape == (512, 512)
    np.testing.assert_array_equal(demo.photograph(100), whole[206:306, 206:306])


def test_the_command_prints_what_was_found(tmp_path, monkeypatch):
    whole = demo.photograph
    monkeypatch.setattr(demo, "photograph", lambda cells=None: whole(32))
    result = CliRunner().invoke(app, ["demo", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    for words in ("20", "dB", "maximum difference", "bounded", "not proved", "limit", "result.nc"):
        assert words in result.stdout
