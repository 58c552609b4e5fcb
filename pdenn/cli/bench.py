"""`pdenn bench`: the benchmarks of a checkout."""

from typing import Annotated

import typer

from . import checkout
from .faults import told


@told
def bench(names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All by default.")] = None):
    """Measure the speed of this machine, in a checkout of pdenn; the results go to benchmarks/results."""
    raise typer.Exit(checkout.run("benchmarks", *(names or ())))
