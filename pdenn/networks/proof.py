"""Certificates of trained networks in files: written once, checked later against the network itself."""

import json
import math
from os import PathLike
from pathlib import Path
from typing import Any

from torch import nn

from .. import __version__
from ..certificates import Certificate, certify
from ..files import write_json
from ..files.claims import plain
from .lipschitz import lipschitz
from .weights import digest

ROUNDING = 1e-6  # what other machines may round differently


def write_proof(path: str | PathLike[str], network: nn.Module) -> dict[str, Any]:
    """Write what is proved about a network at its present weights, with the SHA-256 of these, as JSON.

    Parameters
    ----------
    path : path
        With the suffix `.json`.
    network : SymmetricNet or SchemeNet

    Returns
    -------
    dict
        The content of the file: `network`, `sha256`, `lipschitz` (None if nothing bounds it), `claims`, `pdenn`.

    Raises
    ------
    OSError
        The file cannot be written; an old one is as it was.
    """
    constant = lipschitz(network)
    content = {
        "network": repr(network),
        "sha256": digest(network),
        "lipschitz": constant if math.isfinite(constant) else None,
        "claims": [plain(proof) for proof in certify(network)],
        "pdenn": __version__,
    }
    write_json(path, content)
    return content


def verify_proof(path: str | PathLike[str], network: nn.Module) -> tuple[Certificate, ...]:
    """Check that a file of `write_proof` belongs to this network, and that all it says can be proved again.

    Returns
    -------
    tuple of Certificate
        The certificates of the network, computed anew.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no proof, its weights are others or not finite, or it says more than can be proved.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        claimed = {c["claim"]: math.inf if c["tau"] is None else float(c["tau"]) for c in content["claims"]}
        written, constant = content["sha256"], content["lipschitz"]
        constant = math.inf if constant is None else float(constant)
    except (ValueError, KeyError, TypeError) as error:
        why = f"it has no {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"{path} is not a proof that pdenn wrote: {why}") from error
    if written != digest(network):
        raise ValueError(f"{path} was written for other weights or another network: SHA-256 {written}")
    found = certify(network)
    proved = {c.claim: c.tau for c in found}
    unproved = [c for c, tau in claimed.items() if not tau <= proved.get(c, -1.0) * (1 + ROUNDING)]
    if not lipschitz(network) <= constant * (1 + ROUNDING):
        unproved = [*unproved, "lipschitz"]
    if unproved:
        raise ValueError(f"{path} says more than can be proved about this network: {', '.join(unproved)}")
    return found
