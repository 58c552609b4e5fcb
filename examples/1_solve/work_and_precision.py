"""
Work and precision
==================

What an error costs, in evaluations of the operator, when noise diffuses for a long time. The explicit scheme cannot take a
larger step than its limit at any price. Cycles of FSI (Alt et al. 2022) and of the stabilised Runge-Kutta schemes (Meyer,
Balsara and Aslam 2014) can: they are cheapest where a few percent are enough, and RKL2, of second order, soon overtakes
the others. Longer cycles stand further to the left.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

plt.style.use("tableau-colorblind10")
n, end = 48, 200.0
grid = pn.Grid((n, n))
A = pn.discretise(pn.Diffusion(), grid)
u0 = np.random.default_rng(0).random((n, n))
exact = pn.solve(A, u0, pn.SSPRK3(), end, tau=0.1).u
scale = np.abs(exact - exact.mean()).max()

schemes = {"explicit Euler": [(pn.ExplicitEuler(), tau) for tau in (0.25, 0.1, 0.05)]}
lengths = (3, 5, 8, 12, 18)
for name, kind in (("FSI", pn.FSI), ("RKL1", pn.RKL1), ("RKL2", pn.RKL2)):
    schemes[name] = [(kind(n=k), None) for k in lengths]

figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
best = {}
for (name, family), marker in zip(schemes.items(), "osvD", strict=True):
    runs = [pn.solve(A, u0, scheme, end, tau=tau) for scheme, tau in family]
    calls = [run.calls for run in runs]
    errors = [np.abs(run.u - exact).max() / scale for run in runs]
    best[name] = min(c for c, e in zip(calls, errors, strict=True) if e < 0.05)
    ax.loglog(calls, errors, marker=marker, linewidth=1, label=name)
print(f"evaluations for an error below 5 %: {best}")
assert best["FSI"] < best["explicit Euler"] / 4 and best["RKL2"] < best["explicit Euler"] / 2

ax.set(title="Long cycles reach further for less", xlabel="evaluations of the operator", ylabel="error / range")
ax.legend(frameon=False)
plt.show()
