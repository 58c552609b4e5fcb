"""What is shown on stdout: tables for people, JSON for programs."""

import json

import typer
from rich.console import Console
from rich.table import Table


def table(title: str, *columns: str, show_header: bool = True) -> Table:
    return Table(*columns, title=title, title_justify="left", show_edge=False, pad_edge=False, show_header=show_header)


def of_claims(found: dict, title: str) -> Table:
    """The result of `pdenn.files.claims`: what is proved with its limit, and why the rest is not."""
    rows = table(title, "claim", "meaning", "limit τ", "because")
    for entry in found["proved"]:
        limit = "none" if entry["tau"] is None else f"{entry['tau']:.6g}"
        rows.add_row(entry["claim"], entry["meaning"], limit, f"{entry['because']} [{entry['reference']}]")
    for entry in found["missing"]:
        rows.add_row(entry["claim"], entry["meaning"], "not proved", entry["because"], style="dim")
    return rows


def show(*things):
    """On stdout; as wide as the terminal, and wide enough to be searched where there is none.

    Without markup: mathematics is full of brackets.
    """
    width = None if Console().is_terminal else 160
    console = Console(width=width, markup=False, highlight=False)
    for thing in things:
        console.print(thing)


def show_json(content):
    """Plain data on stdout, in UTF-8; ValueError for NaN and infinity, which JSON does not know."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def show_text(text: str):
    """Words for programs on stdout, as they are: lines are not wrapped."""
    typer.echo(text.rstrip("\n"))
