"""Every study runs at its small size, and none of its claims fails."""

import importlib
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from validation.__main__ import STUDIES
from validation.study import Claim, Study, keep, show


@pytest.mark.parametrize("name", STUDIES)
def test_the_small_study_holds_its_claims(name, tmp_path):
    study = importlib.import_module(f"validation.{name}").run("small")
    failed = [claim.sentence for claim in study.claims if not claim.held]
    assert study.claims and not failed
    keep(study, name, "small", 1.0, tmp_path)
    facts = json.loads((tmp_path / f"{name}.json").read_text())
    assert len(facts["rows"]) == len(study.rows) and facts["columns"] == list(study.columns)
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failed_claim_is_said():
    console = Console(record=True, width=100)
    show(Study("A study", ("x",), [(1.0,)], [Claim("one is two", False)], None), console)
    assert "FAILED one is two" in console.export_text()


def test_an_unknown_study_is_refused():
    import typer

    from validation.__main__ import main

    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, ["everything"])
    assert result.exit_code == 2 and "name must be one of" in result.output
