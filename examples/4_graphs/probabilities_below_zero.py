"""
Probabilities below zero
========================

A graph network takes 20 steps of diffusion of a published size. The audit finds that the step is too long for its claim, and gives
a witness: one node with the probability one, whose next value is negative. It also proposes steps over the same time that
keep the claim. The picture shows the values after one step from the witness of both.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

rng = np.random.default_rng(2)
points = rng.normal(size=(150, 2))
graph = pn.Graph.from_points(points, neighbours=6)
tau, steps = 0.35, 20
report = pn.audit(graph, tau=tau, steps=steps)
print(report)

finding, proposal = report["max-min"], report.proposals[0]
assert finding.verdict == "fails" and finding.limit < tau < 2 * finding.limit

# %%
# From the witness, layer by layer: as published, and at the limit of the claim.

A = pn.discretise(pn.Diffusion(), graph)
witness = np.asarray(finding.witness.state, float)
lowest = {}
first = pn.ExplicitEuler().step(A, 0.0, witness, tau)
for name, step in (("as published", tau), ("at the limit", finding.limit)):
    states = [witness]
    for _ in range(steps):
        states.append(pn.ExplicitEuler().step(A, 0.0, states[-1], step))
    lowest[name] = np.array([u.min() for u in states])
print(f"lowest value {lowest['as published'].min():.3f} as published, {lowest['at the limit'].min():.3f} at the limit")
assert lowest["as published"].min() < -0.1 and lowest["at the limit"].min() > -1e-14

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4), layout="constrained", width_ratios=(1.1, 1))
rows, columns = graph.couplings.nonzero()
left.plot(*[points[[rows, columns], k] for k in (0, 1)], color="#cccccc", linewidth=0.5, zorder=0)
image = left.scatter(*points.T, c=first, cmap="PuOr_r", s=28, vmin=-0.7, vmax=0.7, edgecolor="k", linewidth=0.3)
left.set(title="One step from a one in one node", xlabel="x", ylabel="y", aspect="equal")
figure.colorbar(image, ax=left, label="value", shrink=0.85)
for (name, values), colour in zip(lowest.items(), ("#D55E00", "#0072B2"), strict=True):
    right.plot(values, "o-", color=colour, markersize=4, label=name)
right.axhspan(0, 0.35, color="#eeeeee")
right.set(title="The lowest value in each layer", xlabel="layer", ylabel="min u", ylim=(-0.85, 0.35))
right.legend(frameon=False, loc="upper right")
plt.show()
