"""
Three labels a class
====================

Two moons of which three points each have a label. The labels diffuse between neighbours until nothing changes any more
(Zhu, Ghahramani and Lafferty 2003): a stationary state with the labels as data. Its values are probabilities, because a
harmonic function has no extremum of its own; the colour says which class is the likelier one.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

rng = np.random.default_rng(0)
n = 400
angle, labels = rng.uniform(0, np.pi, n), np.arange(n) % 2
upper = np.stack([np.cos(angle), np.sin(angle)], 1)
points = np.where(labels[:, None], upper, [1, 0.5] - upper) + 0.07 * rng.standard_normal((n, 2))

graph = pn.Graph.from_points(points, neighbours=8)
known = np.zeros(n)
known[np.concatenate([rng.choice(np.flatnonzero(labels == k), 3, replace=False) for k in (0, 1)])] = 1.0
equation = pn.Diffusion() + pn.Fidelity(labels.astype(float), known, weight=100.0)
u = pn.solve_steady(pn.discretise(equation, graph), np.full(n, 0.5)).u

accuracy = np.mean((u > 0.5) == labels)
print(f"accuracy {accuracy:.1%} from 6 labels of {n}; values between {u.min():.3f} and {u.max():.3f}")
assert accuracy > 0.95
assert u.min() > -1e-8 and u.max() < 1 + 1e-8  # the maximum principle

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
rows, columns = graph.couplings.nonzero()
ax.plot(*[points[[rows, columns], k] for k in (0, 1)], color="#dddddd", linewidth=0.4, zorder=0)
image = ax.scatter(*points.T, c=u, cmap="cividis", s=14, vmin=0, vmax=1)
ax.scatter(
    *points[known > 0].T, c=labels[known > 0], cmap="cividis", s=120, marker="*", edgecolor="#D55E00", linewidth=1.5
)
ax.set(title=f"Two moons from the six labels with stars: {accuracy:.1%} right", xlabel="x", ylabel="y", aspect="equal")
figure.colorbar(image, label="probability of the upper class", shrink=0.8)
plt.show()
