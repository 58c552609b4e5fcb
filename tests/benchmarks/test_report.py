"""The rounds take turns, rows come back from the file, and the page on performance names missed targets first."""

import importlib.util
import json
from pathlib import Path

import pytest

from benchmarks import SECTIONS
from benchmarks.__main__ import parsed
from benchmarks.fixed_time import Method, compare, search
from benchmarks.heat import exact, initial
from benchmarks.integrators import INTERVALS, stages
from benchmarks.report import keep, read
from benchmarks.rounds import LEAST, interleaved, row, spread
from benchmarks.settings import Settings
from pdenn.schemes import constants

SPEC = importlib.util.spec_from_file_location(
    "performance_tables", Path(__file__).parents[2] / "docs/performance_tables.py"
)
tables = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tables)


def line(ratio, target, peer="a peer", threads=1):
    return row("a case", ("ours", [1.0, 1.0]), (peer, [ratio, ratio]), target=target, dtype="float64", threads=threads)


def chapter(title, rows, quick=False):
    facts = {
        "processor": "p",
        "cores": 2,
        "memory_gib": 8,
        "system": "s",
        "compiler": "c",
        "versions": {"numpy": "2"},
        "date": "d",
    }
    return {"title": title, "command": "python", "quick": quick, "seconds": 1.0, "machine": facts, "absent": ["Devito"],
            "limits": [], "rows": rows, "notes": ["a note"]}  # fmt: skip


def test_works_take_turns():
    turns = []
    found = interleaved({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, seconds=0.0)
    assert turns == ["a", "b"] * LEAST
    assert [len(seconds) for seconds in found.values()] == [LEAST, LEAST]


def test_spread_is_that_of_numbers():
    assert spread([3.0, 1.0, 2.0, 4.0, 5.0]) == {"median": 3.0, "lower": 2.0, "upper": 4.0, "runs": 5}
    assert spread([2.0])["median"] == 2.0


@pytest.mark.parametrize(("ratio", "target", "met"), [(2.0, 1.5, True), (1.0, 1.5, False), (1.0, None, None)])
def test_a_target_is_met_from_its_ratio_on(ratio, target, met):
    assert line(ratio, target)["ratio"] == ratio
    assert line(ratio, target)["met"] is met


def test_sections_are_kept_beside_each_other(tmp_path):
    path = tmp_path / "results" / "compare.json"
    keep(path, "one", chapter("First", [line(2.0, 1.5)]))
    keep(path, "two", chapter("Second", [line(1.0, 1.5)]))
    keep(path, "one", chapter("First again", [line(3.0, 1.5)]))
    assert {name: found["title"] for name, found in read(path)["sections"].items()} == {
        "one": "First again",
        "two": "Second",
    }
    assert path.with_suffix(".png").stat().st_size > 0


def test_the_page_names_missed_targets_first(tmp_path):
    path = tmp_path / "compare.json"
    sections = {"one": chapter("First", [line(2.0, 1.5)]), "two": chapter("Second", [line(1.0, 1.5)], quick=True)}
    path.write_text(json.dumps({"sections": sections}))
    head, _, rest = tables.performance(path).partition("## First")
    assert "1 of 2 targets were met" in head
    assert "| Second | a case, float64, 1 thread | ours | a peer | 1.00 | 1.5 |  |  |" in head
    assert "Quick sizes" in head and "Absent: Devito" in rest and "a note" in rest


def test_the_page_says_what_stops_a_missed_target():
    """The time of its loops, else that of a loop in C, on the same case: with those alone the ratio would be so large."""
    missed, c, loops = line(4.0, 5.0), line(0.8, 0.9, "C"), line(0.5, None, "its two loops in L1")
    other = line(0.1, None, "its two loops in L1", threads=2)
    assert "| 4.00 | 5 | 5.00 (C) |" in tables.verdict([chapter("First", [missed, c, other])])
    words = tables.verdict([chapter("First", [missed, c, loops])])
    assert "| 4.00 | 5 | 8.00 (its two loops in L1) |" in words
    assert "| C | 0.80 | 0.9 | 1.60 (its two loops in L1) |" in words
    assert "| C | 0.80 | 0.9 |  |" in tables.verdict([chapter("First", [c])])


def test_the_command_line_names_sections():
    assert parsed(["compare", "--quick", "--only", "heat"], SECTIONS).names == ["heat"]
    assert parsed(["kernels", "multigrid"], SECTIONS).names == ["kernels", "multigrid"]
    assert parsed([], SECTIONS).names == list(SECTIONS)


def test_an_unknown_section_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(["nothing"], SECTIONS)
    assert stop.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_a_search_stops_at_the_error():
    method = Method("pdenn", "halving", (1, 2, 3, 4, 5), lambda k: 2.0**-k)
    assert [run.setting for run in search(method, 0.0, 0.2, 10.0)] == [1, 2, 3]


def test_what_reaches_no_error_is_named():
    able = Method("pdenn", "able", (1,), lambda k: 0.0)
    peer = Method("peer", "unable", (1,), lambda k: 1.0)
    found = list(compare("title", 0.0, [able, peer], (0.1,), {}, Settings(tiny=True)))
    assert ["peer was not seen" in line["note"] for line in found] == [True]


@pytest.mark.parametrize("make", INTERVALS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("z", [3.0, 30.0, 300.0])
def test_stages_suffice(make, z):
    assert constants(make(stages(make, z))).beta >= z


def test_the_exact_heat_equation_keeps_the_mean_and_forms_a_semigroup():
    u = initial(16)
    once, twice = exact(u, 0.02), exact(exact(u, 0.01), 0.01)
    assert abs(once - twice).max() < 1e-14
    assert abs(once.mean() - u.mean()) < 1e-15
