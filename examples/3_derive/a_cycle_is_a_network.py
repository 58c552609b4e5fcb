"""
A cycle of steps is a residual network
======================================

FSI takes explicit steps and extrapolates: `u_(k+1) = α_k (u_k + θ A(u_k)) + (1 - α_k) u_(k-1)`. Read from left to right this
is a residual network with skips over one layer (Alt et al. 2022), and `derive` builds it. Each row of the picture is the
state after one layer. The output is that of the solver, to rounding.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn

n, layers = 96, 12
grid = pn.Grid(n)
(x,) = grid.coordinates()
u0 = np.where((x > 20) & (x < 45), 1.0, 0.0) + np.where(abs(x - 70) < 4, 0.7, 0.0)
u0 = u0 + 0.08 * np.random.default_rng(0).standard_normal(n)
A = pn.discretise(pn.Diffusion(pn.PeronaMalik(contrast=0.3)), grid)
tau = 20.0

network = pn.derive(A, pn.FSI(n=layers), tau=tau, steps=1)
solver = pn.solve(A, u0, pn.FSI(n=layers), tau, tau=tau).u
difference = abs(network(torch.from_numpy(u0)).detach().numpy() - solver).max()
print(f"network and solver differ by {difference:.1e}")
assert difference < 1e-13

# %%
# The layers one by one, written out. The weights `α` grow towards 2.

held = A.hold(0.0, u0)
alphas = [(4 * k + 2) / (2 * k + 3) for k in range(layers)]
theta = tau / (2 / 3 * layers * (layers + 1)) * 2  # a cycle of n layers takes n (n + 1)/3 times the step of one
states = [u0, u0]
for alpha in alphas:
    states.append(alpha * (states[-1] + theta * held(0.0, states[-1])) + (1 - alpha) * states[-2])
assert abs(states[-1] - solver).max() < 1e-12

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4), layout="constrained", width_ratios=(2.2, 1), sharey=True)
image = left.imshow(states[1:], aspect="auto", cmap="viridis", vmin=0, vmax=1)
left.set(title="The state after each layer", xlabel="place", ylabel="layer")
figure.colorbar(image, ax=left, label="u")
right.plot(np.array(alphas) - 1, np.arange(1, layers + 1), "o-", color="#D55E00")
right.set(title="Weights of the skips", xlabel="α - 1", xlim=(-0.5, 1))
plt.show()
