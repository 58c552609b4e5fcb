"""Each certificate at its limit and beyond: where the theory says that a limit is sharp, 1.05 times it must break."""

import numpy as np

import pdenn as pn

from .study import Claim, Study

SCHEMES = [
    pn.ExplicitEuler(),
    pn.SSPRK2(),
    pn.SSPRK3(),
    pn.FSI(4),
    pn.FSI(8),
    pn.FED(4),
    pn.RKL1(4),
    pn.RKL2(5),
    pn.RKC2(5),
]


def run(size: str) -> Study:
    """The largest growth of the norm over all modes, on linear diffusion, at 1.0 and 1.05 of the limit of `bounded`."""
    n = {"small": 16, "paper": 128}[size]
    grid = pn.Grid((n, n), h=0.5)
    A = pn.discretise(pn.Diffusion(), grid)
    rows, claims = [], []
    for scheme in SCHEMES:
        limit = pn.certificate(scheme, A, "bounded").tau
        at, beyond = (growth(scheme, A, n, factor * limit) for factor in (1.0, 1.05))
        rows.append((str(scheme), limit, at, beyond))
        claims.append(Claim(f"{scheme} keeps the norm at its limit", at <= 1 + 1e-12))
        claims.append(Claim(f"{scheme} expands a mode at 1.05 times its limit", beyond > 1 + 1e-3))
    rows.append(extremum := overshoot(1.0))
    claims.append(Claim("explicit Euler keeps extrema at C/d", extremum[2] <= 1e-12))
    rows.append(extremum := overshoot(1.05))
    claims.append(Claim("explicit Euler overshoots at 1.05 C/d", extremum[2] > 1e-3))
    title = f"Limits of the claims, linear diffusion on {n} x {n} cells"
    return Study(title, ("scheme", "limit", "growth at 1.0", "growth at 1.05"), rows, claims, lambda f: draw(f, rows))


def growth(scheme, A, n, tau) -> float:
    """`max ‖u⁺‖ / ‖u‖` over the checkerboard-like modes cos(πk x) cos(πl y), all at once in a batch of diagonals."""
    x = (np.arange(n) + 0.5) / n
    modes = np.cos(np.pi * np.arange(n)[:, None] * x)
    batch = modes[:, :, None] * modes[:, None, :]
    after = scheme.step(A, 0.0, batch, tau)
    return float((np.linalg.norm(after, axis=(1, 2)) / np.linalg.norm(batch, axis=(1, 2))).max())


def overshoot(factor):
    """By how much a single bright cell falls below the darkest value of the state, at a multiple of `C/d`."""
    A = pn.discretise(pn.Diffusion(), pn.Grid((9, 9)))
    u = np.zeros((9, 9))
    u[4, 4] = 1.0
    tau = factor * pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
    v = pn.ExplicitEuler().step(A, 0.0, u, tau)
    return (f"ExplicitEuler(), max-min, {factor} C/d", tau, float(max(-v.min(), v.max() - 1)), "")


def draw(figure, rows):
    """Growth at the limit and beyond."""
    axes = figure.subplots()
    kept = [row for row in rows if row[3] != ""]
    axes.plot([r[2] for r in kept], [r[0] for r in kept], "o", label="at the limit", color="#2b5c8a")
    axes.plot([r[3] for r in kept], [r[0] for r in kept], "x", label="at 1.05 times the limit", color="#c1440e")
    axes.axvline(1.0, color="0.7", linewidth=1)
    axes.set_xlabel("largest growth of the norm in one step")
    axes.tick_params(axis="y", labelsize=7)
    axes.invert_yaxis()
    axes.legend(frameon=False)
