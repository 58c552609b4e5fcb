"""
How far a point may be moved
============================

A classifier of the plane answers "inside" or "outside" the unit circle, smoothed by noise (Cohen, Rosenfeld and Kolter
2019), which is a heat flow of its answers (Wang, Bao and Shi 2024). From samples each point gets a circle within which
the answer is certified not to change, with a confidence of 99.9 %. Where the smoothed answer does change is known here,
the dashed circle, and no certificate reaches over it.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import brentq
from scipy.stats import ncx2

from pdenn.robustness import certify_points

noise = 0.4


def classify(x):
    """1 inside the unit circle, 0 outside."""
    return (np.sum(x * x, 1) < 1).astype(int)


# The probability to land inside, from a distance r to the centre, is that of a noncentral chi-square distribution.
edge = brentq(lambda r: ncx2.cdf(noise**-2, 2, (r / noise) ** 2) - 0.5, 0.1, 2.0)

points = np.random.default_rng(1).uniform(-1.5, 1.5, (120, 2))
verdict = certify_points(classify, points, noise)
room = abs(np.hypot(*points.T) - edge)
share = verdict.radius[verdict.label >= 0] / room[verdict.label >= 0]
print(
    f"certified radii are {share.min():.0%} to {share.max():.0%} of the true ones; {np.sum(verdict.label < 0)} abstain"
)
assert (verdict.radius <= room).all() and np.median(share) > 0.5

figure, ax = plt.subplots(figsize=(5.2, 5), layout="constrained")
for point, label, radius in zip(points, verdict.label, verdict.radius, strict=True):
    colour = {1: "#0072B2", 0: "#E69F00", -1: "k"}[int(label)]
    ax.add_patch(plt.Circle(point, radius, color=colour, alpha=0.13, linewidth=0))
    ax.plot(*point, "." if label >= 0 else "x", color=colour, markersize=4)
ax.add_patch(plt.Circle((0, 0), edge, fill=False, linestyle="--", linewidth=1.5))
ax.set(
    title="Certified circles; crosses abstain",
    xlabel="x",
    ylabel="y",
    aspect="equal",
    xlim=(-1.9, 1.9),
    ylim=(-1.9, 1.9),
)
plt.show()
