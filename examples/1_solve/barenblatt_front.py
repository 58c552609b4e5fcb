"""
The front of Barenblatt's solution
==================================

A droplet in a porous medium spreads at finite speed, with a front of infinite slope for m = 3 (Vázquez, The Porous Medium
Equation, 2007). The computed front, where the state falls to a hundredth of its maximum, stays within a cell or so of the
exact one.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

n, width, begin = 200, 10.0, 0.1
droplet = pn.exact.Barenblatt(m=3.0, centre=width / 2, height=0.2)
grid = pn.Grid((n,), width / n)
(x,) = grid.coordinates()
u0 = droplet.u(begin, x)

A = pn.discretise(pn.PorousMedium(droplet.m, maximum=float(u0.max())), grid)
times = np.geomspace(begin, 20.0, 25)[1:] - begin
solution = pn.solve(A, u0, pn.SSPRK2(), times[-1], times=times, certificate="max-min")


def front(u):
    """Where the state falls to a hundredth of its maximum, interpolated between cells, from the centre."""
    k = np.nonzero(u > u.max() / 100)[0][-1]
    share = (u[k] - u.max() / 100) / (u[k] - u[k + 1])
    return x[k] + share * (x[k + 1] - x[k]) - width / 2


t = begin + times
found = np.array([front(u) for u in solution.snapshots])
exact = np.array([droplet.radius(s) for s in t])
mass = abs(solution.u.sum() / u0.sum() - 1)
late = t > 1
error = abs(found / exact - 1)[late].max()
print(f"the front is within {error:.1%} of the exact one for t > 1")
assert error < 0.02 and mass < 1e-12

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for k, colour in zip((0, 8, 16, 23), plt.cm.viridis((0.0, 0.3, 0.6, 0.85)), strict=True):
    left.plot(x, droplet.u(t[k], x), color=colour, linewidth=1)
    left.plot(x[::2], solution.snapshots[k][::2], "o", color=colour, markersize=3, label=f"t = {t[k]:.2g}")
left.set(title="circles: computed, lines: exact", xlabel="x", ylabel="u")
left.legend(frameon=False)
right.loglog(t, exact, "k", linewidth=1, label="exact radius")
right.loglog(t, found, "o", color="#c1440e", markersize=4, label="computed")
right.set(title=f"the front moves like t^(1/{1 / droplet.decay:g})", xlabel="t", ylabel="distance from the centre")
right.set_yticks([1, 2, 3], ["1", "2", "3"])
right.set_yticks([], minor=True)
right.legend(frameon=False)
plt.show()
