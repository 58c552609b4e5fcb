"""
Noise in a network is diffusion
===============================

A residual network with noise in every block, in the mean over many passes, solves a convection-diffusion equation (Wang,
Bao and Shi 2024; Feynman and Kac). Here the blocks shift their input, the classifier at the end is a bump, and the solution is
known: the bump, shifted back and widened. Left, a mean of few passes and of many; right, the error falls like the inverse root of
their number, as the theorem of central limits says.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import pdenn as pn
from pdenn.networks import NoiseInjected, estimate

blocks, dt, amplitude, width = 10, 0.1, 0.2, 0.3


class Shift(torch.nn.Module):
    """The increment of a block: everything moves to the right by 0.05."""

    def forward(self, x):
        return torch.full_like(x, 0.05)


class Bump(torch.nn.Module):
    """The classifier."""

    def forward(self, x):
        return torch.exp(-(x**2) / (2 * width**2))


network = NoiseInjected([Shift() for _ in range(blocks)], Bump(), amplitude, dt=dt)
print(network.statement())
x = torch.linspace(-3, 2, 101, dtype=torch.float64)[:, None]
solution = pn.exact.AdvectedGaussian(velocity=-0.5, sigma=width, diffusivity=amplitude**2 / (2 * dt))
exact = solution.u(blocks * dt, x[:, 0].numpy())

samples = (10, 40, 160, 640, 2560)
found = {m: estimate(network, x, m, seed=1) for m in samples}
errors = [float(np.sqrt(np.mean((found[m].mean[:, 0].numpy() - exact) ** 2))) for m in samples]
slope = np.polyfit(np.log(samples), np.log(errors), 1)[0]
inside = np.mean(abs(found[2560].mean[:, 0].numpy() - exact) <= found[2560].half_width[:, 0].numpy())
print(f"the error falls with the power {slope:.2f} of the passes; {inside:.0%} within their 95 % interval")
assert abs(slope + 0.5) < 0.15 and inside > 0.85

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.9), layout="constrained", width_ratios=(1.5, 1))
for m, colour in ((10, "#E69F00"), (640, "#0072B2")):
    mean, half = (part[:, 0].numpy() for part in found[m])
    left.fill_between(x[:, 0], mean - half, mean + half, color=colour, alpha=0.3, linewidth=0)
    left.plot(x[:, 0], mean, color=colour, label=f"mean of {m} passes")
left.plot(x[:, 0], exact, "k--", linewidth=1, label="exact solution")
left.set(title="Network with noise, in the mean", xlabel="input x", ylabel="output")
left.legend(frameon=False, loc="upper left", fontsize=9)
right.loglog(samples, errors, "o-", color="#0072B2")
right.loglog(samples, errors[0] * (samples[0] / np.array(samples)) ** 0.5, "k:", label="power -1/2")
right.set(title=f"observed power {slope:.2f}", xlabel="passes", ylabel="mean square error, root")
right.legend(frameon=False)
plt.show()
