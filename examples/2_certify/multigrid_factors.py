"""
What multigrid will do, before it is run
========================================

Local Fourier analysis predicts from a stencil alone by what factor a multigrid cycle reduces the error (Trottenberg,
Oosterlee and Schüller 2001). Left: the residuals of W(2,1) cycles on a periodic grid for four smoothers, and dashed lines
with the predicted slopes. Right: the factors of the last cycles beside the predicted ones; on the diagonal they are equal.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn
from pdenn.local_fourier import VERTEX_CENTRED

cells, tau, cycles = 64, 20.0, 7
A = pn.discretise(pn.Diffusion(), pn.Grid((cells, cells), 1.0, "periodic"))
stencil = pn.constant_stencil(A, tau)
f = np.random.default_rng(0).standard_normal(A.grid.shape)


def residuals(smoother):
    """The residuals of one implicit step while the cycles go on; no tolerance is ever reached."""
    solver = pn.Multigrid(rtol=1e-30, iterations=cycles, cycle="W", smoother=smoother)
    try:
        pn.ImplicitEuler(solver).step(A, 0.0, f, tau)
    except pn.NotConverged as report:
        return np.array(report.residuals)


smoothers = [pn.Jacobi(), pn.GaussSeidel(1.0), pn.GaussSeidel(1.15), pn.Chebyshev(2)]
colours = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4), layout="constrained", width_ratios=(1.3, 1))
for smoother, colour in zip(smoothers, colours, strict=True):
    norms = residuals(smoother)
    measured = (norms[-1] / norms[-3]) ** 0.5
    predicted = pn.two_grid(
        stencil, smoother, (2, 1), transfer=VERTEX_CENTRED, coarsen=(True, True), reverse=False, cells=cells
    ).factor
    print(f"{smoother}: measured {measured:.3f}, predicted {predicted:.3f}")
    assert abs(measured - predicted) < 0.03
    left.semilogy(norms / norms[0], "o-", markersize=4, linewidth=1, color=colour, label=repr(smoother))
    steps = np.arange(len(norms))
    left.semilogy(norms[-1] / norms[0] * predicted ** (steps - steps[-1]), "--", color=colour, alpha=0.6)
    right.plot(predicted, measured, "o", markersize=9, color=colour)
left.set(title="W(2,1) cycles of an implicit step", xlabel="cycle", ylabel="residual", ylim=(1e-10, 3))
left.legend(frameon=False, fontsize=8)
right.plot((0, 0.25), (0, 0.25), "k", linewidth=0.7)
right.set(title="Factor of a cycle", xlabel="predicted", ylabel="measured", aspect="equal")
plt.show()
