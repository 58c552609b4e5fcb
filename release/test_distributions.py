"""What the wheel and the source distribution hold, and what they leave out. Rests on the archives themselves."""

import re
import tarfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from packaging.metadata import Metadata
from validate_pyproject import api

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LEFT_OUT = {"tests", "docs", "validation", "benchmarks", "paper", "release", "examples", ".ci"}
OUTPUTS = re.compile(r"(^|/)(__pycache__|\.[a-z_]+_cache|_build|\.tox|\.git)(/|$)|\.(pyc|nbi|nbc|partial)$")


@pytest.fixture(scope="module")
def wheel(distributions) -> set[str]:
    with zipfile.ZipFile(distributions.wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def source(distributions) -> set[str]:
    """Names without the folder that all of them lie in."""
    with tarfile.open(distributions.source) as archive:
        return {str(PurePosixPath(*PurePosixPath(member.name).parts[1:])) for member in archive if member.isfile()}


def modules() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "pdenn").rglob("*.py")}


def test_pyproject_is_valid():
    api.Validator()(PROJECT)


def test_the_wheel_holds_the_package_its_types_and_its_references(wheel):
    assert modules() | {"pdenn/py.typed", "pdenn/references.bib"} <= wheel


def test_the_wheel_holds_nothing_else(wheel):
    others = {name for name in wheel if not name.startswith("pdenn/")}
    assert {PurePosixPath(name).parts[0] for name in others} == {f"pdenn-{PROJECT['project']['version']}.dist-info"}
    assert {PurePosixPath(name).parts[0] for name in wheel} & LEFT_OUT == set()
    assert {name for name in wheel if OUTPUTS.search(name)} == set()


def test_the_licence_lies_in_both(wheel, source):
    assert [name for name in wheel if name.endswith("licenses/LICENSE")] != []
    assert "LICENSE" in source


def test_the_source_distribution_can_test_itself(source):
    """It holds what the tests, the documentation and the studies read, and no output of theirs."""
    needed = {"pyproject.toml", "tox.ini", "constraints.txt", "README.md", "CONTRIBUTING.md", "CITATION.cff"}
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    results = {path.relative_to(ROOT).as_posix() for path in (ROOT / "validation" / "results").glob("*.json")}
    assert (needed | modules() | tests | results) - source == set()
    assert {name for name in source if OUTPUTS.search(name)} == set()


def test_the_metadata_are_valid(distributions):
    with zipfile.ZipFile(distributions.wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("dist-info/METADATA"))
        text = archive.read(name)
    metadata = Metadata.from_email(text, validate=True)
    assert str(metadata.version) == PROJECT["project"]["version"]
    assert metadata.license_expression == "MIT" and metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / "README.md").read_text()
