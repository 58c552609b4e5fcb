"""Every example runs, draws its picture, prints what the gallery quotes, and stands in the gallery."""

import runpy
import sys
from pathlib import Path

import matplotlib
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
GALLERY = (ROOT / "docs" / "gallery.md").read_text()


def name(path: Path) -> str:
    return path.stem


@pytest.fixture
def _without_a_window():
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    matplotlib.pyplot.close("all")
    matplotlib.use(before)


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
@pytest.mark.usefixtures("_without_a_window")
def test_it_draws_its_picture_and_prints_what_the_gallery_quotes(path, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(path), str(tmp_path)])
    runpy.run_path(str(path), run_name="__main__")
    assert [p.name for p in tmp_path.iterdir()] == [f"{path.stem}.png"]
    with Image.open(tmp_path / f"{path.stem}.png") as picture:
        assert picture.width >= 800 and len(picture.convert("L").getcolors()) > 20
    printed = capsys.readouterr().out.splitlines()
    assert printed != []
    assert [line for line in printed if line not in GALLERY.splitlines()] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_stands_in_the_gallery(path):
    assert f"```{{literalinclude}} ../examples/{path.name}" in GALLERY
    assert f"](images/{path.stem}.png)" in GALLERY
    assert (ROOT / "docs" / "images" / f"{path.stem}.png").stat().st_size < 250_000


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_is_short(path):
    assert len(path.read_text().splitlines()) < 60
