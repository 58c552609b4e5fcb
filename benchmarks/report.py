"""What a comparison found: as a table, as a file, as a picture."""

import json
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=150)
RESULTS = Path(__file__).parent / "results"
# Okabe and Ito (2008): distinguishable with every colour vision; shapes say the same.
COLOURS = {"float32": "#0072B2", "float64": "#D55E00"}
MARKERS = {1: "o", 2: "^"}


def show(section: dict):
    """Print the rows of a section."""
    if section["limits"]:
        table = Table(title="Limits of the machine")
        for heading in ("limit", "where", "dtype", "threads", "value"):
            table.add_column(heading, justify="right")
        for line in section["limits"]:
            words = (line["limit"], line["where"], line["dtype"], str(line["threads"]))
            table.add_row(*words, f"{line['value']:.4g} {line['unit']}")
        CONSOLE.print(table)
    if section["rows"]:
        table = Table(title=section["title"])
        for heading in ("case", "dtype", "threads", "ours", "ms (quartiles)", "peer", "ms (quartiles)", "ratio", "target",
                        "roofline", "difference"):  # fmt: skip
            table.add_column(heading, justify="left" if heading in ("case", "ours", "peer") else "right")
        for line in section["rows"]:
            table.add_row(*cells(line))
        CONSOLE.print(table)
    for note in section["notes"]:
        CONSOLE.print(note)


def cells(line: dict) -> tuple[str, ...]:
    """The words of one row."""
    target = "" if line["target"] is None else f"{line['target']:g} {'met' if line['met'] else 'MISSED'}"
    top, difference = line.get("roofline"), line.get("difference")
    return (
        line["case"],
        line.get("dtype", ""),
        str(line.get("threads", "")),
        line["ours"]["name"],
        milliseconds(line["ours"]),
        line["peer"]["name"],
        milliseconds(line["peer"]),
        f"{line['ratio']:.2f}",
        target,
        "" if top is None else f"{top:.2f}",
        "" if difference is None else f"{difference:.0e}",
    )


def milliseconds(spread: dict) -> str:
    """Median and quartiles."""
    return f"{1e3 * spread['median']:.4g} ({1e3 * spread['lower']:.4g}-{1e3 * spread['upper']:.4g})"


def read(path: Path) -> dict:
    """What a file holds of earlier runs."""
    return json.loads(path.read_text()) if path.exists() else {"sections": {}}


def keep(path: Path, name: str, section: dict):
    """Write one section beside the others of the file, and the picture of all of them."""
    facts = read(path)
    facts["sections"][name] = section
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=1) + "\n")
    draw(facts["sections"].values(), path.with_suffix(".png"))


def draw(sections, path: Path):
    """All ratios, a panel a section, a line a pair of ours and a peer; the targets as bars."""
    sections = [section for section in sections if section["rows"]]
    if not sections:
        return
    heights = [len(pairs(section)) + 2 for section in sections]
    figure = Figure(figsize=(9, 0.19 * sum(heights) + 1), layout="constrained")
    panels = figure.subplots(len(sections), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axes, section in zip(panels, sections, strict=True):
        panel(axes, section)
    panels[-1].set_xlabel("time of the peer / time of pdenn: to the right of 1 pdenn is faster")
    for dtype, colour in COLOURS.items():
        for threads, marker in MARKERS.items():
            words = f"{dtype}, {threads} thread{'s' * (threads > 1)}"
            panels[0].plot([], [], marker, color=colour, fillstyle="none", label=words)
    panels[0].plot([], [], "|", color="black", markersize=11, markeredgewidth=2, label="target")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=8
    )
    figure.savefig(path, dpi=110)


def panel(axes, section):
    """The ratios of one section."""
    labels = pairs(section)
    axes.axvline(1, color="#999999", linewidth=0.8)
    for line in section["rows"]:
        y = labels.index(pair(line))
        style = {"color": COLOURS.get(line.get("dtype"), "black"), "markersize": 5, "fillstyle": "none"}
        axes.plot(line["ratio"], y, MARKERS.get(line.get("threads"), "o"), **style)
        if line["target"] is not None:
            axes.plot(line["target"], y, "|", color="black", markersize=11, markeredgewidth=2)
    axes.set_xscale("log")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    words = f"{section['title']} ({section['machine']['date']}{', quick sizes' if section['quick'] else ''})"
    axes.set_title(words, fontsize=9, loc="left")
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)


def pair(line: dict) -> str:
    """What a line of the picture stands for; at equal error also how large that is."""
    words = f"{line['ours']['name']} : {line['peer']['name']}"
    return f"{line['case'].rpartition(', ')[2]}, {words}" if "error" in line else words


def pairs(section: dict) -> list[str]:
    """The labels of a panel, in the order of the rows."""
    return list(dict.fromkeys(pair(line) for line in section["rows"]))
