"""The command `pdenn`: a thin face over the package. Loads neither torch nor Numba before they are used.

Adding a law, a scheme or a wall to the public namespace of the package is enough to have it here.
"""

from typing import Annotated

import typer

from .. import __version__
from .audit import audit
from .bench import bench
from .catalogue import catalogue
from .certify import certify
from .cite import cite
from .demo import demo
from .derive import derive
from .doctor import doctor
from .epilog import epilog
from .inspect import inspect
from .solve import solve
from .train import train
from .validate import validate
from .warm import warm

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    epilog=epilog("demo", "list", "solve photo.png --t-end 5 --contrast 0.02"),
)


def _add(command, *examples: str, name: str | None = None):
    app.command(name, epilog=epilog(*examples))(command)


_add(catalogue, "list", "list --json", "list --schema > problem.schema.json", name="list")
_add(certify, "certify --law PeronaMalik --contrast 0.1 --scheme FSI -n 8 --shape 256,256",
     "certify --scheme SSPRK3 --shape 64 --boundary dirichlet:0 --json")  # fmt: skip
_add(solve, "solve photo.png --t-end 5 --contrast 0.02",
     "solve signal.npy --t-end 10 --law TotalVariation --epsilon 0.01 --times 1,5,10 --checkpoint --out run",
     "solve problem.toml", "solve photo.png --t-end 5 --contrast 0.02 --figure --animation")  # fmt: skip
_add(derive, "derive --shape 40,40 --contrast 0.05 --scheme FSI -n 4 --tau 0.2 --steps 5",
     "derive --shape 128 --law PeronaMalik --tau 0.4 --steps 10 --certificate max-min --scheme ExplicitEuler")  # fmt: skip
_add(train, "train pdenn-network photographs --noise 0.1 --epochs 20",
     "train pdenn-network signals.npy --noise 0.2 --rate 0.005 --out trained --json")  # fmt: skip
_add(inspect, "inspect pdenn-network",
     "inspect pdenn-trained --proof pdenn-trained/certificate.json")  # fmt: skip
_add(audit, "audit cora --tau 0.35 --steps 20", "audit edges.txt --tau 0.1 --scheme FSI -n 4 --json")
_add(validate, "validate multigrid_rates", "validate all --size paper --out results")
_add(bench, "bench", "bench kernels")
_add(warm, "warm", "warm --json")
_add(doctor, "doctor", "doctor --json")
_add(cite, "cite > pdenn.bib", "cite --json")
_add(demo, "demo", "demo --out pictures")


def _version(asked: bool):
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def pdenn(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                                help="Show the version and stop.")] = False):  # fmt: skip
    """Diffusion equations: what is provable about a scheme, the solution, and the network that the scheme is."""
