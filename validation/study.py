"""What a study returns, and how it is shown and kept."""

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Claim(NamedTuple):
    """A sentence, and whether the numbers of the study bear it out."""

    sentence: str
    held: bool


class Study(NamedTuple):
    """A table, its claims, and a function that draws it on a matplotlib figure."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple]
    claims: list[Claim]
    draw: Callable


def show(study: Study, console: Console):
    """Print the table and the claims."""
    table = Table(title=study.title)
    for column in study.columns:
        table.add_column(column)
    for row in study.rows:
        table.add_row(*(f"{x:.4g}" if isinstance(x, float) else str(x) for x in row))
    console.print(table)
    for claim in study.claims:
        console.print(f"{'held  ' if claim.held else 'FAILED'} {claim.sentence}", style=None if claim.held else "red")


def keep(study: Study, name: str, size: str, seconds: float, folder: Path):
    """Write `NAME.json` and `NAME.png`, aside and then renamed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "title": study.title,
        "size": size,
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(seconds, 1),
        "columns": study.columns,
        "rows": study.rows,
        "claims": [{"sentence": claim.sentence, "held": bool(claim.held)} for claim in study.claims],
    }
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    study.draw(figure)
    for path, write in (
        (folder / f"{name}.json", lambda p: p.write_text(json.dumps(facts, indent=1, default=float) + "\n")),
        (folder / f"{name}.png", lambda p: figure.savefig(p, dpi=120, format="png")),
    ):
        aside = path.with_suffix(path.suffix + ".partial")
        write(aside)
        os.replace(aside, path)
