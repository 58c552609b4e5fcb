"""`pdenn cite` gives BibTeX that can be read, and the same as JSON."""

import json
import re

from typer.testing import CliRunner

import pdenn
from pdenn.cli import app


def cite(*arguments):
    result = CliRunner().invoke(app, ["cite", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_has_every_entry_with_every_field():
    text, entries = cite(), json.loads(cite("--json"))
    assert [entry["key"] for entry in entries] == re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE)
    assert len({entry["key"] for entry in entries}) == len(entries) > 10
    assert sum(map(len, entries)) == 2 * len(entries) + len(re.findall(r"^  \w+ += ", text, re.MULTILINE))
    assert entries[0]["version"] == pdenn.__version__
    for entry in entries[1:]:
        assert {"author", "title", "year"} <= entry.keys()
        assert entry["key"].endswith(entry["year"])
        assert all(value and not value.endswith(",") for value in entry.values())


def test_braces_close():
    for entry in cite().split("\n\n"):
        assert entry.count("{") == entry.count("}") > 0


def test_the_seed_papers_are_there():
    text = cite()
    for identifier in ("10.1007/s10851-022-01106-x", "2403.15726", "10.1109/TPAMI.2023.3272341", "2307.12333"):
        assert identifier in text
