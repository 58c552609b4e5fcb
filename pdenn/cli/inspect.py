"""`pdenn inspect`: what a network in a file is, and what is proved about it at its weights."""

import math
from pathlib import Path
from typing import Annotated

import typer

import pdenn

from ..files.claims import plain
from .faults import FAILED, tell, told
from .options import Json
from .tables import of_claims, show, show_json


@told
def inspect(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="network.safetensors of `pdenn derive` or `pdenn train`, or its folder."),
    ],
    proof: Annotated[Path | None, typer.Option(help="A certificate.json of `pdenn train`, to be proved again.")] = None,
    as_json: Json = False,
):
    """Say which equation and scheme a saved network is, and what is proved about it at its present weights.

    The file is data: nothing in it is executed. The exit code is 1 if --proof says what does not hold of this network.
    """
    from ..networks import read_network

    network, _ = read_network(file / "network.safetensors" if file.is_dir() else file)
    description = describe(network)
    if as_json:
        show_json(description)
    else:
        _say(network, description)
    if proof is not None:
        _verify(proof, network)


def describe(network):
    """What a network is, as plain data; a Lipschitz constant that nothing bounds is None."""
    from ..networks import lipschitz
    from ..networks.weights import digest

    reading, constant = pdenn.inspect(network), lipschitz(network)
    return {
        "equation": None if reading.equation is None else str(reading.equation),
        "grid": repr(reading.grid),
        "scheme": repr(reading.scheme),
        "steps": reading.steps,
        "tau": reading.tau,
        "time": reading.time,
        "parts": [_part(part) for part in reading.parts],
        "parameters": sum(p.numel() for p in network.parameters()),
        "claims": [plain(proof) for proof in pdenn.certify(network)],
        "lipschitz": constant if math.isfinite(constant) else None,
        "sha256": digest(network),
    }


def _part(part) -> dict:
    fluxes = part.flux if isinstance(part.flux, tuple) else (part.flux,)
    laws = [{"law": repr(flux.law), "backward": flux.backward} for flux in fluxes]
    return {"tau": part.tau, "time": part.time, "laws": laws, "derivatives": list(map(str, part.derivatives))}


def _say(network, description):
    proved = {"proved": description["claims"], "missing": []}
    rows = of_claims(proved, "What is proved of every step, at these weights")
    constant = description["lipschitz"]
    show(str(pdenn.inspect(network)), "", rows if description["claims"] else "Nothing is proved at these weights.", "")
    show(f"Lipschitz constant: {'nothing bounds it' if constant is None else f'at most {constant:.6g}'}")
    show(f"{description['parameters']} parameters, SHA-256 {description['sha256']}")


def _verify(path, network):
    """Prove a file again, and say so on stderr: stdout belongs to the description."""
    from ..networks import verify_proof

    try:
        found = verify_proof(path, network)
    except ValueError as error:
        tell(f"failed: {error}")
        raise typer.Exit(FAILED) from error
    tell(f"{path} holds: {', '.join(proof.claim for proof in found) or 'it claims nothing'}")
