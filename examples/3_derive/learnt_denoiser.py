"""
A denoiser that cannot bring two inputs apart
=============================================

A trainable reaction-diffusion network (Chen and Pock 2017) whose steps are functions of its weights that stay below the
contractive limit (Alt et al. 2022): whatever is learnt, its Lipschitz constant is one. Trained for a few
seconds on piecewise constant signals, it removes more than half of the noise from signals that it has not seen.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn
from pdenn.networks import Plan, ReactionDiffusionNet, lipschitz, train

rng, noise = np.random.default_rng(0), 0.1


def signals(count):
    """Piecewise constant signals of 64 values."""
    jumps = rng.random((count, 64)) < 0.06
    return torch.tensor(np.cumsum(jumps * rng.normal(0, 0.5, (count, 64)), 1)[:, None], dtype=torch.float32)


def loss(network, u):
    """The mean square error from noisy signals."""
    return (network(u + noise * torch.randn_like(u)) - u).square().mean()


torch.manual_seed(0)
network = ReactionDiffusionNet(
    features=4, blocks=6, dim=1, law=pn.Charbonnier(0.1), claim="contractive", individual=True
)
samples, held_out = signals(256), signals(64)
history = train(network, loss, samples, Plan(epochs=8, rate=0.02), validation=held_out)
error = float(history.validation.min())
print(f"mean square error {error:.4f}, noise {noise**2:.4f}; Lipschitz constant {lipschitz(network):g}")
assert error < 0.5 * noise**2
assert lipschitz(network) == 1.0

clean = held_out[3:4]
with torch.no_grad():
    noisy = clean + noise * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    restored = network(noisy)
figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.plot(noisy[0, 0], ".", color="#999999", label="noisy")
ax.step(range(64), clean[0, 0], "k", linewidth=1, where="mid", label="signal")
ax.plot(restored[0, 0], color="#D55E00", linewidth=2, label="restored")
ax.set(title=f"Error {error / noise**2:.0%} of the noise, Lipschitz constant 1", xlabel="place", ylabel="value")
ax.legend(frameon=False)
plt.show()
