"""How far a profile with jumps leaves its range [0, 1] under convection and diffusion, against the cell Péclet number.

Upwind and limited fluxes beside central diffusion, and the exponentially fitted flux, keep the range at every cell Péclet
number `P = |v| h / ε`, at the largest step that is certified. The central flux has the weight `ε/h² - |v|/(2h)` for the
neighbour downstream: it keeps the range for `P ≤ 2` and breaks it beyond.
"""

import numpy as np

import pdenn as pn
from pdenn.equations import ConvectionDiffusion

from .study import Claim, Study

FLUXES = ("upwind", "central", "MUSCL", "Scharfetter-Gummel")
PECLET = {"small": (1e-2, 1.0, 2.0, 3.0, 1e2, 1e4), "paper": (*np.geomspace(1e-2, 1e4, 25), 1.9, 2.0, 2.1, 3.0)}
SCHEME = pn.SSPRK3()
ROUNDING = 1e-13  # per step a few hundred roundings of numbers of size one


def run(size: str) -> Study:
    """A square moved along the diagonal of a torus, and a slotted disc turned between open walls."""
    n, steps = {"small": (24, 40), "paper": (64, 300)}[size]
    rows, claims = [], []
    for motion in (translation(n), rotation(n)):
        for peclet in sorted(PECLET[size]):
            for flux in FLUXES:
                name, grid, velocity, speed, u0 = motion
                A, tau = certified(flux, grid, velocity, speed, peclet)
                excess = overshoot(A, u0, tau, steps)
                rows.append((name, flux, float(peclet), tau, excess))
                words = f"{name}, {flux}, cell Péclet number {peclet:.3g}"
                if flux != "central" or peclet <= 2:
                    claims.append(Claim(f"{words}: the range is kept", excess <= steps * ROUNDING))
                elif name == "translation":  # of the turning disc only the rim moves at the largest speed
                    claims.append(Claim(f"{words}: the range is broken", excess > 1e-6))
    title = f"Over- and undershoot of jumps, {n} x {n} cells, {steps} steps"
    columns = ("motion", "flux", "cell Péclet number", "τ", "largest excess")
    return Study(title, columns, rows, claims, lambda f: draw(f, rows))


def translation(n):
    """A square of ones along the diagonal of a torus."""
    grid = pn.Grid((n, n), 1 / n, "periodic")
    x, y = grid.coordinates()
    square = 1.0 * ((abs(x - 0.5) < 0.2) & (abs(y - 0.5) < 0.2))
    return "translation", grid, lambda t, x, y: (np.ones_like(x), np.ones_like(x)), (1.0, 1.0), square


def rotation(n):
    """The slotted disc of Zalesak (1979), turned about the middle of the unit square."""
    grid = pn.Grid((n, n), 1 / n, pn.Dirichlet(0.0))
    x, y = grid.coordinates()
    disc = ((x - 0.5) ** 2 + (y - 0.75) ** 2 < 0.15**2) & ~((abs(x - 0.5) < 0.025) & (y < 0.85))
    return "rotation", grid, lambda t, x, y: (0.5 - y, x - 0.5), (0.5, 0.5), 1.0 * disc


def certified(flux, grid, velocity, speed, peclet):
    """The operator, and its certified step; the central flux, which has none, gets that of the upwind flux."""
    eps = speed[0] * grid.h[0] / peclet
    if flux == "Scharfetter-Gummel":
        A = pn.discretise(ConvectionDiffusion(velocity, eps, speed=speed), grid)
        return A, pn.certificate(SCHEME, A, "max-min").tau
    kinds = {"upwind": pn.Upwind(), "central": pn.Central(), "MUSCL": pn.MUSCL()}
    A, B = (
        pn.discretise(pn.Convection(velocity, kind, speed) + pn.Diffusion(conductivity=eps), grid)
        for kind in (kinds[flux], pn.Upwind())
    )
    return A, pn.certificate(SCHEME, B if flux == "central" else A, "max-min").tau


def overshoot(A, u, tau, steps) -> float:
    """The largest excess over [0, 1] at any step."""
    worst = 0.0
    for k in range(steps):
        u = SCHEME.step(A, k * tau, u, tau)
        worst = max(worst, float(u.max()) - 1.0, -float(u.min()))
    return worst


def draw(figure, rows):
    """Excess against cell Péclet number, one panel a motion."""
    motions = list(dict.fromkeys(row[0] for row in rows))
    for axes, motion in zip(figure.subplots(1, len(motions), sharey=True), motions, strict=True):
        for flux, style in zip(FLUXES, ("o-", "s-", "^--", "x:"), strict=True):
            points = [(r[2], max(r[4], 1e-17)) for r in rows if r[:2] == (motion, flux)]
            axes.loglog(*zip(*points, strict=True), style, label=flux, markersize=4, linewidth=1)
        axes.axvline(2.0, color="0.7", linewidth=1)
        axes.set_title(motion, fontsize=10)
        axes.set_xlabel("cell Péclet number |v| h / ε")
    figure.axes[0].set_ylabel("largest excess over [0, 1]; none is drawn as 1e-17")
    figure.axes[0].legend(frameon=False, fontsize=8)
