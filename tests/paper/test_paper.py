"""The paper: what the journal asks for, and no number that no run has found. Rests on Jinja and on the result files."""

import json
import re
from pathlib import Path

import pytest

from paper import results
from paper.render import PAPER, rendered

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "paper" / "paper.md.j2"
SECTIONS = (
    "Summary",
    "Statement of need",
    "State of the field",
    "Software design",
    "Research impact statement",
    "AI usage disclosure",
)
WORDS = (750, 1750)  # what the Journal of Open Source Software asks for
FUNCTIONS = "cell|claims|all_claims|failed|rows|column|comparisons|study|newest"
NOT_FOUND_BY_RUNS = {"BM3D", "COVID-19"}  # names with a digit


def body(text: str) -> str:
    """Without the header."""
    return text.split("---\n", 2)[2]


def typed(template: str) -> str:
    """The template without what Jinja puts in, and without paths and keys of citations."""
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", template, flags=re.DOTALL)
    return re.sub(r"\]\([^)]*\)|@\w+", "", text)


def numbers(text: str) -> list[str]:
    """Words with a digit, allowed names apart."""
    return [word for word in re.findall(r"[\w.+-]*\d[\w.+-]*", text) if word not in NOT_FOUND_BY_RUNS]


def test_nothing_is_left_to_fill_in():
    assert re.findall(r"\{\{|\}\}|\{%|%\}|\{#|\b(nan|None|Undefined)\b", rendered()) == []


def test_the_paper_beside_the_template_has_the_present_results():
    assert PAPER.read_text(encoding="utf-8") == rendered(), "results have changed: python -m paper"


def test_the_length_is_what_the_journal_asks_for():
    assert WORDS[0] <= len(re.findall(r"\w[\w'-]*", body(rendered()))) <= WORDS[1]


def test_the_sections_are_there_in_their_order():
    assert re.findall(r"^# (.+)$", rendered(), re.MULTILINE) == [*SECTIONS, "References"]


def test_every_citation_is_in_one_of_the_bibliographies_and_all_of_the_paper_are_cited():
    own, package = (
        re.findall(r"^@\w+\{(\w+),", (ROOT / name).read_text(), re.MULTILINE)
        for name in ("paper/paper.bib", "pdenn/references.bib")
    )
    assert set(own) & set(package) == set()
    cited = set(re.findall(r"(?<![\w.])@(\w+)", body(rendered())))
    assert cited - set(own) - set(package) == set()
    assert set(own) - cited == set()


def test_no_number_is_typed():
    assert numbers(typed(body(TEMPLATE.read_text()))) == []


def test_every_expression_asks_the_results():
    for expression in re.findall(r"\{\{(.*?)\}\}", TEMPLATE.read_text(), re.DOTALL):
        assert re.search(rf"\b({FUNCTIONS})\b", expression), expression


def test_a_typed_number_would_be_noticed():
    assert numbers(typed("a {{ cell('x', 2) }} b [c](d2.png) @Key2023 COVID-19 28.10 dB, 2e-3")) == ["28.10", "2e-3"]


def test_figures_are_those_of_the_results():
    found = re.findall(r"\]\((.*?\.png)\)", rendered())
    assert found != []
    assert all((ROOT / "paper" / name).resolve().parent == results.STUDIES for name in found)
    assert all((ROOT / "paper" / name).exists() for name in found)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: results.cell("toy_problems", "calls", "no such problem"),
        lambda: results.cell("toy_problems", "calls", "two moons"),
        lambda: results.cell("toy_problems", "no such column", "two moons", "FSI"),
        lambda: results.claims("toy_problems", "no such claim"),
    ],
)
def test_what_is_not_there_once_is_an_error(ask):
    with pytest.raises(LookupError):
        ask()


def test_cells_columns_and_claims_are_those_of_the_file():
    assert results.cell("toy_problems", "accuracy % or L/D", "two moons", "FSI") == 100.0
    assert len(results.column("toy_problems", "calls", "two moons")) == 4
    assert all(claim["held"] for claim in results.claims("toy_problems", "two moons"))
    assert results.failed([{"held": True}, {"held": False}]) == [{"held": False}]


def test_comparisons_are_those_with_a_target(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "COMPARISON", tmp_path / "compare.json")
    assert results.comparisons() == []
    found = [{"target": 2.0, "met": True}, {"target": None, "met": None}, {"target": 1.5, "met": False}]
    results.COMPARISON.write_text(json.dumps({"sections": {"a": {"rows": found}, "limits": {"rows": []}}}))
    assert results.comparisons() == [found[0], found[2]]
    assert "1 of\n2 targets are met" in rendered()


def test_columns_of_one_name_are_told_apart():
    assert results.headings(["a", "±", "b", "±"]) == ["a", "± of a", "b", "± of b"]
    assert results.headings(["a", "±"]) == ["a", "±"]
    for name in results.names():
        found = results.rows(name)
        assert all(len(row) == len(results.study(name)["columns"]) for row in found)
