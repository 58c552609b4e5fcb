"""
A network alone, and with diffusion
===================================

Two spirals with 30 labels. A small residual network, which is convection of each point by itself, does not see that neighbours
belong together; with diffusion of its class probabilities along a graph (COIN, Wang, Bao and Shi 2024) it does.
The step keeps the claim "max-min", so that what comes out are probabilities again.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn

rng, n = np.random.default_rng(0), 400
angle, labels = rng.uniform(0, 2 * np.pi, n), np.arange(n) % 2
arm = np.where(labels, 1, -1) * (1 + angle)
points = np.stack([arm * np.cos(angle), arm * np.sin(angle)], 1) + 0.1 * rng.standard_normal((n, 2))
graph = pn.Graph.from_points(points, neighbours=8)
x, y = torch.tensor(points, dtype=torch.float32), torch.tensor(labels)
known = torch.tensor(rng.choice(n, 30, replace=False))


def base():
    """Convection, then a linear classifier."""
    torch.manual_seed(0)
    return torch.nn.Sequential(pn.networks.ResidualBlock(2, 16), torch.nn.Linear(2, 2), torch.nn.Softmax(-1))


def trained(network):
    """The probabilities of the second class after 60 steps of training on the labels that are known."""
    optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        pn.networks.negative_log_likelihood(network(x)[known], y[known]).backward()
        optimiser.step()
    return network(x).detach()


results = {"alone": trained(base()), "with diffusion": trained(pn.networks.COIN(graph, base=base(), time=40.0))}
right = [float((values.argmax(1) == y).float().mean()) for values in results.values()]
print(f"{right[0]:.0%} right alone, {right[1]:.0%} with diffusion")
assert right[1] > 0.9 > right[0]
assert all(values.min() >= 0 and (values.sum(1) - 1).abs().max() < 1e-5 for values in results.values())

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", sharey=True)
for ax, share, (name, values) in zip(axes, right, results.items(), strict=True):
    image = ax.scatter(*points.T, c=values[:, 1], cmap="cividis", s=12, vmin=0, vmax=1)
    ax.scatter(*points[known].T, c=labels[known], cmap="cividis", s=70, marker="*", edgecolor="#D55E00", linewidth=1)
    ax.set(title=f"{name}: {share:.0%} right", xlabel="x", aspect="equal")
axes[0].set_ylabel("y")
figure.colorbar(image, ax=axes, label="probability of a class", shrink=0.8)
plt.show()
