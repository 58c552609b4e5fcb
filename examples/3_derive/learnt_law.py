"""
A network finds the law of its data
===================================

States before and after diffusion with the law of Perona and Malik (1990) are given, not the law itself. A network of four
explicit steps begins with another one; its flux is a linear spline that learns, and stays dissipative at every weight. After training
it lies on the flux of the data: a rise up to the contrast, where edges begin, and a fall beyond it.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn
from pdenn.networks import Plan, SplineFlux, train

truth, tau, steps = pn.PeronaMalik(contrast=0.5), 0.4, 4
grid = pn.Grid(64, 1.0, "periodic")
A = pn.discretise(pn.Diffusion(truth), grid)
rng = np.random.default_rng(0)
before = rng.uniform(0.2, 2.0, (64, 1)) * rng.standard_normal((64, 64))
after = np.stack([pn.solve(A, u, pn.ExplicitEuler(), tau * steps, tau=tau).u for u in before])

start = pn.discretise(pn.Diffusion(pn.Charbonnier(contrast=2.0)), grid)
flux = SplineFlux(pn.Charbonnier(contrast=2.0), reach=2.0, knots=16, shape="dissipative")
network = pn.derive(start, pn.ExplicitEuler(), tau, steps, certificate=None, law=flux, tied=True)
pn.networks.freeze(network, "kernels", "steps")
data = torch.from_numpy(before), torch.from_numpy(after)
train(network, lambda net, u, v: (net(u) - v).square().mean(), data, Plan(epochs=60, batch=16, rate=0.1))

# %%
# What was learnt is read from the network: the flux, and where it falls.

flux = pn.inspect(network).parts[0].flux
s = flux.s[flux.s <= 2.0]
learnt, first = s * flux.g[: len(s)], pn.Charbonnier(contrast=2.0).flux(s)
wrong = [abs(curve - truth.flux(s)).max() for curve in (first, learnt)]
print(f"largest distance to the law: {wrong[0]:.3f} before, {wrong[1]:.3f} after training; falls in {flux.backward}")
assert wrong[1] < 0.1 * wrong[0] and abs(flux.backward[0][0] - truth.contrast) < 0.13

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.plot(s, truth.flux(s), "k", linewidth=4, alpha=0.25, label="law of the data")
ax.plot(s, first, "--", color="#E69F00", label="before training")
ax.plot(s, learnt, color="#0072B2", linewidth=1.5, label="after training")
ax.axvline(truth.contrast, color="k", linewidth=0.7, linestyle=":")
ax.text(truth.contrast + 0.03, 0.02, "contrast λ")
ax.set(
    title="The flux that a network has found",
    xlabel="difference of neighbours s",
    ylabel="flux Φ(s) = g(s²) s",
    ylim=(0, 0.75),
)
ax.legend(frameon=False)
plt.show()
