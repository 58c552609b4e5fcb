"""
A steep hill after one turn
===========================

A hill turns once at the Péclet number 10 000. Both fluxes keep the range of the initial state at every step: that is the
certificate "max-min", which chooses the step. The upwind flux pays for it with the height of the hill; the limited slopes
of MUSCL (van Leer 1979) keep most of it.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

n, turn = 80, 2 * np.pi
hill = pn.exact.RotatingGaussian(pivot=(0.5, 0.5), centre=(0.7, 0.5), sigma=0.06, diffusivity=5e-5)  # v L/ε = 1e4
grid = pn.Grid((n, n), 1 / n, pn.Dirichlet(0.0))
x, y = grid.coordinates()
u0 = hill.u(0.0, x, y)
exact = hill.u(turn, x, y)


def turned(flux):
    """The state after one turn, at the largest step for which the range is certified."""
    convection = pn.Convection(hill.velocity, flux, speed=(0.5, 0.5))
    A = pn.discretise(convection + pn.Diffusion(conductivity=hill.diffusivity), grid)
    return pn.solve(A, u0, pn.SSPRK2(), turn, certificate="max-min").u


results = {"upwind": turned(pn.Upwind()), "MUSCL": turned(pn.MUSCL())}
for name, u in results.items():
    excess = max(u.max() - u0.max(), -u.min(), 0.0)
    error = abs(u - exact).max() / exact.max()
    assert excess < 1e-12
    print(f"{name}: no over- or undershoot, largest error {error:.0%} of the height")
assert error < 0.2

figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for ax, (name, u) in zip(axes, results.items(), strict=False):
    image = ax.pcolormesh(x, y, u, cmap="viridis", vmin=0, vmax=exact.max(), rasterized=True)
    ax.contour(x, y, exact, levels=[0.1, 0.5], colors="w", linewidths=0.8)
    ax.set(title=f"{name} (white: exact)", xlabel="x", ylabel="y", aspect="equal", xlim=(0.4, 1), ylim=(0.2, 0.8))
figure.colorbar(image, ax=axes[:2], shrink=0.8, label="u after one turn")
row = n // 2
axes[2].plot(x[:, row], exact[:, row], "k", label="exact")
for name, u in results.items():
    axes[2].plot(x[:, row], u[:, row], "o-", markersize=3, linewidth=1, label=name)
axes[2].set(title="section through the centre", xlabel="x", ylabel="u", xlim=(0.4, 1), box_aspect=1)
axes[2].legend(frameon=False, loc="upper left", fontsize=8)
plt.show()
