"""
No new extrema, and where they come from
========================================

A spike, diffused. Exact diffusion leaves no value negative, and explicit Euler does not either, up to the limit of the claim
"max-min". SSPRK3 at the limit of its norm, and Crank-Nicolson, whose norm is bounded at every step (Crank and Nicolson 1947),
do: a bounded norm says nothing about signs. Implicit Euler keeps them at every step. In orange: what left the range.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

grid = pn.Grid(31)
A = pn.discretise(pn.Diffusion(), grid)
(x,) = grid.coordinates()
u0 = np.where(abs(x - 15.5) < 1, 1.0, 0.0)
limit = pn.certificate(pn.ExplicitEuler(), A, "max-min").tau
norm = pn.certificate(pn.SSPRK3(), A, "bounded").tau
runs = {
    "explicit Euler at the limit of max-min": (pn.ExplicitEuler(), limit, 10),
    "SSPRK3 at the limit of its norm": (pn.SSPRK3(), norm, 1),
    "Crank-Nicolson, τ = 5": (pn.CrankNicolson(), 5.0, 1),
    "implicit Euler, τ = 5": (pn.ImplicitEuler(), 5.0, 1),
}
figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained", sharex=True, sharey=True)
lowest = []
for ax, (name, (scheme, tau, steps)) in zip(axes.flat, runs.items(), strict=True):
    u = u0
    for _ in range(steps):
        u = scheme.step(A, 0.0, u, tau)
    lowest.append(u.min())
    assert np.linalg.norm(u) <= np.linalg.norm(u0)
    print(f"{name}: lowest value {u.min():.4f}")
    ax.bar(x, u, width=0.9, color=np.where(u < -1e-12, "#D55E00", "#0072B2"))
    ax.axhline(0, color="k", linewidth=0.8)
    ax.set_title(f"{name}\nlowest value {u.min() + 0.0:.3f}", fontsize=10)
assert min(lowest[0], lowest[3]) > -1e-12
assert max(lowest[1], lowest[2]) < -0.02
for ax in axes[-1]:
    ax.set_xlabel("x")
for ax in axes[:, 0]:
    ax.set_ylabel("u")
plt.show()
