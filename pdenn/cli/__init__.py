"""The command `pdenn`: a thin face over certify, solve and derive. Loads neither torch nor Numba before they are used.

Adding a law, a scheme or a wall to the public namespace of the package is enough to have it here.
"""

from typing import Annotated

import typer

from .. import __version__
from .audit import audit
from .catalogue import catalogue
from .certify import certify
from .demo import demo
from .derive import derive
from .solve import solve

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
app.command("list")(catalogue)
app.command()(certify)
app.command()(audit)
app.command()(solve)
app.command()(derive)
app.command()(demo)


def _version(asked: bool):
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def pdenn(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False):
    """Diffusion equations: what is provable about a scheme, the solution, and the network that the scheme is."""
