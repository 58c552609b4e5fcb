"""
A multigrid cycle is a U-net, and learns
========================================

A nonlinear multigrid cycle goes down to coarse grids and up again with additive skips: a U-net (Alt et al. 2022). The
network here fills in pictures of which one pixel in ten is known; its loss is the residual of
the equation, so that it needs no filled-in pictures. The finest equation does not learn: the solution is a fixed point at
every weight, and more cycles than it was trained for go on towards it.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn
from pdenn.networks import MultigridNet, Plan, train

A = pn.discretise(pn.Diffusion(pn.Charbonnier(contrast=0.3)), pn.Grid((16, 16)))
random = torch.Generator().manual_seed(0)


def problems(count):
    """Smooth pictures, known where the mask is one; elsewhere the first guess is grey."""
    x, y = torch.meshgrid(*[torch.linspace(0, 3, 16, dtype=torch.float64)] * 2, indexing="ij")
    phase = 6 * torch.rand(count, 2, 1, 1, generator=random, dtype=torch.float64)
    picture = 0.5 + 0.25 * torch.sin(x + phase[:, 0]) + 0.25 * torch.cos(y + phase[:, 1])
    mask = (torch.rand(count, 16, 16, generator=random) < 0.1).double()
    return mask * picture + (1 - mask) * 0.5, 1000 * mask


def loss(network, d, mass):
    """The logarithm of the residual."""
    return network.residual(network(d, mass), d, mass).square().mean().log()


def curve(network):
    """The residual of pictures that were not seen, after more and more cycles."""
    found = []
    for cycles in counts:
        network.count = int(cycles)
        with torch.no_grad():
            found.append(float(network.residual(network(*held_out), *held_out).square().mean().sqrt()))
    network.count = 2
    return np.array(found)


torch.manual_seed(0)
network, counts = MultigridNet(A, cycles=2), np.arange(1, 11)
samples, held_out = problems(16), problems(8)
before = curve(network)
train(network, loss, samples, Plan(epochs=4, batch=8, rate=0.02), validation=held_out)
after = curve(network)
print(f"residual after two cycles: {before[1]:.1e} as derived, {after[1]:.1e} as trained")
assert after[1] < before[1] and after[-1] < 0.5 * after[1]

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.semilogy(counts, before, "o--", color="#0072B2", label="as derived: multigrid")
ax.semilogy(counts, after, "s-", color="#D55E00", label="trained for two cycles")
ax.axvline(2, color="k", linewidth=0.7, linestyle=":")
ax.set(title="The U-net of a multigrid cycle", xlabel="cycles", ylabel="residual, mean over the pictures")
ax.legend(frameon=False)
plt.show()
