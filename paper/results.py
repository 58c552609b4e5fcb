"""The kept results of studies and benchmarks, for texts that quote them. Rests on the JSON files alone.

What is asked for and not there, or there more than once, is an error: no text can hold a number that no run has found.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
STUDIES, COMPARISON = ROOT / "validation" / "results", ROOT / "benchmarks" / "results" / "compare.json"


@cache
def study(name: str) -> dict:
    """What `python -m validation NAME --size paper` kept: `columns`, `rows`, `claims`, `date`, `machine`, `seconds`."""
    return json.loads((STUDIES / f"{name}.json").read_text(encoding="utf-8"))


def comparisons() -> list[dict]:
    """The rows of `python -m benchmarks compare` that have a target, with `ratio`, `target`, `met`; none before the first run."""
    if not COMPARISON.exists():
        return []
    sections = json.loads(COMPARISON.read_text(encoding="utf-8"))["sections"].values()
    return [row for section in sections for row in section["rows"] if row["target"] is not None]


def names() -> list[str]:
    """All studies with kept results."""
    return sorted(path.stem for path in STUDIES.glob("*.json"))


def headings(columns: list[str]) -> list[str]:
    """The columns; one whose name is there more than once, such as ±, is called `± of` what stands before it."""
    return [f"{name} of {columns[i - 1]}" if columns.count(name) > 1 else name for i, name in enumerate(columns)]


def rows(name: str, *keys) -> list[dict]:
    """The rows of a study that hold all of these entries, each by its columns.

    Raises
    ------
    LookupError
        There is none.
    """
    facts = study(name)
    called = headings(facts["columns"])
    found = [dict(zip(called, row, strict=True)) for row in facts["rows"] if all(key in row for key in keys)]
    if not found:
        raise LookupError(f"{name} has no row with {keys}")
    return found


def cell(name: str, column: str, *keys):
    """The entry of a column in the one row that holds all of these entries.

    Raises
    ------
    LookupError
        There is no such row, more than one, or no such column.
    """
    found = rows(name, *keys)
    if len(found) > 1:
        raise LookupError(f"{name} has {len(found)} rows with {keys}, one is needed")
    return found[0][column]


def column(name: str, which: str, *keys) -> list:
    """The entries of a column in all rows that hold all of these entries."""
    return [row[which] for row in rows(name, *keys)]


def claims(name: str, start: str = "") -> list[dict]:
    """The claims of a study whose sentences begin so: `sentence` and `held`.

    Raises
    ------
    LookupError
        There is none.
    """
    found = [claim for claim in study(name)["claims"] if claim["sentence"].startswith(start)]
    if not found:
        raise LookupError(f"{name} makes no claim that begins with {start!r}")
    return found


def all_claims() -> list[dict]:
    """The claims of all studies."""
    return [claim for name in names() for claim in study(name)["claims"]]


def failed(found: Iterable[dict]) -> list[dict]:
    """Those of some claims that did not hold."""
    return [claim for claim in found if not claim["held"]]


def newest() -> str:
    """The date of the newest result, as year-month-day."""
    return max(study(name)["date"] for name in names())
