"""Compiled kernels, composed definitions and torch agree to rounding, in both precisions."""

import numpy as np
import torch

import pdenn as pn

from .study import Claim, Study

LAWS = [pn.Linear(), pn.Charbonnier(0.1), pn.PeronaMalik(0.2), pn.PeronaMalikExponential(0.2), pn.Weickert(0.3),
        pn.TotalVariation(0.05), pn.ForwardBackward(0.3)]  # fmt: skip
WALLS = {
    "reflecting": "reflecting",
    "periodic": "periodic",
    "Dirichlet": pn.Dirichlet(0.3),
    "Robin": pn.Robin(1.0, 0.5, 0.2),
}
SHAPES = [(31,), (17, 12), (7, 9, 5)]


def run(size: str) -> Study:
    """Largest differences, in units of rounding: `ε d max|u|` with the diagonal `d` of the stencil."""
    repeats = {"small": 1, "paper": 20}[size]
    rng = np.random.default_rng(0)
    rows, claims = [], []
    for form in ("isotropic", "separable"):
        for law in LAWS:
            for dtype in (np.float32, np.float64):
                kernel = tensor = 0.0
                for walls in WALLS.values():
                    for shape in SHAPES:
                        A = pn.discretise(pn.Diffusion(law, form=form), pn.Grid(shape, 0.7, walls))
                        unit = np.finfo(dtype).eps * abs(law.sup_slope) * sum(6 / h**2 for h in A.grid.h)
                        for _ in range(repeats):
                            u = rng.random(shape).astype(dtype)
                            exact = A.definition(0.0, u)
                            kernel = max(kernel, np.abs(A(0.0, u) - exact).max() / unit)
                            tensor = max(tensor, np.abs(A(0.0, torch.from_numpy(u)).numpy() - exact).max() / unit)
                rows.append((form, type(law).__name__, np.dtype(dtype).name, float(kernel), float(tensor)))
                # A cell adds up at most six products of a few rounded factors each.
                words = f"{form} {type(law).__name__} in {np.dtype(dtype).name}"
                claims.append(Claim(f"{words}: kernel and torch are within 20 roundings", max(kernel, tensor) < 20))
    columns = ("form", "law", "dtype", "kernel, roundings", "torch, roundings")
    return Study("Agreement of backends with the definition", columns, rows, claims, lambda f: draw(f, rows))


def draw(figure, rows):
    """Differences in units of rounding."""
    axes = figure.subplots()
    for k, (column, label) in enumerate(((3, "compiled kernel"), (4, "torch"))):
        axes.plot([r[column] for r in rows], range(len(rows)), "ox"[k], label=label, color=("#2b5c8a", "#c1440e")[k])
    axes.set_yticks(range(len(rows)), [f"{r[0][:3]} {r[1]} {r[2]}" for r in rows], fontsize=5)
    axes.set_xlabel("largest difference from the definition, in roundings")
    axes.legend(frameon=False)
