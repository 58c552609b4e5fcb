"""The claims about a scheme on an operator as plain data, for JSON files and tables."""

import math

from ..certificates import CLAIMS, MEANING, certificate
from ..errors import NoCertificate


def claims(scheme, A) -> dict[str, list[dict]]:
    """What is proved, and why the rest is not.

    Parameters
    ----------
    scheme : Scheme
    A : Operator

    Returns
    -------
    dict
        `"proved"`: entries with claim, meaning, tau, because, reference, where `tau` is None if there is no limit;
        `"missing"`: entries with claim, meaning, because.
    """
    proved, missing = [], []
    for claim in CLAIMS:
        try:
            proved.append(plain(certificate(scheme, A, claim)))
        except NoCertificate as error:
            missing.append({"claim": claim, "meaning": MEANING[claim], "because": error.because})
    return {"proved": proved, "missing": missing}


def plain(proof) -> dict:
    """One certificate as plain data; JSON knows no infinity, so that no limit is None."""
    return {
        "claim": proof.claim,
        "meaning": MEANING[proof.claim],
        "tau": proof.tau if math.isfinite(proof.tau) else None,
        "because": proof.because,
        "reference": proof.reference,
    }
