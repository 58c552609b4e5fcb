"""The options that several commands share, and the operator and the scheme that they say."""

from pathlib import Path
from typing import Annotated

import typer

import pdenn

from . import names


def _among(known):
    """What the shell completes a name to; typer keeps what begins as it was typed."""
    return lambda: list(known())


Law = Annotated[str, typer.Option(help="Name of a law, see `pdenn list`; case does not matter.",
                                  autocompletion=_among(names.laws))]  # fmt: skip
Contrast = Annotated[float | None, typer.Option(help="Contrast of the law.")]
Epsilon = Annotated[float | None, typer.Option(help="Regularisation of TotalVariation.")]
Kappa = Annotated[float | None, typer.Option(help="Ratio of the widths of ForwardBackward.")]
Form = Annotated[str, typer.Option(help="isotropic or separable.")]
Scheme = Annotated[str, typer.Option(help="Name of a scheme, see `pdenn list`; case does not matter.",
                                     autocompletion=_among(names.schemes))]  # fmt: skip
N = Annotated[int | None, typer.Option("--n", "-n", help="Length of the cycle of the scheme.")]
Coefficients = Annotated[str | None, typer.Option(help="held over a cycle, or updated at every stage.")]
Shape = Annotated[str, typer.Option(help="Cells of each axis, such as 64,48.")]
H = Annotated[str, typer.Option("--h", help="Mesh width, one or one per axis.")]
Boundary = Annotated[str, typer.Option(help="reflecting, periodic, dirichlet:VALUE, neumann:SLOPE, robin:A,B,C.")]
Claim = Annotated[str, typer.Option(help="bounded, contractive, max-min, or none.")]
Tau = Annotated[float | None, typer.Option(help="Step size; by default the largest that the certificate allows.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results.")]
Folder = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of text.")]


def operator(law, contrast, epsilon, kappa, form, shape, h, boundary):
    """The operator that the options say; `shape` is a tuple."""
    chosen = names.law(law, contrast=contrast, epsilon=epsilon, kappa=kappa)
    widths = names.numbers("h", h)
    grid = pdenn.Grid(shape, widths[0] if len(widths) == 1 else widths, names.boundary(boundary))
    return pdenn.discretise(pdenn.Diffusion(chosen, form=form), grid)


def claim(text: str) -> str | None:
    return None if text.lower() == "none" else text.lower()
