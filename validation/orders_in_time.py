"""Every scheme reaches its order on a nonlinear problem, against SciPy at a local error of 1e-11.

The paper size takes 256 and 512 steps and solves implicit stages to 1e-13: with 64 and 128 steps SSPRK3 is not yet in its
asymptotic range on Weickert's law, and with the default tolerance of 1e-10 the errors of the inner solver, added up over
2048 stages, stand above those of BDF2.
"""

import math

import numpy as np

import pdenn as pn

from .study import Claim, Study

TIGHT = pn.NewtonKrylov(1e-13)  # its errors add up over all stages of all steps
SCHEMES = {
    pn.ExplicitEuler(): 1,
    pn.SSPRK2(): 2,
    pn.SSPRK3(): 3,
    pn.FSI(4): 1,
    pn.FSI(4, "updated"): 1,
    pn.FED(4): 1,
    pn.RKL1(4): 1,
    pn.RKL2(5): 2,
    pn.RKL2(5, "held"): 1,
    pn.RKC2(5): 2,
    pn.DuFortFrankel(8): 1,
    pn.ImplicitEuler(TIGHT): 1,
    pn.CrankNicolson(TIGHT): 2,
    pn.SDIRK2(TIGHT): 2,
    pn.BDF2(4, TIGHT): 2,
    pn.SemiImplicit(pn.ConjugateGradients(1e-13)): 1,
    pn.AOS(): 1,
    pn.ARS222(TIGHT): 2,
    pn.LieSplitting(): 1,
    pn.StrangSplitting(): 2,
    pn.IMEXEuler(): 1,
}
STEPS = {"small": (64, 128), "paper": (256, 512)}
LAWS = {"small": [pn.Charbonnier(0.5)], "paper": [pn.Charbonnier(0.5), pn.PeronaMalik(1.0), pn.Weickert(1.0)]}


def run(size: str) -> Study:
    """Errors at `T` with a step and half of it, and the order they show."""
    rows, claims = [], []
    for law in LAWS[size]:
        A, u0, T = *problem(law), 0.4
        exact = pn.solve(A, u0, pn.SciPyIntegrator("DOP853", 1e-11, 1e-13), T, tau=T, certificate=None).u
        for scheme, order in SCHEMES.items():
            errors = [
                np.abs(pn.solve(A, u0, scheme, T, tau=T / n, certificate=None).u - exact).max() for n in STEPS[size]
            ]
            found = math.log2(errors[0] / errors[1])
            rows.append((str(law), name(scheme), order, found, errors[1]))
            claims.append(Claim(f"{name(scheme)} is of order {order} ± 0.1 on {law}", abs(found - order) < 0.1))
    return Study(
        "Orders in time", ("law", "scheme", "order", "observed", "error"), rows, claims, lambda f: draw(f, rows)
    )


def problem(law):
    """A small grid with three kinds of walls, and a random state."""
    grid = pn.Grid((10, 7), h=0.5, boundary=["periodic", (pn.Dirichlet(0.2), pn.Robin(1.0, 1.0, 0.3))])
    return pn.discretise(pn.Diffusion(law), grid), np.random.default_rng(0).random(grid.shape)


def name(scheme) -> str:
    """The scheme without its inner solver."""
    length = f"({scheme.n})" if hasattr(scheme, "n") else ""
    held = " held" if getattr(scheme, "coefficients", "updated") == "held" else ""
    return type(scheme).__name__ + length + held


def draw(figure, rows):
    """Declared and observed orders."""
    axes = figure.subplots()
    labels = [row[1] for row in rows[: len(SCHEMES)]]
    axes.barh(labels, [row[2] for row in rows[: len(SCHEMES)]], color="#cfd8e6", label="declared")
    axes.plot([row[3] for row in rows[: len(SCHEMES)]], labels, "o", color="#c1440e", label="observed")
    axes.set_xlabel("order")
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=7)
    axes.legend(frameon=False)
