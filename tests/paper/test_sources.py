"""The pages on source papers: their tables are there, name studies that exist, and hide no claim that failed."""

import importlib.util
import re
from pathlib import Path

import pytest

from paper import results

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "docs" / "sources").glob("*.md") if path.stem != "index")


@pytest.fixture(scope="module")
def module():
    """`docs/sources_tables.py`, which lies in no package."""
    spec = importlib.util.spec_from_file_location("sources_tables", ROOT / "docs" / "sources_tables.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def tables(module) -> dict[str, str]:
    return module.substitutions()


def test_every_page_has_one_table_and_every_table_a_page(tables):
    used = [name for page in PAGES for name in re.findall(r"\{\{ (\w+) \}\}", page.read_text())]
    assert sorted(used) == sorted(tables)
    assert len(used) == len(PAGES)


def test_every_page_says_what_is_claimed_what_was_reproduced_and_what_differs():
    for page in PAGES:
        said = page.read_text()
        assert all(
            re.search(start, said) for start in (r"\*\*What (it|they) claim", r"\*\*What we repr", r"\*\*What dif")
        )


def test_every_page_is_in_the_list():
    listed = (ROOT / "docs" / "sources" / "index.md").read_text()
    assert all(f"\n{page.stem}\n" in listed for page in PAGES)


def test_rows_have_four_cells(tables):
    rows = [row for text in tables.values() for row in text.splitlines() if row.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_the_commands_name_studies_with_results(tables):
    named = {
        name for text in tables.values() for name in re.findall(r"`python -m validation (\w+) --size paper`", text)
    }
    assert named <= set(results.names()) and len(named) > 5
    assert {results.study(name)["size"] for name in named} == {"paper"}


@pytest.mark.parametrize("study", ["image_denoising", "node_classification", "signal_denoising"])
def test_what_failed_in_studies_of_papers_stands_in_the_tables(tables, study):
    text = "\n".join(tables.values())
    failed = results.failed(results.claims(study))
    assert failed != []
    assert [claim["sentence"] for claim in failed if claim["sentence"] not in text] == []


def test_verdicts(module):
    yes, no = {"held": True}, {"held": False}
    assert [module.held(found) for found in ([], [yes], [no], [yes, no])] == ["-", "yes", "**no**", "1 of 2"]


def test_a_claim_that_is_no_longer_made_is_an_error(module):
    with pytest.raises(LookupError):
        module.row(module.Line("x", "-", "toy_problems", "no such claim"))


def test_numbers_without_a_claim_stand_alone(module):
    line = module.Line("x", "-", "toy_problems", None, lambda: "1 ± 2")
    assert module.row(line) == "| x | - | 1 ± 2 | - |"


def test_few_shots_have_their_own_interval(module):
    assert module.shots("5-way 1-shot", "COIN")() == "{:.2f} ± {:.2f} %".format(
        *next(row[4:6] for row in results.study("few_shot")["rows"] if row[1:3] == ["5-way 1-shot", "COIN"])
    )


def test_among_several_claims_those_that_failed_are_marked(module):
    found = results.claims("signal_denoising", "ReLU: symmetric")
    said = module.row(module.Line("x", "-", "signal_denoising", "ReLU: symmetric"))
    assert len(found) > 1 and said.count(" (**no**)") == len(results.failed(found)) > 0
