"""One version, said in pyproject.toml: the package, the citation file and the documentation follow."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pdenn

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_package_has_the_version_of_the_project():
    assert pdenn.__version__ == VERSION


def test_the_citation_file_has_the_version_and_the_licence_of_the_project():
    said = dict(re.findall(r"^(\w[\w-]*): (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    assert said["version"] == VERSION
    assert (said["license"], said["type"], said["cff-version"]) == ("MIT", "software", "1.2.0")


def test_nobody_else_types_it():
    places = [*(ROOT / "pdenn").rglob("*.py"), *(ROOT / "docs").glob("*.py")]
    assert [path for path in places if re.search(rf"[\"']{re.escape(VERSION)}[\"']", path.read_text())] == []


def test_a_folder_that_nobody_installed_has_no_version(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert pdenn.__version__ == "0+unknown"
