"""What the build of the documentation, which runs every example, does not check; and the pictures of the README."""

import ast
import runpy
import sys
from pathlib import Path

import matplotlib
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
QUICK = ("beyond_the_limit", "learnt_law", "separation", "spiral_waves")
PICTURES = ROOT / "docs" / "images"


def name(path: Path) -> str:
    return path.stem


def title(path: Path) -> str:
    """The first line of the docstring, checked to be underlined."""
    head, line = ast.get_docstring(ast.parse(path.read_text())).splitlines()[:2]
    assert set(line) == {"="} and len(line) == len(head)
    return head


def calls(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]


@pytest.fixture
def _without_a_window():
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield
    matplotlib.pyplot.close("all")
    matplotlib.use(before)


def test_there_are_examples_in_four_sections():
    assert len(EXAMPLES) >= 18
    sections = {path.parent for path in EXAMPLES}
    assert {path.name for path in sections} == {"1_solve", "2_certify", "3_derive", "4_graphs"}
    assert all((path / "GALLERY_HEADER.rst").exists() for path in (ROOT / "examples", *sections))


def test_every_example_has_a_title_and_a_name_of_its_own():
    assert len({title(path) for path in EXAMPLES}) == len({path.stem for path in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_asserts_prints_and_shows(path):
    source = path.read_text()
    assert any(isinstance(node, ast.Assert) for node in ast.parse(source).body + _loops(source))
    assert "print" in calls(path)
    assert source.splitlines()[-1] == "plt.show()"


def _loops(source: str) -> list:
    """Statements in the loops of a script."""
    return [inner for node in ast.parse(source).body if isinstance(node, ast.For) for inner in node.body]


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_is_short(path):
    assert len(path.read_text().splitlines()) <= 80


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_imports_the_public_interface_only(path):
    imported = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    homes = {node.module for node in imported if node.module.partition(".")[0] == "pdenn"}
    assert homes <= {f"pdenn.{part}" for part in ("local_fourier", "networks", "robustness", "separation", "testing")}


@pytest.mark.parametrize("quick", QUICK)
@pytest.mark.filterwarnings("ignore:Animation was deleted")
@pytest.mark.usefixtures("_without_a_window")
def test_quick_ones_run(quick, capsys):
    (path,) = (path for path in EXAMPLES if path.stem == quick)
    runpy.run_path(str(path), run_name="__main__")
    assert len(matplotlib.pyplot.get_fignums()) == 1
    assert capsys.readouterr().out != ""


@pytest.mark.usefixtures("_without_a_window")
def test_the_pictures_of_the_readme_are_drawn_by_examples(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["draw.py", str(tmp_path)])
    runpy.run_path(str(PICTURES / "draw.py"), run_name="__main__")
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {path.name for path in PICTURES.glob("*.png")} - {"demo.png"}
    for picture in drawn:
        assert f"docs/images/{picture}" in (ROOT / "README.md").read_text()
        assert (PICTURES / picture).stat().st_size < 250_000
        with Image.open(tmp_path / picture) as image:
            assert image.width >= 800 and len(image.convert("L").getcolors()) > 20
