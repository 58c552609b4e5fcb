"""
Diffusion pulls a class together
================================

Layers `X ← X - γ L X` on a graph that joins points of one class (Diff-ResNet; Wang, Dou, Bao and Shi 2024). Each class shrinks
towards its mean and the means stay where they are, so the ratio of the distance between classes to their
diameter grows. Right, the ratio that is measured, and the bound that is proved from the eigenvalues of the graph.
"""

import matplotlib.pyplot as plt
import numpy as np
import scipy.sparse

import pdenn as pn
from pdenn.separation import distance_diameter, predict

rng, n = np.random.default_rng(0), 120
labels = np.repeat([0, 1, 2], n // 3)
turn = 2 * np.pi * labels / 3
points = np.stack([np.cos(turn), np.sin(turn)], 1) + rng.uniform(-0.9, 0.9, (n, 2))
full = pn.Graph.from_points(points, neighbours=20)
same = scipy.sparse.csr_array(full.weights.multiply(labels[:, None] == labels[None, :]))
graph = pn.Graph(same)
gamma, steps = 1 / graph.degrees.max(), 150

states = [points]
for _ in range(steps):
    states.append(states[-1] - gamma * (graph.laplacian @ states[-1]))
measured = np.array([distance_diameter(x, labels).ratio for x in states])
proved = predict(points, graph, labels, gamma, steps).ratio
print(f"the ratio grows from {measured[0]:.3f} to {measured[-1]:.2f}, at least to {proved[-1]:.2f}")
assert (measured >= proved - 1e-12).all() and proved[-1] > 1

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4), layout="constrained", width_ratios=(1.2, 1))
for k, colour in enumerate(("#0072B2", "#E69F00", "#009E73")):
    path = np.array(states[:20])[:, labels == k]
    left.plot(path[..., 0], path[..., 1], color=colour, linewidth=0.5, alpha=0.6)
    left.plot(*path[0].T, "o", color=colour, markersize=3, alpha=0.5)
    left.plot(*path[-1].T, "o", color=colour, markersize=6)
left.set(title="Paths of the points over 20 layers", xlabel="x", ylabel="y", aspect="equal")
right.semilogy(measured, color="#D55E00", linewidth=2, label="measured")
right.semilogy(np.where(proved > 0, proved, np.nan), "k--", linewidth=1, label="proved")
right.set(title="Distance over diameter", xlabel="layer", ylabel="L / D")
right.legend(frameon=False)
plt.show()
