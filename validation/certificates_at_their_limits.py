"""Each of the three claims holds at its limit, and at 1.05 times a limit that is sharp a constructed state breaks it.

- bounded, on linear diffusion: the fastest mode of a periodic grid, `A u = -ρ u`;
- bounded and contractive, on upwind convection: Fourier modes, whose eigenvalues fill the circle `|z + d| = d`;
- contractive, on a nonlinear flux: two small multiples of the fastest mode, between which the flux is all but linear;
- max-min, on upwind convection `-d (I - S)` with the shift `S`: the step is a polynomial in `S`, whose coefficients are
  read from a single bright cell, and one is negative beyond the limit.

Where a limit is not said to be sharp, the claim is put to an attacker at the limit, and nothing is said beyond.
"""

import numpy as np

import pdenn as pn
from pdenn.testing import worst_expansion

from .study import Claim, Study

SCHEMES = [pn.ExplicitEuler(), pn.SSPRK2(), pn.SSPRK3(), pn.FSI(4), pn.FSI(8), pn.FSI(4, "updated"), pn.FED(4),
           pn.RKL1(4), pn.RKL2(5), pn.RKC2(5)]  # fmt: skip
# Schemes whose polynomial leaves [-1, 1] where the disk of radius r touches the circle: β = 2r.
DISK = [pn.ExplicitEuler(), pn.SSPRK2()]
UPDATED = [pn.ExplicitEuler(), pn.SSPRK2(), pn.SSPRK3(), pn.FSI(4, "updated"), pn.FSI(8, "updated")]
BELOW = 1 - 1e-11  # the constants of a scheme are found by bisection, to about 1e-12


def run(size: str) -> Study:
    """The measure of each claim at 1.0 and at 1.05 of its limit: growth of a norm or distance, or excess over a range."""
    n = {"small": 32, "paper": 128}[size]
    rows, claims = [], []
    for row, allowed in measured(n):
        claim, problem, scheme, _, at, beyond = row
        rows.append(row)
        words = f"{claim}, {problem}, {scheme}"
        claims.append(Claim(f"{words}: holds at its limit", at <= allowed))
        if beyond is not None:
            claims.append(Claim(f"{words}: is broken at 1.05 times its limit", beyond > allowed + 1e-3))
    claims += attacked(rows, {"small": (6, 8), "paper": (12, 60)}[size])
    columns = ("claim", "problem", "scheme", "limit", "at 1.0", "at 1.05")
    return Study("Certificates at their limits", columns, rows, claims, lambda f: draw(f, rows))


def measured(n):
    """Rows, each with what the claim allows: 1 for norms and distances, 0 for the excess, and rounding."""
    torus = pn.Grid((n,), 0.5, "periodic")
    linear, upwind = pn.discretise(pn.Diffusion(), torus), pn.discretise(pn.Convection((1.0,)), torus)
    fastest = (-1.0) ** np.arange(n)
    for scheme in SCHEMES:
        yield row("bounded", "linear diffusion", scheme, linear, fastest, growth), 1 + 1e-9
        if pn.constants(scheme).C > 0:
            yield row("max-min", "upwind convection", scheme, upwind, np.eye(n)[0], excess), 1e-12
    nonlinear = pn.discretise(pn.Diffusion(pn.Charbonnier(100.0)), torus)
    waves = np.cos(2 * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n)
    for scheme in DISK:
        for claim in ("bounded", "contractive"):
            yield row(claim, "upwind convection", scheme, upwind, waves, growth), 1 + 1e-9
        yield row("contractive", "Charbonnier", scheme, nonlinear, 1e-3 * fastest, distance), 1 + 1e-9


def row(claim, problem, scheme, A, u, measure):
    """The limit, and the measure of one step at the limit and at 1.05 times it."""
    limit = pn.certificate(scheme, A, claim).tau
    return claim, problem, str(scheme), limit, *(measure(scheme, A, u, f * limit) for f in (BELOW, 1.05))


def growth(scheme, A, u, tau) -> float:
    """The largest `‖u⁺‖ / ‖u‖` of the states in a batch."""
    return float((np.linalg.norm(scheme.step(A, 0.0, u, tau), axis=-1) / np.linalg.norm(u, axis=-1)).max())


def distance(scheme, A, u, tau) -> float:
    """`‖u⁺ - v⁺‖ / ‖u - v‖` for `u` and `v = -u`."""
    apart = scheme.step(A, 0.0, u, tau) - scheme.step(A, 0.0, -u, tau)
    return float(np.linalg.norm(apart) / np.linalg.norm(2 * u))


def excess(scheme, A, u, tau) -> float:
    """By how much a step leaves the range [0, 1]."""
    after = scheme.step(A, 0.0, u, tau)
    return float(max(-after.min(), after.max() - 1.0))


def attacked(rows, effort):
    """An ascent over pairs of states finds no expansion at the contractive limit, up to its differences."""
    starts, climbs = effort
    for form in ("isotropic", "separable"):
        A = pn.discretise(pn.Diffusion(pn.Charbonnier(), form=form), pn.Grid((6,), boundary="periodic"))
        for scheme in UPDATED:
            limit = pn.certificate(scheme, A, "contractive").tau
            found = worst_expansion(scheme, A, limit, starts=starts, climbs=climbs).ratio
            rows.append(("contractive", f"{form} Charbonnier, attacked", str(scheme), limit, found, None))
            sentence = f"contractive, {form} Charbonnier, {scheme}: an attacker finds no expansion at the limit"
            yield Claim(sentence, found <= 1 + 1e-8)


def draw(figure, rows):
    """What is left of the measure of each claim at the limit and beyond."""
    axes = figure.subplots()
    sharp = [row for row in rows if row[5] is not None]
    labels = [f"{r[0]}, {r[1]}, {r[2].replace(', coefficients=', ', ')}" for r in sharp]
    for column, marker, colour, label in ((4, "o", "#2b5c8a", "at the limit"), (5, "x", "#c1440e", "at 1.05 times it")):
        axes.plot([r[column] + (r[0] == "max-min") for r in sharp], labels, marker, color=colour, label=label)
    axes.axvline(1.0, color="0.7", linewidth=1)
    axes.set_xlabel("growth in one step (max-min: 1 + excess over the range)")
    axes.set_xscale("log")
    axes.tick_params(axis="y", labelsize=5)
    axes.invert_yaxis()
    axes.legend(frameon=False)
