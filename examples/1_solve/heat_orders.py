"""
Observed orders of six schemes
==============================

One wave of the heat equation on a periodic line, up to the time 0.1. The error is measured against the exact solution
of the system in time, so that no error in space hides it: on double logarithmic axes the slope of a line is the order of
its scheme. Explicit lines begin at the largest step for which the norm is certified not to grow.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn
from pdenn.testing import observed_order

plt.style.use("tableau-colorblind10")
grid = pn.Grid(32, 1 / 32, "periodic")
A = pn.discretise(pn.Diffusion(), grid)
rate, wave = pn.exact.eigenpair(grid, 1)
end = 0.1


def error(scheme, tau):
    """The largest error at the end, relative to the exact amplitude."""
    return abs(pn.solve(A, wave, scheme, end, tau=tau).u / np.exp(-rate * end) - wave).max() / abs(wave).max()


# %%
# Five steps each, halved from the certified limit, or from a tenth of the time where there is none.

schemes = [pn.ExplicitEuler(), pn.FSI(n=6), pn.RKL2(n=6), pn.SSPRK3(), pn.ImplicitEuler(), pn.CrankNicolson()]
figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
for scheme, marker in zip(schemes, "osD^vP", strict=True):
    largest = min(pn.certificate(scheme, A, "bounded").tau, end / 10)
    first = int(np.ceil(end / largest))
    taus = end / (first * 2 ** np.arange(5))
    errors = [error(scheme, tau) for tau in taus]
    order, name = observed_order(errors, 2)[-1], type(scheme).__name__
    print(f"{name}: order {order:.2f}")
    assert abs(order - pn.constants(scheme).order) < 0.1
    ax.loglog(taus, errors, marker=marker, linewidth=1, label=f"{name}, {order:.2f}")
ax.set(title="The slope is the order", xlabel="step size τ", ylabel="relative error")
ax.legend(title="scheme, observed order", frameon=False)
plt.show()
