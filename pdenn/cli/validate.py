"""`pdenn validate`: the studies of a checkout, whose claims can fail."""

from pathlib import Path
from typing import Annotated

import typer

from . import checkout
from .faults import told


@told
def validate(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A study of validation/, or all.")] = "all",
    size: Annotated[str, typer.Option(help="small (seconds) or paper (as the committed results).")] = "small",
    out: Annotated[Path | None, typer.Option(help="Folder for the results; by default validation/results.")] = None,
):
    """Run one study or all of them, in a checkout of pdenn: the exit code is 1 if a claim failed."""
    folder = () if out is None else ("--out", str(out))
    raise typer.Exit(checkout.run("validation", "--size", size, *folder, "--", name))
