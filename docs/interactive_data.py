"""The numbers behind the interactive page: signals, ghost cells, weights of skips, limits of claims, all from pdenn.

The page itself knows formulas only; `tests/docs/test_interactive.py` compares what it computes with the package.
"""

import json
import math

import numpy as np
from matplotlib import colormaps

import pdenn as pn
from pdenn.certificates import CLAIMS, claims
from pdenn.laws.weickert import C

CELLS = 64
CONTRAST = 0.1  # the limits of these laws do not depend on it
LAWS = {
    law.__name__: law for law in (pn.Linear, pn.Charbonnier, pn.PeronaMalik, pn.PeronaMalikExponential, pn.Weickert,
                                  pn.ForwardBackward)
}  # fmt: skip
BOUNDARIES = {"reflecting": "reflecting", "periodic": "periodic", "Dirichlet": pn.Dirichlet(0.0)}
LENGTHS = range(2, 13)
CYCLES = {
    f"{cycle.__name__} {n} {coefficients}": cycle(n=n, coefficients=coefficients)
    for cycle in (pn.FSI, pn.DuFortFrankel)
    for n in LENGTHS
    for coefficients in ("held", "updated")
}
SCHEMES = {
    "ExplicitEuler": pn.ExplicitEuler(),
    **CYCLES,
    "SemiImplicit": pn.SemiImplicit(pn.ConjugateGradients(rtol=1e-14)),
    "ImplicitEuler": pn.ImplicitEuler(pn.NewtonKrylov(rtol=1e-14)),
}


def law_of(name: str, contrast: float = CONTRAST):
    """A law of the page."""
    return LAWS[name]() if name == "Linear" else LAWS[name](contrast=contrast)


def operator(law, boundary: str):
    """Diffusion of the signal of the page: faces have the diffusivity of their own slope, as in the network."""
    return pn.discretise(pn.Diffusion(law, form="separable"), pn.Grid(CELLS, boundary=BOUNDARIES[boundary]))


def signals() -> list[np.ndarray]:
    """Three plateaus and a ramp with noise, twice: two states whose distance the page follows."""
    x = (np.arange(CELLS) + 0.5) / CELLS
    clean = 0.15 + 0.65 * ((x > 0.2) & (x < 0.45)) + 0.5 * np.clip((x - 0.6) / 0.2, 0, 1) * (x < 0.9)
    noise = np.random.default_rng(7).normal(scale=0.05, size=(2, CELLS))
    return [np.round(clean + e, 4) for e in noise]


def cycle(scheme) -> dict:
    """`θ/τ` and the weights `w_k` of `u_(k+1) = w_k (u_k + θ A(u_k)) + (1 - w_k) u_(k-1)`, from the trace of a step.

    With the rows `R_k` of its table, `R_(k+1) = w_k (R_k + (θ/τ) e_k) + (1 - w_k) R_(k-1)`.
    """
    table = pn.schemes.trace(scheme)
    rows = np.vstack([table.a, table.b])
    inner = [rows[k + 1, k - 1] / rows[k, k - 1] for k in range(1, len(rows) - 1)]
    theta = rows[2, 1] / inner[0]
    return {"theta": theta, "weights": [rows[1, 0] / theta, *inner]}


def limit(found, law):
    """The limit of a claim: a number, None where there is no limit, or the words that say why nothing is proved."""
    if isinstance(found, str):
        return found.replace(repr(law), type(law).__name__)
    return None if math.isinf(found.tau) else found.tau


def limits(law, boundary: str) -> dict:
    """`{scheme: {claim: limit}}` of one law."""
    A = operator(law, boundary)
    return {name: {claim: limit(claims(scheme, A)[claim], law) for claim in CLAIMS} for name, scheme in SCHEMES.items()}


def data() -> dict:
    """Everything that the page needs to know."""
    return {
        "signals": [u.tolist() for u in signals()],
        "C": C,
        "kappa": LAWS["ForwardBackward"]().kappa,
        "ghosts": {name: pn.Grid(CELLS, boundary=wall).ghosts(0) for name, wall in BOUNDARIES.items()},
        "cycles": {"ExplicitEuler": {"theta": 1, "weights": [1]}} | {name: cycle(s) for name, s in CYCLES.items()},
        "monotone": {name: law.monotone for name, law in LAWS.items()},
        "limits": {law: {wall: limits(law_of(law), wall) for wall in BOUNDARIES} for law in LAWS},
        "colours": (255 * colormaps["cividis"](np.linspace(0, 1, 64))[:, :3]).round().astype(int).tolist(),
    }


def script() -> str:
    """The data as an element of the page, so that it also works from a file, where nothing can be fetched."""
    text = json.dumps(data(), separators=(",", ":"), allow_nan=False)
    return f'```{{raw}} html\n<script type="application/json" id="pdenn-data">{text}</script>\n```'
