"""`python -m validation NAME|all --size small|paper`: runs studies; the exit code is 1 if a claim failed."""

import time
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .study import keep, show

STUDIES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__init__", "__main__", "study")
)
RESULTS = Path(__file__).parent / "results"


class Size(StrEnum):
    """`small` takes seconds and runs in the tests; `paper` is what the committed results were made with."""

    small = "small"
    paper = "paper"


def main(
    name: Annotated[str, typer.Argument(help=f"{', '.join(STUDIES)}, or all")] = "all",
    size: Size = Size.small,
    out: Annotated[
        Path | None, typer.Option(help="Folder for NAME.json and NAME.png; results/, or results/small/")
    ] = None,
):
    """Run one study or all of them."""
    if name != "all" and name not in STUDIES:
        raise typer.BadParameter(f"name must be one of {', '.join(STUDIES)} or all, got {name!r}")
    console, failed = Console(width=150), []
    folder = out or (RESULTS if size is Size.paper else RESULTS / "small")  # results/ is what was committed
    for study_name in STUDIES if name == "all" else [name]:
        begin = time.perf_counter()
        try:
            study = import_module(f"validation.{study_name}").run(size.value)
        except FileNotFoundError as error:  # of data that only a user has; the message says where they belong
            console.print(f"{study_name} is left out: {error}", markup=False)
            if name == "all":
                continue
            raise typer.Exit(1) from error
        show(study, console)
        keep(study, study_name, size.value, time.perf_counter() - begin, folder)
        failed += [claim.sentence for claim in study.claims if not claim.held]
    console.print(f"{len(failed)} failed claims")
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
