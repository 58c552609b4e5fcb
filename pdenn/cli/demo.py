"""`pdenn demo`: see `pdenn.demo`."""

from pathlib import Path
from typing import Annotated

import typer

from .faults import told
from .tables import of_claims, show


@told
def demo(out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("pdenn-demo")):
    """Denoise a photograph, derive the network that does the same, and say what is proved about both."""
    from ..demo import run

    report = run(out)
    title = f"What is proved of a step, and up to which τ; the demo takes τ = {report.solution.tau:g}"
    show(*report.lines(), "", of_claims(report.claims, title))
    show("", *(f"wrote {path}" for path in report.written))
