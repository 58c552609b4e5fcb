"""What `benchmarks/results/compare.json` holds, as text for the page on performance."""

import json
from pathlib import Path

# Peers that show how fast the machine could be, the stricter one first.
STOPS = ("its two loops on a tile", "its two loops in L1", "C", "an empty kernel")
RESULTS = Path(__file__).parents[1] / "benchmarks" / "results" / "compare.json"


def performance(path: Path = RESULTS) -> str:
    """The missed targets first, then the figure, then every section with its machine, date, and command."""
    sections = json.loads(path.read_text())["sections"].values()
    parts = [verdict(sections), f"![All ratios](../benchmarks/results/{path.stem}.png)", *map(chapter, sections)]
    return "\n\n".join(parts)


def verdict(sections) -> str:
    """How many targets were met, and the list of those that were not."""
    aimed = [(section, line) for section in sections for line in section["rows"] if line["target"] is not None]
    missed = [(section, line) for section, line in aimed if not line["met"]]
    words = [f"{len(aimed) - len(missed)} of {len(aimed)} targets were met."]
    if any(section["quick"] for section in sections):
        names = ", ".join(section["title"] for section in sections if section["quick"])
        words.append(f"**Quick sizes, for which no target was set, were measured for: {names}.**")
    head = ["## Missed targets", "", " ".join(words), ""]
    columns = ["section", "case", "ours", "peer", "ratio", "target", "what stops it alone", "the peer differs"]
    rows = [[s["title"], described(r), r["ours"]["name"], r["peer"]["name"], f"{r['ratio']:.2f}", f"{r['target']:g}",
             stopped(s, r), r.get("differs") or ""] for s, r in missed]  # fmt: skip
    return "\n".join([*head, table(columns, rows) if rows else "None."])


def stopped(section: dict, line: dict) -> str:
    """The ratio that would be left if ours took no longer than a part of it that was measured alone in the same run."""
    of_case = {r["peer"]["name"]: r["peer"]["median"] for r in section["rows"] if described(r) == described(line)}
    for name in STOPS:
        if name in of_case and name != line["peer"]["name"]:
            return f"{line['peer']['median'] / of_case[name]:.2f} ({name})"
    return ""


def chapter(section: dict) -> str:
    """One section: where it was measured, its rows, its limits, its notes."""
    facts = section["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    absent = f" Absent: {', '.join(section['absent'])}." if section["absent"] else ""
    where = (f"`{section['command']}`, {facts['date']}, {section['seconds']:.0f} s: {facts['processor']}, {facts['cores']} cores, "
             f"{facts['memory_gib']} GiB; {facts['system']}; {facts['compiler']}; {versions}.{absent}")  # fmt: skip
    parts = [f"## {section['title']}{' (quick sizes)' if section['quick'] else ''}", where]
    if section["limits"]:
        rows = [[r["limit"], r["where"], r["dtype"], str(r["threads"]), f"{r['value']:.4g} {r['unit']}"]
                for r in section["limits"]]  # fmt: skip
        parts.append(table(["limit", "where", "dtype", "threads", "value"], rows))
    if section["rows"]:
        columns = ["case", "ours", "ms", "peer", "ms", "ratio", "target", "roofline", "difference", "differs"]
        parts.append(table(columns, [cells(line) for line in section["rows"]]))
    return "\n\n".join([*parts, *section["notes"]])


def cells(line: dict) -> list[str]:
    """One row of the comparison."""
    target = "" if line["target"] is None else f"{line['target']:g}, {'met' if line['met'] else '**missed**'}"
    top, difference = line.get("roofline"), line.get("difference")
    return [described(line), line["ours"]["name"], milliseconds(line["ours"]), line["peer"]["name"], milliseconds(line["peer"]),
            f"{line['ratio']:.2f}", target, "" if top is None else f"{top:.2f}",
            "" if difference is None else f"{difference:.0e}", line.get("differs") or ""]  # fmt: skip


def described(line: dict) -> str:
    """The case with its precision and threads."""
    threads = line.get("threads")
    words = [line["case"], line.get("dtype"), threads and f"{threads} thread{'s' * (threads > 1)}"]
    return ", ".join(word for word in words if word)


def milliseconds(spread: dict) -> str:
    """Median and quartiles."""
    return " ".join([f"{1e3 * spread['median']:.4g}", f"({1e3 * spread['lower']:.4g} to {1e3 * spread['upper']:.4g})"])


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in [columns, ["---"] * len(columns), *rows]]
    return "\n".join(lines)
