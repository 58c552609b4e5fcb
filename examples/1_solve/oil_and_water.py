"""
Water drives oil out of a rock
==============================

The equation of Buckley and Leverett (1942) has a flux that is neither convex nor concave: its solution is a fan that ends
in a shock. Godunov's flux finds both without an overshoot. For monotone schemes the theory of Kuznetsov (1976) promises
the order 1/2 of the error in the mean, and no scheme of first order has more than 1: what is seen in the inset is between.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

plt.style.use("tableau-colorblind10")
exact, end = pn.exact.BuckleyLeverettRiemann(ratio=0.5, centre=0.0), 0.5


def driven(n):
    """Places and states at the end on `n` cells."""
    grid = pn.Grid(n, 1 / n, [(pn.Dirichlet(1.0), pn.Outflow())])
    A = pn.discretise(pn.ConservationLaw(pn.BuckleyLeverett(0.5), range=(0.0, 1.0)), grid)
    return grid.coordinates()[0], pn.solve(A, np.zeros(n), pn.SSPRK2(), end, certificate="max-min").u


sizes = (25, 50, 100, 200, 400)
found = [driven(n) for n in sizes]
errors = [abs(u - exact.u(end, x)).mean() for x, u in found]
order = pn.testing.observed_order(errors, 2)[-1]
print(f"mean error {errors[-1]:.4f} on {sizes[-1]} cells, observed order {order:.2f}")
assert 0.5 < order < 1 and all(u.min() >= -1e-14 and u.max() <= 1 + 1e-14 for _, u in found)

figure, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
x = np.linspace(0, 1, 2001)
ax.plot(x, exact.u(end, x), "k", linewidth=1, label="exact")
for k, marker in ((1, "o"), (3, ".")):
    ax.plot(*found[k], marker, markersize=4, label=f"{sizes[k]} cells")
ax.set(title="A fan that ends in a shock", xlabel="place x", ylabel="share of water u", ylim=(-0.05, 1.05))
ax.legend(frameon=False, loc="lower left")
inset = ax.inset_axes((0.71, 0.67, 0.27, 0.23))
inset.loglog(sizes, errors, "o-", markersize=3, linewidth=1)
inset.loglog(sizes, 0.6 * errors[0] * (sizes[0] / np.array(sizes)) ** 0.5, "k:", linewidth=1)
inset.set_xticks([25, 100, 400], ["25", "100", "400"])
inset.minorticks_off()
inset.set_yticks([0.01, 0.1], ["0.01", "0.1"])
inset.set(ylim=(0.004, 0.1), xlabel="cells")
inset.set_title("mean error; dotted: order ½", fontsize=8)
plt.show()
