"""
Which equation does this box solve?
===================================

An evolution operator is given as a function alone: states in, states out. If it compares, is linear, local, and keeps
constants, it solves a convection-diffusion equation (Wang, Bao and Shi 2024), whose coefficients show in what it makes of a few
waves. Arrows are the drift that was found, on top of the speed that the box was built with; the diffusion that was
found is the number in the title.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn
from pdenn.testing import evolution

n, epsilon = 48, 0.02
grid = pn.Grid((n, n), 1 / n, "periodic")


def velocity(t, x, y):
    """Four vortices, free of divergence."""
    a, b = 2 * np.pi * x, 2 * np.pi * y
    return np.sin(a) * np.cos(b), -np.cos(a) * np.sin(b)


A = pn.discretise(pn.Convection(velocity, pn.Central(), speed=(1.0, 1.0)) + pn.Diffusion(conductivity=epsilon), grid)
box = evolution(A, pn.SSPRK3(), tau=1e-3)
found = pn.inspect(box, grid, s=4e-3)

x = grid.coordinates()
truth = np.array(velocity(0.0, *x))
drift = -found.v  # the equation is read as u_t = v · ∇u
errors = abs(drift - truth).max(), abs(found.sigma[0, 0] - epsilon).max() / epsilon
print(f"drift to {errors[0]:.1%} of the largest, diffusion to {errors[1]:.1%}")
assert errors[0] < 0.01 and errors[1] < 0.05

figure, ax = plt.subplots(figsize=(5.6, 4.8), layout="constrained")
image = ax.pcolormesh(*x, np.hypot(*truth), cmap="cividis", shading="gouraud", rasterized=True)
few = slice(1, None, 4)
ax.quiver(*(c[few, few] for c in (*x, *drift)), color="w", pivot="mid", scale=15, width=0.009)
ax.set(
    title=f"Drift as found; diffusion {found.sigma[0, 0].mean():.4f} (is {epsilon})",
    xlabel="x",
    ylabel="y",
    aspect="equal",
)
figure.colorbar(image, label="speed, as built")
plt.show()
