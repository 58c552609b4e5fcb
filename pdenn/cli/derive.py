"""`pdenn derive`: the network that a scheme is, as weights and a description."""

from pathlib import Path
from typing import Annotated

import typer

import pdenn

from ..files import aside, write_json
from ..files.claims import plain
from . import names, options
from .faults import told
from .options import Boundary, Claim, Coefficients, Contrast, Epsilon, Folder, Form, H, Kappa, Law, N, Scheme, Shape
from .tables import show


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
):
    """Write the network that a scheme is: network.pt (its state dict) and network.json (what it is, how to load it)."""
    cells = names.numbers("shape", shape, int)
    A = options.operator(law, contrast, epsilon, kappa, form, cells, h, boundary)
    chosen = names.scheme(scheme, n=n, coefficients=coefficients)
    network = pdenn.derive(A, chosen, tau, steps, certificate=options.claim(certificate))
    import torch  # it is loaded by now

    with aside(out / "network.pt") as partial:
        torch.save(network.state_dict(), partial)
    write_json(out / "network.json", describe(network, A, chosen, tau, steps))
    count = sum(p.numel() for p in network.parameters())
    show(f"{chosen}: {steps} steps, {count} parameters", f"wrote {out / 'network.pt'}", f"wrote {out / 'network.json'}")


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
        "load": [
            "A = pn.discretise(pn.Diffusion(law, form=form), pn.Grid(shape, h, boundary))",
            "network = pn.derive(A, scheme, tau, steps, certificate=None)",
            "network.load_state_dict(torch.load('network.pt'))",
        ],
    }
