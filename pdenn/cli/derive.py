"""`pdenn derive`: the network that a scheme is, as weights that say what they are, and a description for people."""

from pathlib import Path
from typing import Annotated

import typer

import pdenn

from ..files import write_json
from ..files.claims import plain
from . import names, options
from .faults import told
from .options import (
    Boundary,
    Claim,
    Coefficients,
    Contrast,
    Epsilon,
    Folder,
    Form,
    H,
    Json,
    Kappa,
    Law,
    N,
    Scheme,
    Shape,
)
from .tables import show, show_json


@told
def derive(
    tau: Annotated[float, typer.Option(help="Step size of every step.")],
    steps: Annotated[int, typer.Option(help="Number of steps: the depth of the network.")],
    shape: Shape,
    law: Law = "Charbonnier",
    contrast: Contrast = None,
    epsilon: Epsilon = None,
    kappa: Kappa = None,
    form: Form = "isotropic",
    scheme: Scheme = "FSI",
    n: N = None,
    coefficients: Coefficients = None,
    h: H = "1",
    boundary: Boundary = "reflecting",
    certificate: Claim = "bounded",
    out: Folder = Path("pdenn-network"),
    as_json: Json = False,
):
    """Write the network that a scheme is.

    network.safetensors holds its weights and says what it is, for `pdenn inspect` and `pdenn train`; network.json says it
    to people, and how to load it.
    """
    cells = names.numbers("shape", shape, int)
    A = options.operator(law, contrast, epsilon, kappa, form, cells, h, boundary)
    chosen = names.scheme(scheme, n=n, coefficients=coefficients)
    network = pdenn.derive(A, chosen, tau, steps, certificate=options.claim(certificate))
    from ..networks import write_network  # torch is loaded by now

    written = [out / "network.safetensors", out / "network.json"]
    description = describe(network, A, chosen, tau, steps)
    write_network(written[0], network, A)
    write_json(written[1], description)
    if as_json:
        show_json({**description, "written": list(map(str, written))})
    else:
        count = sum(p.numel() for p in network.parameters())
        show(f"{chosen}: {steps} steps, {count} parameters", *(f"wrote {path}" for path in written))


def describe(network, A, scheme, tau: float, steps: int) -> dict:
    """The network as plain data."""
    walls = tuple(tuple(pair) for pair in A.grid.boundary)
    return {
        "pdenn": pdenn.__version__,
        "equation": str(A.equation),
        "form": A.equation.form,
        "law": repr(A.equation.law),
        "scheme": repr(scheme),
        "tau": tau,
        "steps": steps,
        "shape": A.grid.shape,
        "h": A.grid.h,
        "boundary": repr(walls),
        "parameters": {name: list(p.shape) for name, p in network.named_parameters()},
        "claims": [plain(proof) for proof in pdenn.certify(network)],
        "load": ["network, A = pn.networks.read_network('network.safetensors')"],
    }
